"""NumPy's products of vectors, matrices and arrays of higher rank."""

from __future__ import annotations

from collections import Counter

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import NONE, UNKNOWN, Tensor, Value
from tflint_gemm.ops import conversion, rules
from tflint_gemm.ops.einsum import ELLIPSIS, contracted_axes, contracted_sizes, output_shape, parse
from tflint_gemm.ops.numpy_common import (
    Array,
    Arrays,
    array,
    array_op,
    promote_dtypes,
    strong,
    to_array,
    with_origin,
)
from tflint_gemm.ops.parameters import Axis, Flag, NumpyDType, Spread, Text, Unsure
from tflint_gemm.ops.violations import EquationMismatch, InnerDimMismatch, InvalidArgument, RankTooLow


def _product(a: Tensor, b: Tensor, shape: Shape) -> Tensor:
    """A product of ``a`` and ``b``: these functions take nothing as weak."""
    dtype = promote_dtypes([a.dtype, b.dtype])
    if a.dtype != b.dtype and 0 in (shapes.num_elements(a.shape), shapes.num_elements(b.shape)):
        dtype = None  # an empty list has no dtype of its own
    return with_origin(array(dtype, shape), (a, b))


def matmul_result(a: Tensor, b: Tensor) -> Tensor:
    """``np.matmul``: vectors are taken as a row or a column; raises RankTooLow, InnerDimMismatch, BatchMismatch."""
    for operand in (a, b):
        if operand.shape == ():
            raise RankTooLow(operand, 1, gemm=True)
    if a.shape is None or b.shape is None:
        return _product(a, b, None)
    left = (1, *a.shape) if len(a.shape) == 1 else a.shape
    right = (*b.shape, 1) if len(b.shape) == 1 else b.shape
    try:
        shape = rules.matmul_shape(a, b, left, right, promote_dtypes([a.dtype, b.dtype]))
    except InnerDimMismatch as mismatch:
        if isinstance(mismatch.result, Tensor):
            mismatch.result = _product(a, b, _without_padding(mismatch.result.shape, a, b))
        raise
    return _product(a, b, _without_padding(shape, a, b))


def _without_padding(shape: Shape, a: Tensor, b: Tensor) -> Shape:
    """The shape of a product less the dimensions that stand for a vector's missing one."""
    if shape is None:
        return None
    rows = () if a.rank == 1 else (shape[-2],)
    columns = () if b.rank == 1 else (shape[-1],)
    return (*shape[:-2], *rows, *columns)


@array_op("matmul", by_position=2)
def matmul(x1: Array, x2: Array, dtype: NumpyDType = None) -> Tensor:
    product = matmul_result(x1, x2)
    return product if dtype is None else array(rules.chosen_dtype(dtype, None), product.shape)


def dot_result(a: Tensor, b: Tensor) -> Tensor:
    """``np.dot``: contracts the last dimension of ``a`` with the last but one of ``b``; raises InnerDimMismatch."""
    if a.shape is None or b.shape is None:
        return _product(a, b, b.shape if a.shape == () else a.shape if b.shape == () else None)
    if not a.shape or not b.shape:
        return _product(a, b, a.shape or b.shape)
    axis = -1 if len(b.shape) == 1 else -2
    rest = b.shape[:axis] if axis == -1 else (*b.shape[:-2], b.shape[-1])
    result = _product(a, b, (*a.shape[:-1], *rest))
    if dims.equal(a.shape[-1], b.shape[axis]) is False:
        raise InnerDimMismatch([a, b], a.shape[-1], b.shape[axis], result)
    return result


@array_op("dot")
def dot(a: Array, b: Array, out: Value = NONE) -> Tensor:
    return dot_result(a, b)


@array_op("linalg.multi_dot")
def multi_dot(arrays: Arrays) -> Tensor:
    if not arrays or len(arrays) < 2:
        return array(None, None)
    result = arrays[0]
    for one in arrays[1:]:
        result = dot_result(result, one)
    return result


@array_op("inner")
def inner(a: Array, b: Array) -> Tensor:
    if a.shape is None or b.shape is None:
        return _product(a, b, None)
    if not a.shape or not b.shape:
        return _product(a, b, a.shape or b.shape)
    result = _product(a, b, (*a.shape[:-1], *b.shape[:-1]))
    if dims.equal(a.shape[-1], b.shape[-1]) is False:
        raise InnerDimMismatch([a, b], a.shape[-1], b.shape[-1], result)
    return result


@array_op("outer")
def outer(a: Array, b: Array, out: Value = NONE) -> Tensor:
    return _product(a, b, (shapes.num_elements(a.shape), shapes.num_elements(b.shape)))


@array_op("linalg.outer")
def outer_of_vectors(x1: Array, x2: Array) -> Tensor:
    return outer(strong(x1), strong(x2))


@array_op("linalg.matmul")
def matmul_plainly(x1: Array, x2: Array) -> Tensor:
    product = matmul_result(x1, x2)
    return array(None if product.dtype == dtypes.BFLOAT16 else product.dtype, product.shape)


@array_op("matvec")
def matvec(x1: Array, x2: Array, dtype: Value = NONE, axes: Value = NONE, keepdims: Value = NONE) -> Tensor:
    """Matrices times vectors; raises InnerDimMismatch."""
    plain = (dtype, axes) == (NONE, NONE)
    if x1.shape is None or x2.shape is None or len(x1.shape) < 2 or not x2.shape or not plain:
        return array(None, None)
    batch, failed = shapes.broadcast(x1.shape[:-2], x2.shape[:-1])
    result = _product(x1, x2, None if batch is None or failed else (*batch, x1.shape[-2]))
    if dims.equal(x1.shape[-1], x2.shape[-1]) is False:
        raise InnerDimMismatch([x1, x2], x1.shape[-1], x2.shape[-1], result)
    return result


@array_op("vecmat")
def vecmat(x1: Array, x2: Array, dtype: Value = NONE, axes: Value = NONE, keepdims: Value = NONE) -> Tensor:
    """Vectors times matrices; raises InnerDimMismatch."""
    plain = (dtype, axes) == (NONE, NONE)
    if x1.shape is None or x2.shape is None or len(x2.shape) < 2 or not x1.shape or not plain:
        return array(None, None)
    batch, failed = shapes.broadcast(x1.shape[:-1], x2.shape[:-2])
    result = _product(x1, x2, None if batch is None or failed else (*batch, x2.shape[-1]))
    if dims.equal(x1.shape[-1], x2.shape[-2]) is False:
        raise InnerDimMismatch([x1, x2], x1.shape[-1], x2.shape[-2], result)
    return result


@array_op("vdot")
def vdot(a: Array, b: Array) -> Tensor:
    left, right = shapes.num_elements(a.shape), shapes.num_elements(b.shape)
    if dims.equal(left, right) is False:
        raise InnerDimMismatch([a, b], left, right, _product(a, b, ()))
    return _product(a, b, ())


@array_op("vecdot", "linalg.vecdot", by_position=2)
def vecdot(x1: Array, x2: Array, axis: Axis = -1, keepdims: Flag = False, dtype: NumpyDType = None) -> Tensor:
    if dtype is not None:
        return array(None, None)
    if axis != -1 or keepdims is not False:
        return _product(x1, x2, None)
    shape = rules.broadcast((x1, x2))
    return _product(x1, x2, shape[:-1] if shape else None)


@array_op("kron")
def kron(a: Array, b: Array) -> Tensor:
    if a.shape is None or b.shape is None:
        return _product(a, b, None)
    rank = max(len(a.shape), len(b.shape))
    left, right = ((1,) * (rank - len(shape)) + shape for shape in (a.shape, b.shape))
    return _product(a, b, tuple(dims.multiply(one, other) for one, other in zip(left, right)))


@array_op("cross")
def cross(a: Array, b: Array, axisa: Axis = -1, axisb: Axis = -1, axisc: Axis = -1, axis: Axis = None) -> Tensor:
    usual = (axisa, axisb, axisc) == (-1, -1, -1) and axis in (None, -1)
    if not usual or not a.shape or not b.shape:
        return _product(a, b, None)
    sizes = (a.shape[-1], b.shape[-1])
    lead = rules.broadcast((array(a.dtype, a.shape[:-1]), array(b.dtype, b.shape[:-1])))
    for operand, size in zip((a, b), sizes):
        if isinstance(size, int) and size not in (2, 3):
            raise InvalidArgument([operand], "vectors of 2 or 3 elements", _product(a, b, None))
    if lead is None or None in sizes or sizes == (2, 2):
        return _product(a, b, lead if sizes == (2, 2) else None)
    return _product(a, b, (*lead, 3) if 3 in sizes else None)


# ------------------------------------------------------------------------------------- tensordot and einsum


@array_op("tensordot", "linalg.tensordot", by_position=2)
def tensordot(a: Array, b: Array, axes: Value = UNKNOWN) -> Tensor:
    """The product summed over ``axes``; raises EquationMismatch, AxisOutOfRange, InnerDimMismatch."""
    a, b = strong(a), strong(b)
    count = conversion.to_python(axes)
    if isinstance(count, int) and count < 0:
        return _product(a, b, None)
    pairs = contracted_axes(a, b, axes)
    if pairs is None or a.shape is None or b.shape is None:
        return _product(a, b, None)
    left = tuple(dim for axis, dim in enumerate(a.shape) if axis not in pairs[0])
    right = tuple(dim for axis, dim in enumerate(b.shape) if axis not in pairs[1])
    for one, other in zip(*contracted_sizes(a, b, pairs)):
        if dims.equal(one, other) is False:
            raise InnerDimMismatch([a, b], one, other, _product(a, b, left + right))
    return _product(a, b, left + right)


@array_op("einsum")
def einsum(*operands: Spread, dtype: NumpyDType = None) -> Tensor:
    """The contraction that the first operand names; raises EquationMismatch."""
    values = [operand for operand in operands if not isinstance(operand, Unsure)]
    equation = conversion.to_python(values[0]) if values else None
    if not isinstance(equation, str) or len(values) != len(operands):
        return array(None, None)
    arrays = [strong(to_array(value)) for value in values[1:]]
    chosen = rules.chosen_dtype(dtype, promote_dtypes([one.dtype for one in arrays]))
    parsed = parse(_explicit(equation))
    if isinstance(parsed, str):
        raise EquationMismatch(arrays, parsed, array(chosen, None))
    if len(parsed.inputs) != len(arrays):
        raise EquationMismatch(arrays, f"{len(parsed.inputs)} operands", array(chosen, None))
    plausible = array(chosen, None if ELLIPSIS in parsed.output else (None,) * len(parsed.output))
    return with_origin(array(chosen, output_shape(parsed, arrays, plausible, broadcast_labels=True)), arrays)


def _explicit(equation: str) -> str:
    """The equation with its output written out, as NumPy completes it: the ellipsis first, then single labels."""
    if "->" in equation:
        return equation
    counts = Counter(label for label in equation if label.isalpha())
    singles = "".join(label for label in sorted(counts) if counts[label] == 1)
    return f"{equation}->{'...' if '...' in equation else ''}{singles}"


@array_op("convolve")
def convolve(a: Array, v: Array, mode: Text = "full") -> Tensor:
    """As many places as one signal overlaps the other in; "same" keeps the length of the longer."""
    sizes = [operand.shape[0] for operand in (a, v) if operand.shape is not None and len(operand.shape) == 1]
    short, long = sorted(known) if len(known := [size for size in sizes if isinstance(size, int)]) == 2 else (0, 0)
    if not short:
        return _product(a, v, (None,))
    lengths = {"full": long + short - 1, "same": long, "valid": long - short + 1}
    return _product(a, v, (lengths.get(mode) if isinstance(mode, str) else None,))
