"""What ``infer`` prints: one row per expression whose value is a tensor or an array."""

from __future__ import annotations

import ast
from typing import Any

from tflint_gemm.domain import shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.values import Kind, Tensor
from tflint_gemm.findings import Span
from tflint_gemm.interpreter.records import Analysis
from tflint_gemm.report.json_format import place
from tflint_gemm.report.printable import one_line, place_text
from tflint_gemm.syntax.source import Source

EXCERPT = 48

# How a value is converted as an operand is not the reader's concern: a symbolic Keras tensor is a tensor.
KINDS = {
    Kind.TENSOR: "tensor",
    Kind.KERAS: "tensor",
    Kind.UNKNOWN: "tensor",
    Kind.VARIABLE: "variable",
    Kind.ARRAY: "array",
    Kind.SPARSE: "sparse",
    Kind.RAGGED: "ragged",
}


def tensors(analysis: Analysis) -> list[tuple[ast.expr, Span, Tensor]]:
    """What is worth telling, in the order of the file: each expression, its place and its value."""
    found = []
    for node, value in analysis.facts.items():
        nothing_known = value.kind is Kind.UNKNOWN and value.dtype is None and value.shape is None
        if value.kind in KINDS and not nothing_known:
            found.append((node, analysis.source.span(node), value))
    return sorted(found, key=lambda item: (item[1].line, item[1].column, item[1].end_line, item[1].end_column))


def rows(analysis: Analysis) -> list[dict[str, Any]]:
    """The facts for JSON; None is unknown, text is a symbolic dimension."""
    return [
        {
            "path": analysis.source.path,
            **place(analysis.source.located(span)),
            "kind": KINDS[value.kind],
            "dtype": None if value.dtype is None else value.dtype.name,
            "shape": None if value.shape is None else [_dimension(dim) for dim in value.shape],
        }
        for _, span, value in tensors(analysis)
    ]


def _dimension(dim: Dim) -> int | str | None:
    return dim if dim is None or isinstance(dim, int) else str(dim)


def lines(analysis: Analysis) -> list[str]:
    """The facts for people: the place, what stands there, and what it is."""
    source = analysis.source
    return [
        f"{source.path}:{spot(source, span.line, span.column)}: {excerpt(source.segment(span))} : "
        f"{KINDS[value.kind]} {type_text(value)}\n"
        for _, span, value in tensors(analysis)
    ]


def type_text(value: Tensor) -> str:
    """``float32 [2, ?, batch]``: the dtype and the shape as messages write them."""
    return f"{value.dtype or '?'} {shapes.show(value.shape)}"


def spot(source: Source, line: int, column: int) -> str:
    """``3:5``, in a notebook ``cell 2:3:5``."""
    return place_text(source.located(Span(line, column, line, column)))


def excerpt(text: str) -> str:
    """``text`` on one line, cut where it is long."""
    shown = one_line(text)
    return shown if len(shown) <= EXCERPT else shown[: EXCERPT - 1] + "…"
