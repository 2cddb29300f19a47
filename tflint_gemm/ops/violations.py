"""Typed violations: what an op model objects to, with its operands as data.

A model raises one; it never formats text and knows no rule codes.  ``result`` is the most plausible outcome, with
which the interpreter goes on so that one fault gives one finding.
"""

from __future__ import annotations

from collections.abc import Sequence

from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import UNKNOWN, Tensor, Value


class Violation(Exception):
    """TensorFlow raises for these operands.  ``operands`` are the converted tensors that clash, in call order.

    ``cause`` is the layer, or the declared input, that they do not fit, where it stands elsewhere in the program.
    """

    def __init__(self, operands: Sequence[Tensor] = (), result: Value = UNKNOWN) -> None:
        super().__init__(type(self).__name__)
        self.operands = tuple(operands)
        self.result = result
        self.cause: Value | None = None


class DTypeMismatch(Violation):
    """Operands that must share a dtype do not.  ``family``: "gemm", "elementwise" or "join" (concat, where, assign)."""

    def __init__(self, operands: Sequence[Tensor], family: str, result: Value = UNKNOWN) -> None:
        super().__init__(operands, result)
        self.family = family


class ConversionMismatch(Violation):
    """An operand that cannot become ``wanted``, the dtype that the call asks for: a float literal as int."""

    def __init__(self, operand: Tensor, wanted: DType, result: Value = UNKNOWN) -> None:
        super().__init__((operand,), result)
        self.wanted = wanted


class ResultMismatch(Violation):
    """A function that is handed to the call returns ``operand``, where the call ``wanted`` another dtype."""

    def __init__(self, operand: Tensor, wanted: DType, result: Value = UNKNOWN) -> None:
        super().__init__((operand,), result)
        self.wanted = wanted


class LoopVariableMismatch(Violation):
    """``name`` was of the dtype ``wanted`` before a loop of a graph, and is ``operand`` after an iteration."""

    def __init__(self, name: str, operand: Tensor, wanted: DType, result: Value = UNKNOWN) -> None:
        super().__init__((operand,), result)
        self.name, self.wanted = name, wanted


class LoopShapeMismatch(Violation):
    """``name`` was of the shape ``wanted`` before a loop of a graph, and is ``operand`` after an iteration."""

    def __init__(self, name: str, operand: Tensor, wanted: Shape, result: Value = UNKNOWN) -> None:
        super().__init__((operand,), result)
        self.name, self.wanted = name, wanted


class BranchMismatch(Violation):
    """``name`` is of one dtype at the end of a branch of a graph, and of another at the end of the other branch."""

    def __init__(self, name: str, one: Tensor, other: Tensor, result: Value = UNKNOWN) -> None:
        super().__init__((one, other), result)
        self.name = name


class NoKernel(Violation):
    """The op does not take this dtype, or has no kernel for it.  ``allowed`` are the dtypes that it has."""

    def __init__(
        self, operand: Tensor, allowed: frozenset[DType], device: str = "CPU", result: Value = UNKNOWN
    ) -> None:
        super().__init__((operand,), result)
        self.allowed, self.device = allowed, device


class ConstantTooLarge(Violation):
    """An array of ``nbytes`` becomes a constant of a graph, which holds less than 2 GiB."""

    def __init__(self, operand: Tensor, nbytes: int, result: Value = UNKNOWN) -> None:
        super().__init__((operand,), result)
        self.nbytes = nbytes


class InnerDimMismatch(Violation):
    """The contracted dimensions of a product differ: ``left`` of the first operand, ``right`` of the second."""

    def __init__(self, operands: Sequence[Tensor], left: Dim, right: Dim, result: Value = UNKNOWN) -> None:
        super().__init__(operands, result)
        self.left, self.right = left, right


class RankTooLow(Violation):
    """An operand has fewer dimensions than the op needs (``minimum``), or not exactly as many (``exact``)."""

    def __init__(
        self, operand: Tensor, minimum: int, exact: bool = False, gemm: bool = False, result: Value = UNKNOWN
    ) -> None:
        super().__init__((operand,), result)
        self.minimum, self.exact, self.gemm = minimum, exact, gemm


class BatchMismatch(Violation):
    """The batch dimensions of a batched product cannot be broadcast."""

    def __init__(self, operands: Sequence[Tensor], left: Shape, right: Shape, result: Value = UNKNOWN) -> None:
        super().__init__(operands, result)
        self.left, self.right = left, right


class BroadcastMismatch(Violation):
    """Shapes that cannot be broadcast together."""


class ReshapeCount(Violation):
    """A reshape to ``target`` of a tensor that has another number of elements."""

    def __init__(self, operand: Tensor, target: Shape, result: Value = UNKNOWN) -> None:
        super().__init__((operand,), result)
        self.target = target


class ConcatMismatch(Violation):
    """Tensors to be joined (concat, stack) differ in rank or in a dimension other than ``axis``."""

    def __init__(self, operands: Sequence[Tensor], axis: int | None, result: Value = UNKNOWN) -> None:
        super().__init__(operands, result)
        self.axis = axis


class EquationMismatch(Violation):
    """An einsum equation or tensordot axes that the operands do not fit; ``reason`` names the label or axis."""

    def __init__(self, operands: Sequence[Tensor], reason: str, result: Value = UNKNOWN) -> None:
        super().__init__(operands, result)
        self.reason = reason


class AxisOutOfRange(Violation):
    """``axis`` does not exist in a tensor of ``rank`` dimensions, or is not what the op needs (squeeze: of size 1)."""

    def __init__(self, operand: Tensor, axis: int, rank: int, reason: str = "", result: Value = UNKNOWN) -> None:
        super().__init__((operand,), result)
        self.axis, self.rank, self.reason = axis, rank, reason


class IndexOutOfRange(Violation):
    """A subscript or gather index that does not exist: ``index`` along ``axis``, which has ``size`` elements."""

    def __init__(self, operand: Tensor, axis: int, index: int, size: int, result: Value = UNKNOWN) -> None:
        super().__init__((operand,), result)
        self.axis, self.index, self.size = axis, index, size


class UnpackMismatch(Violation):
    """``wanted`` names for ``actual`` items: -1 for a scalar, None for a symbolic tensor, which cannot be unpacked."""

    def __init__(self, operands: Sequence[Tensor], wanted: int, actual: int | None) -> None:
        super().__init__(operands, UNKNOWN)
        self.wanted, self.actual = wanted, actual


class WindowMismatch(Violation):
    """A convolution or pooling whose channels do not fit the filter, or whose window is larger than its input."""

    def __init__(
        self, operands: Sequence[Tensor], reason: str, expected: Dim, actual: Dim, result: Value = UNKNOWN
    ) -> None:
        super().__init__(operands, result)
        self.reason, self.expected, self.actual = reason, expected, actual


class LayerInputMismatch(Violation):
    """A layer is fed what it was not built for: ``axis`` should be ``expected``, not ``actual``, or a wrong rank."""

    def __init__(
        self, operand: Tensor, reason: str, expected: Dim, actual: Dim, axis: int | None = None, result: Value = UNKNOWN
    ) -> None:
        super().__init__((operand,), result)
        self.reason, self.expected, self.actual, self.axis = reason, expected, actual, axis


class TargetMismatch(Violation):
    """Labels that do not fit what they are compared ``against``: logits, predictions, or inputs that are not as many.

    The operands are in that order, ``reason`` is what the labels must be.
    """

    def __init__(
        self, operands: Sequence[Tensor], reason: str, result: Value = UNKNOWN, against: str = "logits"
    ) -> None:
        super().__init__(operands, result)
        self.reason, self.against = reason, against


class AssignMismatch(Violation):
    """A value of a shape that a variable, placeholder or signature of shape ``target`` does not accept."""

    def __init__(self, operand: Tensor, target: Shape, reason: str, result: Value = UNKNOWN) -> None:
        super().__init__((operand,), result)
        self.target, self.reason = target, reason


class InvalidArgument(Violation):
    """Any other argument that TensorFlow certainly rejects; ``reason`` says what about it, in words of the API."""

    def __init__(self, operands: Sequence[Tensor], reason: str, result: Value = UNKNOWN) -> None:
        super().__init__(operands, result)
        self.reason = reason


CHECKED_BY_KERNELS = (InnerDimMismatch, BatchMismatch, BroadcastMismatch, ReshapeCount, ConcatMismatch)
"""What fails when a graph runs, too; other objections are those of functions that build it and see its open sizes."""
