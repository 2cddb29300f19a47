"""Boxes in images: drawing them, sampling them, choosing among them, glimpses."""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import Kind, Tensor, TupleValue, Value
from tflint_gemm.ops import rules
from tflint_gemm.ops.creation import Converted
from tflint_gemm.ops.parameters import Dimension, Dims, Flag, Unsure
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import BroadcastMismatch, InvalidArgument

_DRAWN = frozenset({dtypes.FLOAT16, dtypes.FLOAT32})


@op("image.draw_bounding_boxes")
def draw_bounding_boxes(images: Tensor, boxes: Tensor) -> Tensor:
    """Arrays become float32; raises NoKernel, RankTooLow, BroadcastMismatch where images and boxes differ in number."""
    if images.is_tensorflow:
        rules.require_dtype(images, _DRAWN)
    dtype = images.dtype if images.is_tensorflow else None if images.kind is Kind.UNKNOWN else _as_float(images)
    result = rules.like(images, dtype=dtype, shape=rules.with_rank(images, 4))
    batch, _, corners = rules.with_rank(boxes, 3)
    if dims.equal(batch, result.shape[0] if result.shape else None) is False:
        raise BroadcastMismatch([images, boxes], result)
    if dims.equal(corners, 4) is False:
        raise InvalidArgument([boxes], "a box has 4 coordinates", result)
    return result


def _as_float(images: Tensor) -> DType | None:
    """What the op makes of an array, which it converts to float32 unless it is of half precision."""
    return None if images.dtype in (None, dtypes.FLOAT16) else dtypes.FLOAT32


@op("image.extract_glimpse", by_position=3)
def extract_glimpse(input: Tensor, size: Dims, offsets: Tensor) -> Tensor:
    """A window of each image of a batch; raises RankTooLow."""
    batch, _, _, channels = rules.with_rank(input, 4)
    height, width = size if size is not None and len(size) == 2 else (None, None)
    return Tensor(dtypes.FLOAT32, (batch, height, width, channels))


def _sampled(image_size: Tensor) -> TupleValue:
    corner = Tensor(image_size.dtype if image_size.kind is not Kind.UNKNOWN else None, (3,))
    box = Tensor(dtypes.FLOAT32, (1, 1, 4))
    return TupleValue((corner, corner, box), ("begin", "size", "bboxes"), "SampleDistortedBoundingBoxV2")


@op("image.sample_distorted_bounding_box", "image.stateless_sample_distorted_bounding_box")
def sample_distorted_bounding_box(image_size: Converted) -> TupleValue:
    """Where the box begins and its size, for ``tf.slice``, and the box itself."""
    return _sampled(image_size)


# ------------------------------------------------------------------------------------------------- suppression


def _check_boxes(boxes: Tensor, scores: Tensor) -> None:
    """A box, and so a score, for each candidate; raises RankTooLow, BroadcastMismatch."""
    rows = rules.with_rank(boxes, 2)[0]
    if dims.equal(rows, rules.with_rank(scores, 1)[0]) is False:
        raise BroadcastMismatch([boxes, scores], Tensor(dtypes.INT32, (None,)))


@op("image.non_max_suppression")
def non_max_suppression(boxes: Tensor, scores: Tensor) -> Tensor:
    """The indices of the boxes that remain."""
    _check_boxes(boxes, scores)
    return Tensor(dtypes.INT32, (None,))


@op("image.non_max_suppression_overlaps")
def non_max_suppression_overlaps(overlaps: Tensor, scores: Tensor) -> Tensor:
    return Tensor(dtypes.INT32, (None,))


@op("image.non_max_suppression_with_scores")
def non_max_suppression_with_scores(boxes: Tensor, scores: Tensor) -> TupleValue:
    _check_boxes(boxes, scores)
    return TupleValue((Tensor(dtypes.INT32, (None,)), Tensor(dtypes.FLOAT32, (None,))))


@op("image.non_max_suppression_padded")
def non_max_suppression_padded(
    boxes: Tensor, scores: Tensor, max_output_size: Dimension, pad_to_max_output_size: Flag = False
) -> TupleValue:
    """Indices and how many of them are valid, for each image of a batch."""
    batch = None if boxes.shape is None or len(boxes.shape) < 2 else boxes.shape[:-2]
    count: Dim = None if isinstance(pad_to_max_output_size, Unsure) or not pad_to_max_output_size else max_output_size
    indices = Tensor(dtypes.INT32, None if batch is None else (*batch, count))
    return TupleValue((indices, Tensor(dtypes.INT32, batch)))


@op("image.combined_non_max_suppression")
def combined_non_max_suppression(boxes: Tensor, max_total_size: Dimension, pad_per_class: Flag = False) -> Value:
    """Boxes, scores and classes, padded to ``max_total_size`` for each image, and how many are valid."""
    batch = rules.with_rank(boxes, 4)[0]
    size = max_total_size if pad_per_class is False else None
    return TupleValue(
        (
            Tensor(dtypes.FLOAT32, (batch, size, 4)),
            Tensor(dtypes.FLOAT32, (batch, size)),
            Tensor(dtypes.FLOAT32, (batch, size)),
            Tensor(dtypes.INT32, (batch,)),
        ),
        ("nmsed_boxes", "nmsed_scores", "nmsed_classes", "valid_detections"),
        "CombinedNonMaxSuppression",
    )
