"""A sample of the programs of ``make memory``: predicted peaks against the memory that TensorFlow really takes."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from tflint_gemm import engine
from tflint_gemm.config import Config

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))

import memory_ratio  # noqa: E402
from memory_ratio import PROGRAMS, STRAIGHT, TRAINING, Row  # noqa: E402

SAMPLE = ["casts", "dense_layers", "long_accumulation", "numpy_to_tensor", "training_by_hand"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="peaks are read from /proc")
@pytest.mark.skipif(importlib.util.find_spec("tensorflow") is None, reason="needs TensorFlow")
@pytest.mark.parametrize("name", SAMPLE)
def test_the_predicted_peak_is_that_of_the_process(name: str) -> None:
    program = PROGRAMS / f"{name}.py"
    predicted, _ = memory_ratio.predicted(program)
    assert predicted is not None
    low, high = TRAINING if name.startswith("training") else STRAIGHT
    assert low <= predicted / max(memory_ratio.measured(program).values()) <= high


@pytest.mark.parametrize("program", sorted(PROGRAMS.glob("*.py")), ids=lambda path: path.stem)
def test_every_program_has_a_peak_of_known_size_that_stands_out(program: Path) -> None:
    found = engine.plans(str(program), Config())
    assert found is not None
    predicted = found[1][0].nbytes
    assert isinstance(predicted, int)
    assert 20 <= predicted / memory_ratio.MIB <= 300


def test_there_are_enough_programs() -> None:
    names = [program.stem for program in PROGRAMS.glob("*.py")]
    training = [name for name in names if name.startswith("training")]
    assert len(names) - len(training) >= 20
    assert len(training) >= 3


@pytest.mark.parametrize(
    ("row", "within"),
    [
        (Row("casts", 80, 100, 0), True), (Row("casts", 79, 100, 0), False), (Row("casts", 126, 100, 0), False),
        (Row("casts", None, 100, 0), False), (Row("training_x", 51, 100, 0), True),
        (Row("training_x", 201, 100, 0), False),
    ],
)  # fmt: skip
def test_what_is_out_of_bounds_is_told(row: Row, within: bool) -> None:
    assert row.is_within is within
    assert ("not within" in str(row)) is not within
