"""A sample of the examples in TensorFlow's docstrings: nothing wrong is inferred, nothing that runs is objected to.

And what counts as the truth about them.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from . import server, truth
from .examples import Block

SAMPLE = 150
SECONDS = 20.0


def test_sample_of_examples() -> None:
    pytest.importorskip("tensorflow")
    from .judgement import judge

    blocks, truths = truth.load()
    sample = sorted(blocks, key=lambda block: block.key)[:SAMPLE]
    missing = [block for block in sample if block.key not in truths]
    truths.update((block.key, seen) for block, seen in truth.execute(missing, SECONDS, os.cpu_count() or 1))
    if missing:
        truth.save(blocks, truths)
    judged = [judge(block, truths[block.key]) for block in sample if truths[block.key]["ended"]]
    assert len(judged) > 0.9 * SAMPLE
    complaints = {one.block.api: one.wrong + one.false_alarms for one in judged if one.wrong or one.false_alarms}
    assert not complaints


def _run(place: list[int], shape: list[int], *failing: int) -> dict[str, Any]:
    failures = [{"example": example, "lines": [1], "types": ["ValueError"], "message": ""} for example in failing]
    return {"observed": [[place, [["float32", shape]]]], "completed": [place], "failures": failures, "ended": True}


def test_what_raises_by_chance_is_no_failure() -> None:
    first, second = _run([1, 0, 1, 4], [2, 2], 0, 3), _run([1, 0, 1, 4], [2, 3], 3)
    both = server.merged(first, second)
    assert [failure["example"] for failure in both["failures"]] == [3]
    assert both["observed"] == [[[1, 0, 1, 4], [["float32", [2, 2]], ["float32", [2, 3]]]]]
    assert both["completed"] == [[1, 0, 1, 4]]


def test_examples_after_a_failed_assignment_are_not_judged() -> None:
    pytest.importorskip("tensorflow")
    from .judgement import after_failures

    lines = ["x = f()", "y = x + 1", "print(y)", "z = 2", "x = 3", "print(x, z)", "print(y)"]
    block = Block("made.up", "\n".join(lines), tuple(range(1, len(lines) + 1)))
    assert after_failures(block, {0}) == {1, 2, 6}
    assert after_failures(block, {2}) == set()
