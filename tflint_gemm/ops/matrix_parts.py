"""Transposes, diagonals, bands, traces and norms of matrices."""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import NONE, Tensor, TupleValue, Value
from tflint_gemm.ops import rules
from tflint_gemm.ops.conversion import sequence_items, to_axes, to_flag, to_python, to_tensor
from tflint_gemm.ops.families import check_kernel
from tflint_gemm.ops.matrices import real_part
from tflint_gemm.ops.parameters import Flag, Unsure
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import BroadcastMismatch, InvalidArgument, NoKernel, RankTooLow


@op("linalg.matrix_transpose")
def matrix_transpose(a: Tensor) -> Tensor:
    return rules.like(a, shape=rules.transpose_last(rules.with_rank_at_least(a, 2)))


@op("linalg.adjoint")
def adjoint(matrix: Tensor) -> Tensor:
    return matrix_transpose(matrix)


@op("linalg.trace", by_position=1)
def trace(x: Tensor) -> Tensor:
    if x.dtype is not None and x.dtype not in dtypes.NUMERIC:
        raise NoKernel(x, dtypes.NUMERIC)
    shape = rules.with_rank_at_least(x, 2)
    return rules.like(x, shape=None if shape is None else shape[:-2])


@op("linalg.band_part")
def band_part(input: Tensor) -> Tensor:
    check_kernel(input, "MatrixBandPart")
    return rules.like(input, shape=rules.with_rank_at_least(input, 2))


# ------------------------------------------------------------------------------------------------- diagonals


def _band(k: Value) -> tuple[int, int] | None:
    """The lowest and the highest diagonal that ``k`` names; None where they are not known."""
    found = to_axes(k)
    if isinstance(found, Unsure) or found is None or len(found) not in (1, 2):
        return None
    return found[0], found[-1]


@op("linalg.diag_part", by_position=1)
def diag_part(input: Tensor, k: Value = NONE) -> Tensor:
    check_kernel(input, "MatrixDiagPartV3")
    shape = rules.with_rank_at_least(input, 2)
    band = (0, 0) if k == NONE else _band(k)
    if shape is None or band is None:
        return rules.like(input, shape=None)
    return rules.like(input, shape=(*shape[:-2], *_diagonal_shape(input, band)))


def _diagonal_shape(matrix: Tensor, band: tuple[int, int]) -> tuple[Dim, ...]:
    """The dimensions of the band's diagonals, packed one beneath the other; raises InvalidArgument."""
    assert matrix.shape is not None
    rows, columns = matrix.shape[-2:]
    low, high = band
    for diagonal in band:
        if isinstance(rows, int) and isinstance(columns, int) and not (-rows < diagonal < columns or diagonal == 0):
            raise InvalidArgument([matrix], "diagonal outside the matrix", rules.like(matrix, shape=None))
    length = dims.minimum(dims.add(rows, min(high, 0)), dims.subtract(columns, max(low, 0)))
    return (length,) if low == high else (high - low + 1, length)


@op("linalg.diag", by_position=1)
def diag(diagonal: Tensor, k: Value = NONE, num_rows: Value = NONE, num_cols: Value = NONE) -> Tensor:
    check_kernel(diagonal, "MatrixDiagV3")
    shape = rules.with_rank_at_least(diagonal, 1)
    band = (0, 0) if k == NONE else _band(k)
    if shape is None or band is None:
        return rules.like(diagonal, shape=None)
    low, high = band
    if low != high and len(shape) < 2:
        raise RankTooLow(diagonal, 2)
    if low != high and dims.equal(shape[-2], high - low + 1) is False:
        raise InvalidArgument([diagonal], "number of diagonals", rules.like(diagonal, shape=None))
    batch = shape[:-1] if low == high else shape[:-2]
    if not _absent(num_rows) or not _absent(num_cols):
        return rules.like(diagonal, shape=(*batch, None, None))
    # the longest diagonal of the band fits a square matrix of this side
    offset = low if low > 0 else -high if high < 0 else 0
    side = dims.add(shape[-1], abs(offset))
    return rules.like(diagonal, shape=(*batch, side, side))


def _absent(size: Value) -> bool:
    return size == NONE or to_python(size) == -1


@op("linalg.set_diag", by_position=2)
def set_diag(input: Tensor, diagonal: Tensor, k: Value = NONE) -> Tensor:
    dtype = rules.common_dtype((input, diagonal), "elementwise")
    shape = rules.with_rank_at_least(input, 2)
    band = (0, 0) if k == NONE else _band(k)
    if shape is not None and band is not None:
        wanted = (*shape[:-2], *_diagonal_shape(input, band))
        if shapes.equal(wanted, diagonal.shape) is False:
            raise BroadcastMismatch([Tensor(dtype, wanted), diagonal], Tensor(dtype, shape))
    return rules.like(input, dtype=dtype)


@op("linalg.tensor_diag")
def tensor_diag(diagonal: Tensor) -> Tensor:
    check_kernel(diagonal, "Diag")
    shape = rules.with_rank_at_least(diagonal, 1)
    return rules.like(diagonal, shape=None if shape is None else shape + shape)


@op("linalg.tensor_diag_part")
def tensor_diag_part(input: Tensor) -> Tensor:
    check_kernel(input, "DiagPart")
    if input.shape is None:
        return rules.like(input)
    half = len(input.shape) // 2
    left, right = input.shape[:half], input.shape[half:]
    if shapes.equal(left, right) is False:
        raise InvalidArgument([input], "tensor is not square", rules.like(input, shape=left))
    return rules.like(input, shape=rules.merge_shapes(left, right))


@op("linalg.cross")
def cross(a: Tensor, b: Tensor) -> Tensor:
    dtype = rules.common_dtype((a, b), "elementwise")
    check_kernel(rules.like(a, dtype=dtype), "Cross")
    left, right = rules.with_rank_at_least(a, 1), rules.with_rank_at_least(b, 1)
    if shapes.equal(left, right) is False:
        raise BroadcastMismatch([a, b], Tensor(dtype))
    shape = rules.merge_shapes(left, right)
    if shape is not None and dims.equal(shape[-1], 3) is False:
        raise InvalidArgument([a, b], "last dimension is not 3", Tensor(dtype, shape))
    return Tensor(dtype, shape)


# ------------------------------------------------------------------------------------------------- norms

_EUCLIDEAN = ("euclidean", 2, 2.0)
_ROOTS = dtypes.FLOATING | dtypes.COMPLEX


@op("norm")
def norm(tensor: Tensor, ord: Value = NONE, axis: Value = NONE, keepdims: Flag = False) -> Tensor:
    """The norm of vectors (one axis, or all) or of matrices (two axes); raises InvalidArgument, NoKernel."""
    axes = to_axes(axis)
    listed = sequence_items(axis)
    if listed is not None and len(listed) != 2:
        raise InvalidArgument([tensor], "axis must be an integer or two integers", rules.like(tensor, shape=None))
    order = "euclidean" if ord == NONE else to_python(ord)
    matrix = listed is not None
    unsupported = isinstance(order, str) and order not in (("euclidean", "fro") if matrix else ("euclidean",))
    if unsupported or (matrix and isinstance(order, int) and order not in (1, 2)):
        raise InvalidArgument([tensor], "unsupported ord", rules.like(tensor, shape=None))
    return Tensor(_norm_dtype(tensor, order, matrix), rules.reduce_shape(tensor, axes, keepdims))


def _norm_dtype(tensor: Tensor, order: object, matrix: bool) -> DType | None:
    if order in (*_EUCLIDEAN, "fro") and not (matrix and order in (2, 2.0)):
        return rules.require_dtype(tensor, _ROOTS)
    if tensor.dtype is None or not tensor.dtype.is_floating:
        return real_part(tensor.dtype) if order in (1, 1.0) else None
    return tensor.dtype


@op("compat.v1.norm")
def norm_v1(
    tensor: Tensor, ord: Value = NONE, axis: Value = NONE, keepdims: Value = NONE, keep_dims: Value = NONE
) -> Tensor:
    return norm(tensor, ord, axis, to_flag(keepdims if keepdims != NONE else keep_dims))


@op("linalg.normalize")
def normalize(tensor: Tensor, ord: Value = NONE, axis: Value = NONE) -> TupleValue:
    length = norm(tensor, ord, axis, True)
    return TupleValue((rules.like(tensor, dtype=tensor.dtype if tensor.dtype in _ROOTS else None), length))


@op("linalg.global_norm", by_position=1)
def global_norm(t_list: Value) -> Tensor:
    """The norm of all tensors of a list, of which some may be None."""
    items = sequence_items(t_list)
    if items is None:
        return Tensor(None, ())
    tensors = [to_tensor(item) for item in items if item != NONE]
    if not tensors:
        return Tensor(dtypes.FLOAT32, ())
    for tensor in tensors:
        check_kernel(tensor, "L2Loss")
    return Tensor(rules.common_dtype(tensors, "join", "each"), ())
