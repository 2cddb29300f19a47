"""Keras models: inputs, Sequential, the functional Model, and ``predict``.

A functional model is its symbolic inputs and outputs: calling it puts the sizes of the actual inputs in the place of
the symbols of the declared ones.
"""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.dims import Dim, Symbol, SymbolicDim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiObject,
    DictValue,
    Kind,
    Tensor,
    TupleValue,
    Value,
    from_dim,
)
from tflint_gemm.ops import rules, structures
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import Unsure, sequence_items, to_shape, to_tensor
from tflint_gemm.ops.keras_inputs import check_input, fitted_shape, matched
from tflint_gemm.ops.layers import INCOMPLETE, apply, compute_dtype, connected, result_kind, with_kind
from tflint_gemm.ops.parameters import DTypeArgument, Spread
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import Violation
from tflint_gemm.replacing import replace

LAYERS = "layers of the model"
INPUT, OUTPUT = "symbolic input", "symbolic output"

# ------------------------------------------------------------------------------------------------- inputs


@op("keras.layers.Input")
def symbolic_input(
    shape: Value = NONE,
    batch_size: Value = NONE,
    dtype: DTypeArgument = None,
    batch_shape: Value = NONE,
    tensor: Value = NONE,
    name: Value = NONE,
) -> Tensor:
    """A symbolic tensor; sizes that are left open become symbols, one and the same throughout the model."""
    if tensor != NONE:
        return Tensor(kind=Kind.KERAS)
    if batch_shape != NONE:
        sizes = batch_shape
    else:
        # Keras takes a generator as well.
        rest = shape.items if isinstance(shape, TupleValue) else sequence_items(shape)
        sizes = UNKNOWN if rest is None else TupleValue((batch_size, *rest))
        if rest is None and (known := to_shape(shape)) is not None and shape != NONE:
            sizes = TupleValue((batch_size, *map(from_dim, known)))
    layer = ApiObject("keras.layers.InputLayer", {"name": name})
    return Tensor(_declared_dtype(dtype), _with_symbols(sizes), Kind.KERAS, layer=layer)


def _declared_dtype(dtype: DType | None | Unsure) -> DType | None:
    return rules.chosen_dtype(dtype, dtypes.parse_dtype(current().floatx))


def _with_symbols(sizes: Value) -> Shape:
    """The shape of these sizes, with a symbol for each that is None."""
    shape, items = to_shape(sizes), sequence_items(sizes)
    if shape is None or any(isinstance(dim, int) and dim < 0 for dim in shape):
        return None
    names = ("batch", *(f"dim{axis}" for axis in range(1, len(shape))))
    left_open = [item == NONE for item in items] if items is not None else [False] * len(shape)
    sizes_of_names = zip(names, shape, left_open)
    return tuple(dims.symbol(name, left_open=True) if is_open else dim for name, dim, is_open in sizes_of_names)


@op("keras.KerasTensor")
def keras_tensor(shape: Value, dtype: DTypeArgument = None) -> Tensor:
    return Tensor(rules.chosen_dtype(dtype, dtypes.FLOAT32), to_shape(shape), Kind.KERAS)


# ------------------------------------------------------------------------------------------------- Sequential


@op("keras.Sequential")
def sequential(layers: Value = NONE) -> ApiObject:
    """A stack of layers; one that begins with an input is built, and objected to, layer by layer."""
    model = ApiObject("keras.Sequential", {})
    items = () if layers == NONE else sequence_items(layers)
    if items is not None:
        current().write(model, LAYERS, TupleValue(()))
        for item in items:
            add_layer(model, item)
    return model


@op("keras.Sequential.add")
def add_layer(self: Value, layer: Value) -> Value:
    if not isinstance(self, ApiObject):
        return NONE
    layers = _layers(self)
    if layers is None:
        return NONE
    current().write(self, LAYERS, TupleValue((*layers, layer)))
    before = self.slots.get(OUTPUT)
    first = _declared_input(layer) if not layers else before
    if not layers and first is not None:
        current().write(self, INPUT, first)
    if isinstance(first, Tensor):
        try:
            output = first if not layers and _is_input(layer) else apply(layer, first)
        except Violation:
            # Keras has not added the layer, nor would the program have gone on: the model stays unknown.
            current().write(self, OUTPUT, UNKNOWN)
            current().write(self, LAYERS, UNKNOWN)
            raise
        current().write(self, OUTPUT, output)
    elif layers and OUTPUT in self.slots:
        apply(layer, UNKNOWN)  # it is called all the same: what it writes, and what is known in it, must not stay
    return NONE


@op("keras.Sequential.pop")
def pop_layer(self: Value) -> Value:
    if isinstance(self, ApiObject) and (layers := _layers(self)):
        current().write(self, LAYERS, TupleValue(layers[:-1]))
        current().write(self, OUTPUT, UNKNOWN)
    return UNKNOWN


def _is_input(layer: Value) -> bool:
    return isinstance(layer, Tensor) or (isinstance(layer, ApiObject) and layer.path == "keras.layers.InputLayer")


def _layers(model: ApiObject) -> tuple[Value, ...] | None:
    held = model.slots.get(LAYERS)
    return held.items if isinstance(held, TupleValue) else None


def model_layers(model: ApiObject) -> tuple[Value, ...] | None:
    """The layers of a Sequential model, of which its input is none; None where they are not known."""
    layers = _layers(model)
    return None if layers is None else tuple(layer for layer in layers if not _is_input(layer))


def _declared_input(layer: Value) -> Tensor | None:
    """The symbolic input that a model's first layer declares: an Input, an InputLayer, or its ``input_shape=``."""
    if isinstance(layer, Tensor):
        return layer if layer.kind is Kind.KERAS else None
    if not isinstance(layer, ApiObject):
        return None
    arguments = layer.arguments
    if layer.path == "keras.layers.InputLayer" and INCOMPLETE not in arguments:
        shape = arguments.get("shape", arguments.get("input_shape", NONE))
        return symbolic_input(shape, batch_shape=arguments.get("batch_shape", NONE)) if shape != NONE else None
    if "input_shape" in arguments:
        return symbolic_input(arguments["input_shape"])
    if "input_dim" in arguments and layer.path == "keras.layers.Dense":
        return symbolic_input(TupleValue((arguments["input_dim"],)))
    return None


@op("keras.Sequential.__call__")
def call_sequential(self: Value, inputs: Value) -> Value:
    """The layers one after the other; inputs are cast to what the model takes before the first of them."""
    layers = _layers(self) if isinstance(self, ApiObject) else None
    if layers is None or not layers:
        return UNKNOWN
    items = sequence_items(inputs)
    declared = _declared_input(layers[0])
    if items is not None and any(isinstance(item, Tensor) for item in items):
        if len(items) != 1 or declared is None:
            return UNKNOWN
        inputs = items[0]
    dtype = declared.dtype if declared is not None else compute_dtype({})
    original = to_tensor(inputs)
    value: Value = original
    if original.kind is not Kind.PYTHON:
        shape = original.shape if declared is None else fitted_shape(original, declared)
        value = replace(original, dtype=dtype, shape=shape, elements=None)
    for layer in layers:
        value = value if _is_input(layer) else apply(layer, value)
    output = connected(self, [original], with_kind(value, result_kind([original])))
    current().layer_called(self, [original], output)
    return output


# ------------------------------------------------------------------------------------------------- functional models


@op("keras.Model")
def functional(*args: Spread, inputs: Value = NONE, outputs: Value = NONE) -> Value:
    """A model of symbolic inputs and outputs."""
    given = [value for value in args if isinstance(value, Value)]
    if len(given) != len(args):
        return ApiObject("keras.Model", {INCOMPLETE: UNKNOWN})
    pairs = dict(zip(("inputs", "outputs"), given))
    arguments = {"inputs": inputs, "outputs": outputs, **pairs}
    return ApiObject("keras.Model", {name: value for name, value in arguments.items() if value != NONE})


@op("keras.Model.__call__")
def call_functional(self: Value, inputs: Value) -> Value:
    """The outputs for these inputs; raises LayerInputMismatch where they are not of the declared shapes."""
    if not isinstance(self, ApiObject) or "outputs" not in self.arguments:
        return UNKNOWN
    pairs = matched(self.arguments.get("inputs", UNKNOWN), inputs)
    if pairs is None:
        return _renamed(self.arguments["outputs"], {}, Kind.UNKNOWN)
    assignment: dict[Symbol, Dim] = {}
    for wanted, given in pairs:
        check_input(wanted, given)
        if wanted.shape is not None and given.shape is not None and len(wanted.shape) == len(given.shape):
            assignment.update(
                (symbol, dim) for own, dim in zip(wanted.shape, given.shape) if (symbol := _as_symbol(own)) is not None
            )
    tensors = [tensor for _, tensor in pairs]
    result = connected(self, tensors, _renamed(self.arguments["outputs"], assignment, result_kind(tensors)))
    current().layer_called(self, tensors, result)
    return result


def _as_symbol(dim: Dim) -> Symbol | None:
    """The symbol that ``dim`` is, if it is nothing but one."""
    if isinstance(dim, SymbolicDim) and len(dim.terms) == 1:
        ((monomial, coefficient),) = dim.terms
        if coefficient == 1 and len(monomial) == 1 and isinstance(monomial[0], Symbol):
            return monomial[0]
    return None


def _renamed(outputs: Value, assignment: dict[Symbol, Dim], kind: Kind) -> Value:
    """``outputs`` with the declared sizes replaced by the actual ones."""
    if isinstance(outputs, Tensor):
        shape = outputs.shape
        known = None if shape is None else tuple(dims.substitute(dim, assignment) for dim in shape)
        return with_kind(replace(outputs, shape=known), kind)
    if not structures.is_nested(outputs):
        return UNKNOWN
    renamed = [_renamed(item, assignment, kind) for item in structures.children(outputs)]
    if len(renamed) == 1 and not isinstance(outputs, DictValue):
        return renamed[0]
    return structures.rebuild(outputs, renamed)


# ------------------------------------------------------------------------------------------------- predict
