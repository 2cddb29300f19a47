"""What ragged tensors are made of: row splits, lengths, values, and the dense tensors that hold them."""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    MAX_ELEMENTS,
    NONE,
    UNKNOWN,
    Constant,
    DTypeValue,
    IterableValue,
    Kind,
    ListValue,
    OfType,
    ShapeValue,
    Tensor,
    TupleValue,
    Value,
)
from tflint_gemm.ops import composites, conversion, rules
from tflint_gemm.ops.context import current
from tflint_gemm.ops.parameters import Axis, DTypeArgument, TensorFlowDType
from tflint_gemm.ops.parameters import Tensor as Operand
from tflint_gemm.ops.registry import attribute, op
from tflint_gemm.replacing import replace


def _ragged(dtype: DType | None, shape: Shape) -> Tensor:
    return Tensor(dtype, shape, Kind.RAGGED)


def _count(self: Tensor) -> Dim:
    return self.shape[0] if self.shape else None


@attribute("RaggedTensor.dtype")
def dtype(self: Operand) -> Value:
    return DTypeValue(self.dtype)


@attribute("RaggedTensor.shape")
def shape(self: Operand) -> Value:
    return ShapeValue(self.shape)


@op("RaggedTensor.get_shape")
def get_shape(self: Operand) -> Value:
    return ShapeValue(self.shape)


@attribute("RaggedTensor.row_splits")
def row_splits(self: Operand) -> Tensor:
    return composites.row_splits(self)


@attribute("RaggedTensor.nested_row_splits")
def nested_row_splits(self: Operand) -> Value:
    splits = composites.nested_splits(self)
    return OfType("tuple") if splits is None else TupleValue(tuple(splits))


@op("RaggedTensor.nested_row_lengths")
def nested_row_lengths(self: Operand) -> Value:
    splits = composites.nested_splits(self)
    return OfType("tuple") if splits is None else TupleValue(tuple(map(composites.lengths_of_splits, splits)))


@op("RaggedTensor.nested_value_rowids")
def nested_value_rowids(self: Operand) -> Value:
    splits = composites.nested_splits(self)
    return OfType("tuple") if splits is None else TupleValue(tuple(map(_rowids, splits)))


@op("RaggedTensor.row_lengths")
def row_lengths(self: Operand, axis: Value = NONE) -> Value:
    """How long each row is; of the rows of rows it is ragged itself."""
    depth = conversion.to_python(axis)
    if isinstance(depth, int) and depth > 1:
        inner = composites.row_values(self)
        if inner is None or inner.kind is not Kind.RAGGED:
            return _ragged(None, (_count(self), *(None for _ in range(depth - 1))))
        below = row_lengths(inner, Constant(depth - 1))
        return composites.ragged(below, composites.row_splits(self)) if isinstance(below, Tensor) else UNKNOWN
    return composites.lengths_of_splits(composites.row_splits(self)) if axis in (NONE, Constant(1)) else UNKNOWN


@op("RaggedTensor.row_starts")
def row_starts(self: Operand) -> Tensor:
    return _stretch(composites.row_splits(self), 0, -1)


@op("RaggedTensor.row_limits")
def row_limits(self: Operand) -> Tensor:
    return _stretch(composites.row_splits(self), 1, None)


def _stretch(splits: Tensor, start: int, stop: int | None) -> Tensor:
    """All but one of the row splits."""
    known = None if splits.elements is None else splits.elements[start:stop]
    return Tensor(splits.dtype, (dims.subtract(splits.shape[0], 1) if splits.shape else None,), elements=known)


@op("RaggedTensor.value_rowids")
def value_rowids(self: Operand) -> Tensor:
    return _rowids(composites.row_splits(self))


def _rowids(splits: Tensor) -> Tensor:
    """For each value the number of its row."""
    lengths = composites.known_integers(composites.lengths_of_splits(splits))
    if lengths is None:
        return Tensor(splits.dtype, (None,))
    if sum(lengths) > MAX_ELEMENTS:
        return Tensor(splits.dtype, (sum(lengths),))
    return composites.integers([row for row, length in enumerate(lengths) for _ in range(length)], splits.dtype)


@op("RaggedTensor.nrows")
def nrows(self: Operand, out_type: DTypeArgument = None) -> Tensor:
    count, dtype = _count(self), rules.chosen_dtype(out_type, composites.row_splits(self).dtype)
    return Tensor(dtype, (), elements=None if count is None else (count,))


@op("RaggedTensor.bounding_shape")
def bounding_shape(self: Operand, axis: Value = NONE, out_type: DTypeArgument = None) -> Value:
    bounds, dtype = composites.bounds(self), rules.chosen_dtype(out_type, composites.row_splits(self).dtype)
    return Tensor(dtype, (self.rank,), elements=bounds) if axis == NONE else UNKNOWN


@op("RaggedTensor.to_tensor")
def to_tensor(self: Operand, default_value: Value = NONE, shape: Value = NONE) -> Tensor:
    bounds = composites.bounds(self) if current().mode == "eager" else self.shape  # a graph sees no values
    if bounds is None:
        return Tensor(self.dtype)
    if shape == NONE:
        return Tensor(self.dtype, bounds)
    wanted = conversion.to_shape(shape)
    if wanted is None or len(wanted) != len(bounds):
        return Tensor(self.dtype, (None,) * len(bounds))
    return Tensor(self.dtype, wanted)  # None stands for the tensor's own size, or for one that is not known


@op("RaggedTensor.to_sparse")
def to_sparse(self: Operand) -> Tensor:
    bounds = composites.bounds(self) if current().mode == "eager" else self.shape
    if self.rank is None:
        return Tensor(self.dtype, None, Kind.SPARSE)
    return composites.sparse(Tensor(dtypes.INT64, (None, self.rank)), _all_values(self), bounds)


def _all_values(composite: Tensor) -> Tensor:
    """The values one by one: those of rows of matrices are matrices."""
    values = composites.flat_values(composite)
    return rules.like(values, shape=(shapes.num_elements(values.shape),), elements=values.elements)


@op("RaggedTensor.numpy")
def numpy(self: Operand) -> Value:
    """An array where all rows have one length, else one of objects."""
    splits = composites.nested_splits(self)
    lengths = [composites.known_integers(composites.lengths_of_splits(level)) for level in splits or ()]
    if not lengths or any(level is None or len(set(level)) != 1 for level in lengths):
        return UNKNOWN
    return Tensor(self.dtype, composites.bounds(self), Kind.ARRAY)


@op("RaggedTensor.merge_dims")
def merge_dims(self: Operand, outer_axis: Axis = None, inner_axis: Axis = None) -> Tensor:
    """The dimensions from the outer to the inner become one; a single one that remains is no longer ragged."""
    if self.shape is None or not isinstance(outer_axis, int) or not isinstance(inner_axis, int):
        return Tensor(self.dtype, None, Kind.UNKNOWN)
    rank = len(self.shape)
    outer, inner = outer_axis % rank, inner_axis % rank
    if outer == inner:
        return self
    if outer > inner:
        return _ragged(self.dtype, None)
    merged = _merged(self, outer, inner)
    if merged is not None:
        return merged
    shape = (*self.shape[:outer], dims.product(self.shape[outer : inner + 1]), *self.shape[inner + 1 :])
    if len(shape) == 1:
        return Tensor(self.dtype, shape)
    certain = outer > 0  # the rows that remain may be of one length
    return Tensor(self.dtype, shape if certain else (None,) * len(shape), Kind.RAGGED if certain else Kind.UNKNOWN)


def _merged(self: Tensor, outer: int, inner: int) -> Tensor | None:
    """The same by the parts: without the rows of an outer dimension, their values remain."""
    values = composites.row_values(self)
    if values is None:
        return None
    if outer > 0:
        below = _merged(values, outer - 1, inner - 1)
        splits = composites.row_splits(self)
        for _ in range(inner - 1 if outer == 1 else 0):  # the rows of rows are counted in what they hold
            splits, values = _within(splits, composites.row_splits(values)), composites.row_values(values) or Tensor()
        return None if below is None else composites.ragged(below, splits)
    return values if inner == 1 else _merged(values, 0, inner - 1)


def _within(splits: Tensor, inner: Tensor) -> Tensor:
    """Where rows of rows end, counted in the values of the inner rows."""
    known = [
        inner.elements[at]
        for at in splits.elements or ()
        if inner.elements and isinstance(at, int) and at < len(inner.elements)
    ]
    complete = splits.elements is not None and len(known) == len(splits.elements)
    return replace(splits, elements=tuple(known) if complete else None)


@attribute("RaggedTensor.values")
def values(self: Operand) -> Value:
    """What the rows consist of; ragged again where rows are nested."""
    inner = composites.row_values(self)
    if inner is None and self.rank != 2:
        return UNKNOWN
    return Tensor(self.dtype, (None,)) if inner is None else inner


@attribute("RaggedTensor.flat_values")
def flat_values(self: Operand) -> Value:
    """What stands beneath all rows."""
    return composites.flat_values(self) if composites.has_parts(self) or self.rank == 2 else UNKNOWN


@attribute("RaggedTensor.uniform_row_length")
def uniform_row_length(self: Operand) -> Value:
    """None where the rows differ in length."""
    if not composites.has_parts(self) or self.shape is None:
        return UNKNOWN
    size = self.shape[1]
    return NONE if size is None else Tensor(composites.row_splits(self).dtype, (), elements=(size,))


@op("RaggedTensor.with_values", "RaggedTensor.with_flat_values")
def with_values(self: Operand, new_values: Operand) -> Tensor:
    if composites.has_parts(self) and self.rank == 2 and new_values.kind is Kind.TENSOR:
        return composites.with_values(self, new_values)
    same = self.shape is not None and len(self.shape) == 2 and new_values.rank == 1
    return _ragged(new_values.dtype, self.shape if same else None)


@op("RaggedTensor.to_list")
def to_list(self: Operand) -> Value:
    return ListValue(IterableValue(UNKNOWN, _count(self)))


@attribute("RaggedTensor.ragged_rank")
def ragged_rank(self: Operand) -> Value:
    """How many dimensions are ragged: one of two, of more it is not known."""
    return Constant(1) if self.rank == 2 else OfType("int")


@op("RaggedTensor.with_row_splits_dtype")
def with_row_splits_dtype(self: Operand, dtype: TensorFlowDType = None) -> Tensor:
    return _recast(self, dtype) if isinstance(dtype, DType) else _ragged(self.dtype, self.shape)


def _recast(self: Tensor, dtype: DType) -> Tensor:
    if self.kind is not Kind.RAGGED or not composites.has_parts(self):
        return self if self.kind is not Kind.RAGGED else _ragged(self.dtype, self.shape)
    inner, splits = self.parts
    return replace(self, parts=(_recast(inner, dtype), replace(splits, dtype=dtype)))
