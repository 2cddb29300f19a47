"""Sparse tensors: a dtype and a dense shape like any other, and how many of the elements are there is not known."""

from __future__ import annotations

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    DTypeValue,
    Kind,
    ListValue,
    ShapeValue,
    Tensor,
    TupleValue,
    Value,
    dim_of,
)
from tflint_gemm.ops import conversion, rules
from tflint_gemm.ops.array_shape import conform
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.parameters import Axes, Axis, Dims, Flag, Tensors
from tflint_gemm.ops.parameters import Tensor as Operand
from tflint_gemm.ops.registry import attribute, op


def _sparse(dtype: DType | None, shape: Shape) -> Tensor:
    return Tensor(dtype, shape, Kind.SPARSE)


def _is_sparse(tensor: Tensor) -> bool:
    return tensor.kind is Kind.SPARSE


# ------------------------------------------------------------------------------------------------- making them


@op("sparse.SparseTensor")
def sparse_tensor(indices: Value, values: Operand, dense_shape: Dims) -> Tensor:
    return _sparse(values.dtype, dense_shape)


@op("sparse.from_dense")
def from_dense(tensor: Operand) -> Tensor:
    return _sparse(tensor.dtype, tensor.shape)


@op("sparse.eye")
def eye(num_rows: Value, num_columns: Value = NONE, dtype: Value = NONE) -> Tensor:
    made = rules.chosen_dtype(conversion.to_dtype(dtype), dtypes.FLOAT32)
    return _sparse(made, (dim_of(num_rows), dim_of(num_rows if num_columns == NONE else num_columns)))


# ------------------------------------------------------------------------------------------------- reading them


@attribute("sparse.SparseTensor.dtype")
def dtype(self: Operand) -> Value:
    return DTypeValue(self.dtype)


@attribute("sparse.SparseTensor.shape")
def shape(self: Operand) -> Value:
    return ShapeValue(self.shape)


@op("sparse.SparseTensor.get_shape")
def get_shape(self: Operand) -> Value:
    return ShapeValue(self.shape)


@op("sparse.SparseTensor.set_shape")
def set_shape(self: Operand, shape: Dims) -> Value:
    """Raises what ``tf.ensure_shape`` raises."""
    conform(self, shape)
    return NONE


@attribute("sparse.SparseTensor.values")
def values(self: Operand) -> Tensor:
    return Tensor(self.dtype, (None,))


@attribute("sparse.SparseTensor.indices")
def indices(self: Operand) -> Tensor:
    return Tensor(dtypes.INT64, (None, self.rank))


@attribute("sparse.SparseTensor.dense_shape")
def dense_shape(self: Operand) -> Tensor:
    return Tensor(dtypes.INT64, (self.rank,), elements=self.shape)


@op("sparse.SparseTensor.with_values")
def with_values(self: Operand, new_values: Operand) -> Tensor:
    return _sparse(new_values.dtype, self.shape)


@op("sparse.to_dense")
def to_dense(sp_input: Operand) -> Tensor:
    return Tensor(sp_input.dtype, sp_input.shape)


# ------------------------------------------------------------------------------------------------- computing


@op("sparse.reorder", "sparse.softmax", "sparse.retain", by_position=1)
def kept(sp_input: Operand) -> Tensor:
    return _sparse(sp_input.dtype, sp_input.shape)


@op("sparse.maximum", "sparse.minimum")
def extremum(sp_a: Operand, sp_b: Operand) -> Tensor:
    return _sparse(sp_a.dtype, rules.merge_shapes(sp_a.shape, sp_b.shape) if sp_a.rank == sp_b.rank else None)


@op("sparse.add")
def add(a: Operand, b: Operand) -> Value:
    if a.dtype is None or a.dtype != b.dtype or a.kind is Kind.UNKNOWN or b.kind is Kind.UNKNOWN or a.rank != b.rank:
        return UNKNOWN
    shape = rules.merge_shapes(a.shape, b.shape)
    return _sparse(a.dtype, shape) if _is_sparse(a) and _is_sparse(b) else Tensor(a.dtype, shape)


@op("sparse.reduce_sum", "sparse.reduce_max")
def reduction(sp_input: Operand, axis: Axes = None, keepdims: Value = NONE, output_is_sparse: Flag = False) -> Value:
    kept_dims = False if keepdims == NONE else conversion.to_flag(keepdims)
    if isinstance(output_is_sparse, Unsure):
        return UNKNOWN
    shape = rules.reduce_shape(sp_input, axis, kept_dims)
    return Tensor(sp_input.dtype, shape, Kind.SPARSE if output_is_sparse else Kind.TENSOR)


@op("sparse.transpose")
def transpose(sp_input: Operand, perm: Axes = None) -> Tensor:
    if isinstance(perm, Unsure):
        return _sparse(sp_input.dtype, None if sp_input.shape is None else (None,) * len(sp_input.shape))
    return _sparse(sp_input.dtype, rules.permute(sp_input, perm))


@op("sparse.reshape")
def reshape(sp_input: Operand, shape: Dims) -> Tensor:
    return _sparse(sp_input.dtype, rules.reshape_shape(sp_input, shape))


@op("sparse.expand_dims")
def expand_dims(sp_input: Operand, axis: Axis = -1) -> Tensor:
    if not isinstance(axis, (int, type(None))) or sp_input.shape is None:
        return _sparse(sp_input.dtype, None)
    place = rules.normal_axis(sp_input, -1 if axis is None else axis, len(sp_input.shape) + 1)
    assert place is not None
    return _sparse(sp_input.dtype, (*sp_input.shape[:place], 1, *sp_input.shape[place:]))


@op("sparse.concat")
def concat(axis: Axis, sp_inputs: Tensors, expand_nonconcat_dims: Flag = False) -> Tensor:
    if not sp_inputs:
        return _sparse(None, None)
    dtype = sp_inputs[0].dtype
    plain = expand_nonconcat_dims is False
    return _sparse(dtype, rules.concat_shape(sp_inputs, axis, dtype) if plain else None)


@op("sparse.split")
def split(sp_input: Operand, num_split: Value = NONE, axis: Axis = None) -> Value:
    """The first parts are one longer where the parts cannot be equal."""
    count, parts = dim_of(num_split), sp_input.shape
    if not isinstance(count, int) or not isinstance(axis, int) or parts is None or count < 1:
        return UNKNOWN
    place = rules.normal_axis(sp_input, axis)
    assert place is not None
    size = parts[place]
    pieces = []
    for index in range(count):
        piece = size // count + (index < size % count) if isinstance(size, int) else None
        pieces.append(_sparse(sp_input.dtype, (*parts[:place], piece, *parts[place + 1 :])))
    return ListValue(TupleValue(tuple(pieces)))


@op("sparse.slice")
def slice_of(sp_input: Operand, start: Value, size: Dims) -> Tensor:
    return _sparse(sp_input.dtype, None if sp_input.shape is None else (None,) * len(sp_input.shape))
