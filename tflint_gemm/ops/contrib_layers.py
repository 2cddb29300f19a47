"""``tf.contrib.layers`` and ``slim``: TensorFlow 1's layers as functions, named and ordered in a way of their own."""

from __future__ import annotations

from collections.abc import Callable

from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.values import NONE, Constant, Kind, Tensor, Value
from tflint_gemm.ops import rules
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.keras_conv import convolution, pooling
from tflint_gemm.ops.keras_layers import flatten
from tflint_gemm.ops.parameters import Dimension, Flag, Text
from tflint_gemm.ops.registry import op
from tflint_gemm.replacing import replace

_LAYERS = "contrib.layers"
_ONE, _TWO = Constant(1), Constant(2)
_FORMATS = {"NHWC": "channels_last", "NWC": "channels_last", "NDHWC": "channels_last", "NCHW": "channels_first"}


def _floating(inputs: Tensor) -> Tensor:
    return rules.like(inputs, dtype=inputs.dtype if inputs.dtype is not None and inputs.dtype.is_floating else None)


def _format(data_format: str | None | Unsure, default: str = "NHWC") -> str | Unsure:
    if isinstance(data_format, Unsure):
        return data_format
    return _FORMATS.get(data_format or default, "channels_first")


@op(f"{_LAYERS}.fully_connected")
def fully_connected(inputs: Tensor, num_outputs: Dimension) -> Tensor:
    """A dense layer on the last axis, whatever the rank."""
    return rules.like(_floating(inputs), shape=None if inputs.shape is None else (*inputs.shape[:-1], num_outputs))


@op(f"{_LAYERS}.flatten")
def flatten_all(inputs: Tensor) -> Tensor:
    return flatten(inputs)


@op(f"{_LAYERS}.dropout", f"{_LAYERS}.batch_norm", f"{_LAYERS}.layer_norm", f"{_LAYERS}.softmax", by_position=1)
def same(inputs: Tensor) -> Tensor:
    return _floating(inputs)


@op(f"{_LAYERS}.one_hot_encoding")
def one_hot(labels: Tensor, num_classes: Dimension) -> Tensor:
    return rules.like(labels, dtype=None, shape=None if labels.shape is None else (*labels.shape, num_classes))


def _conv(count: int | None) -> Callable[..., Value]:
    """A convolution over ``count`` spatial axes; None: over as many as the input has."""

    def conv(
        inputs: Tensor,
        num_outputs: Dimension,
        kernel_size: Value,
        stride: Value = _ONE,
        padding: Text = "SAME",
        data_format: Text = None,
        rate: Value = _ONE,
    ) -> Value:
        axes = count if count is not None else (inputs.rank or 0) - 2
        if axes < 1 or inputs.rank != axes + 2:
            return Tensor()
        result: Value = convolution(axes)(
            NONE, _floating(inputs), num_outputs, kernel_size, stride, padding, _format(data_format), rate, 1, NONE
        )
        return result

    return conv


op(f"{_LAYERS}.conv2d")(_conv(None))  # serves all ranks
op(f"{_LAYERS}.conv1d")(_conv(1))
op(f"{_LAYERS}.separable_conv2d")(_conv(2))  # without num_outputs only depthwise


@op(f"{_LAYERS}.max_pool2d", f"{_LAYERS}.avg_pool2d")
def pool(
    inputs: Tensor, kernel_size: Value, stride: Value = _TWO, padding: Text = "VALID", data_format: Text = None
) -> Value:
    if inputs.rank != 4:
        return Tensor()
    symbolic = replace(_floating(inputs), kind=Kind.KERAS)  # a graph objects to a window that does not fit
    return pooling(2)(symbolic, kernel_size, stride, padding, _format(data_format))


@op(f"{_LAYERS}.embed_sequence")
def embed_sequence(ids: Tensor, embed_dim: Dimension, unique: Flag = False) -> Tensor:
    size: Dim = embed_dim
    return rules.like(ids, dtype=None, shape=None if ids.shape is None else (*ids.shape, size))
