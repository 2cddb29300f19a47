"""NumPy's products of matrices and ``numpy.linalg``."""

from __future__ import annotations

from tflint_gemm.domain import dims
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import NONE, Tensor, Value
from tflint_gemm.ops import rules
from tflint_gemm.ops.numpy_common import Array, array, array_op, promote_dtypes, with_origin
from tflint_gemm.ops.parameters import NumpyDType
from tflint_gemm.ops.violations import InnerDimMismatch, RankTooLow


def _product(a: Tensor, b: Tensor, shape: Shape) -> Tensor:
    """A product of ``a`` and ``b``: these functions take nothing as weak."""
    return with_origin(array(promote_dtypes([a.dtype, b.dtype]), shape), (a, b))


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
