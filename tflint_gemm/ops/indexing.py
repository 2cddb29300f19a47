"""Subscripts: ``x[...]`` for TensorFlow's tensors and for NumPy's arrays.

Both know integers, slices, Ellipsis and None.  NumPy knows arrays of integers and masks besides; TensorFlow reads a
list as it reads a tuple, and takes a mask only by itself.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Union

from tflint_gemm.domain import counters, dims, dtypes, shapes
from tflint_gemm.domain.dims import Atom, Dim, Factor, SymbolicDim
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    ELLIPSIS,
    MAX_ELEMENTS,
    NONE,
    Constant,
    Element,
    Kind,
    ListValue,
    OfType,
    RangeValue,
    ShapeValue,
    SliceValue,
    Symbolic,
    Tensor,
    TupleValue,
    Value,
    dim_of,
)
from tflint_gemm.ops import conversion, rules
from tflint_gemm.ops.numpy_elements import Elements
from tflint_gemm.ops.violations import BroadcastMismatch, IndexOutOfRange, InvalidArgument, RankTooLow
from tflint_gemm.replacing import replace


@dataclass(frozen=True, slots=True)
class _Position:
    """One element of a dimension, which disappears."""

    index: Dim


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A slice of a dimension."""

    bounds: SliceValue


@dataclass(frozen=True, slots=True)
class _New:
    """``None``: a new dimension of size 1."""


@dataclass(frozen=True, slots=True)
class _Chosen:
    """NumPy's advanced indexing: an array of integers for one dimension, or a mask for as many as it has."""

    array: Tensor

    @property
    def consumes(self) -> int:
        return self.array.rank or 0 if self.array.dtype == dtypes.BOOL else 1


_Entry = Union[_Position, _Stretch, _New, _Chosen]
_WHOLE = _Stretch(SliceValue(NONE, NONE, NONE))


def subscript(tensor: Tensor, index: Value) -> Tensor:
    """``tensor[index]``: the tensor's dtype and the shape of what is selected; basic indexing of an array is a view.

    Raises IndexOutOfRange, RankTooLow (too many indices), InvalidArgument (what cannot be an index).
    """
    unknown = _result(tensor, None)
    if tensor.kind not in (Kind.TENSOR, Kind.VARIABLE, Kind.ARRAY, Kind.KERAS):
        return replace(unknown, kind=tensor.kind)
    if tensor.kind is not Kind.ARRAY and isinstance(index, Constant) and isinstance(index.value, bool):
        raise InvalidArgument((tensor,), "mask that is a scalar", unknown)
    if tensor.kind is not Kind.ARRAY and isinstance(index, Tensor) and index.dtype == dtypes.BOOL:
        return boolean_mask(tensor, index, 0)
    if tensor.kind is not Kind.ARRAY and isinstance(index, Tensor) and index.dtype is None and index.rank != 0:
        return unknown  # perhaps a mask
    entries = _entries(tensor, index)
    if entries is None:
        return unknown
    if tensor.tabular:
        rows = all(isinstance(entry, _Stretch) for entry in entries)
        return replace(_selected(_as_table(tensor, entries), entries), tabular=rows)
    return _selected(tensor, entries)


def _selected(tensor: Tensor, entries: list[_Entry | None]) -> Tensor:
    unknown = _result(tensor, None)
    if tensor.shape is None:
        return unknown
    consumed = sum(_consumes(entry) for entry in entries if entry is not None)
    if consumed > len(tensor.shape):
        raise RankTooLow(tensor, consumed, result=unknown)
    filler = [_WHOLE] * (len(tensor.shape) - consumed)
    if None in entries:
        where = entries.index(None)
        complete = [*entries[:where], *filler, *entries[where + 1 :]]
    else:
        complete = [*entries, *filler]
    found = [entry for entry in complete if entry is not None]
    if any(isinstance(entry, _Chosen) for entry in found):
        return _advanced(tensor, tensor.shape, found)
    return _basic(tensor, tensor.shape, found)


def _as_table(tensor: Tensor, entries: list[_Entry | None]) -> Tensor:
    """An array read from a file with the rank that two indices ask for, and the columns that literal bounds do.

    A program that takes the columns 0 to 8 of a file knows that there are so many.
    """
    taken = [entry for entry in entries if not isinstance(entry, _New)]
    if tensor.kind is not Kind.ARRAY or tensor.rank not in (None, 2):
        return tensor
    if len(taken) != 2 or None in taken or sum(map(_consumes, (entry for entry in taken if entry is not None))) != 2:
        return tensor
    rows, columns = tensor.shape or (None, None)
    stretch = taken[1]
    known = _bounds(stretch.bounds) if columns is None and isinstance(stretch, _Stretch) else None
    if known is not None and known[1] is not None and known[1] > 0 <= (known[0] or 0) and known[2] in (None, 1):
        columns = known[1]
    return replace(tensor, shape=(rows, columns))


def _result(tensor: Tensor, shape: Shape) -> Tensor:
    kind = tensor.kind if tensor.kind in (Kind.ARRAY, Kind.KERAS) else Kind.TENSOR
    return Tensor(tensor.dtype, shape, kind, dtype_origin=tensor.dtype_origin)


def is_full(tensor: Tensor) -> bool:
    """Whether ``tensor`` certainly has elements; an empty list has a dtype only for want of items."""
    return tensor.shape is not None and all(isinstance(dim, int) and dim > 0 for dim in tensor.shape)


def as_dim(element: Element) -> Dim:
    """An element as a size; unknown where it is no integer."""
    return element if isinstance(element, (int, SymbolicDim)) and not isinstance(element, bool) else None


def _consumes(entry: _Entry) -> int:
    if isinstance(entry, _New):
        return 0
    return entry.consumes if isinstance(entry, _Chosen) else 1


# ------------------------------------------------------------------------------------------------- reading the index


def _entries(tensor: Tensor, index: Value) -> list[_Entry | None] | None:
    """What the index consists of, None among the entries for Ellipsis; None as a whole where something is not known."""
    items: Sequence[Value] = (index,)
    if isinstance(index, OfType) and index.type_name in ("tuple", "list"):
        return None
    if isinstance(index, TupleValue):
        items = index.items
    elif isinstance(index, ListValue) and tensor.kind is not Kind.ARRAY:
        listed = conversion.sequence_items(index)
        if listed is None:
            return None
        items = listed
        if any(isinstance(item, Constant) and isinstance(item.value, bool) for item in items):
            raise InvalidArgument((tensor,), "index that is no integer", _result(tensor, None))
    found: list[_Entry | None] = []
    for item in items:
        if item == ELLIPSIS:
            if None in found:
                raise InvalidArgument((tensor,), "several ellipses in an index", _result(tensor, None))
            found.append(None)
            continue
        entry = _array_entry(tensor, item) if tensor.kind is Kind.ARRAY else _tensor_entry(tensor, item)
        if entry is None:
            return None
        found.append(entry)
    return found


def _tensor_entry(tensor: Tensor, item: Value) -> _Entry | None:
    """One entry of a subscript of a TensorFlow tensor; None where it is not known what it is."""
    if item == NONE:
        return _New()
    if isinstance(item, SliceValue):
        for bound in (item.start, item.stop, item.step):
            if bound != NONE:
                _require_scalar(tensor, bound)
        return _Stretch(item)
    _require_scalar(tensor, item)
    if isinstance(item, Constant) and isinstance(item.value, bool):
        return None
    if isinstance(item, (Constant, Symbolic)) or (isinstance(item, OfType) and item.type_name == "int"):
        return _Position(dim_of(item))
    return _Position(dim_of(item)) if isinstance(item, Tensor) and item.shape == () else None


_INDEX_DTYPES = frozenset({dtypes.INT16, dtypes.INT32, dtypes.INT64})


def _require_scalar(tensor: Tensor, item: Value) -> None:
    """Raise InvalidArgument where ``item`` is certainly no scalar integer, the only thing that TensorFlow takes."""
    bad = False
    if isinstance(item, Constant):
        bad = not isinstance(item.value, int)
    elif isinstance(item, OfType):
        bad = item.type_name in ("float", "str", "bytes", "list", "tuple", "dict")
    elif isinstance(item, (TupleValue, ListValue, ShapeValue, RangeValue)):
        bad = True
    elif isinstance(item, Tensor) and item.kind is not Kind.UNKNOWN:
        bad = bool(item.rank) or not _may_index(item)
    if bad:
        raise InvalidArgument((tensor,), "index that is no integer", _result(tensor, None))


def _may_index(scalar: Tensor) -> bool:
    if scalar.dtype is None:
        return True
    return scalar.dtype.is_integer if scalar.kind is Kind.ARRAY else scalar.dtype in _INDEX_DTYPES


def _array_entry(tensor: Tensor, item: Value) -> _Entry | None:
    """One entry of a subscript of a NumPy array; None where it is not known what it is."""
    if isinstance(item, Constant) and isinstance(item.value, float):
        raise InvalidArgument((tensor,), "index that is no integer", _result(tensor, None))
    if item == NONE:
        return _New()
    if isinstance(item, SliceValue):
        return _Stretch(item)
    if isinstance(item, Constant) and isinstance(item.value, bool):
        return None
    if isinstance(item, (Constant, Symbolic)) or (isinstance(item, OfType) and item.type_name == "int"):
        return _Position(dim_of(item)) if not isinstance(item, Constant) or isinstance(item.value, int) else None
    array = conversion.to_tensor(item)
    if array.kind is Kind.UNKNOWN or array.dtype is None or array.shape is None:
        return None
    if array.shape == () and array.dtype.is_integer:
        return _Position(dim_of(item))
    if conversion.sequence_items(item) == ():  # an empty list is float32 only for want of items
        return _Chosen(replace(array, dtype=dtypes.INT64))
    return _Chosen(array) if array.dtype.is_integer or (array.dtype == dtypes.BOOL and array.shape) else None


# ------------------------------------------------------------------------------------------------- basic indexing


def _basic(tensor: Tensor, shape: tuple[Dim, ...], entries: Sequence[_Entry]) -> Tensor:
    result: list[Dim] = []
    picks: list[Sequence[int] | None] = []
    axis = 0
    for entry in entries:
        if isinstance(entry, _New):
            result.append(1)
            continue
        if isinstance(entry, _Position):
            picks.append(_position(tensor, axis, entry.index))
        elif isinstance(entry, _Stretch):
            result.append(slice_size(tensor, shape[axis], entry.bounds))
            picks.append(_stretch(shape[axis], entry.bounds))
        axis += 1
    storage = tensor.storage if tensor.kind is Kind.ARRAY else None
    picked = _select(tensor.elements, shape, picks)
    return replace(_result(tensor, tuple(result)), elements=picked, storage=storage)


def _position(tensor: Tensor, axis: int, index: Dim) -> Sequence[int] | None:
    assert tensor.shape is not None
    size = tensor.shape[axis]
    if not isinstance(index, int) or not isinstance(size, int):
        return None
    if not -size <= index < size:
        rest = tuple(dim for i, dim in enumerate(tensor.shape) if i != axis)
        raise IndexOutOfRange(tensor, axis, index, size, _result(tensor, rest))
    return (index % size,)


def _select(elements: Elements | None, shape: Shape, picks: Sequence[Sequence[int] | None]) -> Elements | None:
    """The elements at the cross product of ``picks``; None where they are not known."""
    if elements is None or shape is None or not shapes.is_concrete(shape) or None in picks:
        return None
    strides = [dims.product(shape[axis + 1 :]) for axis in range(len(shape))]
    found = []
    for place in itertools.product(*(pick for pick in picks if pick is not None)):
        offset = sum(position * stride for position, stride in zip(place, strides) if isinstance(stride, int))
        found.append(elements[offset])
    return tuple(found) if len(found) <= MAX_ELEMENTS else None


def _bounds(bounds: SliceValue) -> tuple[int | None, int | None, int | None] | None:
    """Start, stop and step as Python has them, None where one of them is not a known integer."""
    found = []
    for bound in (bounds.start, bounds.stop, bounds.step):
        number = None if bound == NONE else dim_of(bound)
        if bound != NONE and not isinstance(number, int):
            return None
        found.append(number if isinstance(number, int) else None)
    return found[0], found[1], found[2]


def _stretch(size: Dim, bounds: SliceValue) -> Sequence[int] | None:
    known = _bounds(bounds)
    if known is None or not isinstance(size, int) or known[2] == 0 or size > MAX_ELEMENTS:
        return None
    return range(*slice(*known).indices(size))


def slice_size(tensor: Tensor, size: Dim, bounds: SliceValue) -> Dim:
    """How many elements a slice takes of a dimension of ``size``; raises InvalidArgument for a step of 0."""
    step = 1 if bounds.step == NONE else dim_of(bounds.step)
    if step == 0:
        raise InvalidArgument((tensor,), "slice step 0", _result(tensor, None))
    known = _bounds(bounds)
    if known is not None and isinstance(size, int) and size >= 0:
        return dims.count(range(*slice(*known).indices(size)))
    if not isinstance(step, int):
        return None
    within = counters.distance(bounds.start, bounds.stop, size) if isinstance(size, int) else None
    if within is not None and step > 0:
        return dims.count(range(0, within, step))
    if step < 0:
        length = size if bounds.start == NONE and bounds.stop == NONE else None
    else:
        start = 0 if bounds.start == NONE else dim_of(bounds.start)
        stop = size if bounds.stop == NONE else dim_of(bounds.stop)
        length = _length(size, start, stop, bounds.stop == NONE)
    return dims.floor_divide(dims.add(length, abs(step) - 1), abs(step))


def _length(size: Dim, start: Dim, stop: Dim, to_end: bool) -> Dim:
    """The number of elements from ``start`` to ``stop``, where one of them or ``size`` is symbolic.

    Bounds are cut off at the size, which shows as ``min`` and ``max`` in the result.
    """
    if size is None or start is None or stop is None:
        if isinstance(start, int) and isinstance(stop, int) and stop <= start and (start < 0) == (stop < 0):
            return 0
        return None
    if start == 0:
        if to_end or dims.equal(stop, size):
            return size
        if isinstance(stop, int) and stop < 0:
            return dims.maximum(dims.add(size, stop), 0)
        return dims.minimum(stop, size) if _is_natural(stop) else None
    if isinstance(start, int) and start < 0:
        return dims.minimum(-start, size) if to_end else None
    if not _is_natural(start):
        return None
    if to_end or dims.equal(stop, size):
        return dims.maximum(dims.subtract(size, start), 0)
    if isinstance(stop, int) and stop < 0:
        return dims.maximum(dims.subtract(dims.add(size, stop), start), 0)
    return None


def _is_natural(dim: Dim) -> bool:
    """Whether a dimension is certainly no negative number; symbols are sizes."""
    if not isinstance(dim, SymbolicDim):
        return isinstance(dim, int) and dim >= 0
    return all(coefficient > 0 and all(map(_natural_factor, monomial)) for monomial, coefficient in dim.terms)


def _natural_factor(factor: Factor) -> bool:
    if not isinstance(factor, Atom):
        return True
    natural = [_is_natural(argument) for argument in factor.arguments]
    return any(natural) if factor.function == "max" else all(natural)


# ------------------------------------------------------------------------------------------------- masks and arrays


def boolean_mask(tensor: Tensor, mask: Tensor, axis: int) -> Tensor:
    """The elements, or rows, of ``tensor`` at which ``mask``, laid on its dimensions from ``axis`` on, is true."""
    if mask.shape is None or tensor.shape is None:
        return _result(tensor, None)
    if not mask.shape:
        raise RankTooLow(mask, 1, result=_result(tensor, None))
    end = axis + len(mask.shape)
    count = _count_true(mask)
    result = _result(tensor, (*tensor.shape[:axis], count, *tensor.shape[end:]))
    if end > len(tensor.shape):
        raise RankTooLow(tensor, end, result=_result(tensor, None))
    if shapes.equal(tensor.shape[axis:end], mask.shape) is False:
        raise BroadcastMismatch([tensor, mask], result)
    return result


def _count_true(mask: Tensor) -> Dim:
    if mask.elements is None or not all(isinstance(element, bool) for element in mask.elements):
        return None
    return sum(map(bool, mask.elements))


def _advanced(tensor: Tensor, shape: tuple[Dim, ...], entries: Sequence[_Entry]) -> Tensor:
    """NumPy's advanced indexing: the indices are broadcast together and stand for the dimensions that they choose from.

    Their broadcast shape comes first unless the indices stand side by side.
    """
    rest: list[Dim] = []
    chosen: list[Tensor] = []
    places: list[int] = []
    where, axis = 0, 0
    for number, entry in enumerate(entries):
        if isinstance(entry, (_Position, _Chosen)):
            if not places:
                where = len(rest)
            places.append(number)
        if isinstance(entry, _New):
            rest.append(1)
        elif isinstance(entry, _Stretch):
            rest.append(slice_size(tensor, shape[axis], entry.bounds))
        elif isinstance(entry, _Position):
            _position(tensor, axis, entry.index)
        else:
            chosen.append(_choice(tensor, axis, entry.array))
        axis += _consumes(entry)
    joined = rules.broadcast(chosen)
    if joined is None:
        return _result(tensor, None)
    side_by_side = places == list(range(places[0], places[-1] + 1))
    front = where if side_by_side else 0
    return _result(tensor, (*rest[:front], *joined, *rest[front:]))


def _choice(tensor: Tensor, axis: int, array: Tensor) -> Tensor:
    """The array of integers that an index array or a mask comes down to; raises for what does not exist."""
    assert tensor.shape is not None
    assert array.shape is not None
    if array.dtype == dtypes.BOOL:
        covered = tensor.shape[axis : axis + len(array.shape)]
        if shapes.equal(covered, array.shape) is False:
            raise BroadcastMismatch([tensor, array], _result(tensor, None))
        return Tensor(dtypes.INT64, (_count_true(array),), Kind.ARRAY)
    size = tensor.shape[axis]
    for element in array.elements or ():
        if isinstance(size, int) and isinstance(element, int) and not -size <= element < size:
            raise IndexOutOfRange(tensor, axis, element, size, _result(tensor, None))
    return array
