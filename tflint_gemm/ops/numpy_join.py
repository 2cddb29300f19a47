"""Putting NumPy arrays together and taking them apart."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    MAX_ELEMENTS,
    UNKNOWN,
    Element,
    IterableValue,
    ListValue,
    Tensor,
    TupleValue,
    Value,
    dim_of,
)
from tflint_gemm.ops import conversion, rules
from tflint_gemm.ops import numpy_elements as elements
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.numpy_common import (
    Array,
    Arrays,
    array,
    array_like,
    array_list,
    array_op,
    promote_dtypes,
    strong,
    to_array,
    with_origin,
)
from tflint_gemm.ops.numpy_select import as_vector
from tflint_gemm.ops.numpy_shape import at_least
from tflint_gemm.ops.parameters import Axis, NumpyDType
from tflint_gemm.ops.violations import InvalidArgument, Violation
from tflint_gemm.replacing import replace

ArgumentDType = DType | None | Unsure
MAX_PIECES = 4096

# ------------------------------------------------------------------------------------- joining


def _common(arrays: Sequence[Tensor], dtype: ArgumentDType) -> DType | None:
    return rules.chosen_dtype(dtype, promote_dtypes([one.dtype for one in arrays]))


def concatenated(arrays: Arrays, axis: int | None | Unsure, dtype: ArgumentDType = None) -> Tensor:
    """``np.concatenate``; ``axis`` None flattens.  Raises ConcatMismatch, AxisOutOfRange."""
    if not arrays:
        return array(rules.chosen_dtype(dtype, None), None)
    chosen = _common(arrays, dtype)
    if isinstance(axis, Unsure):
        return with_origin(array(chosen, None), arrays)
    if axis is None:
        total: Dim = 0
        for one in arrays:
            total = dims.add(total, shapes.num_elements(one.shape))
        return with_origin(array(chosen, (total,)), arrays)
    shape = rules.concat_shape(arrays, axis, chosen)
    leading = axis == 0 or (shape is not None and len(shape) == 1)
    return with_origin(array(chosen, shape, _joined_elements(arrays, chosen) if leading else None), arrays)


def _joined_elements(arrays: Sequence[Tensor], dtype: DType | None) -> tuple[Element, ...] | None:
    joined: list[Element] = []
    for one in arrays:
        if one.elements is None or len(joined) + len(one.elements) > MAX_ELEMENTS:
            return None
        joined.extend(one.elements)
    return elements.cast_all(tuple(joined), dtype)


def _in_terms_of(arrays: Sequence[Tensor], seen: Sequence[Tensor], axis: int, dtype: ArgumentDType) -> Tensor:
    """``seen`` concatenated, where an objection speaks of ``arrays``, which they were made from."""
    try:
        return concatenated(tuple(seen), axis, dtype)
    except Violation as violation:
        originals = {id(made): one for made, one in zip(seen, arrays)}
        violation.operands = tuple(originals.get(id(operand), operand) for operand in violation.operands)
        raise


@array_op("concat", by_position=1)
def concat(arrays: Arrays, axis: Axis = 0, dtype: NumpyDType = None) -> Tensor:
    return concatenated(arrays, axis, dtype)


@array_op("stack")
def stack(arrays: Arrays, axis: Axis = 0, dtype: NumpyDType = None) -> Tensor:
    if not arrays:
        return array(rules.chosen_dtype(dtype, None), None)
    chosen = _common(arrays, dtype)
    shape = rules.stack_shape(arrays, axis, chosen)
    return with_origin(array(chosen, shape, _joined_elements(arrays, chosen) if axis == 0 else None), arrays)


@array_op("vstack", "row_stack", by_position=1)
def vstack(tup: Arrays, dtype: NumpyDType = None) -> Tensor:
    if not tup:
        return array(rules.chosen_dtype(dtype, None), None)
    return _in_terms_of(tup, [replace(one, shape=at_least(one, 2)) for one in tup], 0, dtype)


@array_op("hstack", by_position=1)
def hstack(tup: Arrays, dtype: NumpyDType = None) -> Tensor:
    if not tup or tup[0].rank is None:
        return array(None if not tup else _common(tup, dtype), None)
    seen = [replace(one, shape=at_least(one, 1)) for one in tup]
    return _in_terms_of(tup, seen, 0 if seen[0].rank == 1 else 1, dtype)


@array_op("dstack", by_position=1)
def dstack(tup: Arrays) -> Tensor:
    if not tup:
        return array(None, None)
    return _in_terms_of(tup, [replace(one, shape=at_least(one, 3), elements=None) for one in tup], 2, None)


@array_op("column_stack", by_position=1)
def column_stack(tup: Arrays) -> Tensor:
    if not tup or any(one.rank is None for one in tup):
        return array(None if not tup else _common(tup, None), None)
    return _in_terms_of(tup, [replace(one, shape=_as_column(one.shape), elements=None) for one in tup], 1, None)


def _as_column(shape: Shape) -> Shape:
    if shape is None or len(shape) > 1:
        return shape
    return (*shape, 1) if shape else (1, 1)


@array_op("append")
def append(arr: Array, values: Array, axis: Axis = None) -> Tensor:
    return concatenated((strong(arr), strong(values)), axis)


# ------------------------------------------------------------------------------------- splitting


def _pieces(a: Tensor, axis: int | None | Unsure, sizes: Sequence[Dim]) -> Value:
    """A list of parts of ``a``, which have ``sizes`` along ``axis``."""
    if a.shape is None or not isinstance(axis, int):
        return array_list([array_like(a, None if a.shape is None else (None,) * len(a.shape)) for _ in sizes])
    place = rules.normal_axis(a, axis) or 0
    return array_list([array_like(a, (*a.shape[:place], size, *a.shape[place + 1 :])) for size in sizes])


def _split(given: Value, sections: Value, axis: int | None | Unsure, evenly: bool = True) -> Value:
    """``np.split``, or ``np.array_split`` if not ``evenly``; raises AxisOutOfRange, InvalidArgument."""
    a = to_array(given)
    if axis != 0 and not isinstance(given, Tensor):
        return UNKNOWN  # NumPy takes the length of a list, along whatever axis
    size = None
    if a.shape is not None and isinstance(axis, int):
        place = rules.normal_axis(a, axis)
        size = None if place is None else a.shape[place]
    cuts = conversion.to_shape(sections) if conversion.sequence_items(sections) is not None else None
    if cuts is not None:
        return _pieces(a, axis, _cut_sizes(cuts, size))
    number = dim_of(sections)
    if isinstance(number, int) and 0 < number <= MAX_PIECES:
        pieces = _pieces(a, axis, _section_sizes(size, number))
        if evenly and isinstance(size, int) and size % number:
            raise InvalidArgument([a], f"{number} equal parts of {size}", pieces)
        return pieces
    return ListValue(IterableValue(array_like(a, None if a.shape is None else (None,) * len(a.shape))))


def _section_sizes(size: Dim, number: int) -> list[Dim]:
    if not isinstance(size, int):
        return [dims.divide_exactly(size, number)] * number
    share, rest = divmod(size, number)
    return [share + (index < rest) for index in range(number)]


def _cut_sizes(cuts: Sequence[Dim], size: Dim) -> list[Dim]:
    """The sizes between cuts; known where cuts and size are, and in order."""
    edges = [0, *cuts, size]
    numbers = [edge for edge in edges if isinstance(edge, int)]
    if len(numbers) != len(edges) or any(edge < 0 for edge in numbers):
        return [None] * (len(cuts) + 1)
    ends = [min(edge, numbers[-1]) for edge in numbers]
    return [max(0, after - before) for before, after in itertools.pairwise(ends)]


@array_op("split", by_position=2)
def split(ary: Value, sections: Value, axis: Axis = 0) -> Value:
    return _split(ary, sections, axis)


@array_op("array_split", by_position=2)
def array_split(ary: Value, sections: Value, axis: Axis = 0) -> Value:
    return _split(ary, sections, axis, evenly=False)


@array_op("vsplit", by_position=2)
def vsplit(ary: Value, sections: Value) -> Value:
    return _split(ary, sections, 0)


@array_op("dsplit", by_position=2)
def dsplit(ary: Value, sections: Value) -> Value:
    rank = to_array(ary).rank
    return UNKNOWN if rank is None or rank < 3 else _split(ary, sections, 2)


@array_op("hsplit", by_position=2)
def hsplit(ary: Value, sections: Value) -> Value:
    rank = to_array(ary).rank
    return UNKNOWN if not rank else _split(ary, sections, 0 if rank == 1 else 1)


@array_op("unstack", by_position=1)
def unstack(x: Array, axis: Axis = 0) -> Value:
    return UNKNOWN if x.shape is None or not isinstance(axis, int) else _unstacked(x, axis)


def _unstacked(x: Tensor, axis: int) -> Value:
    place = rules.normal_axis(x, axis)
    count = None if place is None or x.shape is None else x.shape[place]
    if x.shape is None or place is None or not isinstance(count, int) or count > MAX_PIECES:
        return UNKNOWN
    item = array_like(x, x.shape[:place] + x.shape[place + 1 :])
    return TupleValue((item,) * count)


# ------------------------------------------------------------------------------------- repeating and padding


@array_op("tile", by_position=1)
def tile(a: Array, reps: Value) -> Tensor:
    counts = conversion.to_shape(reps)
    if a.shape is None or counts is None:
        return array_like(strong(a), None)
    rank = max(len(a.shape), len(counts))
    own = (1,) * (rank - len(a.shape)) + a.shape
    times = (1,) * (rank - len(counts)) + counts
    return array_like(strong(a), tuple(dims.multiply(size, count) for size, count in zip(own, times)))


def repeated(a: Tensor, repeats: Value, axis: int | None | Unsure) -> Tensor:
    """``np.repeat``: each element ``repeats`` times, along ``axis`` or flattened; raises AxisOutOfRange."""
    count = dim_of(repeats)
    if axis is None:
        return array_like(strong(a), (dims.multiply(shapes.num_elements(a.shape), count),))
    a = as_vector(a, axis)
    if a.shape is None or not isinstance(axis, int):
        return array_like(strong(a), None)
    place = rules.normal_axis(a, axis)
    return array_like(
        strong(a), tuple(dims.multiply(size, count) if i == place else size for i, size in enumerate(a.shape))
    )


@array_op("repeat")
def repeat(a: Array, repeats: Value, axis: Axis = None) -> Tensor:
    return repeated(a, repeats, axis)


@array_op("pad", by_position=1)
def pad(array: Array, pad_width: Value) -> Tensor:
    if array.shape is None or (array.dtype == dtypes.OBJECT and not array.shape):  # None is a place for an array
        return array_like(strong(array), None)
    widths = _pad_widths(pad_width, len(array.shape))
    if widths is None:
        return array_like(strong(array), (None,) * len(array.shape))
    padded = tuple(dims.add(size, dims.add(before, after)) for size, (before, after) in zip(array.shape, widths))
    return array_like(strong(array), padded)


def _pad_widths(pad_width: Value, rank: int) -> list[tuple[Dim, Dim]] | None:
    """Before and after, for each dimension; None where that is not known."""
    items = conversion.sequence_items(pad_width)
    if items is None:
        width = dim_of(pad_width)
        return [(width, width)] * rank
    pairs = [conversion.sequence_items(item) for item in items]
    if all(pair is None for pair in pairs):
        if len(items) == 2:
            return [(dim_of(items[0]), dim_of(items[1]))] * rank
        return [(dim_of(items[0]),) * 2] * rank if len(items) == 1 else None
    widths: list[tuple[Dim, Dim]] = []
    for pair in pairs:
        if pair is None or len(pair) not in (1, 2):
            return None
        widths.append((dim_of(pair[0]), dim_of(pair[-1])))
    return widths * rank if len(widths) == 1 else widths if len(widths) == rank else None


@array_op("delete")
def delete(arr: Array, obj: Value, axis: Axis = None) -> Tensor:
    if axis is None:
        return array_like(strong(arr), (None,))
    if arr.shape is None or not isinstance(axis, int):
        return array_like(strong(arr), None)
    arr = as_vector(arr, axis)
    place = rules.normal_axis(arr, axis)
    shape = (None if i == place else size for i, size in enumerate(arr.shape or ()))
    return array_like(strong(arr), tuple(shape))


@array_op("insert")
def insert(arr: Array, axis: Axis = None) -> Tensor:
    return delete(arr, UNKNOWN, axis)


@array_op("block")
def block(arrays: Value) -> Tensor:
    return array(None, None)
