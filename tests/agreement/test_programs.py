"""What is inferred for a program agrees with what TensorFlow computes at every expression of it."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from tflint_gemm.domain.values import ANY_TENSOR
from tflint_gemm.interpreter import analyse
from tflint_gemm.syntax.source import Source

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))
SUFFICIENT = 0.9
"""The share of tensor-valued expressions whose dtype and full shape must be known."""
LESS = {
    # The graph of a functional model's layers (get_layer), what fit returns, the dtype of to_categorical.
    "functional_recommender": 0.8,
    # Collections, the variables that an optimizer finds, sizes that come in with the feeds.
    "graph_mode_mlp": 0.8,
}
"""Programs of which less is known, with what is missing there."""


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_inferred_agrees_with_computed(path: Path) -> None:
    from tests.agreement import recording

    text = path.read_text(encoding="utf-8")
    analysis = analyse(Source(str(path), text), ast.parse(text), record_facts=True)
    assert not analysis.violations
    assert not analysis.exhausted
    facts = {recording.place(node): tensor for node, tensor in analysis.facts.items()}
    recorded = recording.run_alone(text, path.name)
    verdicts: Counter[str] = Counter()
    poor = []
    for number, observations in recorded.observed.items():
        node = recorded.nodes[number]
        inferred = facts.get(recording.place(node), ANY_TENSOR)
        verdict = recording.judge(inferred, observations)
        verdicts[verdict] += 1
        if verdict != "exact":
            written = (ast.get_source_segment(text, node) or "")[:60]
            poor.append(f"{node.lineno}: {written} is {sorted(map(str, observations))[:2]}, inferred {inferred}")
    assert not verdicts["WRONG"], "\n".join(poor)
    assert verdicts["exact"] >= LESS.get(path.stem, SUFFICIENT) * verdicts.total(), "\n".join(poor)
