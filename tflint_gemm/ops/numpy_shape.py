"""NumPy's rearrangements: shapes change, dtypes stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tflint_gemm.domain import dims, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import Tensor, Value
from tflint_gemm.ops import conversion, rules
from tflint_gemm.ops import numpy_elements as elements
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.numpy_common import Array, array_like, array_op, strong
from tflint_gemm.ops.parameters import Axes, Axis, Flag, Text
from tflint_gemm.ops.violations import AxisOutOfRange

# ------------------------------------------------------------------------------------- reshape and kin


def reshaped(a: Tensor, target: Shape, order: str | None | Unsure = "C") -> Tensor:
    """``a`` in the shape ``target``, where one -1 is inferred; raises ReshapeCount."""
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
