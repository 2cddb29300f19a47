"""Keras layers of one input: Dense, Embedding, shapes, dropout, normalization, activations."""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiObject,
    ApiSymbol,
    Constant,
    DictValue,
    Kind,
    OfType,
    Tensor,
    Value,
)
from tflint_gemm.ops import rules
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import Unsure, to_axes, to_tensor
from tflint_gemm.ops.layers import BUILT_FOR, built_for, is_eager, layer
from tflint_gemm.ops.parameters import Axes, Axis, Dimension, Dims, DTypeArgument, Flag
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import AxisOutOfRange, InnerDimMismatch, LayerInputMismatch, NoKernel, ReshapeCount
from tflint_gemm.replacing import replace


def _with_last(inputs: Tensor, size: dims.Dim) -> Tensor:
    return rules.like(inputs, shape=None if inputs.shape is None else (*inputs.shape[:-1], size))


@layer("keras.layers.Dense", ints="cast", complex_keeps=True, min_rank=2)
def dense(self: Value, inputs: Tensor, units: Dimension, activation: Value = NONE) -> Value:
    built_for(self, inputs, -1)
    return activate(activation, _with_last(inputs, units))


@layer("keras.layers.Embedding", ints="cast")
def embedding(inputs: Tensor, output_dim: Dimension) -> Tensor:
    return rules.like(inputs, shape=None if inputs.shape is None else (*inputs.shape, output_dim))


@layer("keras.layers.ReversibleEmbedding", inputs=("inputs", "reverse"), ints="cast")
def reversible_embedding(
    inputs: Tensor,
    input_dim: Dimension,
    output_dim: Dimension,
    reverse_dtype: DTypeArgument = None,
    reverse: Flag = False,
) -> Value:
    """Vectors for numbers, or, reversed, a score of each number for vectors."""
    if isinstance(reverse, Unsure):
        return rules.like(inputs, shape=None, dtype=None)
    if not reverse:
        return embedding(inputs, output_dim)
    if inputs.shape and dims.equal(inputs.shape[-1], output_dim) is False and is_eager(inputs):
        raise InnerDimMismatch([inputs], inputs.shape[-1], output_dim, _with_last(inputs, input_dim))
    same = reverse_dtype is None or not is_eager(inputs)
    return _with_last(inputs if same else rules.like(inputs, dtype=None), input_dim)


# ------------------------------------------------------------------------------------------------- shapes


@layer("keras.layers.Flatten", symbolic_keeps=True, min_rank=1)
def flatten(inputs: Tensor) -> Tensor:
    if not inputs.shape:
        return rules.like(inputs, shape=(None, None))
    return rules.like(inputs, shape=(inputs.shape[0], dims.product(inputs.shape[1:])))


@layer("keras.layers.Reshape", symbolic_keeps=True)
def reshape(inputs: Tensor, target_shape: Dims) -> Tensor:
    if target_shape is None or (inputs.shape is None and not target_shape):
        return rules.like(inputs, shape=None)
    if inputs.shape is None:
        return rules.like(inputs, shape=(None, *(None if dim == -1 else dim for dim in target_shape)))
    sample = replace(inputs, shape=inputs.shape[1:])
    batch = inputs.shape[:1]
    try:
        return rules.like(inputs, shape=(*batch, *(rules.reshape_shape(sample, target_shape) or ())))
    except ReshapeCount as mismatch:
        guess = mismatch.result.shape if isinstance(mismatch.result, Tensor) else None
        result = rules.like(inputs, shape=None if guess is None else (*batch, *guess))
        raise ReshapeCount(inputs, (*batch, *target_shape), result) from None


@layer("keras.layers.Permute", symbolic_keeps=True)
def permute(inputs: Tensor, dims: Value) -> Tensor:
    order = to_axes(dims)
    if isinstance(order, Unsure) or order is None:
        return rules.like(inputs, shape=None)
    if inputs.shape is None:
        return rules.like(inputs, shape=(None,) * (len(order) + 1))
    if len(inputs.shape) != len(order) + 1:
        raise LayerInputMismatch(inputs, "ndim", len(order) + 1, len(inputs.shape))
    if sorted(order) != list(range(1, len(order) + 1)):
        return rules.like(inputs, shape=None)
    return rules.like(inputs, shape=(inputs.shape[0], *(inputs.shape[axis] for axis in order)))


@layer("keras.layers.RepeatVector", rank=2)
def repeat_vector(inputs: Tensor, n: Dimension) -> Tensor:
    batch, size = inputs.shape or (None, None)
    return rules.like(inputs, shape=(batch, n, size))


# ------------------------------------------------------------------------------------------------- same shape


@layer(
    "keras.layers.Dropout",
    "keras.layers.GaussianDropout",
    "keras.layers.GaussianNoise",
    "keras.layers.AlphaDropout",
    "keras.layers.ActivityRegularization",
)
def dropout(inputs: Tensor) -> Value:
    return identity(inputs)


@layer("keras.layers.Masking")
def masking(inputs: Tensor, mask_value: Value = NONE) -> Tensor:
    known = inputs.dtype is not None and (inputs.dtype.is_floating or inputs.dtype in dtypes.SIGNED)
    number = isinstance(mask_value, (Constant, OfType)) and inputs.kind is not Kind.UNKNOWN  # others are broadcast
    return rules.like(inputs, dtype=inputs.dtype if known else None, shape=inputs.shape if number else None)


@layer("keras.layers.Identity", symbolic_keeps=True)
def identity(inputs: Tensor) -> Value:
    nothing_known = inputs.kind is Kind.UNKNOWN and inputs.dtype is None and inputs.shape is None
    return UNKNOWN if nothing_known else rules.like(inputs)  # lists pass as they are


@layer("keras.layers.SpatialDropout1D", rank=3)
def spatial_dropout_1d(inputs: Tensor) -> Tensor:
    return rules.like(inputs)


@layer("keras.layers.SpatialDropout2D", rank=4)
def spatial_dropout_2d(inputs: Tensor) -> Tensor:
    return rules.like(inputs)


@layer("keras.layers.SpatialDropout3D", rank=5)
def spatial_dropout_3d(inputs: Tensor) -> Tensor:
    return rules.like(inputs)


@layer("keras.layers.Rescaling", ints="cast", lists=True)
def rescaling(inputs: Tensor) -> Tensor:
    return rules.like(inputs)


# ------------------------------------------------------------------------------------------------- normalization


@layer("keras.layers.BatchNormalization", ints="cast", min_rank=1)
def batch_normalization(self: Value, inputs: Tensor, axis: Axis = -1) -> Tensor:
    _built_along(self, inputs, axis)
    return rules.like(inputs)


@layer("keras.layers.GroupNormalization", ints="cast", min_rank=2)
def group_normalization(self: Value, inputs: Tensor, axis: Axis = -1) -> Tensor:
    _built_along(self, inputs, axis)
    return rules.like(inputs)


def _built_along(self: Value, inputs: Tensor, axis: int | None | Unsure) -> None:
    if isinstance(axis, int):
        if inputs.rank is not None and not -inputs.rank <= axis < inputs.rank:
            raise AxisOutOfRange(inputs, axis, inputs.rank, result=rules.like(inputs))
        built_for(self, inputs, axis, rank=True)


@layer("keras.layers.LayerNormalization", ints="cast", min_rank=1)
def layer_normalization(self: Value, inputs: Tensor, axis: Axes = (-1,)) -> Tensor:
    if axis == (-1,):
        built_for(self, inputs, -1, symbolic=False)
    return rules.like(inputs)


@layer("keras.layers.RMSNormalization", min_rank=1)
def rms_normalization(self: Value, inputs: Tensor, axis: Axes = (-1,)) -> Tensor:
    if axis == (-1,):
        built_for(self, inputs, -1, symbolic=False)
        return rules.like(inputs)
    return rules.like(inputs, shape=None)  # the scales of another axis are broadcast along the last one


@layer("keras.layers.UnitNormalization", ints="reject")
def unit_normalization(inputs: Tensor) -> Tensor:
    return rules.like(inputs, shape=inputs.shape or None)  # a scalar becomes a vector


@layer("keras.layers.Normalization", ints="cast", lists=True, min_rank=1)
def normalization(self: Value, inputs: Tensor, axis: Axes = (-1,)) -> Tensor:
    if axis != (-1,):
        return rules.like(inputs, shape=None)
    try:
        built_for(self, inputs, -1, rank=True, symbolic=False)
    except LayerInputMismatch as mismatch:
        # The mean has the first input's rank, and broadcasts; it may be that of data which the layer saw before.
        if mismatch.reason == "ndim" or mismatch.actual == 1:
            return rules.like(inputs, shape=None)
        if mismatch.expected != 1:
            raise
    return rules.like(inputs)


@op("keras.layers.Normalization.adapt")
def adapt_normalization(self: Value, data: Value) -> Value:
    """The layer is built for the columns of the data; raises LayerInputMismatch where it was for others."""
    tensor = to_tensor(data)
    columns = self.arguments.get("axis", Constant(-1)) if isinstance(self, ApiObject) else UNKNOWN
    if columns == Constant(-1) and isinstance(data, Tensor) and tensor.rank == 2:
        built_for(self, tensor, -1, rank=True)
    elif isinstance(self, ApiObject):
        current().write(self, BUILT_FOR, UNKNOWN)
    return NONE


# ------------------------------------------------------------------------------------------------- activations

_INT_ACTIVATIONS = frozenset({"linear", "relu", "relu6"})
_FLOAT_ACTIVATIONS = frozenset(
    {"softmax", "sigmoid", "elu", "selu", "gelu", "softplus", "swish", "silu", "log_softmax", "mish"}
)
_SAME_SHAPE_ACTIVATIONS = (
    _INT_ACTIVATIONS
    | _FLOAT_ACTIVATIONS
    | {"tanh", "softsign", "exponential", "leaky_relu", "hard_sigmoid", "hard_silu", "hard_swish", "celu"}
)


def activate(activation: Value, inputs: Tensor) -> Value:
    """``inputs`` after an ``activation=`` argument; raises NoKernel."""
    name = _activation_name(activation)
    if isinstance(activation, OfType) and activation.type_name == "str":
        # Of the names that it may be only "glu" stands for a function that does not keep the shape.
        floating = inputs.dtype is not None and inputs.dtype.is_floating
        return rules.like(inputs, dtype=inputs.dtype if floating else None)
    if name is None:
        function = activation
        if isinstance(activation, Constant) and isinstance(activation.value, str):
            function = ApiSymbol(f"keras.activations.{activation.value}")
        result = current().call(function, (inputs,), {})
        return result if isinstance(result, Tensor) else Tensor()
    if inputs.dtype is None or inputs.dtype.is_floating or inputs.kind is Kind.KERAS or name in _INT_ACTIVATIONS:
        return rules.like(inputs)
    if name in _FLOAT_ACTIVATIONS and inputs.dtype.is_integer and is_eager(inputs):
        raise NoKernel(inputs, dtypes.FLOATING, result=rules.like(inputs, dtype=None))
    return rules.like(inputs, dtype=None)


def _activation_name(activation: Value) -> str | None:
    """The name of an activation that keeps shapes; None for a function of the program or one that is not known."""
    if activation == NONE:
        return "linear"
    if isinstance(activation, Constant) and isinstance(activation.value, str):
        return activation.value if activation.value in _SAME_SHAPE_ACTIVATIONS else None
    if isinstance(activation, ApiSymbol):
        name = activation.path.rpartition(".")[2]
        return name if name in _SAME_SHAPE_ACTIVATIONS else None
    return None


@layer("keras.layers.Activation")
def activation_layer(inputs: Tensor, activation: Value) -> Value:
    return activate(activation, inputs)


@layer("keras.layers.ReLU")
def relu(inputs: Tensor) -> Tensor:
    return rules.like(inputs)


@layer("keras.layers.LeakyReLU")
def leaky_relu(inputs: Tensor) -> Tensor:
    keeps = inputs.dtype is None or inputs.dtype.is_floating
    return rules.like(inputs, dtype=inputs.dtype if keeps else None)


@layer("keras.layers.ELU", "keras.layers.Softmax", "keras.layers.ThresholdedReLU", ints="reject")
def softmax(inputs: Tensor) -> Tensor:
    return rules.like(inputs)


@layer("keras.layers.PReLU", ints="reject")
def prelu(self: Value, inputs: Tensor, shared_axes: Value = NONE) -> Tensor:
    if shared_axes == NONE and inputs.rank is not None:
        built_for(self, inputs, *range(1, inputs.rank), rank=True, symbolic=False)
    return rules.like(inputs)


@layer("keras.layers.Lambda")
def lambda_layer(inputs: Value, function: Value, arguments: Value = NONE) -> Value:
    named: dict[str, Value] = {}
    if isinstance(arguments, DictValue):
        named = {str(key.value): value for key, value in arguments.slots.items() if isinstance(key, Constant)}
    if arguments != NONE and not (isinstance(arguments, DictValue) and len(named) == len(arguments.slots)):
        return UNKNOWN
    return current().call(function, (inputs,), named)
