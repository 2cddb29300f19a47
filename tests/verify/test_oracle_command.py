"""``--oracle tensorflow`` on the command line."""

from __future__ import annotations

import json
import multiprocessing
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tflint_gemm import ops
from tflint_gemm.cli import main
from tflint_gemm.ops import registry
from tflint_gemm.verify.sandbox import Sandbox

pytest.importorskip("tensorflow")

UNEVEN = """\
import tensorflow as tf

a = tf.cumsum(tf.ones([2, 3]))
b = tf.matmul(a, tf.ones([4, 5]))
"""
CHAIN = """\
import tensorflow as tf

a = tf.cumsum(tf.cumsum(tf.cumsum(tf.ones([2, 3]))))
"""
MIXED = """\
import tensorflow as tf

a = tf.cumsum(tf.ones([2, 3], tf.float64))
b = tf.matmul(a, tf.ones([3, 5], tf.float32))
"""


@pytest.fixture(autouse=True)
def _without_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    ops.load()
    monkeypatch.delitem(registry.MODELS, "math.cumsum")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all tests: most need not load TensorFlow."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def codes(*arguments: str) -> list[str]:
    result = run(*arguments, "--format", "json")
    assert result.exit_code in (0, 1), result.output
    return [row["code"] for row in json.loads(result.stdout)]


def test_what_follows_from_an_answer_is_found(project: Path):
    (project / "uneven.py").write_text(UNEVEN)
    assert codes("uneven.py") == []
    assert codes("uneven.py", "--oracle", "none") == []
    assert codes("uneven.py", "--oracle", "tensorflow") == ["TFG201"]
    (project / "pyproject.toml").write_text('[tool.tflint-gemm]\noracle = "tensorflow"\n')
    assert codes("uneven.py") == ["TFG201"]


def test_one_answer_leads_to_the_next_question(project: Path):
    (project / "chain.py").write_text(CHAIN)
    assert "a : tensor" not in run("infer", "chain.py").stdout
    assert "a : tensor float32 [2, 3]" in run("infer", "chain.py", "--oracle", "tensorflow").stdout


def test_the_second_run_does_not_load_tensorflow(project: Path, monkeypatch: pytest.MonkeyPatch):
    (project / "chain.py").write_text(CHAIN)
    first = run("infer", "chain.py", "--oracle", "tensorflow", "--cache-dir", "kept")

    def refuse(sandbox: Sandbox) -> None:
        raise AssertionError("TensorFlow is loaded")

    monkeypatch.setattr(Sandbox, "_start", refuse)
    assert run("infer", "chain.py", "--oracle", "tensorflow", "--cache-dir", "kept").stdout == first.stdout
    assert run("chain.py", "--oracle", "tensorflow", "--cache-dir", "kept").exit_code == 0
    assert run("infer", "chain.py").exit_code == 0  # nobody is asked by default


def test_no_cache_leaves_nothing(project: Path):
    (project / "chain.py").write_text(CHAIN)
    shown = run("infer", "chain.py", "--oracle", "tensorflow", "--no-cache", "--cache-dir", "kept").stdout
    assert "a : tensor float32 [2, 3]" in shown
    assert not (project / "kept").exists()


def test_fixes_are_written_when_all_is_known(project: Path):
    file = project / "mixed.py"
    file.write_text(MIXED)
    result = run("mixed.py", "--fix", "--oracle", "tensorflow")
    assert result.exit_code == 0, result.output
    assert "tf.cast(" in file.read_text() or file.read_text().count("tf.float32") != 1
    assert codes("mixed.py", "--oracle", "tensorflow") == []


def test_a_suggested_change_is_not_written(project: Path):
    (project / "mixed.py").write_text(MIXED)
    result = run("mixed.py", "--diff", "--oracle", "tensorflow")
    assert result.stdout.startswith("--- a/mixed.py")
    assert (project / "mixed.py").read_text() == MIXED


@pytest.mark.skipif(multiprocessing.get_start_method() != "fork", reason="other processes have the model")
def test_many_processes_share_the_answers(project: Path):
    for number in range(20):
        (project / f"m{number:02}.py").write_text(UNEVEN.replace("2, 3", f"2, {number + 5}"))
    assert codes(".", "--oracle", "tensorflow", "--jobs", "2", "--cache-dir", "kept") == ["TFG201"] * 20


def test_verification_asks_anyway(project: Path):
    (project / "uneven.py").write_text(UNEVEN)
    rows = json.loads(run("verify", "uneven.py", "--format", "json").stdout)
    assert [(row["code"], row["verdict"]["outcome"]) for row in rows] == [("TFG201", "confirmed")]
    assert codes("verify", "uneven.py", "--oracle", "none") == []


@pytest.fixture
def bare(project: Path) -> str:
    """A Python without TensorFlow."""
    file = project / "bare"
    file.write_text("#!/bin/sh\nexit 0\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return str(file)


@pytest.mark.parametrize("command", ["check", "infer"])
def test_without_tensorflow_it_is_wrong_usage(project: Path, bare: str, command: str):
    (project / "uneven.py").write_text(UNEVEN)
    result = run(command, "uneven.py", "--oracle", "tensorflow", "--python", bare)
    assert result.exit_code == 2
    assert "pip install 'tflint-gemm[verify]'" in result.output


def test_an_unknown_oracle_is_wrong_usage(project: Path):
    (project / "uneven.py").write_text(UNEVEN)
    result = run("uneven.py", "--oracle", "tensorflwo")
    assert result.exit_code == 2
    assert "did you mean 'tensorflow'" in result.output
