"""Keras's layers as the ops that they run: what each makes, so that activations and temporaries can be counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tflint_gemm.domain import dims
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import FALSE, NONE, ApiObject, ApiSymbol, Constant, Tensor, Value, dim_of
from tflint_gemm.interpreter.allocation_trace import Buffer
from tflint_gemm.interpreter.memory import nbytes
from tflint_gemm.interpreter.sizes import FLOATING
from tflint_gemm.memory import operations


@dataclass(slots=True, eq=False)
class Primitive:
    """One op: what it reads, makes, and keeps inside for its gradient; ``extra`` is what its gradient takes."""

    api: str
    operands: tuple[Buffer, ...]
    results: tuple[Buffer, ...]
    kept: tuple[Buffer, ...] = ()
    temporaries: Dim = 0
    extra: Dim = 0
    is_output: bool = False
    """Whether it is the last op of a layer."""
    rounds: int = 1
    """How many rounds of a loop it stands for."""

    @staticmethod
    def of(api: str, operands: Sequence[Buffer], results: Sequence[Buffer], graph: bool) -> Primitive:
        """An op as ``operations`` knows it."""
        inside = operations.kept(api, results, operands)
        kept = list(operations.needed(api, results, operands, graph))
        if inside != 0:
            made = (*results, *operands)[0]
            kept.append(Buffer(made.node, f"inside {made.display}", "activation", made.dtype, None, inside))
        extra = operations.of_gradient(api, operands)
        temporaries = operations.temporaries(api, results, operands)
        return Primitive(api, tuple(operands), tuple(results), tuple(kept), temporaries, extra)


@dataclass(slots=True)
class Layer:
    """A layer of a library being called: its inputs and its output as buffers, and how to make more like these."""

    object: ApiObject
    inputs: list[Buffer]
    output: Buffer
    weights: tuple[Buffer, ...]
    graph: bool

    def like(self, other: Buffer, factor: Dim = 1) -> Buffer:
        return replace(other, nbytes=dims.multiply(other.nbytes, factor), display=self.output.display)

    def sized(self, shape: Shape) -> Buffer:
        """An activation of that shape, of the output's dtype."""
        size = nbytes(Tensor(self.output.dtype, shape), FLOATING)
        return replace(self.output, shape=shape, nbytes=size)

    def op(self, api: str, operands: Sequence[Buffer], result: Buffer) -> Primitive:
        return Primitive.of(api, operands, [result], self.graph)

    def argument(self, name: str) -> Value:
        return self.object.arguments.get(name, NONE)


Expansion = Callable[[Layer], list[Primitive]]
_EXPANSIONS: dict[str, Expansion] = {}


def _expansion(*names: str) -> Callable[[Expansion], Expansion]:
    def register(function: Expansion) -> Expansion:
        _EXPANSIONS.update((f"keras.layers.{name}", function) for name in names)
        return function

    return register


def primitives(layer: Layer) -> list[Primitive]:
    """The ops that the layer runs, the last of which makes its output."""
    known = _EXPANSIONS.get(layer.object.path)
    return known(layer) if known is not None else [layer.op(layer.object.path, layer.inputs, layer.output)]


_ACTIVATIONS = {
    "relu": "nn.relu", "softmax": "nn.softmax", "sigmoid": "math.sigmoid", "tanh": "math.tanh", "gelu": "nn.gelu",
    "silu": "nn.silu", "swish": "nn.silu", "elu": "nn.elu", "selu": "nn.selu", "softplus": "math.softplus",
    "log_softmax": "nn.log_softmax", "relu6": "nn.relu6",
}  # fmt: skip


def _activation(value: Value) -> str | None:
    """The op of an activation function, None for none."""
    if value in (NONE, Constant("linear")):
        return None
    name = (
        value.value
        if isinstance(value, Constant)
        else value.path.rpartition(".")[2]
        if isinstance(value, ApiSymbol)
        else ""
    )
    return _ACTIVATIONS.get(str(name), "math.log")


def _finish(layer: Layer, made: list[Primitive]) -> list[Primitive]:
    """The bias and the activation behind a product; the last op makes the output itself."""
    if layer.argument("use_bias") != FALSE:
        made.append(layer.op("Tensor.__add__", [made[-1].results[0], *layer.weights[-1:]], layer.like(layer.output)))
    activation = _activation(layer.argument("activation"))
    if activation is not None:
        made.append(layer.op(activation, [made[-1].results[0]], layer.like(layer.output)))
    last = made[-1]
    made[-1] = Primitive.of(last.api, last.operands, [layer.output], layer.graph)
    return made


@_expansion(
    "Dense", "EinsumDense", "Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose",
    "DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D",
)  # fmt: skip
def _product(layer: Layer) -> list[Primitive]:
    kernels = layer.weights[:-1] if len(layer.weights) > 1 else layer.weights
    return _finish(layer, [layer.op("linalg.matmul", [*layer.inputs[:1], *kernels], layer.like(layer.output))])


@_expansion("Activation", "ReLU", "Softmax", "ELU", "LeakyReLU")
def _activated(layer: Layer) -> list[Primitive]:
    named = {"ReLU": "nn.relu", "Softmax": "nn.softmax", "ELU": "nn.elu", "LeakyReLU": "math.log"}
    kind = layer.object.path.rpartition(".")[2]
    api = named.get(kind) or _activation(layer.argument("activation")) or "identity"
    return [layer.op(api, layer.inputs[:1], layer.output)]


@_expansion("Flatten", "Reshape", "Permute", "RepeatVector", "Cropping2D")
def _moved(layer: Layer) -> list[Primitive]:
    return [layer.op("reshape", layer.inputs[:1], layer.output)]


@_expansion("Add", "Subtract", "Average")
def _added(layer: Layer) -> list[Primitive]:
    return [layer.op("Tensor.__add__", layer.inputs, layer.output)]


@_expansion("Concatenate", "ZeroPadding2D", "UpSampling2D", "GlobalAveragePooling1D", "GlobalAveragePooling2D")
def _gathered(layer: Layer) -> list[Primitive]:
    return [layer.op("concat", layer.inputs, layer.output)]


@_expansion("Embedding")
def _embedding(layer: Layer) -> list[Primitive]:
    return [layer.op("gather", [*layer.weights], layer.output)]


@_expansion("MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "AveragePooling2D", "GlobalMaxPooling2D")
def _pooled(layer: Layer) -> list[Primitive]:
    return [layer.op("nn.max_pool2d", layer.inputs[:1], layer.output)]


@_expansion("Dropout", "SpatialDropout1D", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "AlphaDropout")
def _dropped(layer: Layer) -> list[Primitive]:
    dropped = layer.op("nn.dropout", layer.inputs[:1], layer.output)
    dropped.temporaries = dims.multiply(layer.output.nbytes, 3)
    return [dropped]


@_expansion("BatchNormalization", "LayerNormalization", "GroupNormalization", "RMSNormalization", "UnitNormalization")
def _normalized(layer: Layer) -> list[Primitive]:
    """Differences, scaled and shifted; layer normalization computes in more steps than batch normalization."""
    steps = 2 if layer.object.path.endswith("BatchNormalization") else 4
    source, found = layer.inputs[0], []
    for _ in range(steps - 1):
        made = layer.like(layer.output)
        found.append(layer.op("Tensor.__mul__", [source], made))
        source = made
    last = layer.op("Tensor.__add__", [source, *layer.weights], layer.output)
    last.temporaries = dims.multiply(layer.output.nbytes, steps - 2)
    return [*found, last]


@_expansion("MultiHeadAttention")
def _attended(layer: Layer) -> list[Primitive]:
    """Projections, scores, weights and their sum; scores are of batch, heads and both times."""
    query = layer.inputs[0]
    value = layer.inputs[1] if len(layer.inputs) > 1 else query
    heads, size = dim_of(layer.argument("num_heads")), dim_of(layer.argument("key_dim"))
    if query.shape is None or value.shape is None or len(query.shape) != 3 or len(value.shape) != 3:
        return [layer.op(layer.object.path, layer.inputs, layer.output)]
    batch, times, others = query.shape[0], query.shape[1], value.shape[1]
    found: list[Primitive] = []
    parts = []
    for source, length in ((query, times), (value, others), (value, others)):
        product, biased = (layer.sized((batch, length, heads, size)) for _ in range(2))
        found += [layer.op("linalg.matmul", [source, *layer.weights[:1]], product)]
        found += [layer.op("Tensor.__add__", [product], biased)]
        parts.append(biased)
    scores, scaled, weights = (layer.sized((batch, heads, times, others)) for _ in range(3))
    found.append(layer.op("linalg.matmul", parts[:2], scores))
    found.append(layer.op("Tensor.__mul__", [scores], scaled))
    found.append(layer.op("nn.softmax", [scaled], weights))
    summed = layer.sized((batch, times, heads, size))
    found.append(layer.op("linalg.matmul", [weights, parts[2]], summed))
    projected = layer.like(layer.output)
    found.append(layer.op("linalg.matmul", [summed, *layer.weights[-2:-1]], projected))
    return [*found, layer.op("Tensor.__add__", [projected, *layer.weights[-1:]], layer.output)]


_GATES = {"LSTM": (22, 11), "GRU": (26, 12), "SimpleRNN": (5, 4)}
"""How many tensors of the size of a state each step of time keeps for its gradient: outside of graphs, and in one."""
_BACKWARD = {"LSTM": 14, "GRU": 5, "SimpleRNN": 5}
"""How many more are there while the gradient is computed outside of graphs."""


@_expansion("LSTM", "GRU", "SimpleRNN")
def _recurrent(layer: Layer) -> list[Primitive]:
    """Every step of time keeps its gates and states; the sequence is copied on the way in and on the way out."""
    source, units = layer.inputs[0], dim_of(layer.argument("units"))
    kind = layer.object.path.rpartition(".")[2]
    if source.shape is None or len(source.shape) != 3:
        return [layer.op(layer.object.path, layer.inputs, layer.output)]
    states = layer.sized((source.shape[0], source.shape[1], units))
    made = layer.op("linalg.matmul", [source, *layer.weights], layer.output)
    made.kept = (*made.kept, layer.like(states, _GATES[kind][layer.graph]))
    made.temporaries = dims.multiply(states.nbytes, 2)
    made.extra = dims.multiply(states.nbytes, _BACKWARD[kind])
    return [made]
