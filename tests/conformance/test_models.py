"""Every model against the real op.  TFLINT_GEMM_CASES sets the number of cases per op (15)."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from .models import models
from .survey import Row
from .worker import Worker

CASES = int(os.environ.get("TFLINT_GEMM_CASES", "15"))


KNOWN = {
    "keras.ops.add": "adds a matrix of one column as a bias, whatever its number of rows",
}
"""Where a model is knowingly wrong, in corners that no program was seen to reach, and why."""


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker() as started:
        yield started


@pytest.mark.parametrize("name", sorted(models()))
def test_model_agrees_with_the_real_op(name: str, worker: Worker) -> None:
    row: Row = worker.survey(name, CASES)
    if row.contradictions and name in KNOWN:
        pytest.xfail(KNOWN[name])
    assert not row.contradictions, f"{name} contradicts the real op:\n" + "\n".join(row.explanation(limit=3))
