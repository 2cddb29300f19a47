"""pre-commit, really run: ``try-repo`` builds our hooks from this checkout and runs them on a scratch repository."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROGRAM = """\
import tensorflow as tf

a = tf.constant([[1.0, 2.0]], dtype=tf.float32)
b = tf.constant([[5.0], [6.0]], dtype=tf.float64)
c = tf.matmul(a, b)
"""

pytestmark = pytest.mark.slow


def git(directory: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *arguments], cwd=directory, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with what is to be released: the files of this checkout, committed."""
    copy = tmp_path_factory.mktemp("hooks") / "tflint-gemm"
    copy.mkdir()
    names = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *RELEASED).split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes((ROOT / name).read_bytes())
    git(copy, "init", "-q")
    git(copy, "add", "-A")
    git(copy, "commit", "-q", "-m", "release")
    return copy


RELEASED = ("tflint_gemm", "rules", "pyproject.toml", "README.md", ".pre-commit-hooks.yaml")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / "program.py").write_text(PROGRAM)
    cells = [{"cell_type": "code", "source": PROGRAM.splitlines(keepends=True)}]
    (tmp_path / "notebook.ipynb").write_text(json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5}))
    (tmp_path / "clean.py").write_text("import tensorflow as tf\n\nx = tf.zeros([2])\n")
    (tmp_path / "pyproject.toml").write_text('[tool.tflint-gemm]\nextend-exclude = ["vendored"]\n')
    (tmp_path / "vendored").mkdir()
    (tmp_path / "vendored" / "bad.py").write_text(PROGRAM)
    git(tmp_path, "add", "-A")
    return tmp_path


def try_repo(hooks: Path, hook: str, scratch: Path, cache: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pre_commit", "try-repo", str(hooks), hook, "--all-files", "--verbose"]
    environment = {**os.environ, "PRE_COMMIT_HOME": str(cache)}
    done = subprocess.run(command, cwd=scratch, env=environment, capture_output=True, text=True, check=False)
    if "Failed to establish a new connection" in done.stdout or "NameResolutionError" in done.stdout:
        pytest.skip("the hook's environment cannot be installed without a network")
    return done


def test_the_checking_hook_fails_the_commit_and_shows_the_finding(hooks, scratch, cache):
    done = try_repo(hooks, "tflint-gemm", scratch, cache)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "program.py:5:5" in done.stdout
    assert "notebook.ipynb:cell 1:5:5" in done.stdout
    assert "TFG101" in done.stdout
    assert "vendored" not in done.stdout, "named, but excluded"
    assert (scratch / "program.py").read_text() == PROGRAM


def test_the_fixing_hook_repairs_the_file(hooks, scratch, cache):
    done = try_repo(hooks, "tflint-gemm-fix", scratch, cache)
    assert done.returncode == 1, "pre-commit fails where a hook changed files" + done.stdout
    assert "files were modified by this hook" in done.stdout
    assert "tf.cast(b, tf.float32)" in (scratch / "program.py").read_text()
    git(scratch, "add", "-A")
    again = try_repo(hooks, "tflint-gemm-fix", scratch, cache)
    assert again.returncode == 0, again.stdout
