"""Nothing of what is checked is executed or imported, whatever it is called and wherever one stands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCRIPTS = Path(sys.executable).parent
TRACE = """\
import os
with open(os.path.join({folder!r}, "trace"), "a") as trace:
    trace.write(__name__ + "\\n")
raise SystemExit("executed")
"""
PROGRAM = """\
import json, numpy as np, tensorflow as tf, helper, package.inner, native, conftest
from keras import layers
from helper import *
from package import inner as other

@helper.decorate
class Model(helper.Base):
    pass

x = helper.function(tf.ones([2, 3]))
y = package.inner.function(native.function(x))
tf.matmul(tf.ones([2, 3]), tf.ones([2, 3]))
z = tf.zeros([3]) + 1  # noqa: TFG101
exec(open("helper.py").read())
__import__("helper")
"""
PLANTED = (
    "helper", "package/__init__", "package/inner", "conftest", "sitecustomize", "usercustomize", "setup", "noxfile",
    "json", "ast", "re", "typing", "tokenize", "dataclasses", "click", "pathspec", "libcst", "tomllib", "tomli",
    "astroid", "multiprocessing", "concurrent/__init__", "tensorflow", "keras", "numpy", "pickle", "queue",
    "threading", "site",
)  # fmt: skip


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    trace = TRACE.format(folder=str(tmp_path))
    for name in PLANTED:
        file = tmp_path / f"{name}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(trace)
    # An extension module: whoever looks into it by importing it runs what is in it.
    (tmp_path / "native.so").write_bytes(b"\x7fELF")
    (tmp_path / "package" / "compiled.pyc").write_bytes(b"")
    for number in range(30):
        (tmp_path / f"program_{number}.py").write_text(PROGRAM)
    return tmp_path


def run(*command: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert not Path("trace").exists(), Path("trace").read_text()
    assert "executed" not in done.stdout + done.stderr
    return done


LINT = [str(SCRIPTS / "tflint-gemm")]
MODULE = [sys.executable, "-m", "tflint_gemm"]


@pytest.mark.parametrize("command", [LINT, MODULE], ids=["script", "module"])
@pytest.mark.parametrize(
    "arguments",
    [
        ["--no-cache", "--jobs", "1", "."],
        ["--no-cache", "--jobs", "3", "."],
        ["--no-cache", "--fix", "."],
        ["--no-cache", "--statistics", "."],
        ["infer", "program_0.py"],
        ["memory", "program_0.py"],
    ],
    ids=" ".join,
)
def test_the_command_line_runs_nothing(
    project: Path, command: list[str], arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if command is LINT and not Path(LINT[0]).exists():
        pytest.skip("the script is not installed")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    done = run(*command, *arguments)
    assert done.returncode in (0, 1), done.stderr


def test_flake8_runs_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("flake8")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    done = run(str(SCRIPTS / "flake8"), "--isolated", "--select=TFG", "--jobs=2", ".")
    assert "TFG201" in done.stdout, done.stderr


def test_the_trace_would_be_noticed(project: Path) -> None:
    subprocess.run([sys.executable, "-c", "import helper"], capture_output=True, check=False)
    assert (project / "trace").read_text() == "helper\n"
