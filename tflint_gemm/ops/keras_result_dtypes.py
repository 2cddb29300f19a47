"""What dtype functions of ``keras.ops`` give for operands: a rule for each family."""

from __future__ import annotations

from collections.abc import Sequence

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import Kind, Tensor
from tflint_gemm.ops.conversion import firm
from tflint_gemm.ops.keras_functions import is_symbolic
from tflint_gemm.ops.keras_promotion import as_float, floatx, promote
from tflint_gemm.replacing import replace


def same(operands: Sequence[Tensor]) -> DType | None:
    return operands[0].dtype


def floating_only(operands: Sequence[Tensor]) -> DType | None:
    dtype = operands[0].dtype
    return dtype if dtype is not None and dtype.is_floating else None


def floating(operands: Sequence[Tensor]) -> DType | None:
    return as_float(operands[0].dtype)


def floating_unless_symbolic(operands: Sequence[Tensor]) -> DType | None:
    """Symbolic operands keep their dtype."""
    dtype, floating_dtype = operands[0].dtype, as_float(operands[0].dtype)
    if operands[0].kind is Kind.KERAS:
        return dtype
    return floating_dtype if dtype == floating_dtype or not is_symbolic(operands[0]) else None


def promoted(operands: Sequence[Tensor]) -> DType | None:
    return promote(operands)


def real(operands: Sequence[Tensor]) -> DType | None:
    """Symbolic complex operands keep their dtype."""
    dtype = operands[0].dtype
    return None if dtype is None or dtype.is_complex else dtype


def wide_floating(operands: Sequence[Tensor]) -> DType | None:
    """As a float, in which int64 keeps its size; a symbol of uint64 stays one."""
    if operands[0].dtype == dtypes.UINT64:
        return None
    return dtypes.FLOAT64 if operands[0].dtype == dtypes.INT64 else as_float(operands[0].dtype)


def firmly_promoted(operands: Sequence[Tensor]) -> DType | None:
    """Python's numbers count as the tensors that they are converted to, except beside symbols."""
    weak = any(one.kind is Kind.KERAS for one in operands)
    return promote(operands if weak else [firm(one) for one in operands])


def promoted_to_float(operands: Sequence[Tensor]) -> DType | None:
    """Floats of both, Python's float among the operands."""
    return as_float(promote(operands))


def firmly_promoted_to_float(operands: Sequence[Tensor]) -> DType | None:
    return as_float(firmly_promoted(operands))


def angle(operands: Sequence[Tensor]) -> DType | None:
    """Beside symbols, Python's numbers count as tensors of the default float."""
    if any(one.kind is Kind.KERAS for one in operands):
        operands = [replace(one, dtype=floatx()) if one.kind is Kind.PYTHON else one for one in operands]
    return as_float(promote([firm(one) for one in operands]))


def boolean(_operands: Sequence[Tensor]) -> DType | None:
    return dtypes.BOOL


def index(_operands: Sequence[Tensor]) -> DType | None:
    return dtypes.INT32


def summed(operands: Sequence[Tensor]) -> DType | None:
    """Small integers are added up in 32 bits; what happens to wide ones depends on whether they are symbolic."""
    dtype = operands[0].dtype
    if dtype == dtypes.BOOL or dtype in (dtypes.INT8, dtypes.INT16):
        return dtypes.INT32
    if dtype in (dtypes.UINT64, dtypes.COMPLEX128):
        return None
    return dtypes.UINT32 if dtype in (dtypes.UINT8, dtypes.UINT16) else dtype


def modulo(operands: Sequence[Tensor]) -> DType | None:
    """Symbolic operands are promoted by other rules."""
    if any(map(is_symbolic, operands)):
        return None
    dtype = firmly_promoted(operands)
    return dtypes.INT32 if dtype == dtypes.BOOL else dtype


def summed_without_nan(operands: Sequence[Tensor]) -> DType | None:
    dtype = summed(operands)
    return None if dtype is None or dtype == dtypes.UINT64 or dtype.is_complex else dtype


def not_wide(operands: Sequence[Tensor]) -> DType | None:
    dtype = operands[0].dtype
    return None if dtype is None or dtype == dtypes.UINT64 or dtype.is_complex else dtype


def running(operands: Sequence[Tensor]) -> DType | None:
    return dtypes.INT32 if operands[0].dtype == dtypes.BOOL else operands[0].dtype
