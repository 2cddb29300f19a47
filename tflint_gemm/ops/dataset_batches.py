"""``tf.data``: elements put together to batches and windows, and taken apart again."""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import NONE, UNKNOWN, Kind, Tensor, TupleValue, Unknown, Value, dim_of
from tflint_gemm.ops import conversion, structures
from tflint_gemm.ops.datasets import (
    apart,
    call_on,
    count_of_dataset,
    dataset,
    element_of_dataset,
    first_sizes,
    is_dataset,
    names,
    traced,
)
from tflint_gemm.ops.parameters import Dimension, Flag
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import AssignMismatch


def _size(count: Dim, batch_size: Dim, drop_remainder: Flag) -> Dim:
    """The first dimension of every batch: its size, unless the last one may have fewer elements."""
    if drop_remainder is True:
        return batch_size
    if isinstance(count, int) and isinstance(batch_size, int) and batch_size > 0 and count > 0:
        whole = count if count < batch_size and drop_remainder is False else None
        return batch_size if count % batch_size == 0 else whole
    return None


def _batches(count: Dim, batch_size: Dim, drop_remainder: Flag) -> Dim:
    """How many batches there are."""
    if drop_remainder is True:
        return dims.floor_divide(count, batch_size)
    if drop_remainder is not False:
        return None
    return dims.floor_divide(dims.subtract(dims.add(count, batch_size), 1), batch_size)


@op(*names("batch"))
def batch(self: Value, batch_size: Dimension, drop_remainder: Flag = False) -> Value:
    count = count_of_dataset(self)
    size = _size(count, batch_size, drop_remainder)

    def grow(value: Value) -> Value:
        if not isinstance(value, Tensor) or value.kind not in (Kind.TENSOR, Kind.SPARSE, Kind.RAGGED):
            return UNKNOWN
        return Tensor(value.dtype, None if value.shape is None else (size, *value.shape), value.kind)

    return dataset(structures.map_leaves(grow, element_of_dataset(self)), _batches(count, batch_size, drop_remainder))


# ------------------------------------------------------------------------------------------------- padded, ragged


@op(*names("padded_batch"))
def padded_batch(
    self: Value, batch_size: Dimension, padded_shapes: Value = NONE, drop_remainder: Flag = False
) -> Value:
    """Elements padded to ``padded_shapes``, and to the longest of the batch where a size is not given there."""
    count = count_of_dataset(self)
    size, element = _size(count, batch_size, drop_remainder), element_of_dataset(self)
    batches = _batches(count, batch_size, drop_remainder)
    clashes: list[tuple[Tensor, Shape]] = []

    def pad(value: Value, padding: Value) -> Value:
        if not isinstance(value, Tensor):
            return UNKNOWN
        shape = value.shape if padding == NONE else _padded(value.shape, padding)
        if padding != NONE and _exceeds(value.shape, shape):
            clashes.append((value, shape))
        return Tensor(value.dtype, None if shape is None else (size, *shape))

    if padded_shapes == NONE:
        return dataset(structures.map_leaves(lambda leaf: pad(leaf, NONE), element), batches)
    result = dataset(structures.map_up_to(pad, element, _single(element, padded_shapes)), batches)
    if clashes:
        raise AssignMismatch(*clashes[0], "padded shape", result)
    return result


def _single(element: Value, padded_shapes: Value) -> Value:
    """A tuple of one component may be described without the tuple."""
    alone = isinstance(element, TupleValue) and len(element.items) == 1 and not isinstance(padded_shapes, TupleValue)
    return TupleValue((padded_shapes,)) if alone else padded_shapes


def _padded(shape: Shape, padding: Value) -> Shape:
    """The shape that is asked for; None and -1 stand for the longest of the batch."""
    asked = conversion.to_shape(padding)
    if asked is None:
        return None if shape is None else (None,) * len(shape)
    return tuple(None if dim == -1 else dim for dim in asked)


def _exceeds(shape: Shape, target: Shape) -> bool:
    """Whether an element certainly does not fit into the padded shape."""
    if shape is None or target is None:
        return False
    pairs = zip(shape, target)
    return len(shape) != len(target) or any(isinstance(a, int) and isinstance(b, int) and a > b for a, b in pairs)


@op(*names("ragged_batch"))
def ragged_batch(self: Value, batch_size: Dimension, drop_remainder: Flag = False) -> Value:
    """A ragged tensor of components whose sizes differ; plain batches of the others."""
    count = count_of_dataset(self)
    size = _size(count, batch_size, drop_remainder)

    def grow(value: Value) -> Value:
        if not isinstance(value, Tensor) or value.shape is None:
            return UNKNOWN
        kind = Kind.TENSOR if shapes.is_concrete(value.shape) and value.kind is Kind.TENSOR else Kind.RAGGED
        return Tensor(value.dtype, (size, *value.shape), kind)

    return dataset(structures.map_leaves(grow, element_of_dataset(self)), _batches(count, batch_size, drop_remainder))


@op(*names("sparse_batch"))
def sparse_batch(self: Value, batch_size: Dimension, row_shape: Value) -> Value:
    element, rows = element_of_dataset(self), conversion.to_shape(row_shape)
    if not isinstance(element, Tensor):
        return dataset(UNKNOWN)
    count = count_of_dataset(self)
    size = _size(count, batch_size, False)
    shape = None if rows is None else (size, *rows)
    return dataset(Tensor(element.dtype, shape, Kind.SPARSE), _batches(count, batch_size, False))


# ------------------------------------------------------------------------------------------------- taken apart


@op(*names("unbatch"))
def unbatch(self: Value) -> Value:
    element = element_of_dataset(self)
    if not isinstance(element, Unknown):
        first_sizes(element)
    return dataset(structures.map_leaves(apart, element))


@op(*names("rebatch"))
def rebatch(self: Value, batch_size: Dimension, drop_remainder: Flag = False) -> Value:
    """Batches of another size; the last of them may be smaller."""
    size = batch_size if drop_remainder is True else None

    def resize(value: Value) -> Value:
        if not isinstance(value, Tensor) or value.kind is not Kind.TENSOR:
            return UNKNOWN
        return Tensor(value.dtype, None if value.shape is None else (size, *value.shape[1:]))

    return dataset(structures.map_leaves(resize, element_of_dataset(self)))


# ------------------------------------------------------------------------------------------------- windows


@op(*names("window"))
def window(self: Value, size: Dimension, shift: Value = NONE, drop_remainder: Flag = False) -> Value:
    """A dataset of each component for every window; how many windows there are, is known where they do not overlap."""
    count = count_of_dataset(self)
    length = _size(count, size, drop_remainder)
    windows = _batches(count, size, drop_remainder) if shift == NONE or dim_of(shift) == size else None
    if windows is None:
        length = size if drop_remainder is True else None
    element = element_of_dataset(self)
    if isinstance(element, Unknown):
        return dataset(UNKNOWN)
    return dataset(structures.map_leaves(lambda leaf: dataset(leaf, length), element), windows)


@op(*names("group_by_window"))
def group_by_window(self: Value, key_func: Value, reduce_func: Value) -> Value:
    """What ``reduce_func`` makes of a key and a dataset of the elements that have it."""
    element = element_of_dataset(self)
    if isinstance(element, Unknown):
        return dataset(UNKNOWN)
    call_on(key_func, element)
    made = traced(reduce_func, Tensor(dtypes.INT64, ()), dataset(element))
    return dataset(element_of_dataset(made) if is_dataset(made) else UNKNOWN)


@op(*names("bucket_by_sequence_length"))
def bucket_by_sequence_length(
    self: Value, element_length_func: Value, bucket_batch_sizes: Value, padded_shapes: Value = NONE
) -> Value:
    """Padded batches of elements of like length, whose sizes depend on the bucket."""
    element = element_of_dataset(self)
    if isinstance(element, Unknown):
        return dataset(UNKNOWN)
    call_on(element_length_func, element)

    def pad(value: Value, padding: Value) -> Value:
        if not isinstance(value, Tensor):
            return UNKNOWN
        if value.kind is Kind.SPARSE:
            return Tensor(value.dtype, None if value.shape is None else (None, *value.shape), Kind.SPARSE)
        shape = value.shape if padding == NONE else _padded(value.shape, padding)
        return Tensor(value.dtype, None if shape is None else (None, *(_dim_or_none(dim) for dim in shape)))

    if padded_shapes == NONE or conversion.sequence_items(padded_shapes) == ():
        return dataset(structures.map_leaves(lambda leaf: pad(leaf, NONE), element))
    return dataset(structures.map_up_to(pad, element, _single(element, padded_shapes)))


def _dim_or_none(dim: Dim) -> Dim:
    return dim if isinstance(dim, int) else None
