"""Every model against the real op.  TFLINT_GEMM_CASES sets the number of cases per op (15)."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from .models import models
from .survey import Row
from .worker import Worker

CASES = int(os.environ.get("TFLINT_GEMM_CASES", "15"))


_UNCONNECTED = "None for what the result does not depend on, but programs ask for gradients of what it does depend on"
KNOWN = {
    "compat.v1.gradients": _UNCONNECTED,
    "gradients": _UNCONNECTED,
    "keras.backend.gradients": _UNCONNECTED,
    "keras.ops.add": "adds a matrix of one column as a bias, whatever its number of rows",
    "keras.ops.nanquantile": "of no elements it has no shape of its own",
    "train.ExponentialMovingAverage.average": "None until it is applied to the variable, which programs do before",
    "keras.ops.reshape": "a symbolic tensor of complex numbers forgets its shape",
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
