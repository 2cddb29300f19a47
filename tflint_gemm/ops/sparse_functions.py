"""Further functions of sparse tensors: counts, crosses, rows filled, segments of chosen rows."""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import NONE, UNKNOWN, Kind, Tensor, TupleValue, Value, dim_of
from tflint_gemm.ops import conversion
from tflint_gemm.ops.parameters import Dimension, OptionalTensor
from tflint_gemm.ops.parameters import Tensor as Operand
from tflint_gemm.ops.registry import op


def _sparse(dtype: DType | None, shape: tuple[Dim, ...] | None) -> Tensor:
    return Tensor(dtype, shape, Kind.SPARSE)


@op("sparse.bincount")
def bincount(
    values: Operand,
    weights: OptionalTensor = None,
    axis: Value = NONE,
    minlength: Value = NONE,
    maxlength: Value = NONE,
) -> Tensor:
    """How often each number occurs, in each row where ``axis`` is -1."""
    dtype = values.dtype if weights is None else weights.dtype
    if values.kind is Kind.UNKNOWN or (weights is not None and weights.kind is Kind.UNKNOWN):
        dtype = None
    where = 0 if axis == NONE else conversion.to_python(axis)
    size = _bins(values, minlength, maxlength)
    if where == 0:
        return _sparse(dtype, (size,))
    rows = values.shape[0] if values.rank == 2 and values.shape else None
    return _sparse(dtype, (rows, size) if where == -1 and values.rank == 2 else None)


def _bins(values: Tensor, minlength: Value, maxlength: Value) -> Dim:
    if maxlength != NONE:
        most = dim_of(maxlength)
        return None if isinstance(most, int) and most < 0 else most
    known = [element for element in values.elements or () if isinstance(element, int)]
    if not known or len(known) < len(values.elements or ()) or values.kind is Kind.SPARSE:
        return None
    return dims.maximum(max(known) + 1, 0 if minlength == NONE else dim_of(minlength))


@op("sparse.cross")
def cross(inputs: Value) -> Tensor:
    return _sparse(dtypes.STRING, (None, None))


@op("sparse.cross_hashed")
def cross_hashed(inputs: Value) -> Tensor:
    return _sparse(dtypes.INT64, (None, None))


@op("sparse.fill_empty_rows")
def fill_empty_rows(sp_input: Operand) -> TupleValue:
    """The tensor without empty rows, and which rows had been empty."""
    rows = sp_input.shape[0] if sp_input.shape else None
    return TupleValue((_sparse(sp_input.dtype, sp_input.shape), Tensor(dtypes.BOOL, (rows,))))


@op("sparse.reset_shape")
def reset_shape(sp_input: Operand, new_shape: Value = NONE) -> Tensor:
    if new_shape != NONE:
        return _sparse(sp_input.dtype, conversion.to_shape(new_shape))
    return _sparse(sp_input.dtype, None if sp_input.shape is None else (None,) * len(sp_input.shape))


@op("sparse.to_indicator")
def to_indicator(sp_input: Operand, vocab_size: Dimension) -> Tensor:
    return Tensor(dtypes.BOOL, (*sp_input.shape[:-1], vocab_size) if sp_input.shape else None)


@op("sparse.segment_sum", "sparse.segment_mean", "sparse.segment_sqrt_n")
def segments(data: Operand, num_segments: Value = NONE) -> Tensor:
    """A row for each segment."""
    if data.kind is Kind.UNKNOWN:
        return Tensor()
    return Tensor(data.dtype, (dim_of(num_segments), *data.shape[1:]) if data.shape else None)


@op("sparse.SparseTensor.from_value")
def from_value(sparse_tensor_value: Value) -> Value:
    known = isinstance(sparse_tensor_value, Tensor) and sparse_tensor_value.kind is Kind.SPARSE
    return sparse_tensor_value if known else UNKNOWN
