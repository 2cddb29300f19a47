"""As if ops had no models: what TensorFlow's own inference says covers what the ops really give.

TFLINT_GEMM_ORACLE_CASES sets the number of cases per op (4), TFLINT_GEMM_ORACLE_OPS that of the ops (all: 0).
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from .asked import is_askable
from .check import Verdict
from .models import models
from .survey import Row
from .worker import Worker

CASES = int(os.environ.get("TFLINT_GEMM_ORACLE_CASES", "4"))
OPS = int(os.environ.get("TFLINT_GEMM_ORACLE_OPS", "60"))
KNOWN = {
    "keras.ops.kaiser": "in a graph it has the shape of a beta that is no scalar, which it refuses to be given",
    "keras.ops.bincount": "in a graph it counts a scalar in a scalar, of which it makes a vector else",
}
"""Where TensorFlow's own inference is wrong, in corners that no program was seen to reach."""


def _sample() -> list[str]:
    names = sorted(name for name in models() if is_askable(name) and name not in KNOWN)
    return sorted(random.Random("oracle").sample(names, OPS)) if 0 < OPS < len(names) else names


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker() as started:
        yield started


@pytest.mark.parametrize("name", _sample())
def test_the_oracle_covers_the_real_op(name: str, worker: Worker) -> None:
    row: Row = worker.survey(name, CASES, asked=True)
    assert not row.contradictions, f"{name} contradicts the real op:\n" + "\n".join(row.explanation(limit=3))


def test_the_oracle_knows_something(worker: Worker) -> None:
    row = worker.survey("math.exp", 10, asked=True)
    assert row.verdicts[Verdict.EXACT] > 3
