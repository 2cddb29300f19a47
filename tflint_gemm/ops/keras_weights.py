"""Which weights Keras's layers have, in Keras's order, given the shapes that they were first called with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Union

from tflint_gemm.domain import dims
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import FALSE, NONE, TRUE, UNKNOWN, ApiObject, Constant, ShapeValue, Value, dim_of
from tflint_gemm.ops.conversion import Unsure, sequence_items, to_axes, to_python
from tflint_gemm.ops.keras_einsum_dense import sizes_of, stated_shape
from tflint_gemm.ops.layers import INCOMPLETE, INPUT_SHAPES, image_format, per_axis, variable_dtype


@dataclass(frozen=True)
class Weight:
    """A variable of a layer: the attribute that holds it, its shape, its dtype."""

    name: str
    shape: Shape
    dtype: DType | None
    trainable: bool = True


Arguments = Mapping[str, Value]
Named = list[tuple[str, Shape]]
Shapes = tuple[Shape, ...]
Formula = Callable[[Arguments, Shapes], Union[Named, None]]
"""From the constructor's arguments and the shapes of the inputs to names and shapes; None where they are not known."""

_FORMULAS: dict[str, Formula] = {}
_WITHOUT = """
    Activation ActivityRegularization Add AlphaDropout Average AveragePooling1D AveragePooling2D AveragePooling3D
    CenterCrop Concatenate Cropping1D Cropping2D Cropping3D Dot Dropout ELU Flatten GaussianDropout GaussianNoise
    GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D
    GlobalMaxPooling3D Identity LeakyReLU Masking MaxPooling1D MaxPooling2D MaxPooling3D Maximum Minimum Multiply
    Permute RandomContrast RandomCrop RandomFlip RandomRotation RandomTranslation RandomZoom ReLU RepeatVector Rescaling
    Reshape Resizing Softmax SpatialDropout1D SpatialDropout2D SpatialDropout3D Subtract UnitNormalization UpSampling1D
    UpSampling2D UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D
"""
_PLAIN = frozenset(_WITHOUT.split())
"""The layers that have none."""


LAYERS_WITH_WEIGHTS = {
    "Dense EinsumDense Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose Conv3DTranspose DepthwiseConv1D "
    "DepthwiseConv2D": "kernel bias",
    "SeparableConv1D SeparableConv2D": "depthwise_kernel pointwise_kernel bias",
    "Embedding": "embeddings",
    "ReversibleEmbedding": "embeddings reverse_embeddings",
    "LSTMCell GRUCell SimpleRNNCell": "kernel recurrent_kernel bias",
    "BatchNormalization": "gamma beta moving_mean moving_variance",
    "LayerNormalization GroupNormalization": "gamma beta",
    "RMSNormalization": "scale",
    "PReLU": "alpha",
}
"""The attributes in which layers hold their weights."""


def _formula(*names: str) -> Callable[[Formula], Formula]:
    def register(function: Formula) -> Formula:
        _FORMULAS.update((f"keras.layers.{name}", function) for name in names)
        return function

    return register


def weights_of(layer: Value) -> tuple[Weight, ...] | None:
    """The weights of a layer that was called; None where they are not known."""
    if not isinstance(layer, ApiObject):
        return None
    name = layer.path.removeprefix("keras.layers.")
    if name in _PLAIN:
        return ()
    if INCOMPLETE in layer.arguments:
        return None
    if name in ("TimeDistributed", "Bidirectional"):
        return _wrapped(name, layer)
    shapes, formula = _input_shapes(layer), _FORMULAS.get(layer.path)
    if formula is None or (shapes is None and name not in ("Embedding", "ReversibleEmbedding")):
        return None
    named, dtype = formula(layer.arguments, shapes or ()), variable_dtype(layer.arguments)
    if named is None:
        return None
    return tuple(Weight(name, shape, dtype, not name.startswith("moving_")) for name, shape in named)


def _wrapped(name: str, layer: ApiObject) -> tuple[Weight, ...] | None:
    inner = weights_of(layer.arguments.get("layer", UNKNOWN))
    if inner is None or name == "TimeDistributed":
        return inner
    return inner * 2 if layer.arguments.get("backward_layer", NONE) == NONE else None


def _input_shapes(layer: ApiObject) -> Shapes | None:
    held = sequence_items(layer.slots.get(INPUT_SHAPES, UNKNOWN))
    if held is None:
        return None
    return tuple(one.shape if isinstance(one, ShapeValue) else None for one in held)


def _size(arguments: Arguments, name: str) -> Dim:
    return dim_of(arguments.get(name, NONE))


def _along(shape: Shape, axis: int) -> Dim:
    return shape[axis] if shape is not None and -len(shape) <= axis < len(shape) else None


def _options(arguments: Arguments, **named: tuple[str, Shape]) -> Named | None:
    """What is there where the argument of its name is true; None where one is not known."""
    found = []
    for argument, weight in named.items():
        given = arguments.get(argument, UNKNOWN)
        if given not in (TRUE, FALSE):
            return None
        found += [weight] if given == TRUE else []
    return found


def _with_bias(arguments: Arguments, kernels: Named, shape: Shape) -> Named | None:
    bias = _options(arguments, use_bias=("bias", shape))
    return None if bias is None else [*kernels, *bias]


@_formula("Dense")
def _dense(arguments: Arguments, inputs: Shapes) -> Named | None:
    units = _size(arguments, "units")
    return _with_bias(arguments, [("kernel", (_along(inputs[0], -1), units))], (units,))


@_formula("Embedding")
def _embedding(arguments: Arguments, inputs: Shapes) -> Named | None:
    return [("embeddings", (_size(arguments, "input_dim"), _size(arguments, "output_dim")))]


@_formula("ReversibleEmbedding")
def _reversible_embedding(arguments: Arguments, inputs: Shapes) -> Named | None:
    count, size = _size(arguments, "input_dim"), _size(arguments, "output_dim")
    tied = to_python(arguments.get("tie_weights", UNKNOWN))
    if not isinstance(tied, bool):
        return None
    return [("embeddings", (count, size)), *([] if tied else [("reverse_embeddings", (size, count))])]


@_formula("EinsumDense")
def _einsum_dense(arguments: Arguments, inputs: Shapes) -> Named | None:
    equation, axes = to_python(arguments.get("equation", UNKNOWN)), to_python(arguments.get("bias_axes", NONE))
    if not isinstance(equation, str) or isinstance(axes, Unsure):
        return None
    sizes = sizes_of(equation, stated_shape(arguments.get("output_shape", UNKNOWN)), inputs[0])
    if sizes is None:
        return None
    bias = [] if axes is None else [("bias", sizes.bias_shape(str(axes)))]
    return [("kernel", sizes.kernel_shape), *bias]


# ------------------------------------------------------------------------------------------------- convolutions


def _channels(arguments: Arguments, shape: Shape) -> Dim:
    wanted = image_format(arguments.get("data_format", NONE))
    if wanted in (NONE, Constant("channels_last")):
        return _along(shape, -1)
    return _along(shape, 1) if wanted == Constant("channels_first") else None


def _convolutions(count: int) -> None:
    def window(arguments: Arguments) -> tuple[Dim, ...]:
        return per_axis(arguments.get("kernel_size", UNKNOWN), count)

    @_formula(f"Conv{count}D")
    def conv(arguments: Arguments, inputs: Shapes) -> Named | None:
        filters, channels = _size(arguments, "filters"), _channels(arguments, inputs[0])
        groups = dim_of(arguments.get("groups", Constant(1)))
        kernel = (*window(arguments), dims.divide_exactly(channels, groups), filters)
        return _with_bias(arguments, [("kernel", kernel)], (filters,))

    @_formula(f"Conv{count}DTranspose")
    def transposed(arguments: Arguments, inputs: Shapes) -> Named | None:
        filters = _size(arguments, "filters")
        kernel = (*window(arguments), filters, _channels(arguments, inputs[0]))
        return _with_bias(arguments, [("kernel", kernel)], (filters,))

    @_formula(f"SeparableConv{count}D")
    def separable(arguments: Arguments, inputs: Shapes) -> Named | None:
        filters, channels = _size(arguments, "filters"), _channels(arguments, inputs[0])
        multiplier = _size(arguments, "depth_multiplier")
        kernels: Named = [
            ("depthwise_kernel", (*window(arguments), channels, multiplier)),
            ("pointwise_kernel", (*(1,) * count, dims.multiply(channels, multiplier), filters)),
        ]
        return _with_bias(arguments, kernels, (filters,))

    @_formula(f"DepthwiseConv{count}D")
    def depthwise(arguments: Arguments, inputs: Shapes) -> Named | None:
        channels, multiplier = _channels(arguments, inputs[0]), _size(arguments, "depth_multiplier")
        kernel = (*window(arguments), channels, multiplier)
        return _with_bias(arguments, [("kernel", kernel)], (dims.multiply(channels, multiplier),))

    @_formula(f"ConvLSTM{count}D")
    def conv_lstm(arguments: Arguments, inputs: Shapes) -> Named | None:
        filters = _size(arguments, "filters")
        shape = None if inputs[0] is None else (inputs[0][0], *inputs[0][2:])
        gates = dims.multiply(filters, 4)
        kernels: Named = [
            ("kernel", (*window(arguments), _channels(arguments, shape), gates)),
            ("recurrent_kernel", (*window(arguments), filters, gates)),
        ]
        return _with_bias(arguments, kernels, (gates,))


for _count in (1, 2, 3):
    _convolutions(_count)


# ------------------------------------------------------------------------------------------------- recurrent layers

_GATES = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}


def _recurrent(kind: str) -> Formula:
    def formula(arguments: Arguments, inputs: Shapes) -> Named | None:
        units = _size(arguments, "units")
        gates = dims.multiply(units, _GATES[kind])
        twice = to_python(arguments.get("reset_after", UNKNOWN)) if kind == "GRU" else False
        if not isinstance(twice, bool):
            return None
        kernels: Named = [("kernel", (_along(inputs[0], -1), gates)), ("recurrent_kernel", (units, gates))]
        return _with_bias(arguments, kernels, (2, gates) if twice else (gates,))

    return formula


for _kind in _GATES:
    _formula(_kind, f"{_kind}Cell")(_recurrent(_kind))


@_formula("RNN")
def _rnn(arguments: Arguments, inputs: Shapes) -> Named | None:
    cell = arguments.get("cell", UNKNOWN)
    found: Named = []
    features = _along(inputs[0], -1)
    for one in sequence_items(cell) or (cell,):
        formula = _FORMULAS.get(one.path) if isinstance(one, ApiObject) and one.path.endswith("Cell") else None
        if formula is None or not isinstance(one, ApiObject):
            return None
        made = formula(one.arguments, ((None, features),))
        if made is None:
            return None
        found += made
        features = _size(one.arguments, "units")
    return found


# ------------------------------------------------------------------------------------------------- normalizations


@_formula("BatchNormalization")
def _batch_normalization(arguments: Arguments, inputs: Shapes) -> Named | None:
    axis = dim_of(arguments.get("axis", Constant(-1)))
    shape = (_along(inputs[0], axis) if isinstance(axis, int) else None,)
    learnt = _options(arguments, scale=("gamma", shape), center=("beta", shape))
    return None if learnt is None else [*learnt, ("moving_mean", shape), ("moving_variance", shape)]


@_formula("GroupNormalization")
def _group_normalization(arguments: Arguments, inputs: Shapes) -> Named | None:
    axis = dim_of(arguments.get("axis", Constant(-1)))
    shape = (_along(inputs[0], axis) if isinstance(axis, int) else None,)
    return _options(arguments, scale=("gamma", shape), center=("beta", shape))


def _sizes_along(arguments: Arguments, shape: Shape) -> Shape:
    """The sizes along the layer's axes, which Keras sorts as they are written: negative ones come first."""
    axes = to_axes(arguments.get("axis", Constant(-1)))
    if axes is None or isinstance(axes, Unsure):
        return None
    return tuple(_along(shape, axis) for axis in sorted(axes))


@_formula("LayerNormalization")
def _layer_normalization(arguments: Arguments, inputs: Shapes) -> Named | None:
    shape = _sizes_along(arguments, inputs[0])
    if arguments.get("rms_scaling", FALSE) != FALSE:
        return None
    return _options(arguments, scale=("gamma", shape), center=("beta", shape))


@_formula("RMSNormalization")
def _rms_normalization(arguments: Arguments, inputs: Shapes) -> Named | None:
    return [("scale", _sizes_along(arguments, inputs[0]))]


@_formula("PReLU")
def _prelu(arguments: Arguments, inputs: Shapes) -> Named | None:
    shape, shared = inputs[0], to_axes(arguments.get("shared_axes", NONE))
    if shape is None or isinstance(shared, Unsure):
        return [("alpha", None)]
    own = tuple(1 if axis in (shared or ()) else dim for axis, dim in enumerate(shape))
    return [("alpha", own[1:])]


# ------------------------------------------------------------------------------------------------- attention


def _projections(
    arguments: Arguments, of_query: Dim, parts: list[tuple[Dim, Dim, Dim]], last: tuple[Dim, Dim]
) -> Named | None:
    """Kernels and biases of query, key and value (features, heads, size), and of the result's (heads, size)."""
    bias = arguments.get("use_bias", UNKNOWN)
    if bias not in (TRUE, FALSE):
        return None
    found: Named = []
    for features, heads, size in parts:
        found += [("", (features, heads, size)), *([("", (heads, size))] if bias == TRUE else [])]
    return [*found, ("", (*last, of_query)), *([("", (of_query,))] if bias == TRUE else [])]


@_formula("MultiHeadAttention")
def _multi_head_attention(arguments: Arguments, inputs: Shapes) -> Named | None:
    query, value = inputs[0], inputs[1] if len(inputs) > 1 else None
    key = inputs[2] if len(inputs) > 2 else value
    heads, size = _size(arguments, "num_heads"), _size(arguments, "key_dim")
    wide = arguments.get("value_dim", NONE)
    value_size = size if wide == NONE else dim_of(wide)
    wanted = arguments.get("output_shape", NONE)
    if wanted != NONE and not isinstance(dim_of(wanted), int):
        return None
    features = [_along(shape, -1) for shape in (query, key, value)]
    parts = [(features[0], heads, size), (features[1], heads, size), (features[2], heads, value_size)]
    return _projections(arguments, features[0] if wanted == NONE else dim_of(wanted), parts, (heads, value_size))


@_formula("GroupQueryAttention")
def _group_query_attention(arguments: Arguments, inputs: Shapes) -> Named | None:
    if arguments.get("use_gate", FALSE) != FALSE or len(inputs) < 2:
        return None
    size, many, few = (_size(arguments, name) for name in ("head_dim", "num_query_heads", "num_key_value_heads"))
    query, value, key = (_along(shape, -1) for shape in (*inputs, inputs[1])[:3])
    return _projections(arguments, query, [(query, many, size), (key, few, size), (value, few, size)], (many, size))
