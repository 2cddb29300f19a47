"""NumPy's rearrangements: shapes change, dtypes stay."""

from __future__ import annotations

from collections.abc import Sequence

from tflint_gemm.domain import dims, shapes
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import UNKNOWN, Kind, OfType, ShapeValue, Tensor, TupleValue, Value, from_dim
from tflint_gemm.ops import conversion, rules
from tflint_gemm.ops import numpy_elements as elements
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.numpy_common import Array, array, array_like, array_op, strong
from tflint_gemm.ops.parameters import Axes, Axis, Dims, Integer, Text
from tflint_gemm.ops.violations import AxisOutOfRange, BroadcastMismatch

# ------------------------------------------------------------------------------------- reshape and kin


def reshaped(a: Tensor, target: Shape, order: str | None | Unsure = "C") -> Tensor:
    """``a`` in the shape ``target``, where one -1 is inferred; raises ReshapeCount."""
    a = strong(a)
    shape = rules.reshape_shape(a, target)
    return array_like(a, shape, a.elements if order == "C" and elements.concrete(shape) is not None else None)


@array_op("reshape", view=True)
def reshape(a: Array, shape: Value, order: Text = "C") -> Tensor:
    return reshaped(a, conversion.to_shape(shape), order)


@array_op("ravel", view=True)
def ravel(a: Array, order: Text = "C") -> Tensor:
    return flattened(a, order)


def flattened(a: Tensor, order: str | None | Unsure = "C") -> Tensor:
    """``a`` as a vector."""
    return array_like(a, (shapes.num_elements(a.shape),), a.elements if order == "C" else None)


def transposed(a: Tensor, axes: Axes) -> Tensor:
    """``a`` with its dimensions in the order ``axes``, reversed if that is None; raises AxisOutOfRange, RankTooLow."""
    if isinstance(axes, Unsure):
        return array_like(a, None if a.shape is None else (None,) * len(a.shape))
    shape = rules.permute(a, axes)
    if a.shape is None:
        return array_like(a, shape)
    order = tuple(reversed(range(len(a.shape)))) if axes is None else tuple(axis % len(a.shape) for axis in axes)
    return array_like(a, shape, elements.transpose(a.elements, a.shape, order))


@array_op("transpose", view=True)
def transpose(a: Array, axes: Axes = None) -> Tensor:
    return transposed(a, axes)


def expanded(a: Tensor, axes: Axes) -> Tensor:
    """``a`` with new dimensions of size 1 where ``axes`` say; raises AxisOutOfRange."""
    if a.shape is None or isinstance(axes, Unsure) or axes is None:
        return array_like(a, None)
    size = len(a.shape) + len(axes)
    new = {rules.normal_axis(a, axis, size) for axis in axes}
    old = iter(a.shape)
    return array_like(a, tuple(1 if place in new else next(old, None) for place in range(size)), a.elements)


@array_op("expand_dims", view=True)
def expand_dims(a: Array, axis: Axes) -> Tensor:
    return expanded(a, axis)


def squeezed(a: Tensor, axes: Axes) -> Tensor:
    """``a`` without its dimensions of size 1, or without ``axes``; raises AxisOutOfRange."""
    if a.shape is None or isinstance(axes, Unsure):
        return array_like(a, None)
    if a.shape == () and axes in ((0,), (-1,)):
        return array_like(a, (), a.elements)
    if axes is None:
        if None in a.shape or not shapes.is_concrete(a.shape):
            return array_like(a, None)
        return array_like(a, tuple(dim for dim in a.shape if dim != 1), a.elements)
    gone = {rules.normal_axis(a, axis) for axis in axes}
    rest = array_like(a, tuple(dim for place, dim in enumerate(a.shape) if place not in gone), a.elements)
    for axis in axes:
        if dims.equal(a.shape[axis], 1) is False:
            raise AxisOutOfRange(a, axis, len(a.shape), "not of size 1", rest)
    return rest


@array_op("squeeze", view=True)
def squeeze(a: Array, axis: Axes = None) -> Tensor:
    return squeezed(a, axis)


def with_moved_axes(a: Tensor, order: Sequence[int] | None) -> Tensor:
    """``a`` with its dimensions in ``order``; of unknown dimensions where the order is not known."""
    if a.shape is None or order is None:
        return array_like(a, None if a.shape is None else (None,) * len(a.shape))
    return transposed(a, tuple(order))


@array_op("swapaxes", view=True)
def swapaxes(a: Array, axis1: Axis, axis2: Axis) -> Tensor:
    return swapped(a, axis1, axis2)


def swapped(a: Tensor, first: Axis, second: Axis) -> Tensor:
    """``a`` with two dimensions exchanged; raises AxisOutOfRange."""
    if not isinstance(first, int) or not isinstance(second, int) or a.rank is None:
        return with_moved_axes(a, None)
    one, other = rules.normal_axis(a, first), rules.normal_axis(a, second)
    order = list(range(a.rank))
    if one is not None and other is not None:
        order[one], order[other] = other, one
    return with_moved_axes(a, order)


@array_op("moveaxis", view=True)
def moveaxis(a: Array, source: Axes, destination: Axes) -> Tensor:
    if not isinstance(source, tuple) or not isinstance(destination, tuple) or a.rank is None:
        return with_moved_axes(a, None)
    if len(source) != len(destination):
        return with_moved_axes(a, None)
    places = {rules.normal_axis(a, to): rules.normal_axis(a, axis) for axis, to in zip(source, destination)}
    rest = iter([axis for axis in range(a.rank) if axis not in places.values()])
    order = [places[place] if place in places else next(rest, None) for place in range(a.rank)]
    known = [axis for axis in order if axis is not None]
    return with_moved_axes(a, known if sorted(known) == list(range(a.rank)) else None)


@array_op("rollaxis", view=True)
def rollaxis(a: Array, axis: Axis, start: Axis = 0) -> Value:
    if a.kind not in (Kind.ARRAY, Kind.PYTHON):
        return UNKNOWN  # never converted: a tensor remains one
    if not isinstance(axis, int) or not isinstance(start, int) or a.rank is None:
        return with_moved_axes(a, None)
    place = rules.normal_axis(a, axis)
    target = start + a.rank if start < 0 else start
    if place is None or not 0 <= target <= a.rank:
        return with_moved_axes(a, None)
    order = [other for other in range(a.rank) if other != place]
    order.insert(target - (place < target), place)
    return with_moved_axes(a, order)


@array_op("matrix_transpose", "linalg.matrix_transpose", by_position=1, view=True)
def matrix_transpose(x: Array) -> Tensor:
    return array_like(x, rules.transpose_last(x.shape))


@array_op("rot90", by_position=1)
def rot90(m: Array, k: Integer = 1, axes: Axes = (0, 1)) -> Tensor:
    if not isinstance(k, int):
        return with_moved_axes(m, None)
    if k % 2 == 0:
        return array_like(m, m.shape)
    if not isinstance(axes, tuple) or len(axes) != 2 or m.rank is None or m.rank < 2:
        return with_moved_axes(m, None)
    return array_like(m, swapped(m, axes[0], axes[1]).shape)


@array_op("fliplr", "flipud", view=True, by_position=1)
def fliplr(m: Array) -> Tensor:
    return array_like(m, m.shape)


@array_op("flip", view=True, by_position=1)
def flip(m: Array) -> Value:
    # Only indexed, never converted: a tensor remains one.
    return array_like(m, m.shape) if m.kind in (Kind.ARRAY, Kind.PYTHON) else UNKNOWN


@array_op("roll", by_position=1)
def roll(a: Array) -> Tensor:
    return array_like(strong(a), a.shape)


# ------------------------------------------------------------------------------------- ranks


def at_least(a: Tensor, minimum: int) -> Shape:
    """The shape of ``np.atleast_1d``, ``_2d`` or ``_3d``."""
    if a.shape is None or len(a.shape) >= minimum:
        return a.shape
    if minimum == 3 and a.shape:
        return (1, a.shape[0], 1) if len(a.shape) == 1 else (*a.shape, 1)
    return (1,) * (minimum - len(a.shape)) + a.shape


def _atleast(arrays: Sequence[Tensor], minimum: int) -> Value:
    results = tuple(array_like(strong(a), at_least(a, minimum), a.elements) for a in arrays)
    return results[0] if len(results) == 1 else TupleValue(results)


@array_op("atleast_1d", view=True)
def atleast_1d(*arys: Array) -> Value:
    return _atleast(arys, 1)


@array_op("atleast_2d", view=True)
def atleast_2d(*arys: Array) -> Value:
    return _atleast(arys, 2)


@array_op("atleast_3d", view=True)
def atleast_3d(*arys: Array) -> Value:
    return _atleast(arys, 3)


# ------------------------------------------------------------------------------------- broadcasting


@array_op("broadcast_to", view=True)
def broadcast_to(array: Array, shape: Dims) -> Tensor:
    if shape is None or array.shape is None:
        return array_like(strong(array), shape)
    padded = (1,) * (len(shape) - len(array.shape)) + array.shape
    clash = any(own != 1 and dims.equal(own, wanted) is False for own, wanted in zip(padded, shape))
    if len(array.shape) > len(shape) or clash:
        raise BroadcastMismatch([array, Tensor(array.dtype, shape)], array_like(array, shape))
    return array_like(strong(array), shape, elements.broadcast(array.elements, array.shape, shape))


@array_op("broadcast_arrays")
def broadcast_arrays(*args: Array) -> Value:
    if not args:
        return UNKNOWN
    shape = rules.broadcast(args)
    return TupleValue(tuple(array_like(strong(a), shape) for a in args))


@array_op("broadcast_shapes")
def broadcast_shapes(*args: Dims) -> Value:
    if not args:
        return UNKNOWN
    operands = [array(None, shape) for shape in args]
    return shape_value(rules.broadcast(operands))


def shape_value(shape: Shape) -> Value:
    """A shape as NumPy shows it: a tuple of ints."""
    return OfType("tuple") if shape is None else TupleValue(tuple(from_dim(dim) for dim in shape))


@array_op("shape")
def shape_of(a: Array) -> Value:
    if a.kind in (Kind.ARRAY, Kind.PYTHON):
        return shape_value(a.shape)
    return ShapeValue(a.shape) if a.is_tensorflow else UNKNOWN


@array_op("ndim")
def ndim(a: Array) -> Value:
    return from_dim(a.rank)


@array_op("size")
def size(a: Array, axis: Axis = None) -> Value:
    if axis is None:
        return from_dim(shapes.num_elements(a.shape))
    if not isinstance(axis, int) or a.shape is None:
        return OfType("int")
    place = rules.normal_axis(a, axis)
    return OfType("int") if place is None else from_dim(a.shape[place])


@array_op("resize")
def resize(a: Array, new_shape: Dims) -> Tensor:
    return array_like(strong(a), new_shape)
