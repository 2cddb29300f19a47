"""Keras layers that slide a window or change the spatial size: convolutions, pooling, padding, cropping, upsampling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Union

from tflint_gemm.domain import dims
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.values import NONE, TRUE, ApiObject, Constant, Kind, Tensor, Value, dim_of
from tflint_gemm.ops import rules
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import Unsure, sequence_items
from tflint_gemm.ops.keras_layers import activate
from tflint_gemm.ops.layers import Ints, built_for, layer, per_axis
from tflint_gemm.ops.parameters import Dimension, Flag, Text
from tflint_gemm.ops.violations import InvalidArgument, WindowMismatch

Format = Union[str, None, Unsure]
Kernel = Literal["full", "separable", "depthwise"]
_ONE = Constant(1)
_CALLED = "called before"


def channel_axis(data_format: Format) -> int | None:
    """The axis of the channels, None where it is not known; Keras's default is ``channels_last``."""
    if isinstance(data_format, Unsure):
        return None
    return 1 if data_format == "channels_first" else -1


def _spatial(inputs: Tensor, data_format: Format, count: int) -> tuple[Dim, ...]:
    axis = channel_axis(data_format)
    if inputs.shape is None or axis is None:
        return (None,) * count
    return inputs.shape[2:] if axis == 1 else inputs.shape[1:-1]


def _channels(inputs: Tensor, data_format: Format) -> Dim:
    axis = channel_axis(data_format)
    return None if inputs.shape is None or axis is None else inputs.shape[axis]


def _assemble(inputs: Tensor, data_format: Format, spatial: tuple[Dim, ...], channels: Dim) -> Tensor:
    batch = None if inputs.shape is None else inputs.shape[0]
    if channel_axis(data_format) is None:
        return rules.like(inputs, shape=(batch, *(None,) * (len(spatial) + 1)))
    shape = (batch, channels, *spatial) if channel_axis(data_format) == 1 else (batch, *spatial, channels)
    return rules.like(inputs, shape=shape)


def _slide(
    inputs: Tensor,
    sizes: tuple[Dim, ...],
    window: Value,
    strides: Value,
    dilation: Value,
    padding: Format,
    empty: bool = False,
) -> tuple[Dim, ...]:
    """The spatial sizes after a window has slid over ``sizes``; raises WindowMismatch where it does not fit.

    ``empty``: a result of size 0 is no error.
    """
    count = len(sizes)
    mode = padding.upper() if isinstance(padding, str) else padding
    mode = "SAME" if mode == "CAUSAL" else mode
    windows, steps, gaps = per_axis(window, count), per_axis(strides, count), per_axis(dilation, count)
    result = tuple(map(rules.spatial_size, sizes, windows, steps, gaps, (mode,) * count))
    for size, reach, gap, left in zip(sizes, windows, gaps, result):
        if mode == "VALID" and isinstance(left, int) and left < (0 if empty else 1):
            raise WindowMismatch([inputs], "window", dims.add(dims.multiply(dims.subtract(reach, 1), gap), 1), size)
    return (None,) * count if mode == "VALID" and 0 in (*sizes, *result) else result


# ------------------------------------------------------------------------------------------------- convolutions


def convolution(count: int, kernel: Kernel = "full") -> Callable[..., Value]:
    """The model of a convolution layer over ``count`` spatial axes; ``depthwise`` ones multiply the channels."""

    def conv(
        self: Value,
        inputs: Tensor,
        filters: Dimension,
        kernel_size: Value,
        strides: Value,
        padding: Text = "valid",
        data_format: Text = None,
        dilation_rate: Value = NONE,
        groups: Dimension = 1,
        activation: Value = NONE,
        depth_multiplier: Dimension = 1,
    ) -> Value:
        empty = _may_be_empty(self, inputs)
        channels = _built_for_channels(self, inputs, data_format)
        if isinstance(channels, int) and isinstance(groups, int) and groups > 0 and channels % groups:
            raise WindowMismatch([inputs], "groups", groups, channels)
        spatial = _spatial(inputs, data_format, count)
        sizes = _slide(inputs, spatial, kernel_size, strides, dilation_rate, padding, empty)
        made = dims.multiply(channels, depth_multiplier) if kernel == "depthwise" else filters
        result = activate(activation, _assemble(inputs, data_format, sizes, made))
        return _of_batch(inputs, result) if kernel == "separable" else result

    return conv


def _may_be_empty(self: Value, inputs: Tensor) -> bool:
    """Whether a result without elements is no error: Keras computes the shape when it builds the layer only."""
    if not isinstance(self, ApiObject):
        return False
    called = _CALLED in self.slots
    current().write(self, _CALLED, TRUE)
    return called and inputs.kind is not Kind.KERAS


def _built_for_channels(self: Value, inputs: Tensor, data_format: Format) -> Dim:
    axis = channel_axis(data_format)
    if axis is not None:
        built_for(self, inputs, axis)
    return _channels(inputs, data_format)


def _of_batch(inputs: Tensor, result: Value) -> Value:
    """What a separable convolution gives: TensorFlow returns an empty batch as it is."""
    batch = inputs.shape[0] if inputs.shape else None
    if inputs.kind is Kind.KERAS or (isinstance(batch, int) and batch > 0) or not isinstance(result, Tensor):
        return result
    return rules.like(result, shape=None if result.shape is None else (batch, *(None,) * (len(result.shape) - 1)))


def _transposed(count: int) -> Callable[..., Value]:
    def conv(
        self: Value,
        inputs: Tensor,
        filters: Dimension,
        kernel_size: Value,
        strides: Value,
        padding: Text = "valid",
        output_padding: Value = NONE,
        data_format: Text = None,
        dilation_rate: Value = NONE,
        activation: Value = NONE,
    ) -> Value:
        _built_for_channels(self, inputs, data_format)
        parameters = (per_axis(value, count) for value in (kernel_size, strides, dilation_rate, output_padding))
        mode = padding.lower() if isinstance(padding, str) else padding
        sizes = tuple(
            _transposed_size(size, window, step, gap, extra, mode, output_padding == NONE)
            for size, window, step, gap, extra in zip(_spatial(inputs, data_format, count), *parameters)
        )
        return activate(activation, _assemble(inputs, data_format, sizes, filters))

    return conv


def _transposed_size(size: Dim, window: Dim, step: Dim, gap: Dim, extra: Dim, padding: Format, inferred: bool) -> Dim:
    """The output size of a transposed convolution; ``extra`` is the output padding, ``inferred`` says there is none."""
    reach = dims.add(dims.multiply(dims.subtract(window, 1), gap), 1)
    if padding not in ("valid", "same"):
        return None
    if inferred:
        scaled = dims.multiply(size, step)
        return scaled if padding == "same" else dims.add(scaled, dims.maximum(dims.subtract(reach, step), 0))
    border = dims.multiply(dims.floor_divide(reach, 2), 2) if padding == "same" else 0
    total = dims.add(dims.multiply(dims.subtract(size, 1), step), reach)
    return dims.add(dims.subtract(total, border), extra)


for _count in (1, 2, 3):
    layer(f"keras.layers.Conv{_count}D", ints="reject", rank=_count + 2)(convolution(_count))
    layer(f"keras.layers.Conv{_count}DTranspose", ints="reject", rank=_count + 2)(_transposed(_count))
    if _count < 3:
        layer(f"keras.layers.SeparableConv{_count}D", ints="reject", rank=_count + 2)(convolution(_count, "separable"))
        layer(f"keras.layers.DepthwiseConv{_count}D", ints="reject", rank=_count + 2)(convolution(_count, "depthwise"))


# ------------------------------------------------------------------------------------------------- pooling


def pooling(count: int) -> Callable[..., Tensor]:
    """The model of a pooling layer; computing, TensorFlow may give an empty result where symbolically Keras objects."""

    def pool(
        inputs: Tensor, pool_size: Value, strides: Value = NONE, padding: Text = "valid", data_format: Text = None
    ) -> Tensor:
        steps = pool_size if strides == NONE else strides
        empty = inputs.kind is not Kind.KERAS
        sizes = _slide(inputs, _spatial(inputs, data_format, count), pool_size, steps, _ONE, padding, empty)
        return _assemble(inputs, data_format, sizes, _channels(inputs, data_format))

    return pool


def _global_pooling(inputs: Tensor, data_format: Text = None, keepdims: Flag = False) -> Tensor:
    count = 1 if inputs.shape is None else len(inputs.shape) - 2
    if isinstance(keepdims, Unsure) or inputs.kind is Kind.UNKNOWN:  # Keras stacks a list of tensors
        return rules.like(inputs, shape=None)
    if keepdims:
        if inputs.shape is None:
            return rules.like(inputs)
        return _assemble(inputs, data_format, (1,) * count, _channels(inputs, data_format))
    batch = None if inputs.shape is None else inputs.shape[0]
    return rules.like(inputs, shape=(batch, _channels(inputs, data_format)))


for _count in (1, 2, 3):
    _ints: Ints = "keep" if _count < 3 else "reject"
    layer(f"keras.layers.MaxPooling{_count}D", ints=_ints, rank=_count + 2)(pooling(_count))
    layer(f"keras.layers.AveragePooling{_count}D", ints="reject", rank=_count + 2)(pooling(_count))
    layer(f"keras.layers.GlobalMaxPooling{_count}D", rank=_count + 2)(_global_pooling)
    _average = layer(f"keras.layers.GlobalAveragePooling{_count}D", ints="cast", complex_keeps=True, rank=_count + 2)
    _average(_global_pooling)


def _adaptive_pooling(count: int) -> Callable[..., Tensor]:
    """The model of a pooling layer that chooses its windows such that the result has the sizes that it is told."""

    def pool(inputs: Tensor, output_size: Value, data_format: Text = None) -> Tensor:
        if inputs.rank != count + 2:
            return rules.like(inputs, shape=None)
        return _assemble(inputs, data_format, per_axis(output_size, count), _channels(inputs, data_format))

    return pool


for _count in (1, 2, 3):
    layer(f"keras.layers.AdaptiveMaxPooling{_count}D")(_adaptive_pooling(_count))
    layer(f"keras.layers.AdaptiveAveragePooling{_count}D", ints="cast")(_adaptive_pooling(_count))


# ------------------------------------------------------------------------------------------------- sizes


def _pairs(value: Value, count: int) -> tuple[tuple[Dim, Dim], ...]:
    """What is added to (or cut off) both ends of each spatial axis: one number, one per axis, or a pair per axis."""
    items = sequence_items(value)
    if items is None:
        size = dim_of(value)
        return ((size, size),) * count
    if count == 1 and len(items) == 2:
        return ((dim_of(items[0]), dim_of(items[1])),)
    pairs: list[tuple[Dim, Dim]] = []
    for item in items:
        ends = sequence_items(item)
        if ends is not None and len(ends) == 2:
            pairs.append((dim_of(ends[0]), dim_of(ends[1])))
        else:
            pairs.append((dim_of(item), dim_of(item)))
    return tuple(pairs) if len(pairs) == count else ((None, None),) * count


def _padding(count: int) -> Callable[..., Tensor]:
    def pad(inputs: Tensor, padding: Value, data_format: Text = None) -> Tensor:
        sizes = zip(_spatial(inputs, data_format, count), _pairs(padding, count))
        grown = tuple(dims.add(dims.add(size, before), after) for size, (before, after) in sizes)
        return _assemble(inputs, data_format, grown, _channels(inputs, data_format))

    return pad


def _cropping(count: int) -> Callable[..., Tensor]:
    def crop(inputs: Tensor, cropping: Value, data_format: Text = None) -> Tensor:
        cut = []
        for size, (before, after) in zip(_spatial(inputs, data_format, count), _pairs(cropping, count)):
            left = dims.subtract(dims.subtract(size, before), after)
            if isinstance(left, int) and left <= 0:
                raise InvalidArgument([inputs], "cropping larger than the input", rules.like(inputs, shape=None))
            cut.append(left)
        return _assemble(inputs, data_format, tuple(cut), _channels(inputs, data_format))

    return crop


def _upsampling(count: int) -> Callable[..., Tensor]:
    def upsample(inputs: Tensor, size: Value, data_format: Text = None, interpolation: Text = "nearest") -> Tensor:
        factors = per_axis(size, count)
        sizes = tuple(map(dims.multiply, _spatial(inputs, data_format, count), factors))
        result = _assemble(inputs, data_format, sizes, _channels(inputs, data_format))
        floating = inputs.dtype is None or inputs.dtype.is_floating
        return result if floating or interpolation == "nearest" else rules.like(result, dtype=None)

    return upsample


for _count in (1, 2, 3):
    layer(f"keras.layers.ZeroPadding{_count}D", rank=_count + 2)(_padding(_count))
    layer(f"keras.layers.Cropping{_count}D", rank=_count + 2)(_cropping(_count))
    layer(f"keras.layers.UpSampling{_count}D", rank=_count + 2)(_upsampling(_count))
