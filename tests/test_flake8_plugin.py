"""flake8, really run, shows what we show."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """\
import numpy as np
import tensorflow as tf

a = tf.constant([[1.0, 2.0]])
b = tf.constant(np.ones((2, 2)))
c = tf.matmul(a, b)
d = tf.matmul(a, b)  # noqa: TFG101
e = tf.matmul(a, b)  # tflint-gemm: ignore[TFG101]
f = tf.matmul(a, a)
g = tf.zeros([3]) + 1  # noqa: TFG101
"""


def flake8(directory: Path, *arguments: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "flake8", "--isolated", "--select=TFG", *arguments],
        cwd=directory, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert not done.stderr, done.stderr
    return done.stdout.splitlines()


def ours(directory: Path, *arguments: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "tflint_gemm", "check", "--format", "concise", *arguments],
        cwd=directory, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert not done.stderr, done.stderr
    return done.stdout.splitlines()


def places(lines: list[str]) -> list[list[str]]:
    """Path, line, column and code of each line of output."""
    return [line.replace(": ", ":", 1).split(" ")[0].split(":") for line in lines]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "other.py").write_text("import os\nx = undefined @ name\n")
    return tmp_path


def test_flake8_shows_the_same_findings(project):
    expected = [["program.py", "6", "TFG101"], ["program.py", "9", "TFG201"], ["program.py", "10", "TFG001"]]
    shown = places(ours(project, "."))
    assert [[path, line, code] for path, line, _, code in shown] == expected
    assert places(flake8(project, "program.py", "other.py")) == [row for row in shown if row[0] != "./other.py"]


def test_disable_noqa_shows_what_noqa_hides(project):
    lines = [row[1] for row in places(flake8(project, "--disable-noqa", "program.py"))]
    assert lines == ["6", "7", "9", "10"]


def test_our_configuration_counts_in_flake8(project):
    (project / "pyproject.toml").write_text('[tool.tflint-gemm]\nignore = ["TFG101"]\n')
    assert [row[3] for row in places(flake8(project, "program.py"))] == ["TFG201"]


def test_standard_input(project):
    done = subprocess.run(
        [sys.executable, "-m", "flake8", "--isolated", "--select=TFG", "-"],
        cwd=project, input=PROGRAM, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert len(done.stdout.splitlines()) == 3
