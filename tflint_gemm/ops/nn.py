"""Neural-network ops of ``tf.nn`` other than convolutions and losses."""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import Kind, ListValue, Tensor, TupleValue, Value
from tflint_gemm.ops import rules
from tflint_gemm.ops.conversion import Unsure, sequence_items, to_tensor
from tflint_gemm.ops.families import check_kernel, elementwise
from tflint_gemm.ops.linalg import matmul
from tflint_gemm.ops.parameters import Axes, Axis, Flag, Number, OptionalTensor, Text
from tflint_gemm.ops.reductions import reduced
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import BroadcastMismatch, DTypeMismatch, InvalidArgument, RankTooLow
from tflint_gemm.replacing import replace

_FLOAT_OR_COMPLEX = dtypes.FLOATING | dtypes.COMPLEX
_ONE = Tensor(dtypes.FLOAT32, (), Kind.PYTHON, (1.0,))

# ------------------------------------------------------------------------------------------------- activations

elementwise("nn.relu", "Relu")
elementwise("nn.relu6", "Relu6")
elementwise("nn.elu", "Elu")
elementwise("nn.selu", "Selu")
elementwise("nn.softsign", "Softsign")
elementwise("nn.gelu", allowed=dtypes.FLOATING)


@op("nn.silu")
def silu(features: Tensor, beta: Tensor = _ONE) -> Tensor:
    rules.require_dtype(features, _FLOAT_OR_COMPLEX, rules.like(features))
    return rules.like(features, shape=rules.broadcast((features, beta), features.dtype))


@op("nn.leaky_relu")
def leaky_relu(features: Tensor) -> Tensor:
    """Integers become float32."""
    rules.require_dtype(features, dtypes.REAL)
    dtype = features.dtype
    return rules.like(features, dtype=dtypes.FLOAT32 if dtype is not None and dtype.is_integer else dtype)


@op("nn.crelu")
def crelu(features: Tensor, axis: Axis = -1) -> Tensor:
    """Positive and negative part side by side."""
    rules.require_dtype(features, dtypes.FLOATING | dtypes.SIGNED, Tensor(features.dtype))
    return Tensor(features.dtype, rules.concat_shape((features, features), axis, features.dtype))


@op("nn.softmax", "nn.log_softmax")
def softmax(logits: Tensor, axis: Axis = -1) -> Tensor:
    """Raises NoKernel, RankTooLow, AxisOutOfRange."""
    check_kernel(logits, "Softmax")
    if logits.rank == 0:
        raise RankTooLow(logits, 1, result=rules.like(logits))
    if isinstance(axis, int):
        rules.normal_axis(logits, axis)
    return rules.like(logits)


# ------------------------------------------------------------------------------------------------- regularisation


@op("nn.dropout", "nn.experimental.general_dropout", "nn.experimental.stateless_dropout")
def dropout(x: Tensor, rate: Number = None) -> Tensor:
    """Raises NoKernel, InvalidArgument."""
    rules.require_dtype(x, dtypes.FLOATING, rules.like(x))
    if isinstance(rate, (int, float)) and not 0 <= rate < 1:
        raise InvalidArgument([x], "the rate must be in [0, 1)", rules.like(x))
    return rules.like(x)


@op("compat.v1.nn.dropout")
def dropout_v1(x: Tensor) -> Tensor:
    rules.require_dtype(x, dtypes.FLOATING, rules.like(x))
    return rules.like(x)


@op("nn.l2_loss")
def l2_loss(t: Tensor) -> Tensor:
    check_kernel(t, "L2Loss")
    return Tensor(t.dtype, ())


@op("math.l2_normalize")
def l2_normalize(x: Tensor, axis: Axes = None) -> Tensor:
    """Raises NoKernel, AxisOutOfRange."""
    rules.require_dtype(x, _FLOAT_OR_COMPLEX, rules.like(x))
    rules.reduce_shape(x, axis, keepdims=True)
    return rules.like(x)


# ------------------------------------------------------------------------------------------------- statistics


@op("nn.moments")
def moments(x: Tensor, axes: Axes = None, keepdims: Flag = False) -> Value:
    """Mean and variance over ``axes``; raises NoKernel, AxisOutOfRange."""
    rules.require_dtype(x, _FLOAT_OR_COMPLEX | {dtypes.INT32, dtypes.INT64})
    moment = reduced(x, axes, keepdims, x.dtype)
    if axes == () and keepdims is not True:  # squeezed of no axis in particular, it loses all dimensions of 1
        known = keepdims is False and x.shape is not None and None not in x.shape
        moment = replace(moment, shape=tuple(size for size in x.shape or () if size != 1) if known else None)
    return TupleValue((moment, moment))


@op("nn.batch_normalization")
def batch_normalization(
    x: Tensor,
    mean: Tensor,
    variance: Tensor,
    offset: OptionalTensor = None,
    scale: OptionalTensor = None,
) -> Tensor:
    """The statistics are broadcast against ``x`` and cast to its dtype; raises NoKernel, BroadcastMismatch."""
    rules.require_dtype(variance, _FLOAT_OR_COMPLEX, rules.like(x))
    parts = [x, mean, variance, *(one for one in (offset, scale) if one is not None)]
    return Tensor(x.dtype, rules.broadcast(parts, x.dtype), dtype_origin=x.dtype_origin)


@op("compat.v1.nn.fused_batch_norm")
def fused_batch_norm(x: Tensor, scale: Tensor, offset: Tensor, data_format: Text = "NHWC") -> Value:
    """The normalised images, the mean and the variance of each channel; raises NoKernel."""
    rules.require_dtype(x, dtypes.FLOATING, rules.like(x))
    moment = Tensor(None, scale.shape)
    return TupleValue((rules.like(x), moment, moment))


# ------------------------------------------------------------------------------------------------- affine


@op("nn.bias_add")
def bias_add(value: Tensor, bias: Tensor, data_format: Text = None) -> Tensor:
    """A vector added to the channels; raises DTypeMismatch, NoKernel, RankTooLow, BroadcastMismatch."""
    try:
        dtype = rules.common_dtype((value, bias), "elementwise")
    except DTypeMismatch as mismatch:
        mismatch.result = Tensor(value.dtype, value.shape)
        raise
    if dtype is not None:
        check_kernel(rules.like(value, dtype=dtype), "BiasAdd")
    result = rules.like(value, dtype=dtype)
    if bias.rank is not None and bias.rank != 1:
        raise RankTooLow(bias, 1, exact=True, result=result)
    if value.rank is not None and value.rank < 2:
        raise RankTooLow(value, 2, result=result)
    if value.shape and bias.shape and not isinstance(data_format, Unsure):
        channels = value.shape[1 if data_format is not None and data_format.startswith("NC") else -1]
        if dims.equal(channels, bias.shape[0]) is False:
            raise BroadcastMismatch([value, bias], result)
    return result


@op("compat.v1.nn.xw_plus_b")
def affine(x: Tensor, weights: Tensor, biases: Tensor) -> Tensor:
    """``x @ weights + biases``; raises what a matrix product and ``bias_add`` raise."""
    return bias_add(matmul(x, weights), biases)


@op("compat.v1.nn.relu_layer")
def relu_layer(x: Tensor, weights: Tensor, biases: Tensor) -> Tensor:
    return bias_add(matmul(x, weights), biases)


# ------------------------------------------------------------------------------------------------- look-up

_IDS = frozenset({dtypes.INT16, dtypes.INT32, dtypes.INT64})


@op("nn.embedding_lookup")
def embedding_lookup(params: Value, ids: Tensor) -> Tensor:
    """Rows of ``params``, which may be a list of shards; raises NoKernel, RankTooLow."""
    shards = sequence_items(params) if isinstance(params, ListValue) else None
    table = to_tensor(shards[0] if shards else params)
    result = Tensor(table.dtype, _rows(table.shape, ids.shape), dtype_origin=table.dtype_origin)
    rules.require_dtype(ids, _IDS, result)
    if table.rank == 0:
        raise RankTooLow(table, 1, result=result)
    return result


def _rows(table: Shape, ids: Shape) -> Shape:
    return None if not table or ids is None else (*ids, *table[1:])


# ------------------------------------------------------------------------------------------------- average losses

_MEANS = {
    **{dtype: dtype for dtype in _FLOAT_OR_COMPLEX},
    **{dtype: dtypes.FLOAT32 if dtype.size < 4 else dtypes.FLOAT64 for dtype in dtypes.INTEGER},
}


def _mean_dtype(dtype: DType | None) -> DType | None:
    return None if dtype is None else _MEANS.get(dtype)


@op("nn.compute_average_loss", "nn.scale_regularization_loss", by_position=1)
def average_loss(per_example_loss: Tensor) -> Tensor:
    return Tensor(_mean_dtype(per_example_loss.dtype), ())


@op("nn.log_poisson_loss")
def log_poisson_loss(targets: Tensor, log_input: Tensor) -> Tensor:
    """Raises DTypeMismatch, BroadcastMismatch: both have the same dtype and shape."""
    dtype = rules.common_dtype((log_input, targets), "elementwise", "each")
    if shapes.equal(targets.shape, log_input.shape) is False:
        raise BroadcastMismatch([targets, log_input], Tensor(dtype, log_input.shape))
    return Tensor(dtype, rules.merge_shapes(targets.shape, log_input.shape))
