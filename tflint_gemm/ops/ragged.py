"""Ragged tensors: a dimension whose rows differ in length has no size, the others have theirs."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    MAX_ELEMENTS,
    NONE,
    UNKNOWN,
    Constant,
    Kind,
    Tensor,
    Unknown,
    Value,
    dim_of,
)
from tflint_gemm.ops import composites, conversion, numpy_elements, rules
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.parameters import DTypeArgument, Flag, TensorFlowDType
from tflint_gemm.ops.parameters import Tensor as Operand
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import InvalidArgument

_DEPTH_LIMIT = 12


def _ragged(dtype: DType | None, shape: Shape) -> Tensor:
    return Tensor(dtype, shape, Kind.RAGGED)


def _converted(value: Value) -> Tensor:
    tensor = conversion.to_tensor(value)
    return tensor if tensor.kind in (Kind.RAGGED, Kind.UNKNOWN) else rules.like(tensor)


def _partition(value: Value) -> Tensor:
    """A vector of row splits, lengths, ...: an integer tensor keeps its dtype, a list becomes int64."""
    vector = conversion.to_tensor(value)
    if vector.kind is Kind.UNKNOWN or vector.rank != 1:
        return Tensor(None, (None,))
    if vector.kind is Kind.PYTHON:
        return Tensor(dtypes.INT64, vector.shape, elements=vector.elements)
    known = vector.dtype if vector.dtype in (dtypes.INT32, dtypes.INT64) else None
    return rules.like(vector, dtype=known, elements=vector.elements)


# ------------------------------------------------------------------------------------------------- making them


@op("ragged.constant")
def constant(
    pylist: Value,
    dtype: TensorFlowDType = None,
    ragged_rank: Value = NONE,
    inner_shape: Value = NONE,
    row_splits_dtype: DTypeArgument = dtypes.INT64,
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
    splits_dtype = rules.chosen_dtype(row_splits_dtype, dtypes.INT32)
    return _built(items, ragged, _uniform(pylist, ragged + 1, depth), made, splits_dtype)


def _built(
    rows: tuple[Value, ...], ragged: int, inner: tuple[Dim, ...], dtype: DType | None, splits_dtype: DType | None
) -> Tensor:
    """A tensor of these rows, of which ``ragged`` dimensions are ragged and ``inner`` follow."""
    items = [conversion.sequence_items(row) or () for row in rows]
    splits = composites.integers((0, *itertools.accumulate(map(len, items))), splits_dtype)
    values = tuple(item for row in items for item in row)
    if ragged > 1:
        return composites.ragged(_built(values, ragged - 1, inner, dtype, splits_dtype), splits)
    elements = None
    if not inner and len(values) <= MAX_ELEMENTS:
        elements = numpy_elements.cast_all(tuple(conversion.to_tensor(value).scalar() for value in values), dtype)
    return composites.ragged(Tensor(dtype, (len(values), *inner), elements=elements), splits)


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


def _cut(values: Tensor, splits: Tensor, validate: bool | Unsure) -> Tensor:
    """``values`` cut at ``splits``; raises InvalidArgument where the rows do not hold all of them, and no more."""
    result = composites.ragged(values, splits)
    known, total = composites.known_integers(splits), values.shape[0] if values.shape else None
    if validate is True and known and isinstance(total, int) and known[-1] != total:
        raise InvalidArgument([values], f"rows of {known[-1]} values in all, where there are {total}", result)
    return result


@op("RaggedTensor.from_row_splits")
def from_row_splits(values: Value, row_splits: Value, validate: Flag = True) -> Tensor:
    return _cut(_converted(values), _partition(row_splits), validate)


@op("RaggedTensor.from_row_lengths")
def from_row_lengths(values: Value, row_lengths: Value, validate: Flag = True) -> Tensor:
    return _cut(_converted(values), composites.splits_of_lengths(_partition(row_lengths)), validate)


@op("RaggedTensor.from_row_starts")
def from_row_starts(values: Value, row_starts: Value) -> Tensor:
    converted, starts = _converted(values), _partition(row_starts)
    known, total = composites.known_integers(starts), converted.shape[0] if converted.shape else None
    if known is not None and isinstance(total, int):
        return composites.ragged(converted, composites.integers((*known, total), starts.dtype))
    return composites.ragged(converted, _one_more(starts))


@op("RaggedTensor.from_row_limits")
def from_row_limits(values: Value, row_limits: Value, validate: Flag = True) -> Tensor:
    limits = _partition(row_limits)
    known = composites.known_integers(limits)
    splits = _one_more(limits) if known is None else composites.integers((0, *known), limits.dtype)
    return _cut(_converted(values), splits, validate)


def _one_more(vector: Tensor) -> Tensor:
    assert vector.shape
    return Tensor(vector.dtype, (dims.add(vector.shape[0], 1),))


@op("RaggedTensor.from_value_rowids")
def from_value_rowids(values: Value, value_rowids: Value, nrows: Value = NONE) -> Tensor:
    return composites.ragged(_converted(values), _splits_of_rowids(_partition(value_rowids), nrows))


def _splits_of_rowids(rowids: Tensor, nrows: Value) -> Tensor:
    """The row splits where each value has the number of its row; there are as many rows as the last says, or more."""
    known, count = composites.known_integers(rowids), conversion.to_python(nrows)
    if known is not None and nrows == NONE:
        count = max(known, default=-1) + 1
    if not isinstance(count, int):
        return Tensor(rowids.dtype, (None,))
    if known is None or count > MAX_ELEMENTS or not all(0 <= row < count for row in known):
        return Tensor(rowids.dtype, (count + 1,))
    return composites.splits_of_lengths(composites.integers([known.count(row) for row in range(count)], rowids.dtype))


@op("RaggedTensor.from_uniform_row_length")
def from_uniform_row_length(values: Value, uniform_row_length: Value = NONE, nrows: Value = NONE) -> Tensor:
    converted, length = _converted(values), dim_of(uniform_row_length)
    total = converted.shape[0] if converted.shape else None
    count = dims.divide_exactly(total, length) if nrows == NONE and length != 0 else None
    dtype = uniform_row_length.dtype if isinstance(uniform_row_length, Tensor) else dtypes.INT64
    if isinstance(uniform_row_length, Unknown):
        dtype = None
    if converted.kind is Kind.RAGGED:
        dtype = composites.row_splits(converted).dtype
    splits = Tensor(dtype, (dims.add(count, 1),))
    if isinstance(count, int) and isinstance(length, int) and count <= MAX_ELEMENTS:
        splits = composites.integers([row * length for row in range(count + 1)], dtype)
    return composites.ragged(converted, splits, length)


def _nested(flat_values: Value, nested: Value, splits: Callable[[Value], Tensor]) -> Value:
    """Rows of rows: ``nested`` describes them, from the outermost to the innermost."""
    items = conversion.sequence_items(nested)
    result = _converted(flat_values)
    if not items:
        return UNKNOWN
    for item in reversed(items):
        result = composites.ragged(result, splits(item))
    return result


@op("RaggedTensor.from_nested_row_splits")
def from_nested_row_splits(flat_values: Value, nested_row_splits: Value) -> Value:
    return _nested(flat_values, nested_row_splits, _partition)


@op("RaggedTensor.from_nested_row_lengths")
def from_nested_row_lengths(flat_values: Value, nested_row_lengths: Value) -> Value:
    return _nested(flat_values, nested_row_lengths, lambda lengths: composites.splits_of_lengths(_partition(lengths)))


@op("RaggedTensor.from_nested_value_rowids")
def from_nested_value_rowids(flat_values: Value, nested_value_rowids: Value, nested_nrows: Value = NONE) -> Value:
    """The inner rows are as many as the outer ones hold; without their numbers all ids must be known."""
    if nested_nrows != NONE:
        return _nested(flat_values, nested_value_rowids, lambda _: Tensor(None, (None,)))
    return _nested(flat_values, nested_value_rowids, lambda rowids: _splits_of_rowids(_partition(rowids), NONE))


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
