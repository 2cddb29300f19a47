"""Functions of matrices: inverses, determinants, decompositions, solvers."""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import UNKNOWN, Kind, Tensor, TupleValue, Value
from tflint_gemm.ops import rules
from tflint_gemm.ops.conversion import to_tensor
from tflint_gemm.ops.families import check_kernel, kernels
from tflint_gemm.ops.linalg import matmul, product_dtype
from tflint_gemm.ops.op_model import OpModel
from tflint_gemm.ops.parameters import DTypeArgument, Flag, Text, Unsure
from tflint_gemm.ops.registry import add, op
from tflint_gemm.ops.violations import BatchMismatch, InnerDimMismatch, InvalidArgument, NoKernel, RankTooLow
from tflint_gemm.replacing import replace

_REAL_PART = {dtypes.COMPLEX64: dtypes.FLOAT32, dtypes.COMPLEX128: dtypes.FLOAT64}
_COMPLEX = {dtypes.FLOAT32: dtypes.COMPLEX64, dtypes.FLOAT64: dtypes.COMPLEX128}
SINGLE_OR_DOUBLE = frozenset(_COMPLEX)
_DECOMPOSABLE = SINGLE_OR_DOUBLE | dtypes.COMPLEX


def real_part(dtype: DType | None) -> DType | None:
    return None if dtype is None else _REAL_PART.get(dtype, dtype)


def square(operand: Tensor) -> Shape:
    """The shape of a (batch of) square matrices; raises RankTooLow, InvalidArgument."""
    shape = rules.with_rank_at_least(operand, 2)
    if shape is None:
        return None
    if dims.equal(shape[-2], shape[-1]) is False:
        raise InvalidArgument([operand], "matrix is not square", rules.like(operand))
    side = dims.merge(shape[-2], shape[-1])
    return (*shape[:-2], side, side)


def _drop(shape: Shape, count: int) -> Shape:
    return None if shape is None else shape[:-count]


def _matrix_function(name: str, raw_op: str) -> None:
    """Register a function from square matrices to square matrices."""

    def model(input: Tensor) -> Tensor:
        check_kernel(input, raw_op)
        return rules.like(input, shape=square(input))

    add(OpModel(name, model, by_position=1))


for _name, _raw_op in (
    ("linalg.inv", "MatrixInverse"),
    ("linalg.cholesky", "Cholesky"),
    ("linalg.sqrtm", "MatrixSquareRoot"),
    ("linalg.logm", "MatrixLogarithm"),
):
    _matrix_function(_name, _raw_op)


@op("linalg.expm")
def expm(input: Tensor) -> Tensor:
    rules.require_dtype(input, _DECOMPOSABLE)
    if input.rank == 1 and dims.equal((input.shape or (None,))[0], 1) is not False:
        return rules.like(input, shape=None)  # eagerly, a vector of one element is a matrix
    return rules.like(input, shape=square(input))


@op("linalg.pinv")
def pinv(a: Tensor) -> Tensor:
    rules.require_dtype(a, SINGLE_OR_DOUBLE)
    return rules.like(a, shape=rules.transpose_last(rules.with_rank_at_least(a, 2)))


@op("linalg.matrix_rank")
def matrix_rank(a: Tensor) -> Tensor:
    shape = rules.with_rank_at_least(a, 2)
    if a.is_tensorflow:  # anything else is converted to float32
        rules.require_dtype(a, SINGLE_OR_DOUBLE)
    return Tensor(dtypes.INT32, _drop(shape, 2))


@op("linalg.det", by_position=1)
def det(input: Tensor) -> Tensor:
    check_kernel(input, "MatrixDeterminant")
    return rules.like(input, shape=_drop(square(input), 2))


@op("linalg.slogdet", by_position=1)
def slogdet(input: Tensor) -> TupleValue:
    check_kernel(input, "LogMatrixDeterminant")
    part = rules.like(input, shape=_drop(square(input), 2))
    return TupleValue((part, part), ("sign", "log_abs_determinant"), "LogMatrixDeterminant")


@op("linalg.logdet", by_position=1)
def logdet(matrix: Tensor) -> Tensor:
    check_kernel(matrix, "Cholesky")
    return rules.like(matrix, dtype=real_part(matrix.dtype), shape=_drop(square(matrix), 2))


# ------------------------------------------------------------------------------------------------- decompositions


@op("linalg.svd")
def svd(tensor: Tensor, full_matrices: Flag = False, compute_uv: Flag = True) -> Value:
    check_kernel(tensor, "Svd")
    shape = rules.with_rank_at_least(tensor, 2)
    if isinstance(compute_uv, Unsure):
        return UNKNOWN
    batch, rows, columns, least = _extents(shape)
    singular = None if batch is None else (*batch, least)
    values = rules.like(tensor, dtype=real_part(tensor.dtype), shape=singular)
    if not compute_uv:
        return values
    left = _matrix(tensor, batch, rows, _choose(full_matrices, rows, least))
    right = _matrix(tensor, batch, columns, _choose(full_matrices, columns, least))
    return TupleValue((values, left, right))


@op("linalg.qr")
def qr(input: Tensor, full_matrices: Flag = False) -> TupleValue:
    check_kernel(input, "Qr")
    batch, rows, columns, least = _extents(rules.with_rank_at_least(input, 2))
    inner = _choose(full_matrices, rows, least)
    return TupleValue((_matrix(input, batch, rows, inner), _matrix(input, batch, inner, columns)), ("q", "r"), "Qr")


def _extents(shape: Shape) -> tuple[Shape, Dim, Dim, Dim]:
    """Batch dimensions, rows, columns and the lesser of the two."""
    if shape is None:
        return None, None, None, None
    return shape[:-2], shape[-2], shape[-1], dims.minimum(shape[-2], shape[-1])


def _choose(flag: bool | Unsure, yes: Dim, no: Dim) -> Dim:
    return dims.join(yes, no) if isinstance(flag, Unsure) else yes if flag else no


def _matrix(like: Tensor, batch: Shape, rows: Dim, columns: Dim) -> Tensor:
    return rules.like(like, shape=None if batch is None else (*batch, rows, columns))


@op("linalg.eigh", by_position=1)
def eigh(tensor: Tensor) -> TupleValue:
    # complex matrices keep their dtype here, although the eigenvalues are real numbers
    return TupleValue((eigvalsh(tensor), rules.like(tensor, shape=square(tensor))))


@op("linalg.eigvalsh", by_position=1)
def eigvalsh(tensor: Tensor) -> Tensor:
    check_kernel(tensor, "SelfAdjointEigV2")
    return rules.like(tensor, shape=_drop(square(tensor), 1))


@op("linalg.eig", by_position=1)
def eig(tensor: Tensor) -> TupleValue:
    values = eigvals(tensor)
    return TupleValue((values, rules.like(values, shape=square(tensor))))


@op("linalg.eigvals", by_position=1)
def eigvals(tensor: Tensor) -> Tensor:
    rules.require_dtype(tensor, _DECOMPOSABLE)
    dtype = None if tensor.dtype is None else _COMPLEX.get(tensor.dtype, tensor.dtype)
    return rules.like(tensor, dtype=dtype, shape=_drop(square(tensor), 1))


@op("linalg.eigh_tridiagonal")
def eigh_tridiagonal(alpha: Tensor, eigvals_only: Flag = True, select: Text = "a") -> Value:
    if eigvals_only is not True:
        return UNKNOWN
    return rules.like(alpha, dtype=real_part(alpha.dtype), shape=alpha.shape if select == "a" else None)


@op("linalg.lu")
def lu(input: Tensor, output_idx_type: DTypeArgument = None) -> TupleValue:
    check_kernel(input, "Lu")
    shape = square(input)
    permutation = Tensor(rules.chosen_dtype(output_idx_type, dtypes.INT32), _drop(shape, 1))
    return TupleValue((rules.like(input, shape=shape), permutation), ("lu", "p"), "Lu")


def _single_unless_tensor(operand: Tensor) -> Tensor:
    """What the LU ops make of an operand: arrays, of whatever dtype, and Python numbers become float32."""
    if operand.kind is Kind.UNKNOWN:
        return replace(operand, dtype=None)
    return operand if operand.is_tensorflow else rules.like(operand, dtype=dtypes.FLOAT32)


@op("linalg.lu_reconstruct", "linalg.lu_matrix_inverse")
def lu_reconstruct(lower_upper: Tensor) -> Tensor:
    if lower_upper.kind is Kind.PYTHON and (lower_upper.dtype is None or lower_upper.dtype.is_complex):
        return Tensor(lower_upper.dtype, square(lower_upper))
    return rules.like(_single_unless_tensor(lower_upper), shape=square(lower_upper))


# ------------------------------------------------------------------------------------------------- solvers


@op("linalg.solve")
def solve(matrix: Tensor, rhs: Tensor) -> Tensor:
    dtype = _solver_dtype(matrix, rhs, "MatrixSolve", "tensor")
    left, right = square(matrix), rules.with_rank_at_least(rhs, 1)
    if left is None or right is None:
        return Tensor(dtype)
    if len(left) != len(right):  # solve never broadcasts
        raise RankTooLow(rhs, len(left), exact=True, gemm=True, result=Tensor(dtype))
    if shapes.equal(left[:-2], right[:-2]) is False:
        raise BatchMismatch([matrix, rhs], left[:-2], right[:-2], Tensor(dtype, right))
    if dims.equal(left[-2], right[-2]) is False:
        raise InnerDimMismatch([matrix, rhs], left[-2], right[-2], Tensor(dtype, right))
    batch = rules.merge_shapes(left[:-2], right[:-2]) or ()
    return Tensor(dtype, (*batch, left[-1], right[-1]))


@op("linalg.triangular_solve")
def triangular_solve(matrix: Tensor, rhs: Tensor) -> Tensor:
    return _broadcast_solve(matrix, rhs, _solver_dtype(matrix, rhs, "MatrixTriangularSolve", "tensor"))


@op("linalg.cholesky_solve")
def cholesky_solve(chol: Tensor, rhs: Tensor) -> Tensor:
    return _broadcast_solve(chol, rhs, _solver_dtype(chol, rhs, "MatrixTriangularSolve", "tensor"))


@op("linalg.lu_solve")
def lu_solve(lower_upper: Tensor, rhs: Tensor) -> Tensor:
    factors = _single_unless_tensor(lower_upper)
    return _broadcast_solve(lower_upper, rhs, _solver_dtype(factors, rhs, "MatrixTriangularSolve", "first"))


def _solver_dtype(matrix: Tensor, rhs: Tensor, raw_op: str, decides: rules.Decides) -> DType | None:
    dtype = rules.common_dtype((matrix, rhs), "gemm", decides)
    if dtype is not None and (allowed := kernels(raw_op)) and dtype not in allowed:
        raise NoKernel(matrix, allowed, result=Tensor(dtype))
    return dtype


def _broadcast_solve(matrix: Tensor, rhs: Tensor, dtype: DType | None) -> Tensor:
    left, right = square(matrix), rules.with_rank_at_least(rhs, 2, gemm=True)
    return Tensor(dtype, rules.matmul_shape(matrix, rhs, left, right, dtype))


@op("linalg.lstsq")
def lstsq(matrix: Tensor, rhs: Tensor) -> Tensor:
    dtype = product_dtype(matrix, rhs, batched=None)
    if dtype is not None and dtype not in kernels("Cholesky"):
        raise NoKernel(matrix, kernels("Cholesky"), result=Tensor(dtype))
    left = rules.transpose_last(rules.with_rank_at_least(matrix, 2, gemm=True))
    right = rules.with_rank_at_least(rhs, 2, gemm=True)
    return Tensor(dtype, rules.matmul_shape(matrix, rhs, left, right, dtype))


@op("linalg.banded_triangular_solve")
def banded_triangular_solve(bands: Tensor, rhs: Tensor) -> Tensor:
    dtype = _solver_dtype(bands, rhs, "BandedTriangularSolve", "tensor")
    left, right = rules.with_rank_at_least(bands, 2), rules.with_rank_at_least(rhs, 2)
    if left is None or right is None:
        return Tensor(dtype)
    if dims.equal(left[-1], right[-2]) is False:
        raise InnerDimMismatch([bands, rhs], left[-1], right[-2], Tensor(dtype, right))
    batch, failed = shapes.broadcast(left[:-2], right[:-2])
    return Tensor(dtype, None if failed else (*(batch or ()), *right[-2:]))


@op("linalg.tridiagonal_matmul")
def tridiagonal_matmul(diagonals: Value, rhs: Tensor) -> Tensor:
    """The diagonals are converted first, and a list of tensors follows them."""
    same = to_tensor(diagonals).dtype == rhs.dtype
    return rules.like(rhs, dtype=rhs.dtype if same else None)


@op("linalg.tridiagonal_solve")
def tridiagonal_solve(rhs: Tensor, transpose_rhs: Flag = False) -> Tensor:
    return rules.like(rhs, shape=rhs.shape if transpose_rhs is False else None)


# ------------------------------------------------------------------------------------------------- sparse products


@op("sparse.sparse_dense_matmul")
def sparse_dense_matmul(sp_a: Tensor, b: Tensor, adjoint_a: Flag = False, adjoint_b: Flag = False) -> Tensor:
    """The product of a sparse and a dense matrix, in either order."""
    left = rules.transpose_last(rules.with_rank(sp_a, 2), adjoint_a)
    right = rules.transpose_last(rules.with_rank(b, 2), adjoint_b)
    dtype = rules.common_dtype((sp_a, b), "gemm", "each")
    if dtype is not None and (allowed := kernels("SparseTensorDenseMatMul")) and dtype not in allowed:
        raise NoKernel(sp_a, allowed, result=Tensor(dtype))
    return Tensor(dtype, rules.matmul_shape(sp_a, b, left, right, dtype))


@op("compat.v1.sparse_matmul")
def sparse_matmul(a: Tensor, b: Tensor, transpose_a: Flag = False, transpose_b: Flag = False) -> Tensor:
    for operand in (a, b):
        if operand.is_tensorflow:  # arrays are converted to float32
            rules.require_dtype(operand, frozenset({dtypes.FLOAT32, dtypes.BFLOAT16}))
    left, right = rules.like(a, dtype=dtypes.FLOAT32), rules.like(b, dtype=dtypes.FLOAT32)
    return matmul(left, right, transpose_a, transpose_b, a_is_sparse=True)
