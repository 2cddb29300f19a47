"""Choosing, sorting and searching in NumPy arrays."""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import ANY_TENSOR, UNKNOWN, Kind, Tensor, TupleValue, Value
from tflint_gemm.ops import rules
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.numpy_common import (
    Array,
    Arrays,
    OptionalArray,
    array,
    array_like,
    array_op,
    promote,
    strong,
    unless_object,
    with_origin,
)
from tflint_gemm.ops.numpy_elements import Elements
from tflint_gemm.ops.parameters import Axis, Flag
from tflint_gemm.ops.violations import BroadcastMismatch
from tflint_gemm.replacing import replace

# ------------------------------------------------------------------------------------- where


def positions(a: Tensor) -> Value:
    """``np.nonzero``: a vector of positions for each dimension, all of the same unknown length."""
    return UNKNOWN if a.rank is None else TupleValue((array(dtypes.INT64, (None,)),) * a.rank)


@array_op("where")
def where(condition: Array, x: OptionalArray = None, y: OptionalArray = None) -> Value:
    if x is None and y is None:
        return positions(condition)
    if x in (None, ANY_TENSOR) and y in (None, ANY_TENSOR):
        return UNKNOWN  # both may be left out
    nothing = array(dtypes.OBJECT, ())  # what None is if only one of them is
    x, y = x or nothing, y or nothing
    dtype = promote((x, y))
    shape = rules.broadcast((condition, x, y), dtype)
    return with_origin(array(dtype, shape), (x, y))


@array_op("nonzero")
def nonzero(a: Array) -> Value:
    return positions(a)


@array_op("flatnonzero")
def flatnonzero(a: Array) -> Tensor:
    return array(dtypes.INT64, (None,))


@array_op("argwhere")
def argwhere(a: Array) -> Tensor:
    return array(dtypes.INT64, (None, a.rank))


@array_op("extract", by_position=2)
def extract(condition: Array, arr: Array) -> Tensor:
    return array_like(strong(arr), (None,))


@array_op("compress")
def compress(condition: Array, a: Array, axis: Axis = None) -> Tensor:
    if axis is None:
        return array_like(strong(a), (None,))
    known = isinstance(axis, int) and a.rank is not None
    return array_like(strong(a), (None,) * max(a.rank or 0, 1) if known else None)


@array_op("choose")
def choose(a: Array, choices: Arrays) -> Tensor:
    if not choices:
        return array(None, None)
    found = {one.dtype if one.kind is Kind.ARRAY else None for one in choices}
    return array(found.pop() if len(found) == 1 else None, rules.broadcast((a, *choices)))


@array_op("select")
def select(condlist: Arrays, choicelist: Arrays) -> Tensor:
    if not condlist or not choicelist:
        return array(None, None)
    return array(None, rules.broadcast((*condlist, *choicelist)))


@array_op("isin", by_position=1)
def isin(element: Array) -> Tensor:
    return array(dtypes.BOOL, element.shape)


# ------------------------------------------------------------------------------------- take


def taken(a: Tensor, indices: Tensor, axis: int | None | Unsure) -> Tensor:
    """``np.take``: the shape of ``indices`` in place of ``axis``; raises AxisOutOfRange."""
    if axis is None:
        return unless_object(array_like(strong(a), indices.shape, _picked(a, indices)))
    a = as_vector(strong(a), axis)
    if a.shape is None or indices.shape is None or not isinstance(axis, int):
        return unless_object(array_like(a, None))
    place = rules.normal_axis(a, axis) or 0
    shape: Shape = (*a.shape[:place], *indices.shape, *a.shape[place + 1 :])
    return unless_object(array_like(a, shape, _picked(a, indices) if len(a.shape) == 1 else None))


def _picked(a: Tensor, indices: Tensor) -> Elements | None:
    if a.elements is None or indices.elements is None:
        return None
    size = len(a.elements)
    picked = [a.elements[i] for i in indices.elements if isinstance(i, int) and -size <= i < size]
    return tuple(picked) if len(picked) == len(indices.elements) else None


@array_op("take")
def take(a: Array, indices: Array, axis: Axis = None) -> Tensor:
    return taken(a, indices, axis)


@array_op("take_along_axis")
def take_along_axis(arr: Array, indices: Array, axis: Axis = -1) -> Tensor:
    if axis is None:
        return array_like(arr, indices.shape)
    if arr.shape is None or indices.shape is None or arr.rank != indices.rank:
        return array_like(arr, None if indices.shape is None else (None,) * len(indices.shape))
    if not isinstance(axis, int):
        joined = shapes.broadcast(arr.shape, indices.shape)[0] or ()
        kept = tuple(size if dims.equal(size, wide) else None for size, wide in zip(indices.shape, joined))
        return array_like(arr, kept)
    place = rules.normal_axis(arr, axis)
    pairs = [shapes.broadcast_dim(a, b) for a, b in zip(arr.shape, indices.shape)]
    result = array_like(arr, tuple(indices.shape[i] if i == place else dim for i, (dim, _) in enumerate(pairs)))
    if any(failed for i, (_, failed) in enumerate(pairs) if i != place):
        raise BroadcastMismatch([arr, indices], result)
    return result


# ------------------------------------------------------------------------------------- sorting


def along(a: Tensor, axis: int | None | Unsure) -> Shape:
    """The shape of a function that runs along ``axis`` and keeps the shape; None flattens.  Raises AxisOutOfRange."""
    if axis is None:
        return (shapes.num_elements(a.shape),)
    if isinstance(axis, int):
        rules.normal_axis(a, axis)
        return a.shape
    return None


def as_vector(a: Tensor, axis: int | None | Unsure) -> Tensor:
    """A scalar as the vector of one element that some functions with an ``axis`` take it for."""
    if a.shape != () or axis is None:
        return a
    return replace(a, shape=(1,) if isinstance(axis, int) else None)


@array_op("sort", "partition")
def sort(a: Array, axis: Axis = -1) -> Tensor:
    return array_like(strong(a), along(a, axis))


@array_op("argsort", "argpartition")
def argsort(a: Array, axis: Axis = -1) -> Tensor:
    return array(dtypes.INT64, along(as_vector(a, axis), axis))


@array_op("searchsorted")
def searchsorted(a: Array, v: Array) -> Tensor:
    return array(dtypes.INT64, v.shape)


@array_op("digitize")
def digitize(x: Array) -> Tensor:
    return array(dtypes.INT64, x.shape)


@array_op("unique")
def unique(
    ar: Array,
    return_index: Flag = False,
    return_inverse: Flag = False,
    return_counts: Flag = False,
    axis: Axis = None,
) -> Value:
    flags = (return_index, return_inverse, return_counts)
    if any(isinstance(flag, Unsure) for flag in flags) or isinstance(axis, Unsure):
        return UNKNOWN
    if axis is None:
        values = array_like(strong(ar), (None,))
    else:
        place = None if ar.shape is None else rules.normal_axis(ar, axis)
        shape = None if ar.shape is None else tuple(None if i == place else dim for i, dim in enumerate(ar.shape))
        values = array_like(strong(ar), shape)
    positions = array(dtypes.INT64, (None,))
    inverse = array(dtypes.INT64, ar.shape if axis is None else None)
    extras = [value for flag, value in zip(flags, (positions, inverse, positions)) if flag]
    return TupleValue((values, *extras)) if extras else values
