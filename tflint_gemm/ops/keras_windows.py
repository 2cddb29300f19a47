"""``keras.ops`` that slide windows over images and signals, cut them into blocks, or put such blocks together."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import NONE, UNKNOWN, Constant, Tensor, Unknown, Value, dim_of
from tflint_gemm.ops import conversion, rules
from tflint_gemm.ops.conversion import firm, sequence_items, to_python
from tflint_gemm.ops.keras_activations import halved
from tflint_gemm.ops.keras_functions import is_symbolic, keras_function, operand
from tflint_gemm.ops.layers import per_axis

Arguments = Mapping[str, Value]


def channels_last(arguments: Arguments) -> bool | None:
    """Whether the channels are the last axis, which is Keras's default; None where that is not known."""
    wanted = arguments.get("data_format", NONE)
    if wanted in (NONE, Constant("channels_last")):
        return True
    return False if wanted == Constant("channels_first") else None


def _floating(x: Tensor) -> DType | None:
    return x.dtype if x.dtype in dtypes.FLOATING else None


def _parts(shape: tuple[Dim, ...], last: bool) -> tuple[tuple[Dim, ...], Dim]:
    """The spatial sizes of a batch, and its number of channels."""
    return (shape[1:-1], shape[-1]) if last else (shape[2:], shape[1])


def _joined(batch: Dim, spatial: tuple[Dim, ...], channels: Dim, last: bool) -> Shape:
    return (batch, *spatial, channels) if last else (batch, channels, *spatial)


def _slid(arguments: Arguments, spatial: tuple[Dim, ...], window: tuple[Dim, ...], steps: Value) -> tuple[Dim, ...]:
    """The spatial sizes behind a window."""
    count = len(spatial)
    mode = to_python(arguments.get("padding", Constant("valid")))
    padding = mode.upper() if isinstance(mode, str) else None
    gaps = per_axis(arguments.get("dilation_rate", Constant(1)), count)
    sizes = map(rules.spatial_size, spatial, window, per_axis(steps, count), gaps, (padding,) * count)
    return tuple(None if isinstance(size, int) and size <= 0 else size for size in sizes)


# ------------------------------------------------------------------------------------------------- convolutions


def _convolution(depthwise: bool) -> Callable[[Arguments], Value]:
    def conv(arguments: Arguments) -> Value:
        inputs, kernel = operand(arguments, "inputs"), operand(arguments, "kernel")
        last = channels_last(arguments)
        dtype = _floating(inputs) if inputs.dtype == kernel.dtype else None
        if inputs.shape is None or kernel.shape is None or last is None or len(inputs.shape) < 3:
            return Tensor(dtype)
        if len(kernel.shape) != len(inputs.shape) or any(is_symbolic(arguments[name]) for name in ("inputs", "kernel")):
            return Tensor(dtype)
        spatial, channels = _parts(inputs.shape, last)
        sizes = _slid(arguments, spatial, kernel.shape[:-2], arguments.get("strides", Constant(1)))
        made = dims.multiply(channels, kernel.shape[-1]) if depthwise else kernel.shape[-1]
        return Tensor(dtype, _joined(inputs.shape[0], sizes, made, last))

    return conv


keras_function("conv")(_convolution(False))
keras_function("depthwise_conv")(_convolution(True))


@keras_function("separable_conv")
def _separable_convolution(arguments: Arguments) -> Value:
    """A depthwise convolution, the channels of which are then mixed pixel by pixel."""
    kernels = {"inputs": arguments["inputs"], "kernel": arguments["depthwise_kernel"]}
    deep = _convolution(True)({**arguments, **kernels})
    pointwise, last = operand(arguments, "pointwise_kernel"), channels_last(arguments)
    dtype = deep.dtype if isinstance(deep, Tensor) and deep.dtype == pointwise.dtype else None
    if not isinstance(deep, Tensor) or deep.shape is None or last is None or not pointwise.shape:
        return Tensor(dtype)
    spatial, _ = _parts(deep.shape, last)
    return Tensor(dtype, _joined(deep.shape[0], spatial, pointwise.shape[-1], last))


@keras_function("max_pool", "average_pool")
def _pool(arguments: Arguments) -> Value:
    inputs, last = operand(arguments, "inputs"), channels_last(arguments)
    inputs = inputs if inputs.is_tensorflow or inputs.dtype == dtypes.FLOAT32 else Tensor(None, inputs.shape)
    if inputs.shape is None or last is None or len(inputs.shape) < 3 or is_symbolic(arguments["inputs"]):
        return Tensor(_floating(inputs))
    spatial, channels = _parts(inputs.shape, last)
    size = arguments.get("pool_size", UNKNOWN)
    steps = arguments.get("strides", NONE)
    sizes = _slid(arguments, spatial, per_axis(size, len(spatial)), size if steps == NONE else steps)
    return Tensor(_floating(inputs), _joined(inputs.shape[0], sizes, channels, last))


@keras_function("adaptive_max_pool", "adaptive_average_pool")
def _adaptive_pool(arguments: Arguments) -> Value:
    inputs, last = firm(operand(arguments, "inputs")), channels_last(arguments)
    odd = isinstance(arguments.get("output_size", UNKNOWN), (Tensor, Unknown))  # symbols take what is no size, too
    if inputs.shape is None or last is None or len(inputs.shape) < 3 or odd:
        return Tensor(_floating(inputs))
    spatial, channels = _parts(inputs.shape, last)
    sizes = per_axis(arguments.get("output_size", UNKNOWN), len(spatial))
    return Tensor(_floating(inputs), _joined(inputs.shape[0], sizes, channels, last))


# ------------------------------------------------------------------------------------------------- blocks


def _blocks(deep: bool) -> Callable[[Arguments], Value]:
    """Channels as blocks of pixels, or, ``deep``, blocks of pixels as channels."""

    def rearranged(arguments: Arguments) -> Value:
        x, block, last = operand(arguments, "x"), dim_of(arguments.get("block_size", UNKNOWN)), channels_last(arguments)
        if x.shape is None or len(x.shape) != 4 or last is None or not isinstance(block, int):
            return Tensor(x.dtype)
        spatial, channels = _parts(x.shape, last)
        if deep:
            sizes, made = tuple(dims.divide_exactly(size, block) for size in spatial), dims.multiply(channels, block**2)
        else:
            sizes, made = tuple(dims.multiply(size, block) for size in spatial), dims.divide_exactly(channels, block**2)
        return Tensor(x.dtype, _joined(x.shape[0], sizes, made, last))

    return rearranged


keras_function("depth_to_space")(_blocks(False))
keras_function("space_to_depth")(_blocks(True))


@keras_function("glu")
def _glu(arguments: Arguments) -> Value:
    x, axis = operand(arguments, "x"), dim_of(arguments.get("axis", Constant(-1)))
    return Tensor(x.dtype, None if is_symbolic(x) else halved(x.shape, axis if isinstance(axis, int) else None))


@keras_function("unfold")
def _unfold(arguments: Arguments) -> Value:
    """Each patch of the images, channels first, as one column."""
    x = operand(arguments, "x")
    if x.shape is None or len(x.shape) != 4:
        return Tensor(x.dtype)
    windows, steps, gaps, borders = _folding(arguments)
    grown = [dims.add(size, dims.multiply(border, 2)) for size, border in zip(x.shape[2:], borders)]
    counts = tuple(map(rules.spatial_size, grown, windows, steps, gaps, ("VALID", "VALID")))
    if any(isinstance(count, int) and count <= 0 for count in counts):
        return Tensor(x.dtype)
    return Tensor(x.dtype, (x.shape[0], dims.product((x.shape[1], *windows)), dims.product(counts)))


def _folding(arguments: Arguments) -> tuple[tuple[Dim, ...], ...]:
    names = (("kernel_size", UNKNOWN), ("stride", Constant(1)), ("dilation", Constant(1)), ("padding", Constant(0)))
    return tuple(per_axis(arguments.get(name, default), 2) for name, default in names)


@keras_function("fold")
def _fold(arguments: Arguments) -> Value:
    x = operand(arguments, "x")
    if x.shape is None or len(x.shape) != 3:
        return Tensor(x.dtype)
    windows, *_ = _folding(arguments)
    channels = dims.divide_exactly(x.shape[1], dims.product(windows))
    return Tensor(x.dtype, (x.shape[0], channels, *per_axis(arguments.get("output_size", UNKNOWN), 2)))


@keras_function("extract_sequences")
def _extract_sequences(arguments: Arguments) -> Value:
    x = operand(arguments, "x")
    length, step = (dim_of(arguments.get(name, NONE)) for name in ("sequence_length", "sequence_stride"))
    if not x.shape:
        return Tensor(x.dtype)
    count = dims.add(dims.floor_divide(dims.subtract(x.shape[-1], length), step), 1)
    known = not isinstance(count, int) or count > 0
    return Tensor(x.dtype, (*x.shape[:-1], count if known else None, length))


# ------------------------------------------------------------------------------------------------- einops


@keras_function("rearrange")
def _rearrange(arguments: Arguments) -> Value:
    """``b h w (c d) -> b (h w) c d``: groups are taken apart and put together."""
    x, pattern = operand(arguments, "tensor"), to_python(arguments.get("pattern", UNKNOWN))
    if not isinstance(pattern, str) or pattern.count("->") != 1 or x.shape is None:
        return Tensor(x.dtype)
    left, right = (re.findall(r"\w+|\(.*?\)", side) for side in pattern.split("->"))
    if len(left) != len(x.shape):
        return Tensor(x.dtype)
    sizes = _axis_sizes(left, x.shape, {name: dim_of(value) for name, value in arguments.items()})
    grouped = [group.strip("()").split() for group in right]
    shape = tuple(dims.product(tuple(sizes.get(name) for name in group)) for group in grouped)
    return Tensor(x.dtype, shape)


def _axis_sizes(groups: list[str], shape: tuple[Dim, ...], stated: Mapping[str, Dim]) -> dict[str, Dim]:
    sizes: dict[str, Dim] = {}
    for group, size in zip(groups, shape):
        names = group.strip("()").split()
        left_open = [name for name in names if name not in stated]
        if len(names) == 1 and not group.startswith("("):
            sizes[group] = size
            continue
        sizes.update((name, stated[name]) for name in names if name in stated)
        if len(left_open) == 1:
            known = dims.product(tuple(stated[name] for name in names if name in stated))
            sizes[left_open[0]] = dims.divide_exactly(size, known)
    return sizes


# ------------------------------------------------------------------------------------------------- images


@keras_function("image.rgb_to_grayscale")
def _grayscale(arguments: Arguments) -> Value:
    images, last = firm(operand(arguments, "images")), channels_last(arguments)
    shape: Shape = None
    if images.shape is not None and len(images.shape) in (3, 4) and last is not None:
        shape = (*images.shape[:-1], 1) if last else (*images.shape[:-3], 1, *images.shape[-2:])
    return Tensor(_floating(images), shape)


@keras_function("image.resize")
def _resize(arguments: Arguments) -> Value:
    images, size = firm(operand(arguments, "images")), conversion.to_shape(arguments.get("size", UNKNOWN))
    last = channels_last(arguments)
    shape: Shape = None
    if isinstance(arguments.get("fill_value"), Tensor):
        return UNKNOWN
    if images.shape is not None and len(images.shape) in (3, 4) and size is not None and len(size) == 2:
        shape = _of_size(images.shape, size, last)
    return Tensor(_floating(images), shape)


def _of_size(shape: tuple[Dim, ...], size: tuple[Dim, ...], last: bool | None) -> Shape:
    """The shape of images with other heights and widths."""
    if last is None:
        return None
    return (*shape[:-3], *size, shape[-1]) if last else (*shape[:-2], *size)


@keras_function("image.pad_images", "image.crop_images")
def _framed(arguments: Arguments) -> Value:
    """Images of the sizes that are aimed at, or that the borders leave."""
    images, last = firm(operand(arguments, "images")), channels_last(arguments)
    if images.shape is None or len(images.shape) not in (3, 4) or last is None:
        return Tensor(images.dtype)
    before = images.shape[-3:-1] if last else images.shape[-2:]
    ends = (("target_height", "top", "bottom"), ("target_width", "left", "right"))
    size = tuple(_frame(arguments, one, *names) for one, names in zip(before, ends))
    return Tensor(images.dtype, _of_size(images.shape, size, last))


def _frame(arguments: Arguments, size: Dim, target: str, first: str, second: str) -> Dim:
    if arguments.get(target, NONE) != NONE:
        return dim_of(arguments[target])
    for name, change in (("padding", dims.add), ("cropping", dims.subtract)):
        if f"{first}_{name}" in arguments:
            ends = [dim_of(arguments.get(f"{end}_{name}", NONE)) for end in (first, second)]
            return change(change(size, ends[0]), ends[1])
    return None


@keras_function("image.extract_patches", "image.extract_patches_3d")
def _extract_patches(arguments: Arguments) -> Value:
    """Each patch as the channels of one pixel."""
    images, size = firm(operand(arguments, "images", "volumes")), arguments.get("size", UNKNOWN)
    stated = sequence_items(size)
    count = 3 if "volumes" in arguments else 2 if stated is None and dim_of(size) is not None else len(stated or ())
    last = channels_last(arguments)
    shape = images.shape
    if shape is None or count not in (2, 3) or len(shape) not in (count + 1, count + 2) or last is None:
        return Tensor(_floating(images))
    whole = shape if len(shape) == count + 2 else (None, *shape)
    spatial, channels = _parts(whole, last)
    windows, steps = per_axis(size, count), arguments.get("strides", NONE)
    sizes = _slid(arguments, spatial, windows, size if steps == NONE else steps)
    made = _joined(whole[0], sizes, dims.product((*windows, channels)), last)
    return Tensor(_floating(images), made if made is None or len(shape) == len(whole) else made[1:])


@keras_function("image.ssim")
def _ssim(arguments: Arguments) -> Value:
    """One number for each pair of images."""
    first, second = firm(operand(arguments, "image1")), firm(operand(arguments, "image2"))
    same = _floating(first) if first.dtype == second.dtype else None
    plain = isinstance(arguments.get("max_val", Constant(1.0)), Constant)
    if first.shape is None or second.shape is None or len(first.shape) != len(second.shape) or not plain:
        return Tensor(same)
    return Tensor(same, first.shape[:-3] if len(first.shape) in (3, 4) else None)
