"""A sample of what ``make fuzz`` does for minutes, the same each time; and what that has found."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import command, mutation
from tests.fuzz.command import examine_command
from tests.fuzz.examination import Fault, examine, parses
from tests.fuzz.programs import HEAD, Writer, models
from tflint_gemm import engine

_sample = settings(
    max_examples=15, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


@_sample
@given(st.randoms(use_true_random=False))
def test_made_up_programs(chance: random.Random) -> None:
    text = Writer(chance).program(statements=5)
    assert parses(text.encode()), text
    examine(text.encode())


@pytest.mark.parametrize("seed", range(40))
def test_mutants_of_our_programs(seed: int) -> None:
    examine(mutation.mutated(random.Random(seed)))


@_sample
@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    examine(HEAD.encode() + data)
    examine(data + b"\n# tf")


@pytest.mark.parametrize("seed", range(20))
def test_the_exit_status_says_what_is_printed(seed: int) -> None:
    examine_command(random.Random(seed))


def test_the_fuzzer_notices_a_wrong_exit_status(monkeypatch: pytest.MonkeyPatch) -> None:
    for status in ("NOTHING_FOUND", "FINDINGS_LEFT", "FAILED"):
        monkeypatch.setattr(command, status, 7)
    with pytest.raises(Fault, match="and not 7"):
        examine_command(random.Random(0))


def test_the_fuzzer_knows_all_models() -> None:
    assert len(models()) > 3000
    assert {"linalg.matmul", "keras.layers.Dense.__call__", "numpy.zeros"} <= set(models())


def test_the_fuzzer_notices_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object, **_options: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(engine, "analyse", broken)
    with pytest.raises(Fault, match="ZeroDivisionError"):
        examine(HEAD.encode())


@pytest.mark.parametrize(
    "statement",
    [
        "np.ones(10**30)[::3]",  # more items than Python counts
        "np.ones(10**30)[tf.constant(1):]",
        "() * 2**63",
        "tf.unstack(tf.ones([2]), float('inf'))",
        "'%d' % float('inf')",
        "round(10**30, -10**30)",
        "('a' * 60000).replace('a', 'b' * 60000)",
        "x = (x, x)\n" * 100 + "hash(x)",
        "x = []\nx.append(x)\nx.append(x)\ntf.constant(x)",
        "class A: pass\n" + "class A(A, object): pass\n" * 50 + "A().x",
    ],
)
def test_what_was_found(statement: str) -> None:
    examine(f"{HEAD}x = 1\n{statement}\n".encode())
