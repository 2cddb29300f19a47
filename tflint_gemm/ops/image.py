"""``tf.image``: sizes, crops, colours of images ``[height, width, channels]`` and of batches of them."""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import Kind, Tensor, TupleValue, Value
from tflint_gemm.ops import rules
from tflint_gemm.ops.array_parts import integers
from tflint_gemm.ops.creation import Converted
from tflint_gemm.ops.math import real_part
from tflint_gemm.ops.op_model import OpModel
from tflint_gemm.ops.parameters import Dimension, Dims, Flag, Number, TensorFlowDType, Text, Unsure
from tflint_gemm.ops.registry import add, op
from tflint_gemm.ops.violations import BroadcastMismatch, ConversionMismatch, InvalidArgument, RankTooLow

_NEAREST = "nearest"
_ROUNDING = 1e-3


def _with_size(images: Tensor, height: Dim, width: Dim, dtype: DType | None) -> Tensor:
    """The images with another height and width; raises RankTooLow, InvalidArgument where they are no images."""
    if images.kind in (Kind.SPARSE, Kind.RAGGED, Kind.UNKNOWN) or images.shape is None:
        return Tensor(dtype)
    _require_images(images, Tensor(dtype))
    *batch, _, _, channels = images.shape
    return rules.like(images, dtype=dtype, shape=(*batch, height, width, channels))


def _require_images(images: Tensor, result: Tensor) -> None:
    """An image ``[height, width, channels]`` or a batch of them; raises RankTooLow, InvalidArgument."""
    if images.rank is not None and images.rank < 3:
        raise RankTooLow(images, 3, result=result)
    if images.rank is not None and images.rank > 4:
        raise InvalidArgument([images], "images have 3 or 4 dimensions", result)


def _require_channels(images: Tensor, count: int) -> None:
    """Raises InvalidArgument where the last dimension is certainly not of size ``count``."""
    if images.shape and dims.equal(images.shape[-1], count) is False:
        raise InvalidArgument([images], f"last dimension is not {count}", rules.like(images, shape=None))


# ------------------------------------------------------------------------------------------------- sizes


@op("image.resize")
def resize(images: Converted, size: Dims, method: Text = "bilinear", preserve_aspect_ratio: Flag = False) -> Tensor:
    """float32 whatever the images are, except that the nearest neighbour keeps their dtype."""
    dtype = images.dtype if method == _NEAREST else None if isinstance(method, Unsure) else dtypes.FLOAT32
    height, width = size if size is not None and len(size) == 2 else (None, None)
    if size is not None and len(size) != 2:
        raise InvalidArgument([images], "size has two elements", _with_size(images, None, None, dtype))
    if preserve_aspect_ratio is not False:
        height, width = _fitted(images, height, width) if preserve_aspect_ratio is True else (None, None)
    return _with_size(images, height, width, dtype)


def _fitted(images: Tensor, height: Dim, width: Dim) -> tuple[Dim, Dim]:
    """The size with the proportions of the images that fits ``height`` and ``width``."""
    if images.shape is None or len(images.shape) not in (3, 4):
        return None, None
    rows, columns = images.shape[-3:-1]
    if not (isinstance(rows, int) and isinstance(columns, int) and isinstance(height, int) and isinstance(width, int)):
        return None, None
    if rows < 1 or columns < 1:
        return None, None
    scale = min(height / rows, width / columns)
    sizes = (scale * rows, scale * columns)
    if any(abs(size % 1 - 0.5) < _ROUNDING for size in sizes):
        return None, None  # TensorFlow computes in float32
    return round(sizes[0]), round(sizes[1])


@op("compat.v1.image.resize_images")
def resize_v1(images: Converted, size: Dims, preserve_aspect_ratio: Flag = False) -> Tensor:
    """Images that have the size already stay as they are, and so does their dtype.  Raises InvalidArgument."""
    if size is not None and len(size) != 2:
        raise InvalidArgument([images], "size has two elements", _with_size(images, None, None, None))
    known = size is not None and len(size) == 2 and preserve_aspect_ratio is False
    height, width = size if known and size is not None else (None, None)
    result = _with_size(images, height, width, dtypes.FLOAT32)
    return result if images.dtype == dtypes.FLOAT32 else rules.like(result, dtype=None)


@op(*(f"compat.v1.image.resize_{method}" for method in ("area", "bicubic", "bilinear")))
def resize_batch(images: Converted, size: Dims) -> Tensor:
    return _resized(images, size, dtypes.FLOAT32)


@op("compat.v1.image.resize_nearest_neighbor")
def resize_nearest(images: Converted, size: Dims) -> Tensor:
    return _resized(images, size, images.dtype)


def _resized(images: Tensor, size: Shape, dtype: DType | None) -> Tensor:
    """A batch of images in another size; raises where they are no batch, as RankMismatch."""
    rules.with_rank(images, 4)
    height, width = size if size is not None and len(size) == 2 else (None, None)
    return _with_size(images, height, width, dtype)


@op("image.resize_with_pad")
def resize_with_pad(
    image: Converted, target_height: Dimension, target_width: Dimension, method: Text = "bilinear"
) -> Tensor:
    dtype = None if isinstance(method, Unsure) or method == _NEAREST else dtypes.FLOAT32
    return _with_size(image, target_height, target_width, dtype)


@op("image.resize_with_crop_or_pad")
def resize_with_crop_or_pad(image: Converted, target_height: Dimension, target_width: Dimension) -> Tensor:
    return _with_size(image, target_height, target_width, image.dtype)


@op("image.crop_to_bounding_box", "image.pad_to_bounding_box")
def bounding_box(image: Converted, target_height: Dimension, target_width: Dimension) -> Tensor:
    return _with_size(image, target_height, target_width, image.dtype)


@op("image.central_crop")
def central_crop(image: Converted, central_fraction: Number) -> Tensor:
    if central_fraction == 1.0:
        return rules.like(image)
    if not isinstance(central_fraction, float) or image.shape is None or len(image.shape) not in (3, 4):
        return _with_size(image, None, None, image.dtype)
    height, width = (_central(size, central_fraction) for size in image.shape[-3:-1])
    return _with_size(image, height, width, image.dtype)


def _central(size: Dim, fraction: float) -> Dim:
    """What remains of ``size`` after the same number of pixels has been cut away on either side."""
    return size - 2 * int((size - size * fraction) / 2) if isinstance(size, int) and 0 < fraction <= 1 else None


@op("image.crop_and_resize", "compat.v1.image.crop_and_resize")
def crop_and_resize(image: Converted, boxes: Tensor, box_indices: Value, crop_size: Dims) -> Tensor:
    """A batch of as many crops as there are boxes, in float32; raises what says that they are no boxes in images."""
    height, width = crop_size if crop_size is not None and len(crop_size) == 2 else (None, None)
    channels = image.shape[-1] if image.shape is not None and len(image.shape) == 4 else None
    result = Tensor(dtypes.FLOAT32, (None, height, width, channels))
    indices = integers(box_indices, "box_indices", result, frozenset({dtypes.INT32}))
    if boxes.is_tensorflow and boxes.dtype not in (None, dtypes.FLOAT32):
        raise ConversionMismatch(boxes, dtypes.FLOAT32, result)
    rules.with_rank(image, 4)
    count, corners = rules.with_rank(boxes, 2)
    if isinstance(corners, int) and corners != 4:
        raise InvalidArgument([boxes], "boxes have 4 coordinates", result)
    result = Tensor(dtypes.FLOAT32, (count, height, width, channels))
    if indices.kind is not Kind.UNKNOWN and dims.equal(count, rules.with_rank(indices, 1)[0]) is False:
        raise BroadcastMismatch([boxes, indices], result)
    return result


# ------------------------------------------------------------------------------------------------- turning


def _same(name: str, dtype: DType | None = None, min_rank: int = 0, max_rank: int | None = None) -> None:
    """Register an op that gives images of the shape and dtype of its operand, or of ``dtype``."""

    def model(image: Converted) -> Tensor:
        result = rules.like(image, dtype=dtype or image.dtype)
        if image.kind in (Kind.TENSOR, Kind.VARIABLE) and image.rank is not None:
            if image.rank < min_rank:
                raise RankTooLow(image, min_rank, result=result)
            if max_rank is not None and image.rank > max_rank:
                raise InvalidArgument([image], "images have 3 or 4 dimensions", result)
        return result

    add(OpModel(f"image.{name}", model, by_position=1))


for _name in ("adjust_brightness", "random_brightness", "stateless_random_brightness", "adjust_gamma"):
    _same(_name)
for _name in ("adjust_contrast", "random_contrast", "stateless_random_contrast"):
    _same(_name, min_rank=3)
for _name in (
    "flip_left_right", "flip_up_down", "random_flip_left_right", "random_flip_up_down",
    "stateless_random_flip_left_right", "stateless_random_flip_up_down",
):  # fmt: skip
    _same(_name, min_rank=3, max_rank=4)
_same("per_image_standardization", dtypes.FLOAT32, min_rank=3)


def _saturated(name: str) -> None:
    """Register an op on images of three colours that gives images like them; raises RankTooLow, InvalidArgument."""

    def model(image: Converted) -> Tensor:
        if image.kind in (Kind.TENSOR, Kind.VARIABLE):
            rules.with_rank_at_least(image, 3)
            _require_channels(image, 3)
        return rules.like(image)

    add(OpModel(f"image.{name}", model, by_position=1))


for _name in (
    "adjust_hue", "random_hue", "stateless_random_hue", "adjust_saturation", "random_saturation",
    "stateless_random_saturation",
):  # fmt: skip
    _saturated(_name)


@op("image.rot90", by_position=1)
def rot90(image: Converted, k: Dimension = 1) -> Tensor:
    """Quarter turns: an odd number of them exchanges height and width."""
    if image.shape is None:
        return Tensor(image.dtype)
    _require_images(image, Tensor(image.dtype))
    height, width = image.shape[-3:-1]
    if isinstance(k, int):
        return _with_size(image, *((width, height) if k % 2 else (height, width)), image.dtype)
    same = dims.equal(height, width) is True
    return _with_size(image, height if same else None, width if same else None, image.dtype)


@op("image.transpose", by_position=1)
def transpose(image: Converted) -> Tensor:
    if image.shape is None:
        return Tensor(image.dtype)
    _require_images(image, Tensor(image.dtype))
    return _with_size(image, image.shape[-2], image.shape[-3], image.dtype)


# ------------------------------------------------------------------------------------------------- colours and edges


@op("image.convert_image_dtype", by_position=1)
def convert_image_dtype(image: Converted, dtype: TensorFlowDType) -> Tensor:
    return rules.like(image, dtype=None if isinstance(dtype, Unsure) else dtype)


@op("image.rgb_to_hsv", "image.hsv_to_rgb", by_position=1)
def hsv(images: Tensor) -> Tensor:
    """What is no tensor yet is converted to float32 where that can be done."""
    _require_channels(images, 3)
    return rules.like(images, dtype=images.dtype if images.is_tensorflow else None)


@op("image.rgb_to_yiq", "image.rgb_to_yuv", "image.yiq_to_rgb", "image.yuv_to_rgb", by_position=1)
def mixed_colours(images: Converted) -> Tensor:
    """The product of the colours with a matrix; raises InvalidArgument where there are not three of them."""
    _require_channels(images, 3)
    return rules.like(images, dtype=images.dtype if images.dtype in dtypes.FLOATING else None)


@op("image.rgb_to_grayscale", by_position=1)
def rgb_to_grayscale(images: Converted) -> Tensor:
    _require_channels(images, 3)
    return rules.like(images, shape=_with_channels(images.shape, 1))


@op("image.grayscale_to_rgb", by_position=1)
def grayscale_to_rgb(images: Converted) -> Tensor:
    _require_channels(images, 1)
    return rules.like(images, shape=_with_channels(images.shape, 3))


def _with_channels(shape: Shape, channels: Dim) -> Shape:
    return (*shape[:-1], channels) if shape else None


@op("image.sobel_edges", by_position=1)
def sobel_edges(image: Converted) -> Tensor:
    """The derivatives along height and width in a new last dimension."""
    rules.with_rank(image, 4)
    return rules.like(image, shape=None if image.shape is None else (*image.shape, 2))


@op("image.image_gradients", by_position=1)
def image_gradients(image: Converted) -> Value:
    rules.with_rank(image, 4)
    return TupleValue((rules.like(image), rules.like(image)))


@op("image.total_variation", by_position=1)
def total_variation(images: Converted) -> Tensor:
    """One number, or one for each image of a batch."""
    known = images.shape is not None and len(images.shape) in (3, 4)
    shape = images.shape[:-3] if known and images.shape is not None else None
    return rules.like(images, dtype=real_part(images.dtype), shape=shape)


@op("image.psnr", "image.ssim", "image.ssim_multiscale", by_position=2)
def similarity(first: Converted, second: Converted, max_val: Converted) -> Tensor:
    """One number for each pair of images, in float32; raises RankTooLow, BroadcastMismatch where they are no pairs."""
    rules.with_rank_at_least(first, 3)
    rules.with_rank_at_least(second, 3)
    if first.shape is None or second.shape is None:
        return Tensor(dtypes.FLOAT32)
    batch, clash = shapes.broadcast(first.shape[:-3], second.shape[:-3])
    result = Tensor(dtypes.FLOAT32, batch if max_val.shape == () else None)
    if clash or shapes.equal(first.shape[-3:], second.shape[-3:]) is False:
        raise BroadcastMismatch([first, second], result)
    return result
