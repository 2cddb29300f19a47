"""Convolutional LSTM layers: a convolution at each step, with a state of images."""

from __future__ import annotations

from collections.abc import Callable

from tflint_gemm.domain.values import NONE, UNKNOWN, Tensor, TupleValue, Value
from tflint_gemm.ops import rules
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.keras_conv import convolution
from tflint_gemm.ops.layers import layer
from tflint_gemm.ops.parameters import Dimension, Flag, Text


def _conv_lstm(count: int) -> Callable[..., Value]:
    slide = convolution(count)

    def call(
        inputs: Tensor,
        filters: Dimension,
        kernel_size: Value,
        strides: Value,
        padding: Text = "valid",
        data_format: Text = None,
        dilation_rate: Value = NONE,
        return_sequences: Flag = False,
        return_state: Flag = False,
    ) -> Value:
        """The last image of the state, or all of them, and the two states if it returns them."""
        batch, time, *rest = inputs.shape or (None,) * (count + 3)
        step = rules.like(inputs, shape=(batch, *rest), kind=inputs.kind)
        last = slide(NONE, step, filters, kernel_size, strides, padding, data_format, dilation_rate, 1, NONE)
        if isinstance(return_state, Unsure):
            return UNKNOWN
        if isinstance(return_sequences, Unsure) or not isinstance(last, Tensor):
            return Tensor() if return_state is False else UNKNOWN
        shape = None if last.shape is None else (batch, time, *last.shape[1:])
        output = rules.like(last, shape=shape) if return_sequences else last
        return TupleValue((output, last, last)) if return_state else output

    return call


for _count in (1, 2, 3):
    layer(f"keras.layers.ConvLSTM{_count}D", ints="cast", rank=_count + 3)(_conv_lstm(_count))
