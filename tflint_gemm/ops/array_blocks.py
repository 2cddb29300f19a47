"""Ops that move blocks between batch and space, and those that cut out patches."""

from __future__ import annotations

from collections.abc import Sequence

from tflint_gemm.domain import dims
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import Kind, Tensor, Value
from tflint_gemm.ops import conversion, convolutions, indexing, rules
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.creation import Converted
from tflint_gemm.ops.parameters import Dims, Text
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import InvalidArgument, RankTooLow

# TensorFlow 1's names of what TensorFlow 2 has under tf.nn.
op("compat.v1.space_to_depth")(convolutions.space_to_depth)
op("compat.v1.depth_to_space")(convolutions.depth_to_space)


@op("space_to_batch", "space_to_batch_nd", "compat.v1.space_to_batch")
def space_to_batch(input: Converted, block_shape: Value, paddings: Value) -> Tensor:
    return _blocks(input, block_shape, paddings, to_batch=True)


@op("batch_to_space", "compat.v1.batch_to_space_nd", "compat.v1.batch_to_space")
def batch_to_space(input: Converted, block_shape: Value, crops: Value) -> Tensor:
    return _blocks(input, block_shape, crops, to_batch=False)


def _blocks(input: Tensor, block_shape: Value, borders: Value, to_batch: bool) -> Tensor:
    """Space cut into blocks that go into the batch after padding, or the other way round before cropping."""
    unknown = rules.like(input, shape=None if input.shape is None else (None,) * len(input.shape))
    blocks, edges = conversion.to_shape(block_shape), conversion.to_tensor(borders)
    if blocks is not None and len(blocks) == 1 and edges.shape is not None and edges.shape[:1] == (2,):
        blocks = blocks * 2  # a single number stands for both spatial dimensions
    if blocks is None or input.shape is None or edges.elements is None or len(edges.elements) != 2 * len(blocks):
        return unknown
    if len(input.shape) <= len(blocks):
        raise RankTooLow(input, len(blocks) + 1, result=unknown)
    pairs = zip(edges.elements[::2], edges.elements[1::2])
    added = [dims.add(indexing.as_dim(before), indexing.as_dim(after)) for before, after in pairs]
    space = input.shape[1 : len(blocks) + 1]
    area = dims.product(blocks)
    if any(isinstance(block, int) and block < 1 for block in blocks):
        return unknown
    if to_batch:
        padded = [dims.add(size, border) for size, border in zip(space, added)]
        if any(isinstance(a, int) and isinstance(b, int) and a % b for a, b in zip(padded, blocks)):
            raise InvalidArgument((input,), "size that the block does not divide", unknown)
        batch = dims.multiply(input.shape[0], area)
        inner = [dims.floor_divide(size, block) for size, block in zip(padded, blocks)]
    else:
        if isinstance(input.shape[0], int) and isinstance(area, int) and input.shape[0] % area:
            raise InvalidArgument((input,), "batch that the block does not divide", unknown)
        batch = dims.floor_divide(input.shape[0], area)
        grown = [dims.multiply(size, block) for size, block in zip(space, blocks)]
        inner = [dims.subtract(size, border) for size, border in zip(grown, added)]
    return rules.like(input, shape=(batch, *inner, *input.shape[len(blocks) + 1 :]))


def _patches(
    images: Tensor, sizes: Shape, strides: Shape, rates: Sequence[Dim], padding: str | None | Unsure, rank: int
) -> Tensor:
    """Windows laid out along the last dimension, one for each place where a window stands."""
    unknown = rules.like(images, shape=(None,) * rank)
    if images.rank is not None and images.rank != rank and images.kind is not Kind.UNKNOWN:
        raise RankTooLow(images, rank, exact=True, result=unknown)
    if any(given is not None and len(given) != rank for given in (sizes, strides, rates)):
        raise InvalidArgument((images,), "length of sizes, strides or rates", unknown)
    if images.shape is None or sizes is None or strides is None or len(images.shape) != rank:
        return unknown
    spatial = []
    for axis in range(1, rank - 1):
        size = rules.spatial_size(images.shape[axis], sizes[axis], strides[axis], rates[axis], padding)
        spatial.append(max(0, size) if isinstance(size, int) else size)
    depth = dims.multiply(dims.product(sizes[1:-1]), images.shape[-1])
    return rules.like(images, shape=(images.shape[0], *spatial, depth))


@op("image.extract_patches", "compat.v1.extract_image_patches", by_position=1)
def extract_patches(images: Converted, sizes: Dims, strides: Dims, rates: Dims, padding: Text) -> Tensor:
    rate = rates if rates is not None else (None,) * 4
    return _patches(images, sizes, strides, rate, padding, 4)


@op("extract_volume_patches")
def extract_volume_patches(input: Converted, ksizes: Dims, strides: Dims, padding: Text) -> Tensor:
    return _patches(input, ksizes, strides, (1,) * 5, padding, 5)
