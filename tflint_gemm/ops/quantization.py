"""``tf.quantization``: fake quantization, which keeps float32, and quantized dtypes."""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.values import Kind, Tensor, TupleValue, Value
from tflint_gemm.ops import rules
from tflint_gemm.ops.parameters import DTypeArgument
from tflint_gemm.ops.parameters import Tensor as Operand
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import BroadcastMismatch

_SINGLE = frozenset({dtypes.FLOAT32})
_RANGE = Tensor(dtypes.FLOAT32, ())


def _faked(inputs: Tensor) -> Tensor:
    """The input in float32, to which everything but a tensor is converted; raises NoKernel."""
    if inputs.is_tensorflow:
        rules.require_dtype(inputs, _SINGLE)
    if inputs.kind is Kind.UNKNOWN:
        return Tensor(dtypes.FLOAT32)
    return rules.like(inputs, dtype=dtypes.FLOAT32)


@op(
    "quantization.fake_quant_with_min_max_args",
    "quantization.fake_quant_with_min_max_vars",
    "quantization.fake_quant_with_min_max_args_gradient",
    by_position=1,
)
def fake_quant(inputs: Operand) -> Tensor:
    return _faked(inputs)


@op("quantization.fake_quant_with_min_max_vars_per_channel")
def fake_quant_per_channel(inputs: Operand, min: Operand, max: Operand) -> Tensor:
    """A range for each channel, which is the last dimension; raises BroadcastMismatch."""
    result = _faked(inputs)
    for bound in (min, max):
        channels = inputs.shape[-1] if inputs.shape else None
        if bound.rank == 1 and bound.shape and dims.equal(channels, bound.shape[0]) is False:
            raise BroadcastMismatch([inputs, bound], result)
    return result


@op("quantization.fake_quant_with_min_max_vars_gradient")
def fake_quant_gradient(gradients: Operand) -> Value:
    return TupleValue((_faked(gradients), _RANGE, _RANGE))


@op("quantization.quantize", by_position=4)
def quantize(input: Operand, min_range: Value, max_range: Value, dtype: DTypeArgument = None) -> Value:
    """The quantized values and the range that they stand for."""
    shape = input.shape if input.kind is not Kind.UNKNOWN else None
    return TupleValue((Tensor(rules.chosen_dtype(dtype, None), shape), Tensor(dtypes.FLOAT32), Tensor(dtypes.FLOAT32)))


@op("quantization.dequantize")
def dequantize(input: Operand, dtype: DTypeArgument = dtypes.FLOAT32) -> Tensor:
    shape = input.shape if input.kind is not Kind.UNKNOWN else None
    return Tensor(rules.chosen_dtype(dtype, dtypes.FLOAT32), shape)


@op("quantization.quantize_and_dequantize", "quantization.quantize_and_dequantize_v2")
def quantize_and_dequantize(input: Operand) -> Tensor:
    if input.kind is Kind.UNKNOWN or not input.is_tensorflow:
        return Tensor(None, input.shape if input.kind is not Kind.UNKNOWN else None)
    return rules.like(input)
