"""Every model against the real op.  TFLINT_GEMM_CASES sets the number of cases per op (15)."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator

import pytest

from .models import models
from .reasons import REASONS, reason
from .survey import Row
from .worker import Worker

CASES = int(os.environ.get("TFLINT_GEMM_CASES", "15"))


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker() as started:
        yield started


@pytest.mark.parametrize("name", sorted(models()))
def test_model_agrees_with_the_real_op(name: str, worker: Worker) -> None:
    row: Row = worker.survey(name, CASES)
    assert not (row.worked and reason(name)), f"a call of {name} works, so that reasons.py is wrong"
    assert not row.contradictions, f"{name} contradicts the real op:\n" + "\n".join(row.explanation(limit=3))


def test_reasons_are_of_models() -> None:
    stale = [pattern for pattern in REASONS if not fnmatch.filter(models(), pattern)]
    assert not stale
