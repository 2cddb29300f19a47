"""Images as bytes: decoding, encoding, what JPEG's compression makes of an image."""

from __future__ import annotations

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import Kind, Tensor
from tflint_gemm.ops import rules
from tflint_gemm.ops.creation import Converted
from tflint_gemm.ops.op_model import OpModel
from tflint_gemm.ops.parameters import Dims, DTypeArgument, Flag, Integer, Unsure
from tflint_gemm.ops.registry import add, op

_STRINGS = frozenset({dtypes.STRING})


def check_contents(contents: Tensor, result: Tensor) -> None:
    """The bytes of one file; raises NoKernel for other dtypes, RankTooLow for several."""
    if contents.kind is not Kind.UNKNOWN:
        rules.require_dtype(contents, _STRINGS, result)
        if contents.rank not in (None, 0):
            rules.with_rank(contents, 0)


def _channels(channels: int | None | Unsure) -> Dim:
    """How many channels a decoder gives: 0 and None ask for those of the file."""
    return channels if isinstance(channels, int) and channels > 0 else None


# ------------------------------------------------------------------------------------------------- decoding


@op("io.decode_png", "io.decode_bmp", by_position=1)
def decode_png(contents: Tensor, channels: Integer = 0, dtype: DTypeArgument = dtypes.UINT8) -> Tensor:
    """One image ``[height, width, channels]``."""
    result = Tensor(rules.chosen_dtype(dtype, dtypes.UINT8), (None, None, _channels(channels)))
    check_contents(contents, result)
    return result


@op("io.decode_jpeg", by_position=1)
def decode_jpeg(contents: Tensor, channels: Integer = 0) -> Tensor:
    return decode_png(contents, channels, dtypes.UINT8)


@op("io.decode_and_crop_jpeg", by_position=1)
def decode_and_crop_jpeg(contents: Tensor, crop_window: Dims, channels: Integer = 0) -> Tensor:
    """``crop_window`` is ``[y, x, height, width]``."""
    height, width = crop_window[2:] if crop_window is not None and len(crop_window) == 4 else (None, None)
    result = Tensor(dtypes.UINT8, (height, width, _channels(channels)))
    check_contents(contents, result)
    return result


@op("io.decode_gif", by_position=1)
def decode_gif(contents: Tensor) -> Tensor:
    """The frames of an animation."""
    result = Tensor(dtypes.UINT8, (None, None, None, 3))
    check_contents(contents, result)
    return result


@op("io.decode_webp", by_position=1)
def decode_webp(contents: Tensor, dtype: DTypeArgument = dtypes.UINT8) -> Tensor:
    """An image or, if the file holds an animation, frames."""
    result = Tensor(rules.chosen_dtype(dtype, dtypes.UINT8))
    check_contents(contents, result)
    return result


@op("io.decode_image", by_position=1)
def decode_image(
    contents: Tensor,
    channels: Integer = None,
    dtype: DTypeArgument = dtypes.UINT8,
    expand_animations: Flag = True,
) -> Tensor:
    """An image, or frames if it may be an animation, which ``expand_animations=False`` rules out."""
    shape: Shape = (None, None, _channels(channels)) if expand_animations is False else None
    result = Tensor(rules.chosen_dtype(dtype, dtypes.UINT8), shape)
    check_contents(contents, result)
    return result


@op("io.extract_jpeg_shape")
def extract_jpeg_shape(contents: Tensor, output_type: DTypeArgument = dtypes.INT32) -> Tensor:
    return Tensor(rules.chosen_dtype(output_type, dtypes.INT32), (3,))


@op("io.is_jpeg")
def is_jpeg(contents: Tensor) -> Tensor:
    """The answer for each string."""
    return Tensor(dtypes.BOOL, contents.shape if contents.kind is not Kind.UNKNOWN else None)


# ------------------------------------------------------------------------------------------------- encoding


@op("io.encode_jpeg")
def encode_jpeg(image: Tensor) -> Tensor:
    """The file of one uint8 image; raises NoKernel, RankTooLow."""
    result = Tensor(dtypes.STRING, ())
    if image.is_tensorflow:
        rules.require_dtype(image, frozenset({dtypes.UINT8}), result)
    rules.with_rank(image, 3)
    return result


@op("io.encode_png")
def encode_png(image: Tensor) -> Tensor:
    """A file for each image of a batch; raises NoKernel, RankTooLow."""
    if image.is_tensorflow:
        rules.require_dtype(image, frozenset({dtypes.UINT8, dtypes.UINT16}), Tensor(dtypes.STRING))
    shape = rules.with_rank_at_least(image, 3)
    return Tensor(dtypes.STRING, None if shape is None else shape[:-3])


def _recompressed(name: str) -> None:
    """Register an op that compresses an image and decompresses it again."""

    def model(image: Converted) -> Tensor:
        return rules.like(image, shape=rules.with_rank(image, 3))

    add(OpModel(f"image.{name}", model, by_position=1))


for _name in ("adjust_jpeg_quality", "random_jpeg_quality", "stateless_random_jpeg_quality"):
    _recompressed(_name)
