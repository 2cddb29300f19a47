"""Convolutions of ``tf.nn``, their transposes, and poolings."""

from __future__ import annotations

from collections.abc import Callable

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import NONE, Constant, Tensor, TupleValue, Value
from tflint_gemm.ops import rules
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import Unsure, to_shape
from tflint_gemm.ops.families import kernels
from tflint_gemm.ops.parameters import Dimension, Dims, DTypeArgument, Text
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import InvalidArgument, NoKernel, RankTooLow, WindowMismatch
from tflint_gemm.ops.windows import Format, Layout, Padding, parse_padding, slide
from tflint_gemm.replacing import replace

_ONE = (1,)
_VALID = Constant("VALID")
_CONV_KERNELS = {1: "Conv2D", 2: "Conv2D", 3: "Conv3D"}


def _steps(value: Value) -> tuple[Dim, ...] | None:
    """Strides or dilations, 1 where the caller gives none."""
    return _ONE if value == NONE else to_shape(value)


def _product_dtype(inputs: Tensor, filters: Tensor, allowed: frozenset[DType]) -> DType | None:
    """The dtype of a convolution; raises DTypeMismatch, NoKernel."""
    dtype = rules.common_dtype((inputs, filters), "gemm")
    if dtype is not None and allowed and dtype not in allowed:
        raise NoKernel(inputs, allowed, result=Tensor(dtype))
    return dtype


def convolve(
    inputs: Tensor,
    filters: Tensor,
    strides: tuple[Dim, ...] | None,
    padding: Padding,
    layout: Layout,
    dilations: tuple[Dim, ...] | None,
) -> Tensor:
    """A convolution over ``layout.count`` dimensions, with any number of batch dimensions before them.

    Raises DTypeMismatch, NoKernel, RankTooLow, WindowMismatch.
    """
    count = layout.count
    dtype = _product_dtype(inputs, filters, kernels(_CONV_KERNELS[count]))
    if inputs.rank is not None and inputs.rank < count + 2:
        raise RankTooLow(inputs, count + 2, result=Tensor(dtype))
    window = rules.with_rank(filters, count + 2)
    _check_channels(inputs, filters, layout.channels(inputs.shape), window[count], window[-1])
    spatial = slide(
        [inputs, filters],
        layout.spatial(inputs.shape),
        window[:count],
        layout.per_axis(strides),
        layout.per_axis(dilations),
        padding,
    )
    if inputs.shape is None or 0 in spatial:  # where the window finds no place, kernels return the input's shape
        return Tensor(dtype)
    return Tensor(dtype, layout.assemble(inputs.shape, spatial, window[-1]))


def _check_channels(inputs: Tensor, filters: Tensor, channels: Dim, depth: Dim, outputs: Dim) -> None:
    """The input has as many channels as the filter is deep, or a multiple: groups, into which the outputs divide."""
    if not isinstance(channels, int) or not isinstance(depth, int) or depth == 0 or channels == 0:
        return
    if channels % depth:
        raise WindowMismatch([inputs, filters], "channels", depth, channels)
    groups = channels // depth
    if isinstance(outputs, int) and outputs % groups:
        raise WindowMismatch([inputs, filters], "output channels", groups, outputs)


def _convolution(count: int | None, compute: Callable[..., Tensor] = convolve) -> Callable[..., Tensor]:
    """The model of a convolution over ``count`` dimensions; None: as many as the filters have besides channels."""

    def model(
        input: Tensor,
        filters: Tensor,
        strides: Value = NONE,
        padding: Value = NONE,
        data_format: Text = None,
        dilations: Value = NONE,
    ) -> Tensor:
        spatial = count if count is not None else 0 if filters.rank is None else filters.rank - 2
        if not 1 <= spatial <= 3:
            return Tensor(None if filters.dtype != input.dtype else input.dtype)
        layout = Layout.of(data_format, spatial)
        return compute(input, filters, _steps(strides), parse_padding(padding, layout), layout, _steps(dilations))

    return model


op("nn.conv1d", by_position=4)(_convolution(1))
op("nn.conv2d")(_convolution(2))
op("nn.conv3d")(_convolution(3))
op("nn.convolution")(_convolution(None))


@op("nn.atrous_conv2d")
def atrous_conv2d(value: Tensor, filters: Tensor, rate: Dims, padding: Value = NONE) -> Tensor:
    layout = Layout(2, False)
    return convolve(value, filters, _ONE, parse_padding(padding, layout), layout, rate)


# ------------------------------------------------------------------------------------------------- depthwise


def _depthwise(
    inputs: Tensor,
    filters: Tensor,
    strides: tuple[Dim, ...] | None,
    padding: Padding,
    layout: Layout,
    dilations: tuple[Dim, ...] | None,
) -> Tensor:
    """Each channel with filters of its own.  Raises what ``convolve`` raises."""
    dtype = _product_dtype(inputs, filters, kernels("DepthwiseConv2dNative"))
    images, window = rules.with_rank(inputs, 4), rules.with_rank(filters, 4)
    channels = layout.channels(images)
    if dims.equal(channels, window[2]) is False:
        raise WindowMismatch([inputs, filters], "channels", window[2], channels)
    steps, gaps = layout.per_axis(strides), layout.per_axis(dilations)
    spatial = slide([inputs, filters], layout.spatial(images), window[:2], steps, gaps, padding)
    if 0 in spatial:
        return Tensor(dtype)
    if set(steps) != {1} and set(gaps) != {1}:
        spatial = (None, None)  # TensorFlow wants one of the two to be 1, and does not insist
    outputs = dims.multiply(dims.merge(channels, window[2]), window[3])
    return Tensor(dtype, layout.assemble(images, spatial, outputs))


op("nn.depthwise_conv2d", "compat.v1.nn.depthwise_conv2d_native", by_position=2)(_convolution(2, _depthwise))


@op("nn.separable_conv2d")
def separable_conv2d(
    input: Tensor,
    depthwise_filter: Tensor,
    pointwise_filter: Tensor,
    strides: Dims = _ONE,
    padding: Value = NONE,
    data_format: Text = None,
    dilations: Value = NONE,
) -> Tensor:
    layout = Layout.of(data_format, 2)
    between = _depthwise(input, depthwise_filter, strides, parse_padding(padding, layout), layout, _steps(dilations))
    pointwise, window = rules.with_rank(pointwise_filter, 4), rules.with_rank(depthwise_filter, 4)
    if any(dims.equal(size, 1) is False for size in pointwise[:2]):
        raise InvalidArgument([pointwise_filter], "a window of one pixel", Tensor(between.dtype))
    channels = dims.multiply(dims.merge(layout.channels(input.shape), window[2]), window[3])
    if dims.equal(channels, pointwise[2]) is False:
        raise WindowMismatch([input, pointwise_filter], "pointwise channels", channels, pointwise[2])
    dtype = _product_dtype(between, pointwise_filter, kernels("Conv2D"))
    return Tensor(dtype, layout.assemble(between.shape, layout.spatial(between.shape), pointwise[3]))


# ------------------------------------------------------------------------------------------------- transposes


def _check_output(
    inputs: Tensor,
    window: tuple[Dim, ...],
    made: Tensor,
    strides: tuple[Dim, ...] | None,
    padding: str | Unsure | None,
    layout: Layout,
) -> None:
    """The convolution that is transposed leads from the output to the input; raises InvalidArgument."""
    if padding not in ("SAME", "VALID") or strides is None or inputs.shape is None or made.shape is None:
        return
    steps, images, outputs = layout.per_axis(strides), layout.spatial(inputs.shape), layout.spatial(made.shape)
    for size, wanted, step, width in zip(images, outputs, steps, window):
        if not isinstance(wanted, int) or not isinstance(step, int) or not isinstance(width, int) or step < 1:
            continue
        fits = -(-wanted // step) if padding == "SAME" else -(-(wanted - width + 1) // step)
        if wanted > 0 and dims.equal(size, fits) is False:
            raise InvalidArgument([inputs], f"an output size of {wanted} at stride {step} needs {fits}", made)


def _transposed_dtype(inputs: Tensor, filters: Tensor, allowed: frozenset[DType]) -> DType | None:
    """The dtype of a transposed convolution, whose filters are converted first; raises DTypeMismatch, NoKernel."""
    if inputs.is_tensorflow or filters.is_tensorflow:
        return _product_dtype(inputs, filters, allowed)
    return _product_dtype(filters, inputs, allowed)


def _transposed(count: int) -> Callable[..., Tensor]:
    def model(
        input: Tensor,
        filters: Tensor,
        output_shape: Dims,
        strides: Value = NONE,
        padding: Text = "SAME",
        data_format: Text = None,
    ) -> Tensor:
        layout = Layout.of(data_format, count)
        dtype = _transposed_dtype(input, filters, kernels(_CONV_KERNELS[count]))
        images, window = rules.with_rank(input, count + 2), rules.with_rank(filters, count + 2)
        channels = layout.channels(images)
        if dims.equal(channels, window[-1]) is False:
            raise WindowMismatch([input, filters], "channels", window[-1], channels)
        if output_shape is not None and len(output_shape) == count + 2:
            made = Tensor(dtype, tuple(None if dim == -1 else dim for dim in output_shape))
            _check_output(input, window[:count], made, _steps(strides), padding, layout)
            return made
        return Tensor(dtype, layout.assemble(images, (None,) * count, window[-2]))

    return model


op("nn.conv1d_transpose")(_transposed(1))
op("nn.conv2d_transpose")(_transposed(2))
op("nn.conv3d_transpose")(_transposed(3))


# ------------------------------------------------------------------------------------------------- pooling

_POOL_DTYPES = {
    "MaxPool": frozenset({*dtypes.FLOATING, *dtypes.SIGNED, dtypes.UINT8, dtypes.UINT16}),
    "AvgPool": dtypes.FLOATING,
    "MaxPool3D": dtypes.FLOATING,  # GPUs have more kernels than CPUs
    "AvgPool3D": dtypes.FLOATING,
}


def _pooled(
    images: Tensor,
    ksize: tuple[Dim, ...] | None,
    strides: tuple[Dim, ...] | None,
    padding: Value,
    layout: Layout,
    name: str,
) -> Tensor:
    """The greatest or the mean element of each window; raises NoKernel, RankTooLow, WindowMismatch."""
    kernel = name if layout.count < 3 else f"{name}3D"
    if name == "MaxPool" and not images.is_tensorflow:
        images = replace(images, dtype=None)  # its default of float32 competes with what an array or a list has
    rules.require_dtype(images, _POOL_DTYPES[kernel], Tensor(images.dtype))
    if layout.count == 3 and images.rank in (None, 4) and current().mode != "graph":
        return Tensor(images.dtype)  # no error: the kernel takes it for something
    shape = rules.with_rank(images, layout.count + 2)
    if _pools_other_dimensions(ksize, layout) or _pools_other_dimensions(strides, layout):
        return Tensor(images.dtype, (None,) * len(shape))
    windows, steps = layout.per_axis(ksize), layout.per_axis(strides)
    gaps = (1,) * layout.count
    spatial = slide([images], layout.spatial(shape), windows, steps, gaps, parse_padding(padding, layout))
    return rules.like(images, shape=layout.assemble(shape, spatial, layout.channels(shape)))


def _pools_other_dimensions(argument: tuple[Dim, ...] | None, layout: Layout) -> bool:
    """Whether windows may span the batch or the channels."""
    if argument is None or len(argument) != layout.count + 2 or layout.channels_first is None:
        return False
    others = argument[:2] if layout.channels_first else (argument[0], argument[-1])
    return others != (1, 1)


def _pooling(name: str, count: int | None) -> Callable[..., Tensor]:
    def model(input: Tensor, ksize: Dims, strides: Dims, padding: Value = NONE, data_format: Text = None) -> Tensor:
        spatial = count if count is not None else None if input.rank is None else input.rank - 2
        if spatial is None or not 1 <= spatial <= 3:
            return Tensor(input.dtype)
        return _pooled(input, ksize, strides, padding, Layout.of(data_format, spatial), name)

    return model


op("nn.max_pool")(_pooling("MaxPool", None))
op("nn.max_pool1d")(_pooling("MaxPool", 1))
op("nn.max_pool2d")(_pooling("MaxPool", 2))
op("nn.max_pool3d")(_pooling("MaxPool", 3))
op("nn.avg_pool")(_pooling("AvgPool", None))
op("nn.avg_pool1d")(_pooling("AvgPool", 1))
op("nn.avg_pool2d")(_pooling("AvgPool", 2))
op("nn.avg_pool3d")(_pooling("AvgPool", 3))


@op("nn.max_pool_with_argmax")
def max_pool_with_argmax(
    input: Tensor, ksize: Dims, strides: Dims, padding: Value = NONE, output_dtype: DTypeArgument = dtypes.INT64
) -> Value:
    rules.require_dtype(input, dtypes.REAL, Tensor(input.dtype))
    images = rules.like(input, dtype=None)  # more kernels than MaxPool
    pooled = _pooled(images, ksize, strides, padding, Layout(2, False), "MaxPool")
    values = rules.like(pooled, dtype=input.dtype)
    positions = Tensor(rules.chosen_dtype(output_dtype, dtypes.INT64), pooled.shape)
    return TupleValue((values, positions), ("output", "argmax"), "MaxPoolWithArgmax")


@op("nn.pool")
def pool(
    input: Tensor,
    window_shape: Dims,
    pooling_type: Text = None,
    strides: Value = NONE,
    padding: Value = _VALID,
    data_format: Text = None,
    dilations: Value = NONE,
) -> Tensor:
    if pooling_type not in ("AVG", "MAX"):
        return Tensor()
    if window_shape is None or not 1 <= len(window_shape) <= 3 or dilations != NONE:
        return Tensor(input.dtype)
    name = "AvgPool" if pooling_type == "AVG" else "MaxPool"
    return _pooled(input, window_shape, _steps(strides), padding, Layout.of(data_format, len(window_shape)), name)


# ------------------------------------------------------------------------------------------------- blocks


def _blocks(images: Tensor, block: Dim, data_format: Format, to_depth: bool) -> Tensor:
    """Blocks of pixels to channels or back; raises RankTooLow, WindowMismatch where they do not divide."""
    if isinstance(data_format, Unsure) or data_format not in (None, "NHWC", "NCHW"):
        return Tensor(images.dtype)
    layout = Layout.of(data_format, 2)
    shape = rules.with_rank(images, 4)
    squared = dims.multiply(block, block)
    spatial, channels = layout.spatial(shape), layout.channels(shape)
    for size, divisor in ((one, block) for one in spatial) if to_depth else ((channels, squared),):
        if isinstance(size, int) and isinstance(divisor, int) and divisor and size % divisor:
            raise WindowMismatch([images], "block", divisor, size)
    if to_depth:
        new = layout.assemble(
            shape, tuple(dims.floor_divide(one, block) for one in spatial), dims.multiply(channels, squared)
        )
    else:
        new = layout.assemble(
            shape, tuple(dims.multiply(one, block) for one in spatial), dims.floor_divide(channels, squared)
        )
    return rules.like(images, shape=new)


@op("nn.space_to_depth")
def space_to_depth(input: Tensor, block_size: Dimension, data_format: Text = None) -> Tensor:
    return _blocks(input, block_size, data_format, to_depth=True)


@op("nn.depth_to_space")
def depth_to_space(input: Tensor, block_size: Dimension, data_format: Text = None) -> Tensor:
    return _blocks(input, block_size, data_format, to_depth=False)


@op("nn.local_response_normalization")
def local_response_normalization(input: Tensor) -> Tensor:
    rules.with_rank(input, 4)
    if not input.is_tensorflow:
        return rules.like(input, dtype=None)
    rules.require_dtype(input, frozenset({dtypes.FLOAT16, dtypes.BFLOAT16, dtypes.FLOAT32}))
    return rules.like(input)
