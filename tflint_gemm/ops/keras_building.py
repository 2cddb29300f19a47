"""What Keras minds when a layer makes its weights: a size that is left open, an initializer of another shape."""

from __future__ import annotations

from collections.abc import Mapping

from tflint_gemm.domain import dims, shapes
from tflint_gemm.domain.dims import Dim, SymbolicDim
from tflint_gemm.domain.values import NONE, ApiObject, Constant, Kind, OfType, ShapeValue, Tensor, Value
from tflint_gemm.ops import registry
from tflint_gemm.ops.keras_weights import Weight, weights_of
from tflint_gemm.ops.layers import INCOMPLETE
from tflint_gemm.ops.registry import Arguments
from tflint_gemm.ops.violations import InvalidArgument, Violation

_ARGUMENTS = {
    "recurrent_kernel": "recurrent_initializer",
    "depthwise_kernel": "depthwise_initializer",
    "pointwise_kernel": "pointwise_initializer",
}
"""The arguments that say how weights begin, where they are not called like the weights."""

_CALLED = ("keras.initializers.Constant", "constant_initializer")
"""The initializers that hold numbers of a shape of their own."""

_PARTWISE = ("LSTM", "GRU", "SimpleRNN", "ConvLSTM")
"""The layers that initialize a bias, or a kernel, not as the one weight that they make of it."""


def check_weights(layer: Value, inputs: tuple[Tensor, ...], output: Value) -> None:
    """Raise InvalidArgument where the first call of a library's layer cannot make its weights.

    ``output`` is what the call gives.
    """
    weights = weights_of(layer) if isinstance(layer, ApiObject) else None
    if not weights or not isinstance(layer, ApiObject) or INCOMPLETE in layer.arguments:
        return
    symbolic = all(tensor.kind is Kind.KERAS for tensor in inputs)
    partwise = layer.path.removeprefix("keras.layers.").startswith(_PARTWISE)
    for weight in weights:
        if symbolic and any(map(is_left_open, weight.shape or ())):
            name = f"its {weight.name}" if weight.name else "one of its kernels"
            raise InvalidArgument(inputs, f"{name} would have a size that is left open", output)
        start = None if partwise else _misfit(layer.arguments, weight)
        if start is not None:
            wanted, given = shapes.show(weight.shape), shapes.show(start.shape)
            raise InvalidArgument(inputs, f"its {weight.name} of shape {wanted} cannot begin as {given}", output)


def is_left_open(size: Dim) -> bool:
    return isinstance(size, SymbolicDim) and any(one.left_open for one in dims.symbols_in(size))


def _misfit(arguments: Mapping[str, Value], weight: Weight) -> Tensor | None:
    """The numbers that a weight is to begin as, where they are of another shape."""
    given = arguments.get(_ARGUMENTS.get(weight.name, f"{weight.name}_initializer"), NONE)
    if isinstance(given, Tensor) and given.kind in (Kind.ARRAY, Kind.TENSOR, Kind.VARIABLE):
        return given if shapes.equal(given.shape, weight.shape) is False else None
    model = registry.find(f"{given.path}.__call__") if isinstance(given, ApiObject) and given.path in _CALLED else None
    if model is None:
        return None
    try:
        registry.invoke(model, Arguments({"self": given, "shape": ShapeValue(weight.shape), "dtype": NONE}))
    except Violation as violation:
        return violation.operands[0]
    return None


_INTEGER_SIZES = {
    "keras.layers.Dense": ("units",),
    "keras.layers.Embedding": ("input_dim", "output_dim"),
    "keras.layers.GRU": ("units",),
    "keras.layers.SimpleRNN": ("units",),
    "keras.layers.RepeatVector": ("n",),
}
"""The sizes that these layers want to be Python integers when they are made; others take a float until built."""


def require_integers(layer: str, arguments: Mapping[str, Value]) -> None:
    """Raise InvalidArgument for a layer that is made with a float for its size, or with one that is not positive."""
    for name in _INTEGER_SIZES.get(layer, ()):
        value = arguments.get(name)
        number = value.value if isinstance(value, Constant) else None
        if isinstance(number, float) or value == OfType("float"):
            raise InvalidArgument([], f"{name} that is a float")
        if isinstance(number, int) and number <= 0:
            raise InvalidArgument([], f"{name} that is not positive")
