"""Small programs with what must be inferred at their lines; see ``cases/README.md`` for the marks."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tflint_gemm.domain import shapes
from tflint_gemm.domain.values import Tensor
from tflint_gemm.interpreter import Analysis, analyse
from tflint_gemm.syntax.source import Source

CASES = Path(__file__).parent / "cases"
_BLOCK = re.compile(r"^## (?P<title>[^\n]+)\n(?:(?!```)[^\n]*\n)*```python\n(?P<code>.*?)```", re.MULTILINE | re.DOTALL)
PREAMBLE = "import numpy as np\nimport tensorflow as tf\n"


@dataclass(frozen=True)
class Case:
    title: str
    code: str


def _cases() -> list[Case]:
    found = []
    for page in sorted(CASES.glob("*.md")):
        for match in _BLOCK.finditer(page.read_text(encoding="utf-8")):
            found.append(Case(f"{page.stem}: {match['title']}", match["code"]))
    return found


def _analysis(code: str) -> Analysis:
    text = code if "import" in code.split("\n", 1)[0] else PREAMBLE + code
    return analyse(Source("case.py", text), ast.parse(text), record_facts=True)


def _shown(tensor: Tensor | None) -> str:
    if tensor is None or (tensor.dtype is None and tensor.shape is None):
        return "unknown"
    return f"{tensor.dtype.name if tensor.dtype else '?'} {shapes.show(tensor.shape)}"


def _marks(text: str, mark: str) -> dict[int, str]:
    """The text behind ``mark`` by line."""
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        if mark in line:
            found[number] = line.split(mark, 1)[1].split("#")[0].strip()
    return found


def _value_at(analysis: Analysis, line: int) -> Tensor | None:
    """What the statement on ``line`` assigns, returns or is."""
    for node in ast.walk(analysis.tree):
        if isinstance(node, ast.stmt) and node.lineno == line:
            value = getattr(node, "value", None)
            target = node.target if isinstance(node, ast.AugAssign) else None
            for expression in (target, value):
                if isinstance(expression, ast.expr) and expression in analysis.facts:
                    return analysis.facts[expression]
    return None


@pytest.mark.parametrize("case", _cases(), ids=lambda case: case.title)
def test_inferred(case: Case) -> None:
    analysis = _analysis(case.code)
    text = analysis.source.text
    expected = _marks(text, "# => ")
    assert {line: _shown(_value_at(analysis, line)) for line in expected} == expected
    violations = {record.call.node.lineno: type(record.violation).__name__ for record in analysis.violations}
    assert violations == _marks(text, "# ! ")
    assert len(violations) == len(analysis.violations)
    assert expected or violations, "the case says nothing"


def test_every_page_has_cases() -> None:
    assert len(_cases()) == sum(
        page.read_text().count("```python") for page in CASES.glob("*.md") if page.name != "README.md"
    )
