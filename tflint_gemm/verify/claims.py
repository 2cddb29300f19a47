"""What a finding claims about running the program, in terms that a run can be held against."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeVar, Union

from tflint_gemm.domain.dtypes import FLOAT32, DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import Kind, Tensor
from tflint_gemm.findings import Finding, Span
from tflint_gemm.interpreter.records import Analysis, Call, ViolationRecord
from tflint_gemm.ops import violations

Record = TypeVar("Record")
_ABOUT_SHAPES = (
    violations.InnerDimMismatch,
    violations.RankTooLow,
    violations.BatchMismatch,
    violations.BroadcastMismatch,
    violations.ReshapeCount,
    violations.ConcatMismatch,
    violations.EquationMismatch,
    violations.AxisOutOfRange,
    violations.IndexOutOfRange,
    violations.WindowMismatch,
    violations.LayerInputMismatch,
)


@dataclass(frozen=True, slots=True)
class Raises:
    """The flagged expression raises; ``device`` where that holds on one kind of device only."""

    device: Literal["cpu", "gpu"] | None = None


@dataclass(frozen=True, slots=True)
class Allocates:
    """Evaluating the flagged expression takes ``nbytes`` more memory."""

    nbytes: int


@dataclass(frozen=True, slots=True)
class Peaks:
    """While the flagged expression runs, ``nbytes`` are alive in all; ``makers`` are the nodes that made them."""

    nbytes: int
    makers: tuple[ast.AST, ...] = ()


@dataclass(frozen=True, slots=True)
class HasShape:
    """The flagged expression runs, and its value has this shape."""

    shape: Shape


@dataclass(frozen=True, slots=True)
class KeepsDType:
    """The flagged cast runs, and its operand has the dtype of its result already."""


@dataclass(frozen=True, slots=True)
class Unverifiable:
    """Nothing that a run could show; ``reason`` says why."""

    reason: str


OF_THE_GRAPH = ("if", "for", "while")
"""Statements of which AutoGraph makes ops: those raise when the function around them is traced."""
_ASSUMED = "the size that it speaks of is assumed, and the program does not tell it"
_NOT_SHOWN = {
    "TFG305": "which elements a GPU's kernel loses shows on such a GPU, with more memory than the sandbox has",
    "TFG401": "how long a GPU takes does not show in a run of one line; tflint-gemm doctor measures it",
    "TFG403": "how much memory TensorFlow reserves shows on a machine with a GPU, in the whole program",
    "TFG404": "which digits a GPU leaves out does not show on a CPU; tflint-gemm doctor measures it",
    "TFG405": "on which device an op runs shows on a machine with that device only",
}
"""What running the line on a CPU cannot show, and why."""

Expected = Union[Raises, Allocates, Peaks, HasShape, KeepsDType, Unverifiable]


@dataclass(frozen=True, slots=True)
class Claim:
    """A finding with the expression it is about, what running that should show, and the evaluation that is meant.

    ``dtype`` may stand in for one that is not known, where the claim is about shapes alone.
    """

    finding: Finding
    node: ast.AST
    expected: Expected
    call: Call | None = None
    stack: tuple[ast.AST, ...] = ()
    dtype: DType | None = None
    violation: violations.Violation | None = None


def claims_for(analysis: Analysis, findings: Iterable[Finding]) -> list[Claim]:
    """A claim per finding, in order: by its code's family, and by what was recorded at its place."""
    index = _Index(analysis)
    return [index.claim(finding) for finding in findings]


class _Index:
    """The records of an analysis by place."""

    def __init__(self, analysis: Analysis) -> None:
        span = analysis.source.span
        self._violations = [(span(record.call.node), record) for record in analysis.violations]
        self._calls = [(span(call.node), call) for call in analysis.calls]
        self._peaks = [(span(peak.node), peak) for peak in analysis.peaks]
        self._module = analysis.tree

    def claim(self, finding: Finding) -> Claim:
        code = finding.code
        if code == "TFG302":
            return self._peak(finding)
        if code in ("TFG301", "TFG303"):
            return self._allocation(finding)
        if code == "TFG402":
            return self._copy(finding)
        if code in ("TFG220", "TFG221"):
            return self._shape(finding)
        if code == "TFG107":
            call = _at(self._calls, finding.span)
            return self._nothing(finding) if call is None else Claim(finding, call.node, KeepsDType(), call, call.stack)
        if finding.severity != "error":
            reason = _NOT_SHOWN.get(code, f"{code} is advice, which running the line neither proves nor refutes")
            return Claim(finding, self._module, Unverifiable(reason))
        record = _at(self._violations, finding.span)
        if record is None:
            return self._nothing(finding)
        if isinstance(record.violation, violations.UnpackMismatch):
            return self._unpacking(finding, record)
        if record.call.api in OF_THE_GRAPH:
            return self._tracing(finding, record.call, record.violation)
        gpu = isinstance(record.violation, violations.NoKernel) and record.violation.device.upper().startswith("GPU")
        dtype = _common_dtype(record.violation.operands) if isinstance(record.violation, _ABOUT_SHAPES) else None
        expected = Raises("gpu" if gpu else None)
        return Claim(finding, record.call.node, expected, record.call, record.call.stack, dtype, record.violation)

    def _unpacking(self, finding: Finding, record: ViolationRecord) -> Claim:
        """That the assignment raises which takes the value apart."""
        for node in ast.walk(self._module):
            if isinstance(node, ast.Assign) and node.value is record.call.node and len(node.targets) == 1:
                return Claim(finding, node, Raises(), record.call, record.call.stack, None, record.violation)
        reason = "only the expression can be run, not its coming apart into names"
        return Claim(finding, record.call.node, Unverifiable(reason))

    def _tracing(self, finding: Finding, call: Call, violation: violations.Violation) -> Claim:
        """That the call which traces the function raises: a condition or an iterable alone is no op of the graph."""
        if not call.stack:
            return Claim(finding, self._module, Unverifiable("the file does not call the function that is traced"))
        *way, traced = call.stack
        return Claim(finding, traced, Raises(), None, tuple(way), None, violation)

    def _peak(self, finding: Finding) -> Claim:
        peak = _at(self._peaks, finding.span)
        if peak is None or not isinstance(peak.nbytes, int):
            return Claim(finding, self._module, Unverifiable(_ASSUMED))
        makers = tuple(storage.node for _, storage in peak.alive if isinstance(storage.node, ast.AST))
        call = _at(self._calls, finding.span)
        return Claim(finding, peak.node, Peaks(peak.nbytes, makers), call, call.stack if call is not None else ())

    def _allocation(self, finding: Finding) -> Claim:
        for span, call in self._calls:
            if span == finding.span and isinstance(call.result, Tensor):
                nbytes = _nbytes(call.result)
                if nbytes is not None:
                    return Claim(finding, call.node, Allocates(nbytes), call, call.stack)
        return Claim(finding, self._module, Unverifiable(_ASSUMED))

    def _copy(self, finding: Finding) -> Claim:
        """That as many bytes are taken as the copied array has; how long that takes is not measured."""
        call = _at(self._calls, finding.span)
        values = () if call is None else call.arguments.values()
        arrays = [value for value in values if isinstance(value, Tensor) and value.kind is Kind.ARRAY]
        sizes = [nbytes for array in arrays if (nbytes := _nbytes(array)) is not None]
        if call is None or not sizes:
            return self._nothing(finding)
        return Claim(finding, call.node, Allocates(max(sizes)), call, call.stack)

    def _shape(self, finding: Finding) -> Claim:
        call = _at(self._calls, finding.span)
        if call is None or not isinstance(call.result, Tensor) or call.result.shape is None:
            return self._nothing(finding)
        operands = [value for value in call.arguments.values() if isinstance(value, Tensor)]
        return Claim(finding, call.node, HasShape(call.result.shape), call, call.stack, _common_dtype(operands))

    def _nothing(self, finding: Finding) -> Claim:
        return Claim(
            finding, self._module, Unverifiable("the analysis recorded nothing at this place that could be run")
        )


def _at(records: list[tuple[Span, Record]], wanted: Span) -> Record | None:
    """The record at exactly this span, else the first that begins there, else the first whose span holds it."""
    best: Record | None = None
    rank = 3
    for span, record in records:
        start, end = (span.line, span.column), (span.end_line, span.end_column)
        if span == wanted:
            return record
        begins = 1 if start == (wanted.line, wanted.column) else 2
        if begins < rank and start <= (wanted.line, wanted.column) and end >= (wanted.end_line, wanted.end_column):
            best, rank = record, begins
    return best


def _common_dtype(operands: Iterable[Tensor]) -> DType:
    """The dtype that operands of unknown dtype must have for the operation not to fail over dtypes."""
    return next((operand.dtype for operand in operands if operand.dtype is not None), FLOAT32)


def _nbytes(tensor: Tensor) -> int | None:
    if tensor.storage is not None and isinstance(tensor.storage.nbytes, int):
        return tensor.storage.nbytes
    if tensor.dtype is None or tensor.shape is None:
        return None
    count = 1
    for dim in tensor.shape:
        if not isinstance(dim, int):
            return None
        count *= dim
    return count * tensor.dtype.size
