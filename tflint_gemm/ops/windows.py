"""Windows that slide over an image, as ``tf.nn``'s convolutions and poolings lay them out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

from tflint_gemm.domain import dims
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import Tensor, Value, dim_of
from tflint_gemm.ops import rules
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import UNSURE, Unsure, sequence_items, to_python
from tflint_gemm.ops.violations import InvalidArgument, WindowMismatch

Format = Union[str, None, Unsure]
Explicit = tuple[tuple[Dim, Dim], ...]
Padding = Union[str, Explicit, Unsure]


_CHANNELS_LAST = {1: "NWC", 2: "NHWC", 3: "NDHWC"}
_CHANNELS_FIRST = {1: "NCW", 2: "NCHW", 3: "NCDHW"}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where an image of ``count`` spatial dimensions has its channels: last, first (``NC...``), or not known."""

    count: int
    channels_first: bool | None

    @classmethod
    def of(cls, data_format: Format, count: int) -> Layout:
        """The layout that a ``data_format`` names; by default the channels are last."""
        if data_format is None or data_format == _CHANNELS_LAST[count]:
            return cls(count, False)
        return cls(count, True if data_format == _CHANNELS_FIRST[count] else None)

    def spatial(self, shape: Shape) -> tuple[Dim, ...]:
        """The spatial dimensions of the shape of a batch of images."""
        if shape is None or self.channels_first is None:
            return (None,) * self.count
        return shape[-self.count :] if self.channels_first else shape[-self.count - 1 : -1]

    def channels(self, shape: Shape) -> Dim:
        if shape is None or self.channels_first is None:
            return None
        return shape[-self.count - 1] if self.channels_first else shape[-1]

    def assemble(self, shape: Shape, spatial: tuple[Dim, ...], channels: Dim) -> Shape:
        """The shape of the batch ``shape`` with other spatial dimensions and channels."""
        batch = (None,) if shape is None else shape[: -self.count - 1]
        if self.channels_first is None:
            return (*batch, *(None,) * (self.count + 1))
        return (*batch, channels, *spatial) if self.channels_first else (*batch, *spatial, channels)

    def per_axis(self, argument: tuple[Dim, ...] | None) -> tuple[Dim, ...]:
        """A ``strides``-like argument for the spatial dimensions: one number, one each, or one for every dimension.

        Raises InvalidArgument for any other length.
        """
        if argument is None:
            return (None,) * self.count
        if len(argument) == 1:
            return argument * self.count
        if len(argument) == self.count:
            return argument
        if len(argument) == self.count + 2 and self.channels_first is not None:
            return argument[2:] if self.channels_first else argument[1:-1]
        if len(argument) != self.count + 2:
            raise InvalidArgument([], f"{len(argument)} sizes or steps for {self.count} spatial dimensions")
        return (None,) * self.count


def parse_padding(value: Value, layout: Layout) -> Padding:
    """A ``padding`` argument: "SAME", "VALID", or pairs of numbers for the spatial dimensions."""
    python = to_python(value)
    if isinstance(python, str):
        return python
    items = sequence_items(value)
    if items is None or len(items) != layout.count + 2 or layout.channels_first is None:
        return UNSURE
    pairs = []
    for item in items[2:] if layout.channels_first else items[1:-1]:
        sides = sequence_items(item)
        if sides is None or len(sides) != 2:
            return UNSURE
        pairs.append((dim_of(sides[0]), dim_of(sides[1])))
    return tuple(pairs)


def slide(
    operands: list[Tensor],
    sizes: tuple[Dim, ...],
    windows: tuple[Dim, ...],
    strides: tuple[Dim, ...],
    dilations: tuple[Dim, ...],
    padding: Padding,
) -> tuple[Dim, ...]:
    """The sizes after a window has slid over ``sizes``; raises WindowMismatch where it is larger than its input."""
    result: list[Dim] = []
    for axis, (size, window, stride, dilation) in enumerate(zip(sizes, windows, strides, dilations)):
        if isinstance(padding, (str, Unsure)):
            padded, mode = size, padding
        else:
            padded, mode = dims.add(size, dims.add(*padding[axis])), "VALID"
        left = rules.spatial_size(padded, window, stride, dilation, mode)
        reach = dims.add(dims.multiply(dims.subtract(window, 1), dilation), 1)
        if mode == "VALID" and _too_large(padded, reach, stride):
            raise WindowMismatch(operands, "window", reach, padded)
        result.append(max(left, 0) if isinstance(left, int) else left)
    return tuple(result)


def _too_large(size: Dim, reach: Dim, stride: Dim) -> bool:
    """Whether TensorFlow certainly refuses the window: a graph any larger one, a kernel where no step remains."""
    if not isinstance(size, int) or not isinstance(reach, int) or not isinstance(stride, int):
        return False
    return size < reach if current().mode == "graph" else size - reach <= -2 * stride
