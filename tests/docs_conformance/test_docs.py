"""A sample of the examples in TensorFlow's docstrings: nothing wrong is inferred, nothing that runs is objected to."""

from __future__ import annotations

import os

import pytest

from . import truth

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
