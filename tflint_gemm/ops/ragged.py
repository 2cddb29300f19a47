"""Ragged tensors: a dimension whose rows differ in length has no size, the others have theirs."""

from __future__ import annotations

from collections.abc import Callable

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
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
    Value,
)
from tflint_gemm.ops import conversion, rules
from tflint_gemm.ops.parameters import Axis, Dimension, DTypeArgument, TensorFlowDType
from tflint_gemm.ops.parameters import Tensor as Operand
from tflint_gemm.ops.registry import attribute, op

_DEPTH_LIMIT = 12


def _ragged(dtype: DType | None, shape: Shape) -> Tensor:
    return Tensor(dtype, shape, Kind.RAGGED)


def _converted(value: Value) -> Tensor:
    tensor = conversion.to_tensor(value)
    return tensor if tensor.kind in (Kind.RAGGED, Kind.UNKNOWN) else rules.like(tensor)


def _rows(values: Tensor, count: Dim, length: Dim = None) -> Tensor:
    """``values`` cut into ``count`` rows."""
    if values.kind is Kind.UNKNOWN:
        return _ragged(None, None)
    return _ragged(values.dtype, None if values.shape is None else (count, length, *values.shape[1:]))


# ------------------------------------------------------------------------------------------------- making them


@op("ragged.constant")
def constant(
    pylist: Value, dtype: TensorFlowDType = None, ragged_rank: Value = NONE, inner_shape: Value = NONE
) -> Value:
    depth, leaves = _depth(pylist), _leaves(pylist)
    if not depth or leaves is None:
        return UNKNOWN
    made = rules.chosen_dtype(dtype, _leaf_dtype(leaves))
    items = conversion.sequence_items(pylist) or ()
    if depth < 2:
        return Tensor(made, (len(items),) if inner_shape == NONE else None)
    if inner_shape != NONE or not isinstance(ragged_rank, Constant):
        return _ragged(made, None)
    ragged = ragged_rank.value if isinstance(ragged_rank.value, int) else depth - 1
    if not 0 < ragged < depth:
        return Tensor(made)
    return _ragged(made, (len(items), *(None,) * ragged, *_uniform(pylist, ragged + 1, depth)))


def _depth(value: Value, level: int = 0) -> int | None:
    """How deep lists are nested, of which some may be empty; None where that is not known."""
    items = conversion.sequence_items(value)
    if items is None:
        return 0 if isinstance(value, Constant) else None
    if level > _DEPTH_LIMIT:
        return None
    below = [_depth(item, level + 1) for item in items]
    known = [depth for depth in below if depth is not None]
    return None if len(known) < len(below) else 1 + max(known, default=0)


def _leaves(value: Value) -> list[Value] | None:
    items = conversion.sequence_items(value)
    if items is None:
        return [value]
    below = [_leaves(item) for item in items]
    return [leaf for leaves in below for leaf in leaves or ()]


def _leaf_dtype(leaves: list[Value]) -> DType | None:
    found = {conversion.to_tensor(leaf).dtype for leaf in leaves}
    if not leaves:
        return dtypes.FLOAT32
    if found == {dtypes.INT32, dtypes.FLOAT32}:
        return dtypes.FLOAT32
    return found.pop() if len(found) == 1 else None


def _uniform(value: Value, level: int, depth: int) -> tuple[Dim, ...]:
    """The sizes of the dimensions from ``level`` on, read off the first list that is so deep."""
    items: tuple[Value, ...] | None = (value,)
    for _ in range(level):
        items = tuple(inner for item in items or () for inner in conversion.sequence_items(item) or ())
    sizes: list[Dim] = []
    for _ in range(depth - level):
        lengths = {len(conversion.sequence_items(item) or ()) for item in items or ()}
        sizes.append(lengths.pop() if len(lengths) == 1 else None)
        items = tuple(inner for item in items or () for inner in conversion.sequence_items(item) or ())
    return tuple(sizes)


def _length(value: Value) -> Dim:
    tensor = conversion.to_tensor(value)
    return tensor.shape[0] if tensor.shape is not None and len(tensor.shape) == 1 else None


@op("RaggedTensor.from_row_splits")
def from_row_splits(values: Value, row_splits: Value) -> Tensor:
    return _rows(_converted(values), dims.subtract(_length(row_splits), 1))


@op("RaggedTensor.from_row_lengths")
def from_row_lengths(values: Value, row_lengths: Value) -> Tensor:
    return _rows(_converted(values), _length(row_lengths))


@op("RaggedTensor.from_row_starts")
def from_row_starts(values: Value, row_starts: Value) -> Tensor:
    return _rows(_converted(values), _length(row_starts))


@op("RaggedTensor.from_row_limits")
def from_row_limits(values: Value, row_limits: Value) -> Tensor:
    return _rows(_converted(values), _length(row_limits))


@op("RaggedTensor.from_value_rowids")
def from_value_rowids(values: Value, value_rowids: Value, nrows: Dimension = None) -> Tensor:
    return _rows(_converted(values), nrows)


@op("RaggedTensor.from_uniform_row_length")
def from_uniform_row_length(values: Value, uniform_row_length: Dimension = None, nrows: Value = NONE) -> Tensor:
    converted = _converted(values)
    total = converted.shape[0] if converted.shape else None
    count = dims.divide_exactly(total, uniform_row_length) if nrows == NONE and uniform_row_length != 0 else None
    return _rows(converted, count, uniform_row_length)


def _nested(flat_values: Value, nested: Value, count: Callable[[Value], Dim]) -> Value:
    """Rows of rows: ``nested`` describes them, from the outermost to the innermost."""
    items = conversion.sequence_items(nested)
    if not items:
        return UNKNOWN
    flat = _converted(flat_values)
    if flat.shape is None or flat.kind is not Kind.TENSOR:
        return _ragged(flat.dtype, None)
    return _ragged(flat.dtype, (count(items[0]), *(None for _ in items), *flat.shape[1:]))


@op("RaggedTensor.from_nested_row_splits")
def from_nested_row_splits(flat_values: Value, nested_row_splits: Value) -> Value:
    return _nested(flat_values, nested_row_splits, lambda splits: dims.subtract(_length(splits), 1))


@op("RaggedTensor.from_nested_row_lengths")
def from_nested_row_lengths(flat_values: Value, nested_row_lengths: Value) -> Value:
    return _nested(flat_values, nested_row_lengths, _length)


@op("RaggedTensor.from_nested_value_rowids")
def from_nested_value_rowids(flat_values: Value, nested_value_rowids: Value) -> Value:
    return _nested(flat_values, nested_value_rowids, lambda _: None)


@op("RaggedTensor.from_tensor")
def from_tensor(tensor: Operand, lengths: Value = NONE, padding: Value = NONE, ragged_rank: Value = NONE) -> Tensor:
    nested = conversion.sequence_items(lengths)
    levels = [conversion.to_tensor(one) for one in nested or ()]
    if tensor.shape is not None and levels and all(one.rank == 1 for one in levels) and len(levels) < len(tensor.shape):
        return _ragged(tensor.dtype, (tensor.shape[0], *(None for _ in levels), *tensor.shape[len(levels) + 1 :]))
    simple = lengths == NONE or (nested is not None and not any(map(conversion.sequence_items, nested)))
    if tensor.shape is None or len(tensor.shape) < 2 or ragged_rank not in (NONE, Constant(1)) or not simple:
        return _ragged(tensor.dtype, None)
    if lengths == NONE and padding == NONE:
        return _ragged(tensor.dtype, tensor.shape)
    return _ragged(tensor.dtype, (tensor.shape[0], None, *tensor.shape[2:]))


@op("RaggedTensor.from_sparse")
def from_sparse(st_input: Operand) -> Tensor:
    return _ragged(st_input.dtype, (st_input.shape[0], None) if st_input.rank == 2 and st_input.shape else None)


# ------------------------------------------------------------------------------------------------- taking them apart


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
    return Tensor(None, (dims.add(_count(self), 1),))


@op("RaggedTensor.row_lengths")
def row_lengths(self: Operand, axis: Value = NONE) -> Value:
    """How long each row is; of the rows of rows it is ragged itself."""
    depth = conversion.to_python(axis)
    if isinstance(depth, int) and depth > 1:
        return _ragged(None, (_count(self), *(None for _ in range(depth - 1))))
    return Tensor(None, (_count(self),)) if axis in (NONE, Constant(1)) else UNKNOWN


@op("RaggedTensor.row_starts", "RaggedTensor.row_limits")
def row_starts(self: Operand) -> Tensor:
    return Tensor(None, (_count(self),))


@op("RaggedTensor.value_rowids")
def value_rowids(self: Operand) -> Tensor:
    return Tensor(None, (None,))


@op("RaggedTensor.nrows")
def nrows(self: Operand, out_type: DTypeArgument = None) -> Tensor:
    count = _count(self)
    return Tensor(rules.chosen_dtype(out_type, None), (), elements=None if count is None else (count,))


@op("RaggedTensor.bounding_shape")
def bounding_shape(self: Operand, axis: Value = NONE, out_type: DTypeArgument = None) -> Value:
    return Tensor(rules.chosen_dtype(out_type, None), (self.rank,)) if axis == NONE else UNKNOWN


@op("RaggedTensor.to_tensor")
def to_tensor(self: Operand, default_value: Value = NONE, shape: Value = NONE) -> Tensor:
    if self.shape is None:
        return Tensor(self.dtype)
    if shape == NONE:
        return Tensor(self.dtype, self.shape)
    wanted = conversion.to_shape(shape)
    if wanted is None or len(wanted) != len(self.shape):
        return Tensor(self.dtype, (None,) * len(self.shape))
    return Tensor(self.dtype, wanted)  # None stands for the tensor's own size, or for one that is not known


@op("RaggedTensor.to_sparse")
def to_sparse(self: Operand) -> Tensor:
    return Tensor(self.dtype, self.shape, Kind.SPARSE)


@op("RaggedTensor.merge_dims")
def merge_dims(self: Operand, outer_axis: Axis = None, inner_axis: Axis = None) -> Tensor:
    """The dimensions from the outer to the inner become one; a single one that remains is no longer ragged."""
    if self.shape is None or not isinstance(outer_axis, int) or not isinstance(inner_axis, int):
        return Tensor(self.dtype, None, Kind.UNKNOWN)
    rank = len(self.shape)
    outer, inner = outer_axis % rank, inner_axis % rank
    if outer >= inner:
        return _ragged(self.dtype, self.shape if outer == inner else None)
    shape = (*self.shape[:outer], dims.product(self.shape[outer : inner + 1]), *self.shape[inner + 1 :])
    if len(shape) == 1:
        return Tensor(self.dtype, shape)
    certain = outer > 0  # the rows that remain may be of one length
    return Tensor(self.dtype, shape if certain else (None,) * len(shape), Kind.RAGGED if certain else Kind.UNKNOWN)


@attribute("RaggedTensor.flat_values", "RaggedTensor.values")
def values(self: Operand) -> Value:
    """What the rows consist of; ragged again where rows are nested."""
    if self.shape is None or len(self.shape) != 2:
        return UNKNOWN
    return Tensor(self.dtype, (None,))


@op("RaggedTensor.with_values", "RaggedTensor.with_flat_values")
def with_values(self: Operand, new_values: Operand) -> Tensor:
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
def with_row_splits_dtype(self: Operand) -> Tensor:
    return _ragged(self.dtype, self.shape)
