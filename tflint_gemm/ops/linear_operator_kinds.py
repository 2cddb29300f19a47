"""The constructors of the ``tf.linalg.LinearOperator`` family."""

from __future__ import annotations

from itertools import pairwise

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import NONE, UNKNOWN, ApiObject, Kind, Tensor, TupleValue, Value
from tflint_gemm.ops import rules
from tflint_gemm.ops.conversion import sequence_items, to_shape, to_tensor
from tflint_gemm.ops.creation import converted
from tflint_gemm.ops.linear_operators import BASE, BLOCKS, is_operator, matrix, operator
from tflint_gemm.ops.parameters import Dimension, DTypeArgument, Flag, Text
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import DTypeMismatch, InnerDimMismatch, InvalidArgument, RankTooLow

_INEXACT = dtypes.COMPLEX | {dtypes.FLOAT16, dtypes.FLOAT32, dtypes.FLOAT64}


def _tensor(value: Value, minimum: int) -> Tensor:
    """A constructor's argument, of at least ``minimum`` dimensions; raises RankTooLow."""
    source = to_tensor(value)
    if source.kind is Kind.UNKNOWN:
        return Tensor()
    if source.kind is Kind.PYTHON and (source.shape is None or 0 in source.shape):
        return Tensor()  # what empty lists become depends on what they hold
    tensor = converted(value)
    if tensor.rank is not None and tensor.rank < minimum:
        raise RankTooLow(tensor, minimum, result=operator(tensor.dtype, None))
    return tensor


def _square(kind: str, tensor: Tensor, sides: int = 1, dtype: DType | None = None) -> ApiObject:
    """A square operator whose side is the product of the tensor's last ``sides`` dimensions."""
    shape = tensor.shape
    if shape is not None:
        side = dims.product(shape[-sides:])
        shape = (*shape[:-sides], side, side)
    return operator(dtype or tensor.dtype, shape, f"{BASE}{kind}")


# ------------------------------------------------------------------------------------------------- from one tensor


@op(f"{BASE}Diag")
def diag(diag: Value) -> Value:
    tensor = _tensor(diag, 1)
    made = _square("Diag", tensor)
    made.slots["diag"] = tensor
    return made


@op(f"{BASE}Householder")
def householder(reflection_axis: Value) -> Value:
    return _square("Householder", _tensor(reflection_axis, 1))


@op(f"{BASE}FullMatrix")
def full_matrix(matrix: Value) -> Value:
    tensor = _tensor(matrix, 2)
    made = operator(tensor.dtype, tensor.shape, f"{BASE}FullMatrix")
    rules.require_dtype(tensor, _INEXACT)
    return made


@op(f"{BASE}LowerTriangular")
def lower_triangular(tril: Value) -> Value:
    tensor = _tensor(tril, 2)
    return operator(tensor.dtype, tensor.shape, f"{BASE}LowerTriangular")


@op(f"{BASE}Permutation")
def permutation(perm: Value, dtype: DTypeArgument = dtypes.FLOAT32) -> Value:
    tensor = _tensor(perm, 1)
    made = _square("Permutation", rules.like(tensor, dtype=rules.chosen_dtype(dtype, dtypes.FLOAT32)))
    if tensor.dtype is not None and not tensor.dtype.is_integer:
        raise InvalidArgument([tensor], "permutation of a dtype other than an integer's", made)
    return made


def _circulant(kind: str, sides: int) -> None:
    """Register a circulant operator whose spectrum has ``sides`` dimensions beside those of the batch."""

    def model(spectrum: Value, input_output_dtype: DTypeArgument = dtypes.COMPLEX64) -> Value:
        tensor = rules.like(_tensor(spectrum, sides), dtype=rules.chosen_dtype(input_output_dtype, dtypes.COMPLEX64))
        return _square(kind, tensor, sides)

    op(f"{BASE}{kind}")(model)


_circulant("Circulant", 1)
_circulant("Circulant2D", 2)
_circulant("Circulant3D", 3)


@op(f"{BASE}Toeplitz")
def toeplitz(col: Value, row: Value) -> Value:
    """The first column and the first row, of one length."""
    first, second = _tensor(col, 1), _tensor(row, 1)
    joined, failed = shapes.broadcast(first.shape, second.shape)
    same = rules.like(first, dtype=first.dtype if first.dtype == second.dtype else None, shape=joined)
    if first.shape and second.shape and dims.equal(first.shape[-1], second.shape[-1]) is False:
        raise InvalidArgument([first, second], "row and column of different length", _square("Toeplitz", same))
    return _square("Toeplitz", rules.like(same, shape=None) if failed else same)


@op(f"{BASE}Tridiag")
def tridiag(diagonals: Value, diagonals_format: Text = "compact") -> Value:
    if diagonals_format == "sequence":
        items = sequence_items(diagonals)
        middle = converted(items[1]) if items is not None and len(items) == 3 else Tensor()
        batched = items is None or any(converted(item).rank != 1 for item in items)
        return _square("Tridiag", rules.like(middle, shape=None if batched else middle.shape))
    if diagonals_format not in ("compact", "matrix"):
        return operator(None, None, f"{BASE}Tridiag")
    tensor = _tensor(diagonals, 0)
    if tensor.shape is None or len(tensor.shape) < 2:
        return operator(tensor.dtype, None, f"{BASE}Tridiag")  # nothing checks it until it is used
    if diagonals_format == "matrix":
        return operator(tensor.dtype, tensor.shape, f"{BASE}Tridiag")
    side = tensor.shape[-1]
    return operator(tensor.dtype, (*tensor.shape[:-2], side, side), f"{BASE}Tridiag")


# ------------------------------------------------------------------------------------------------- from sizes


def _batch(batch_shape: Value) -> Shape:
    return () if batch_shape == NONE else to_shape(batch_shape)


@op(f"{BASE}Identity")
def identity(num_rows: Dimension, batch_shape: Value = NONE, dtype: DTypeArgument = None) -> Value:
    batch = _batch(batch_shape)
    shape = None if batch is None else (*batch, num_rows, num_rows)
    return operator(rules.chosen_dtype(dtype, dtypes.FLOAT32), shape, f"{BASE}Identity")


@op(f"{BASE}ScaledIdentity")
def scaled_identity(num_rows: Dimension, multiplier: Value) -> Value:
    tensor = _tensor(multiplier, 0)
    shape = None if tensor.shape is None else (*tensor.shape, num_rows, num_rows)
    made = operator(tensor.dtype, shape, f"{BASE}ScaledIdentity")
    made.slots["multiplier"] = tensor
    return made


@op(f"{BASE}Zeros")
def zeros(
    num_rows: Dimension,
    num_columns: Value = NONE,
    batch_shape: Value = NONE,
    dtype: DTypeArgument = None,
    is_square: Flag = True,
) -> Value:
    """Square unless ``is_square`` is False; raises InvalidArgument where the sizes say something else."""
    batch = _batch(batch_shape)
    columns = num_rows if num_columns == NONE else _dimension(num_columns)
    shape = None if batch is None else (*batch, num_rows, columns)
    made = operator(rules.chosen_dtype(dtype, dtypes.FLOAT32), shape, f"{BASE}Zeros")
    if is_square is True and dims.equal(num_rows, columns) is False:
        raise InvalidArgument((), "operator is not square", made)
    return made


def _dimension(value: Value) -> Dim:
    shape = to_shape(value)
    return shape[0] if shape is not None and len(shape) == 1 else None


# ------------------------------------------------------------------------------------------------- from operators


def _matrices(operators: Value) -> list[Tensor] | None:
    """The matrices of a list of operators, None where one of them is not known; raises DTypeMismatch."""
    items = sequence_items(operators)
    if not items or not all(map(is_operator, items)):
        return None
    found = [matrix(item) for item in items]
    for other in found[1:]:
        if None not in (found[0].dtype, other.dtype) and other.dtype != found[0].dtype:
            raise DTypeMismatch([found[0], other], "join", operator(found[0].dtype, None))
    return found


def _combined(kind: str, found: list[Tensor] | None, rows: Dim, columns: Dim) -> ApiObject:
    """An operator made of others: their batch dimensions are broadcast."""
    path = f"{BASE}{kind}"
    if found is None or any(one.shape is None for one in found):
        return operator(found[0].dtype if found else None, None, path)
    batch: Shape = ()
    for one in found:
        batch = shapes.broadcast(batch, (one.shape or ())[:-2])[0]
    return operator(found[0].dtype, (*(batch or ()), rows, columns), path)


@op(f"{BASE}Kronecker")
def kronecker(operators: Value) -> Value:
    found = _matrices(operators)
    rows = [one.shape[-2] if one.shape else None for one in found or ()]
    columns = [one.shape[-1] if one.shape else None for one in found or ()]
    return _combined("Kronecker", found, dims.product(tuple(rows)), dims.product(tuple(columns)))


@op(f"{BASE}BlockDiag")
def block_diag(operators: Value) -> Value:
    found = _matrices(operators)
    rows: Dim = 0
    columns: Dim = 0
    for one in found or ():
        rows = dims.add(rows, one.shape[-2] if one.shape else None)
        columns = dims.add(columns, one.shape[-1] if one.shape else None)
    made = _combined("BlockDiag", found, rows, columns)
    made.slots["operators"] = operators
    if found is not None:
        made.slots[BLOCKS] = TupleValue(tuple(TupleValue((UNKNOWN,) * i + (item,)) for i, item in _numbered(operators)))
    return made


def _numbered(operators: Value) -> list[tuple[int, Value]]:
    return list(enumerate(sequence_items(operators) or ()))


@op(f"{BASE}BlockLowerTriangular")
def block_lower_triangular(operators: Value) -> Value:
    """Rows of operators, each one longer than the row before; the last of each row is square."""
    rows = [sequence_items(row) for row in sequence_items(operators) or ()]
    flat = TupleValue(tuple(item for row in rows for item in row or ()))
    found = _matrices(flat)
    if found is None or any(row is None or len(row) != i + 1 for i, row in enumerate(rows)):
        return operator(found[0].dtype if found else None, None, f"{BASE}BlockLowerTriangular")
    side: Dim = 0
    for row in rows:
        own = matrix(row[-1]) if row else Tensor()
        side = dims.add(side, own.shape[-1] if own.shape else None)
    made = _combined("BlockLowerTriangular", found, side, side)
    made.slots[BLOCKS] = TupleValue(tuple(TupleValue(row or ()) for row in rows))
    return made


@op(f"{BASE}Composition")
def composition(operators: Value) -> Value:
    """The product of operators; raises InnerDimMismatch."""
    found = _matrices(operators)
    if not found:
        return operator(None, None, f"{BASE}Composition")
    first, last = found[0].shape, found[-1].shape
    made = _combined("Composition", found, first[-2] if first else None, last[-1] if last else None)
    for left, right in pairwise(found):
        if left.shape and right.shape and dims.equal(left.shape[-1], right.shape[-2]) is False:
            raise InnerDimMismatch([left, right], left.shape[-1], right.shape[-2], made)
    return made


@op(f"{BASE}LowRankUpdate")
def low_rank_update(base_operator: Value, u: Value, diag_update: Value = NONE, v: Value = NONE) -> Value:
    """``L + U D V^H``; raises InnerDimMismatch where U has not as many rows as L."""
    base, update = matrix(base_operator), _tensor(u, 2)
    others = [_tensor(v, 0)] if v != NONE else []  # a number broadcasts
    if base.shape is None or update.shape is None or any(other.shape is None for other in others):
        return operator(base.dtype, None, f"{BASE}LowRankUpdate")
    found = [base, update, *others]
    if diag_update != NONE:
        weights = _tensor(diag_update, 1)
        found.append(rules.like(weights, shape=None if weights.shape is None else (*weights.shape, 1)))
    made = _combined("LowRankUpdate", found, base.shape[-2], base.shape[-1])
    if dims.equal(base.shape[-2], update.shape[-2]) is False:
        raise InnerDimMismatch([base, update], base.shape[-2], update.shape[-2], made)
    return made


@op(f"{BASE}Adjoint")
def adjoint(operator: Value) -> Value:
    return _derived("Adjoint", operator)


@op(f"{BASE}Inversion")
def inversion(operator: Value) -> Value:
    return _derived("Inversion", operator)


def _derived(kind: str, source: Value) -> ApiObject:
    own = matrix(source)
    made = operator(own.dtype, rules.transpose_last(own.shape), f"{BASE}{kind}")
    made.slots["operator"] = source
    return made
