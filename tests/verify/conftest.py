"""One sandbox for all tests of a module's kind: TensorFlow is loaded once."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Callable, Iterator

import pytest

from tflint_gemm.domain.values import Tensor, Value
from tflint_gemm.findings import Finding, Verdict
from tflint_gemm.interpreter.records import Analysis, Call
from tflint_gemm.syntax.source import Source, parse
from tflint_gemm.verify import Claim, Sandbox, verify
from tflint_gemm.verify.claims import Expected, Raises


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if importlib.util.find_spec("tensorflow") is None:
        for item in items:
            if "sandbox" in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.skip(reason="TensorFlow is not installed"))


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as opened:
        yield opened


def analysis_of(text: str) -> Analysis:
    """An analysis that found nothing yet."""
    source = Source("program.py", text)
    return Analysis(source, parse(source))


def nodes(analysis: Analysis, text: str) -> list[ast.AST]:
    return [
        node
        for node in ast.walk(analysis.tree)
        if isinstance(node, (ast.expr, ast.AugAssign)) and ast.get_source_segment(analysis.source.text, node) == text
    ]


def know(analysis: Analysis, facts: dict[str, Value]) -> None:
    """Records what is known of expressions, by their text."""
    for text, value in facts.items():
        for node in nodes(analysis, text):
            assert isinstance(node, ast.expr)
            if isinstance(value, Tensor):
                analysis.facts[node] = value
            else:
                analysis.calls.append(Call(node, "f", "f", {"x": value}, {"x": node}))


def claim_at(analysis: Analysis, text: str, expected: Expected, stack: tuple[ast.AST, ...] = ()) -> Claim:
    """A claim about the first expression that is written so."""
    node = nodes(analysis, text)[0]
    finding = Finding("program.py", analysis.source.span(node), "TFG101", "name", "error", "message")
    return Claim(finding, node, expected, stack=stack)


Judge = Callable[..., Verdict]


@pytest.fixture
def judge(sandbox: Sandbox) -> Judge:
    """The verdict on a program's expression: ``judge(text, "tf.matmul(a, b)", facts, expected)``."""

    def run(
        text: str, flagged: str, facts: dict[str, Value] | None = None, expected: Expected | None = None, **call: str
    ) -> Verdict:
        analysis = analysis_of(text)
        know(analysis, facts or {})
        stack = tuple(nodes(analysis, entry)[0] for entry in call.values())
        (verdict,) = verify(analysis, [claim_at(analysis, flagged, expected or Raises(), stack)], sandbox=sandbox)
        return verdict

    return run
