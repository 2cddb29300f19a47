"""Contractions named by an equation or by axes: ``tf.einsum``, ``tf.tensordot``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tflint_gemm.domain import dims, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import ANY_TENSOR, Kind, Tensor, Value
from tflint_gemm.ops import rules
from tflint_gemm.ops.conversion import sequence_items, to_axes, to_python
from tflint_gemm.ops.families import check_kernel
from tflint_gemm.ops.linalg import product_dtype
from tflint_gemm.ops.parameters import Text, Unsure
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import (
    AxisOutOfRange,
    DTypeMismatch,
    EquationMismatch,
    InnerDimMismatch,
    InvalidArgument,
    Violation,
)

ELLIPSIS = "0"  # stands for "..." among the labels, as in TensorFlow's own parser


@dataclass(frozen=True, slots=True)
class Equation:
    """The labels of every operand and of the result; ``0`` is the ellipsis."""

    inputs: tuple[str, ...]
    output: str


def parse(text: str) -> Equation | str:
    """The equation, its output made explicit; where TensorFlow rejects it, the reason in words."""
    compact = text.replace(" ", "")
    if "..." in text and ELLIPSIS in compact:
        return "character 0"
    compact = compact.replace("...", ELLIPSIS)
    labels = "a-zA-Z" + (ELLIPSIS if "..." in text else "")
    match = re.fullmatch(rf"([{labels},]*)(?:->([{labels}]*))?", compact)
    if match is None:
        return "format"
    inputs, output = match.group(1), match.group(2)
    counts = Counter(inputs)
    if output is None:
        output = "".join(label for label in sorted(counts) if label != "," and counts[label] == 1)
    for label in output:
        if output.count(label) > 1:
            return f"repeated output label {label}" if label != ELLIPSIS else "two ellipses"
        if label != ELLIPSIS and label not in counts:
            return f"unknown output label {label}"
    operands = tuple(inputs.split(","))
    return "two ellipses" if any(labels.count(ELLIPSIS) > 1 for labels in operands) else Equation(operands, output)


@op("einsum")
def einsum(equation: Text, *inputs: Tensor) -> Tensor:
    """The contraction that ``equation`` names.

    Raises EquationMismatch (format, number of operands, rank, labelled dimensions), DTypeMismatch, NoKernel.
    """
    if any(operand.kind in (Kind.SPARSE, Kind.RAGGED) for operand in inputs):
        return ANY_TENSOR
    parsed = parse(equation) if isinstance(equation, str) else None
    if isinstance(parsed, str):
        raise EquationMismatch(inputs, parsed)
    if parsed is not None and len(parsed.inputs) != len(inputs):
        raise EquationMismatch(inputs, f"{len(parsed.inputs)} operands")
    for operand in inputs:
        if operand.kind is Kind.PYTHON:  # einsum asks its operands for their shape before it converts them
            raise InvalidArgument([operand], "a Python list as an operand of einsum")
    try:
        dtype = _einsum_dtype(inputs)
    except DTypeMismatch as mismatch:
        mismatch.result = _plausible(parsed, inputs, mismatch.result)
        raise
    return Tensor(dtype, None if parsed is None else _einsum_shape(parsed, inputs, dtype))


def _einsum_dtype(inputs: Sequence[Tensor]) -> DType | None:
    # The operands are one list argument: any tensor among them decides, in a graph too.
    ranking = {Kind.ARRAY: 2, Kind.UNKNOWN: 1}
    dtype = rules.common_dtype(sorted(inputs, key=lambda operand: ranking.get(operand.kind, 0)), "gemm", "first")
    if len(inputs) > 2 and any(operand.dtype != dtype for operand in inputs):
        return None  # the operands are contracted two by two, in an order that the sizes decide
    if dtype is not None:
        check_kernel(Tensor(dtype, inputs[0].shape, dtype_origin=inputs[0].dtype_origin), "Einsum")
    return dtype


def _plausible(equation: Equation | None, inputs: Sequence[Tensor], guess: Value) -> Tensor:
    dtype = guess.dtype if isinstance(guess, Tensor) else None
    try:
        return Tensor(dtype, None if equation is None else _einsum_shape(equation, inputs, dtype))
    except Violation as violation:
        return violation.result if isinstance(violation.result, Tensor) else Tensor(dtype)


def _einsum_shape(equation: Equation, inputs: Sequence[Tensor], dtype: DType | None) -> Shape:
    unknown_result = Tensor(dtype, (None,) * len(equation.output) if ELLIPSIS not in equation.output else None)
    return output_shape(equation, inputs, unknown_result)


def output_shape(
    equation: Equation, operands: Sequence[Tensor], plausible: Tensor, broadcast_labels: bool = False
) -> Shape:
    """The shape of the result; raises EquationMismatch with the result ``plausible``.

    Dimensions of ``...`` are broadcast; those of a label only with ``broadcast_labels``, as in NumPy.
    """
    sizes: dict[str, Dim] = {}
    ellipsis: Shape = ()
    start, join = (1, shapes.broadcast_dim) if broadcast_labels else (None, _merge_dims)
    for labels, operand in zip(equation.inputs, operands):
        named, rest = _split_labels(labels, operand.shape)
        if named is None:
            raise EquationMismatch([operand], f"rank {len(labels.replace(ELLIPSIS, ''))}", plausible)
        for label, size in named:
            joined, failed = join(sizes.get(label, start), size)
            if failed:
                first = next(one for one, names in zip(operands, equation.inputs) if label in names)
                raise EquationMismatch([first, operand], f"label {label}", plausible)
            sizes[label] = joined
        ellipsis, failed = shapes.broadcast(ellipsis, rest)
        if failed:
            raise EquationMismatch(operands, "ellipsis", plausible)
    if ELLIPSIS not in equation.output:
        if ellipsis:
            raise EquationMismatch(operands, "ellipsis missing in the output", plausible)
        return tuple(sizes.get(label) for label in equation.output)
    if ellipsis is None:
        return None
    before, _, after = equation.output.partition(ELLIPSIS)
    return (*(sizes.get(label) for label in before), *ellipsis, *(sizes.get(label) for label in after))


def _merge_dims(left: Dim, right: Dim) -> tuple[Dim, bool]:
    return dims.merge(left, right), dims.equal(left, right) is False


def _split_labels(labels: str, shape: Shape) -> tuple[list[tuple[str, Dim]] | None, Shape]:
    """Each label with its dimension, and the dimensions of the ellipsis; None where the rank does not fit."""
    before, ellipsis, after = labels.partition(ELLIPSIS)
    if shape is None:
        return [(label, None) for label in before + after], None if ellipsis else ()
    spare = len(shape) - len(before) - len(after)
    if spare < 0 or (spare and not ellipsis):
        return None, ()
    end = len(before) + spare
    return [*zip(before, shape), *zip(after, shape[end:])], shape[len(before) : end]


@op("tensordot")
def tensordot(a: Tensor, b: Tensor, axes: Value) -> Tensor:
    """The product of ``a`` and ``b`` summed over ``axes``.

    TensorFlow compares only the products of the contracted sizes: axes that are paired wrongly but have the same
    product compute something else without a word (``contracted_sizes`` shows them).
    Raises EquationMismatch, AxisOutOfRange, InnerDimMismatch, DTypeMismatch, NoKernel.
    """
    fixed_a, fixed_b = (_fixed(operand) for operand in (a, b))
    pairs = contracted_axes(a, b, axes)
    shape = None
    if pairs is not None and a.rank is not None and b.rank is not None:
        shape = _free(a, pairs[0]) + _free(b, pairs[1])
    try:
        dtype = product_dtype(fixed_a, fixed_b, batched=False)
    except Violation as violation:
        violation.operands = tuple(b if operand is fixed_b else a for operand in violation.operands)
        guess = violation.result.dtype if isinstance(violation.result, Tensor) else None
        violation.result = Tensor(guess, shape)
        raise
    left, right = contracted_sizes(a, b, pairs)
    if dims.equal(dims.product(left), dims.product(right)) is False:
        open_shape = None if shape is None else (None,) * len(shape)  # other axes were meant
        raise InnerDimMismatch([a, b], dims.product(left), dims.product(right), Tensor(dtype, open_shape))
    return Tensor(dtype, shape)


def _fixed(operand: Tensor) -> Tensor:
    """``operand`` as a tensor of its own dtype: tensordot converts each operand by itself."""
    return operand if operand.kind is Kind.UNKNOWN else rules.like(operand)


AxisPairs = tuple[tuple[int, ...], tuple[int, ...]]


def contracted_axes(a: Tensor, b: Tensor, axes: Value) -> AxisPairs | None:
    """The axes of ``a`` and of ``b`` that tensordot sums over, from the front; None where they are not known.

    Raises EquationMismatch, AxisOutOfRange.
    """
    count = to_python(axes)
    if isinstance(count, int):
        if count < 0:
            raise EquationMismatch([a, b], "negative axes")
        for operand in (a, b):
            if operand.rank is not None and count > operand.rank:
                raise AxisOutOfRange(operand, count, operand.rank)
        return None if a.rank is None else (tuple(range(a.rank - count, a.rank)), tuple(range(count)))
    items = sequence_items(axes)
    if items is None:
        return None
    if len(items) != 2:
        raise EquationMismatch([a, b], "axes of two operands")
    lists = [to_axes(item) for item in items]
    left, right = lists
    if isinstance(left, Unsure) or isinstance(right, Unsure) or left is None or right is None:
        return None
    if len(left) != len(right):
        raise EquationMismatch([a, b], f"{len(left)} and {len(right)} axes")
    if a.rank is None or b.rank is None:
        return None
    return _normal_axes(a, left), _normal_axes(b, right)


def _normal_axes(operand: Tensor, axes: tuple[int, ...]) -> tuple[int, ...]:
    normal = tuple(axis for axis in (rules.normal_axis(operand, axis) for axis in axes) if axis is not None)
    if len(set(normal)) != len(normal):
        raise EquationMismatch([operand], "repeated axis")
    return normal


def contracted_sizes(a: Tensor, b: Tensor, pairs: AxisPairs | None) -> tuple[tuple[Dim, ...], tuple[Dim, ...]]:
    """The sizes that are summed over, pair by pair; ``(None,)`` where they are not known."""
    if pairs is None or a.shape is None or b.shape is None:
        return (None,), (None,)
    return tuple(a.shape[axis] for axis in pairs[0]), tuple(b.shape[axis] for axis in pairs[1])


def _free(operand: Tensor, axes: tuple[int, ...]) -> tuple[Dim, ...]:
    return tuple(dim for axis, dim in enumerate(operand.shape or ()) if axis not in axes)
