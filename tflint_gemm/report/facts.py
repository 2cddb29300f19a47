"""What ``infer`` prints: one row per expression whose value is a tensor or an array."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tflint_gemm.domain import shapes
from tflint_gemm.domain.values import Kind, Tensor
from tflint_gemm.findings import Span
from tflint_gemm.interpreter.records import Analysis
from tflint_gemm.report.json_format import place

# How a value is converted as an operand is not the reader's concern: a symbolic Keras tensor is a tensor.
_KINDS = {
    Kind.TENSOR: "tensor",
    Kind.KERAS: "tensor",
    Kind.UNKNOWN: "tensor",
    Kind.VARIABLE: "variable",
    Kind.ARRAY: "array",
    Kind.SPARSE: "sparse",
    Kind.RAGGED: "ragged",
}


def rows(analysis: Analysis) -> Iterator[tuple[Span, Tensor]]:
    """The places and values worth telling, in the order of the file."""
    found = [
        (analysis.source.span(node), value)
        for node, value in analysis.facts.items()
        if value.kind in _KINDS and not (value.kind is Kind.UNKNOWN and value.dtype is None and value.shape is None)
    ]
    return iter(sorted(found, key=lambda item: (item[0].line, item[0].column, item[0].end_line, item[0].end_column)))


def as_objects(analysis: Analysis) -> Iterator[dict[str, Any]]:
    """The rows for JSON: null is unknown, a string is a symbolic dimension."""
    for span, value in rows(analysis):
        shape = (
            None
            if value.shape is None
            else [dim if dim is None or isinstance(dim, int) else str(dim) for dim in value.shape]
        )
        yield {
            "path": analysis.source.path,
            **place(span),
            "kind": _KINDS[value.kind],
            "dtype": None if value.dtype is None else value.dtype.name,
            "shape": shape,
        }


def as_text(analyses: Iterable[Analysis]) -> str:
    """The rows for people: place, source text, kind, dtype and shape."""
    lines = []
    for analysis in analyses:
        for span, value in rows(analysis):
            text = " ".join(analysis.source.segment(span).split())
            short = text if len(text) <= 48 else text[:47] + "…"
            dtype = "?" if value.dtype is None else value.dtype.name
            where = f"{analysis.source.path}:{span.line}:{span.column}"
            lines.append(f"{where}: {short} : {_KINDS[value.kind]} {dtype} {shapes.show(value.shape)}\n")
    return "".join(lines)
