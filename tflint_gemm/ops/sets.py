"""``tf.sets``: the last dimension of each tensor holds sets, and so does that of the sparse result."""

from __future__ import annotations

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.values import Kind, Tensor, Value
from tflint_gemm.ops.parameters import Tensor as Operand
from tflint_gemm.ops.registry import op


@op("sets.difference", "sets.intersection", "sets.union")
def combination(a: Operand, b: Operand) -> Value:
    """Sparse, with the dimensions of the operands except for the last."""
    known = next((one for one in (a, b) if one.is_tensorflow), None)
    dtype = known.dtype if known is not None else None
    if a.kind is Kind.PYTHON and b.kind is Kind.PYTHON and a.dtype == b.dtype:
        dtype = a.dtype
    if Kind.UNKNOWN in (a.kind, b.kind) or not a.shape or not b.shape or len(a.shape) != len(b.shape):
        return Tensor(dtype, None, Kind.SPARSE)
    return Tensor(dtype, (*a.shape[:-1], None), Kind.SPARSE)


@op("sets.size")
def size(a: Operand) -> Tensor:
    return Tensor(dtypes.INT32, a.shape[:-1] if a.shape else None)
