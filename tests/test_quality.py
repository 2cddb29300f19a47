"""The repository keeps its own rules."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.imported import modules_of

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "tflint_gemm").rglob("*.py"))
MAX_LINES, MAX_FUNCTION = 500, 60


def run(*command: str) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_ruff():
    run("ruff", "check", "--no-cache", "tflint_gemm", "tests", "tools", "benchmarks", "hatch_build.py")


def test_formatting():
    run("ruff", "format", "--no-cache", "--check", "tflint_gemm", "tests", "tools", "benchmarks", "hatch_build.py")


@pytest.mark.slow
def test_mypy_strict():
    run("mypy")


@pytest.mark.slow
def test_who_may_import_whom():
    code = "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_size(module):
    text = module.read_text("utf-8")
    assert text.count("\n") <= MAX_LINES, f"more than {MAX_LINES} lines: is there a natural cut?"
    long = [
        f"{node.name} has {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= MAX_FUNCTION
    ]
    assert not long, long


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_unfinished(module):
    assert not re.search(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError|except:", module.read_text("utf-8"))


def test_linting_does_not_import_tensorflow():
    assert not modules_of(["check", "examples", "--no-cache", "--jobs", "1"]) & {"tensorflow", "keras", "numpy"}


def test_start_up_imports_neither_parser_nor_interpreter():
    heavy = ("libcst", "tflint_gemm.interpreter", "tflint_gemm.ops")
    code = f"import sys, tflint_gemm.cli; print([name for name in sys.modules if name.startswith({heavy})])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_small_file_needs_few_imports(tmp_path):
    """Neither what edits, follows other modules or runs many processes, nor the models of ops that it does not call."""
    heavy = ("libcst", "astroid", "pathspec", "asyncio", "concurrent", "multiprocessing", "tflint_gemm.verify")
    program = "import tensorflow as tf\na = tf.zeros([2, 2])\nb = tf.random.normal([3, 2])\nc = tf.matmul(a, b)\n"
    (tmp_path / "small.py").write_text(program)
    loaded = modules_of(["small.py", "--isolated"], tmp_path)
    assert [name for name in loaded if name.startswith(heavy)] == []
    assert not {f"tflint_gemm.ops.{name}" for name in ("keras_layers", "numpy_random", "rnn_v1", "image")} & loaded


def test_the_extras_pin_what_the_tests_compare_with():
    pinned = re.search(
        r'^    "tensorflow==\d+\.\d+\.\d+",$', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE
    )
    assert pinned
