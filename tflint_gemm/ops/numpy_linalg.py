"""``numpy.linalg``: functions of matrices.

Integers are computed in float64, float32 is kept; float16 is refused by most of them (then the dtype is unknown).
"""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import UNKNOWN, OfType, Tensor, TupleValue, Value
from tflint_gemm.ops import rules
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.matrices import square
from tflint_gemm.ops.numpy_common import Array, array, array_op, inexact, promote_dtypes, real_part
from tflint_gemm.ops.parameters import Axes, Flag, Text
from tflint_gemm.ops.violations import InnerDimMismatch


def _working(dtype: DType | None) -> DType | None:
    """The dtype that LAPACK's routines compute ``dtype`` in; None where they refuse it."""
    wide = inexact(dtype)
    return None if wide in (dtypes.FLOAT16, dtypes.BFLOAT16) else wide


def _matrix(a: Tensor, shape: Shape) -> Tensor:
    return array(_working(a.dtype), shape)


@array_op("linalg.norm", by_position=1)
def norm(x: Array, axis: Axes = None, keepdims: Flag = False) -> Tensor:
    known = x.dtype in dtypes.NUMERIC | {dtypes.BOOL} and x.dtype != dtypes.BFLOAT16
    return array(real_part(inexact(x.dtype)) if known else None, rules.reduce_shape(x, axis, keepdims))


@array_op("linalg.vector_norm")
def vector_norm(x: Array, axis: Axes = None, keepdims: Flag = False) -> Tensor:
    return array(None, rules.reduce_shape(x, axis, keepdims))


@array_op("linalg.matrix_norm")
def matrix_norm(x: Array, keepdims: Flag = False) -> Tensor:
    rules.with_rank_at_least(x, 2)
    return array(None, rules.reduce_shape(x, (-2, -1), keepdims))


@array_op("linalg.trace")
def trace(x: Array) -> Tensor:
    rules.with_rank_at_least(x, 2)
    return array(None, rules.reduce_shape(x, (-2, -1), False))


@array_op("linalg.inv", "linalg.cholesky")
def inv(a: Array) -> Tensor:
    return _matrix(a, square(a))


@array_op("linalg.matrix_power")
def matrix_power(a: Array) -> Tensor:
    return array(a.dtype if a.dtype in (dtypes.FLOAT32, dtypes.FLOAT64) else None, square(a))


@array_op("linalg.pinv")
def pinv(a: Array) -> Tensor:
    shape = rules.transpose_last(rules.with_rank_at_least(a, 2))
    if _working(a.dtype) == a.dtype or (shapes.is_concrete(shape) and shapes.num_elements(shape) != 0):
        return _matrix(a, shape)
    return array(None, shape)  # of no elements, integers are kept


@array_op("linalg.det")
def det(a: Array) -> Tensor:
    shape = square(a)
    return _matrix(a, None if shape is None else shape[:-2])


@array_op("linalg.slogdet")
def slogdet(a: Array) -> Value:
    shape = square(a)
    batch = None if shape is None else shape[:-2]
    return TupleValue((_matrix(a, batch), array(real_part(_working(a.dtype)), batch)), ("sign", "logabsdet"))


@array_op("linalg.solve")
def solve(a: Array, b: Array) -> Tensor:
    dtype = promote_dtypes([_working(a.dtype), _working(b.dtype)])
    left = square(a)
    if left is None or b.shape is None or not b.shape:
        return array(dtype, None)
    if len(b.shape) == 1:
        if dims.equal(left[-1], b.shape[0]) is False:
            raise InnerDimMismatch([a, b], left[-1], b.shape[0], array(dtype, left[:-1]))
        return array(dtype, left[:-1])
    batch, failed = shapes.broadcast(left[:-2], b.shape[:-2])
    result = array(dtype, None if batch is None or failed else (*batch, *b.shape[-2:]))
    if dims.equal(left[-1], b.shape[-2]) is False:
        raise InnerDimMismatch([a, b], left[-1], b.shape[-2], result)
    return result


@array_op("linalg.lstsq")
def lstsq(a: Array, b: Array) -> Value:
    dtype = promote_dtypes([_working(a.dtype), _working(b.dtype)])
    columns = a.shape[1] if a.shape is not None and len(a.shape) == 2 else None
    solution = None if b.shape is None else (columns, *b.shape[1:])
    singular = array(real_part(dtype), (None,))
    return TupleValue((array(dtype, solution), singular, array(dtypes.INT32, ()), singular))


@array_op("linalg.matrix_rank", by_position=1)
def matrix_rank(a: Array) -> Value:
    if a.shape is None:
        return UNKNOWN
    if len(a.shape) < 2:
        return OfType("int")
    return array(dtypes.INT64, a.shape[:-2])


@array_op("linalg.cond", by_position=1)
def cond(x: Array) -> Tensor:
    return array(real_part(_working(x.dtype)), None if x.shape is None else x.shape[:-2])


# ------------------------------------------------------------------------------------- decompositions


def _extents(a: Tensor) -> tuple[tuple[Dim, ...], Dim, Dim, Dim] | None:
    """Batch, rows, columns and the smaller of the two; raises RankTooLow."""
    shape = rules.with_rank_at_least(a, 2)
    if shape is None:
        return None
    return shape[:-2], shape[-2], shape[-1], dims.minimum(shape[-2], shape[-1])


@array_op("linalg.qr")
def qr(a: Array, mode: Text = "reduced") -> Value:
    extents = _extents(a)
    if extents is None or mode not in ("reduced", "complete", "r"):
        return UNKNOWN
    batch, rows, columns, least = extents
    if mode == "r":
        return _matrix(a, (*batch, least, columns))
    inner = least if mode == "reduced" else rows
    return TupleValue((_matrix(a, (*batch, rows, inner)), _matrix(a, (*batch, inner, columns))), ("Q", "R"))


@array_op("linalg.svd")
def svd(a: Array, full_matrices: Flag = True, compute_uv: Flag = True) -> Value:
    extents = _extents(a)
    if extents is None or isinstance(full_matrices, Unsure) or isinstance(compute_uv, Unsure):
        return UNKNOWN
    batch, rows, columns, least = extents
    singular = array(real_part(_working(a.dtype)), (*batch, least))
    if not compute_uv:
        return singular
    left = _matrix(a, (*batch, rows, rows if full_matrices else least))
    right = _matrix(a, (*batch, columns if full_matrices else least, columns))
    return TupleValue((left, singular, right), ("U", "S", "Vh"))


@array_op("linalg.svdvals", by_position=1)
def svdvals(x: Array) -> Tensor:
    extents = _extents(x)
    return array(real_part(_working(x.dtype)), None if extents is None else (*extents[0], extents[3]))


def _eigen(a: Tensor, dtype: DType | None, vectors: DType | None) -> TupleValue:
    shape = square(a)
    values = array(dtype, None if shape is None else shape[:-1])
    return TupleValue((values, array(vectors, shape)), ("eigenvalues", "eigenvectors"))


@array_op("linalg.eigh")
def eigh(a: Array) -> Value:
    dtype = _working(a.dtype)
    return _eigen(a, real_part(dtype), dtype)


@array_op("linalg.eig")
def eig(a: Array) -> Value:
    dtype = _complex_only(a)
    return _eigen(a, dtype, dtype)


def _complex_only(a: Tensor) -> DType | None:
    """The dtype of eigenvalues: a real matrix has complex ones or not, depending on its elements."""
    return a.dtype if a.dtype is not None and a.dtype.is_complex else None


@array_op("linalg.eigvalsh")
def eigvalsh(a: Array) -> Tensor:
    shape = square(a)
    return array(real_part(_working(a.dtype)), None if shape is None else shape[:-1])


@array_op("linalg.eigvals")
def eigvals(a: Array) -> Tensor:
    shape = square(a)
    return array(_complex_only(a), None if shape is None else shape[:-1])
