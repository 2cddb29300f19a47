"""What people get wrong: each program is flagged on its marked line, its repaired twin is not, and TensorFlow agrees.

A program says in its first line whether it can still be run: with TensorFlow 2, with TensorFlow 1's namespace, with
that and ``tf_keras``, or not at all.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tflint_gemm import rules
from tflint_gemm.config import Config
from tflint_gemm.engine import check_source
from tflint_gemm.findings import Finding
from tflint_gemm.syntax.source import Source

HERE = Path(__file__).parent
_MARK = re.compile(r"  # BUG: (TFG\d{3})$", re.MULTILINE)

MISSES: dict[str, str] = {
    "eye_default_dtype": "found, but the sum is taken to be float32 from then on, which brings a second finding on the line",
}
"""Programs whose fault is not found, and why."""


@dataclass(frozen=True)
class Bug:
    name: str

    @property
    def buggy(self) -> Path:
        return HERE / self.name / "buggy.py"

    @property
    def fixed(self) -> Path:
        return HERE / self.name / "fixed.py"

    @property
    def needs(self) -> str:
        """What it runs under; "no" and the reason where it does not."""
        return self.buggy.read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("# runs: ")

    @property
    def mark(self) -> tuple[int, str]:
        """The line of the fault and the rule that reports it."""
        text = self.buggy.read_text(encoding="utf-8")
        (found,) = _MARK.finditer(text)
        return text.count("\n", 0, found.start()) + 1, found[1]


BUGS = [Bug(path.parent.name) for path in sorted(HERE.glob("*/buggy.py"))]
GROUPS: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "tensorflow 2": ((), {}),
    "tensorflow 1": (("--graph",), {}),
    "compat.v1": (("--graph",), {}),
    "tensorflow 1 with tf_keras": (("--graph",), {"TF_USE_LEGACY_KERAS": "1"}),
}
RUN = [bug for bug in BUGS if bug.needs in GROUPS]


def _found(path: Path) -> list[Finding]:
    return check_source(Source(str(path), path.read_text(encoding="utf-8")), Config())


def _id(bug: Bug) -> str:
    return bug.name


def test_every_program_says_what_it_needs() -> None:
    assert len(BUGS) >= 60
    assert [bug.name for bug in BUGS if bug.needs not in GROUPS and not bug.needs.startswith("no, ")] == []
    assert sorted(MISSES.keys() - {bug.name for bug in BUGS}) == []


@pytest.mark.parametrize(
    "bug",
    [
        pytest.param(bug, marks=pytest.mark.xfail(reason=MISSES[bug.name], strict=True) if bug.name in MISSES else ())
        for bug in BUGS
    ],
    ids=_id,
)
def test_the_fault_is_found(bug: Bug) -> None:
    found = [(finding.span.line, finding.code) for finding in _found(bug.buggy)]
    errors = [place for place in found if rules.rule(place[1]).severity == "error"]
    assert bug.mark in found, found
    assert set(errors) <= {bug.mark}, errors  # one fault gives one finding


@pytest.mark.parametrize("bug", BUGS, ids=_id)
def test_the_repaired_program_has_no_error(bug: Bug) -> None:
    found = [f"{f.span.line}: {f.code} {f.message}" for f in _found(bug.fixed) if f.severity == "error"]
    assert found == []
    assert bug.mark[1] not in [finding.code for finding in _found(bug.fixed)]


# ------------------------------------------------------------------------------------------------- under TensorFlow


@cache
def _outcomes(group: str) -> dict[str, tuple[int | None, str]]:
    """What the group's programs did in one child process: the line on which each raised, and its error."""
    options, environment = GROUPS[group]
    members = [bug for bug in RUN if GROUPS[bug.needs] == GROUPS[group]]
    paths = [str(path) for bug in members for path in (bug.buggy, bug.fixed)]
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "KERAS_BACKEND": "tensorflow"}
    done = subprocess.run(
        [sys.executable, str(HERE / "child.py"), *options],
        input=json.dumps(paths), capture_output=True, text=True, timeout=900,
        env={**os.environ, **quiet, **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {path: (line, error) for path, line, error in rows}


@pytest.mark.parametrize("bug", RUN, ids=_id)
def test_tensorflow_agrees(bug: Bug) -> None:
    pytest.importorskip("tensorflow")
    if "tf_keras" in bug.needs and importlib.util.find_spec("tf_keras") is None:
        pytest.skip("tf_keras is not installed")
    outcomes = _outcomes(bug.needs)
    line, error = outcomes[str(bug.buggy)]
    assert line == bug.mark[0], error
    assert outcomes[str(bug.fixed)] == (None, "")
