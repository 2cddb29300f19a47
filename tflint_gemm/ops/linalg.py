"""Matrix products: the batched GEMM of ``tf.matmul`` and what is made of it."""

from __future__ import annotations

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import ANY_TENSOR, Kind, Tensor
from tflint_gemm.ops import rules
from tflint_gemm.ops.conversion import UNSURE, Unsure
from tflint_gemm.ops.families import kernels
from tflint_gemm.ops.parameters import DTypeArgument, Flag
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import InvalidArgument, NoKernel, RankTooLow, Violation
from tflint_gemm.replacing import replace

_SPARSE_TYPES = frozenset({dtypes.BFLOAT16, dtypes.FLOAT32})
_BYTES = frozenset({dtypes.INT8, dtypes.UINT8})


@op("linalg.matmul")
def matmul(
    a: Tensor,
    b: Tensor,
    transpose_a: Flag = False,
    transpose_b: Flag = False,
    adjoint_a: Flag = False,
    adjoint_b: Flag = False,
    a_is_sparse: Flag = False,
    b_is_sparse: Flag = False,
    output_type: DTypeArgument = None,
) -> Tensor:
    """The matrix product over the last two dimensions, batch dimensions broadcast."""
    if Kind.RAGGED in (a.kind, b.kind):
        return ANY_TENSOR
    for operand in (a, b):
        if operand.kind is Kind.SPARSE:
            raise InvalidArgument([operand], "a sparse tensor, which tf.sparse.sparse_dense_matmul takes", ANY_TENSOR)
    for transpose, adjoint in ((transpose_a, adjoint_a), (transpose_b, adjoint_b)):
        if transpose is True and adjoint is True:
            raise InvalidArgument([a, b], "transpose and adjoint of one operand")
    sparse = either(a_is_sparse, b_is_sparse)
    left = rules.transpose_last(a.shape, either(transpose_a, adjoint_a))
    right = rules.transpose_last(b.shape, either(transpose_b, adjoint_b))
    try:
        dtype = product_dtype(a, b, _batched(a, b, sparse), output_type)
    except Violation as violation:
        guess = violation.result.dtype if isinstance(violation.result, Tensor) else None
        violation.result = Tensor(guess, _plausible_shape(a, b, left, right))
        raise
    _check_ranks(a, b, sparse, dtype)
    return Tensor(dtype, rules.matmul_shape(a, b, left, right, dtype))


def either(first: bool | Unsure, second: bool | Unsure) -> bool | Unsure:
    """``first or second`` of flags that may not be known."""
    if first is True or second is True:
        return True
    return UNSURE if isinstance(first, Unsure) or isinstance(second, Unsure) else False


def hinted_dtype(operand: Tensor, hint: DType | None) -> DType | None:
    """The dtype that ``operand`` is converted to where ``hint`` is preferred; its own where it is a tensor."""
    if operand.is_tensorflow:
        return operand.dtype
    if hint is None or operand.kind is Kind.UNKNOWN or operand.dtype is None:
        return None
    fits = rules.adapts(operand, hint, "first")
    return hint if fits else operand.dtype if fits is False else None


def product_dtype(
    a: Tensor, b: Tensor, batched: bool | None, output_type: DType | None | Unsure = None
) -> DType | None:
    """The dtype of the product, by the batched kernel or not (None: not known); raises DTypeMismatch, NoKernel.

    Two matrices of which one is bfloat16 go to the sparse kernel, which alone mixes bfloat16 with float32.
    """
    first = None if a.kind is Kind.UNKNOWN else a.dtype
    second = hinted_dtype(b, first)
    if isinstance(output_type, Unsure) or (output_type is not None and None in (first, second)):
        return None
    if output_type is not None and first is not None and second is not None and {first, second} != {output_type}:
        return _widened(a, first, second, output_type, batched)
    if batched is not True and first != second and {first, second} == _SPARSE_TYPES:
        return dtypes.FLOAT32 if batched is False else None
    if batched is not True and first == dtypes.BFLOAT16 and second is None:
        return None
    dtype = rules.common_dtype((a, b), "gemm", "first")
    if dtype is not None and a.kind is not Kind.UNKNOWN:
        allowed = kernels("MatMul") if batched is False else kernels("BatchMatMulV2")
        if dtype not in allowed:
            raise NoKernel(a, allowed, result=Tensor(dtype))
    return dtype


def _widened(a: Tensor, first: DType, second: DType, output_type: DType, batched: bool | None) -> DType | None:
    """The dtype of a product whose ``output_type`` is not that of both operands; raises NoKernel."""
    pair = {first, second}
    if pair <= _BYTES and output_type == dtypes.INT32:
        return output_type
    if dtypes.BFLOAT16 in pair and pair & _BYTES and output_type == dtypes.BFLOAT16:
        return output_type
    if pair == _SPARSE_TYPES and batched is not True:
        return dtypes.FLOAT32 if batched is False else None
    if first == second == output_type:
        return output_type
    raise NoKernel(a, _BYTES, result=Tensor(output_type))


def _batched(a: Tensor, b: Tensor, sparse: bool | Unsure) -> bool | None:
    """Whether TensorFlow takes the batched kernel; None where a rank is not known."""
    if sparse is True:
        return False
    if isinstance(sparse, Unsure):
        return None
    if (a.rank or 0) > 2 or (b.rank or 0) > 2:
        return True
    return None if a.rank is None or b.rank is None else False


def _check_ranks(a: Tensor, b: Tensor, sparse: bool | Unsure, dtype: DType | None) -> None:
    for operand in (a, b):
        if operand.rank is not None and operand.rank < 2:
            raise RankTooLow(operand, 2, gemm=True, result=Tensor(dtype))
        if operand.rank is not None and operand.rank > 2 and sparse is True:
            raise RankTooLow(operand, 2, exact=True, gemm=True, result=Tensor(dtype))


def _plausible_shape(a: Tensor, b: Tensor, left: Shape, right: Shape) -> Shape:
    """The shape of a product that fails for another reason already."""
    if left is None or right is None or len(left) < 2 or len(right) < 2:
        return None
    try:
        return rules.matmul_shape(a, b, left, right, None)
    except Violation as violation:
        return violation.result.shape if isinstance(violation.result, Tensor) else None


@op("linalg.matvec")
def matvec(
    a: Tensor,
    b: Tensor,
    transpose_a: Flag = False,
    adjoint_a: Flag = False,
    a_is_sparse: Flag = False,
    b_is_sparse: Flag = False,
) -> Tensor:
    """The product of a matrix and a vector, batch dimensions broadcast."""
    if b.rank is not None and b.rank < 1:
        raise RankTooLow(b, 1, gemm=True, result=Tensor(b.dtype))
    # matvec expands ``b`` first, which makes a tensor of it: it no longer takes the dtype of ``a``.
    column = rules.like(b, shape=None if b.shape is None else (*b.shape, 1))
    if b.kind is Kind.UNKNOWN:
        column = replace(column, kind=Kind.UNKNOWN)
    try:
        product = matmul(a, column, transpose_a, False, adjoint_a, False, a_is_sparse, b_is_sparse)
    except Violation as violation:
        violation.operands = tuple(b if operand is column else operand for operand in violation.operands)
        if isinstance(violation.result, Tensor):
            violation.result = _without_column(violation.result)
        raise
    return _without_column(product)


def _without_column(product: Tensor) -> Tensor:
    return rules.like(product, shape=None if product.shape is None else product.shape[:-1])
