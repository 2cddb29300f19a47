"""Sparse tensors: a dtype and a dense shape like any other, and how many of the elements are there is not known."""

from __future__ import annotations

import itertools

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.dims import SymbolicDim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    MAX_ELEMENTS,
    NONE,
    UNKNOWN,
    DTypeValue,
    Element,
    Kind,
    ListValue,
    ShapeValue,
    Tensor,
    TupleValue,
    Value,
    dim_of,
)
from tflint_gemm.ops import composites, conversion, rules
from tflint_gemm.ops.array_parts import integers
from tflint_gemm.ops.array_shape import conform
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.parameters import Axes, Axis, Dims, Flag, Tensors
from tflint_gemm.ops.parameters import Tensor as Operand
from tflint_gemm.ops.registry import attribute, op
from tflint_gemm.ops.violations import BroadcastMismatch, InvalidArgument
from tflint_gemm.replacing import replace


def _sparse(dtype: DType | None, shape: Shape) -> Tensor:
    return Tensor(dtype, shape, Kind.SPARSE)


def _is_sparse(tensor: Tensor) -> bool:
    return tensor.kind is Kind.SPARSE


# ------------------------------------------------------------------------------------------------- making them


@op("sparse.SparseTensor")
def sparse_tensor(indices: Value, values: Operand, dense_shape: Dims) -> Tensor:
    """Raises what says that there is not an index of int64 for each value, or not a coordinate for each dimension."""
    places = conversion.to_tensor(indices)
    result = composites.sparse(places, values, dense_shape)
    integers(indices, "indices", result, frozenset({dtypes.INT64}))
    if places.kind is Kind.UNKNOWN or values.kind is Kind.UNKNOWN:
        return result
    (count, depth), (values_count,) = rules.with_rank(places, 2), rules.with_rank(values, 1)
    if dims.equal(count, values_count) is False:
        raise BroadcastMismatch([places, values], result)
    if dense_shape is not None and isinstance(depth, int) and depth != len(dense_shape):
        reason = f"indices of {depth} coordinates in a shape of {len(dense_shape)} dimensions"
        raise InvalidArgument([places], reason, result)
    return result


@op("sparse.from_dense")
def from_dense(tensor: Operand) -> Tensor:
    """What is not zero (nor an empty string); a graph does not look at the elements of a constant."""
    places = _places(tensor) if current().mode == "eager" and not current().v1 else None
    if places is None or tensor.shape is None:
        return _sparse(tensor.dtype, tensor.shape)
    rank = len(tensor.shape)
    coordinates = tuple(place for position, _ in places for place in position)
    indices = Tensor(
        dtypes.INT64, (len(places), rank), elements=coordinates if len(coordinates) <= MAX_ELEMENTS else None
    )
    values = Tensor(tensor.dtype, (len(places),), elements=tuple(element for _, element in places))
    return composites.sparse(indices, values, tensor.shape)


def _places(tensor: Tensor) -> list[tuple[tuple[int, ...], Element]] | None:
    """Where elements that are not zero stand, and these; None where an element is not known."""
    if tensor.elements is None or tensor.shape is None or any(element is None for element in tensor.elements):
        return None
    sizes = [range(size) for size in tensor.shape if isinstance(size, int)]
    if any(isinstance(element, SymbolicDim) for element in tensor.elements) or len(sizes) < len(tensor.shape):
        return None
    return [(place, element) for place, element in zip(itertools.product(*sizes), tensor.elements) if element]


@op("sparse.eye")
def eye(num_rows: Value, num_columns: Value = NONE, dtype: Value = NONE) -> Tensor:
    made = rules.chosen_dtype(conversion.to_dtype(dtype), dtypes.FLOAT32)
    rows, columns = dim_of(num_rows), dim_of(num_rows if num_columns == NONE else num_columns)
    count = min(rows, columns) if isinstance(rows, int) and isinstance(columns, int) else None
    return composites.sparse(Tensor(dtypes.INT64, (count, 2)), Tensor(made, (count,)), (rows, columns))


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
    return self.parts[1] if composites.has_parts(self) else Tensor(self.dtype, (None,))


@attribute("sparse.SparseTensor.indices")
def indices(self: Operand) -> Tensor:
    return self.parts[0] if composites.has_parts(self) else Tensor(dtypes.INT64, (None, self.rank))


@attribute("sparse.SparseTensor.dense_shape")
def dense_shape(self: Operand) -> Tensor:
    return Tensor(dtypes.INT64, (self.rank,), elements=self.shape)


@op("sparse.SparseTensor.with_values")
def with_values(self: Operand, new_values: Operand) -> Tensor:
    if self.kind is Kind.SPARSE and composites.has_parts(self):
        return composites.sparse(self.parts[0], new_values, self.shape)
    return _sparse(new_values.dtype, self.shape)


@op("sparse.to_dense")
def to_dense(sp_input: Operand) -> Tensor:
    return Tensor(sp_input.dtype, sp_input.shape)


# ------------------------------------------------------------------------------------------------- computing


@op("sparse.reorder")
def reorder(sp_input: Operand) -> Tensor:
    return composites.moved(sp_input, sp_input.shape)


@op("sparse.softmax", by_position=1)
def softmax(sp_input: Operand) -> Tensor:
    return composites.elementwise(replace(sp_input, kind=Kind.SPARSE), sp_input.dtype)


@op("sparse.retain")
def retain(sp_input: Operand) -> Tensor:
    return _sparse(sp_input.dtype, sp_input.shape)


@op("sparse.maximum", "sparse.minimum")
def extremum(sp_a: Operand, sp_b: Operand) -> Tensor:
    """There is a value wherever one of the two has one."""
    shape = rules.merge_shapes(sp_a.shape, sp_b.shape) if sp_a.rank == sp_b.rank else None
    places = [_coordinates(one) for one in (sp_a, sp_b)]
    if shape is None or None in places or current().mode != "eager":
        return _sparse(sp_a.dtype, shape)
    found = sorted(set().union(*(one for one in places if one is not None)))
    together = tuple(itertools.chain.from_iterable(found))
    indices = Tensor(
        dtypes.INT64, (len(found), len(shape)), elements=together if len(together) <= MAX_ELEMENTS else None
    )
    return composites.sparse(indices, Tensor(sp_a.dtype, (len(found),)), shape)


def _coordinates(composite: Tensor) -> list[tuple[int, ...]] | None:
    """Where the values of a sparse tensor stand, if that is known and each stands somewhere else."""
    if composite.kind is not Kind.SPARSE or not composites.has_parts(composite) or not composite.rank:
        return None
    known = composites.known_integers(composite.parts[0])
    if known is None:
        return None
    found = [known[start : start + composite.rank] for start in range(0, len(known), composite.rank)]
    return found if len(set(found)) == len(found) else None


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
    return composites.moved(sp_input, rules.permute(sp_input, perm))


@op("sparse.reshape")
def reshape(sp_input: Operand, shape: Dims) -> Tensor:
    return composites.moved(sp_input, rules.reshape_shape(sp_input, shape))


@op("sparse.expand_dims")
def expand_dims(sp_input: Operand, axis: Axis = -1) -> Tensor:
    if not isinstance(axis, (int, type(None))) or sp_input.shape is None:
        return _sparse(sp_input.dtype, None)
    place = rules.normal_axis(sp_input, -1 if axis is None else axis, len(sp_input.shape) + 1)
    assert place is not None
    return composites.moved(sp_input, (*sp_input.shape[:place], 1, *sp_input.shape[place:]))


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
    if not isinstance(count, int) or not isinstance(axis, int) or parts is None or not 1 <= count <= MAX_ELEMENTS:
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
