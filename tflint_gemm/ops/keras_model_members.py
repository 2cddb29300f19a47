"""What models tell of themselves, and weights that are put into layers."""

from __future__ import annotations

from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiObject,
    Constant,
    ListValue,
    Tensor,
    TupleValue,
    Value,
    from_dim,
)
from tflint_gemm.ops import structures
from tflint_gemm.ops.conversion import sequence_items
from tflint_gemm.ops.keras_building import is_left_open
from tflint_gemm.ops.keras_inputs import layer_name
from tflint_gemm.ops.keras_models import INPUT, OUTPUT, model_layers
from tflint_gemm.ops.layers import symbolic_node
from tflint_gemm.ops.parameters import Axis
from tflint_gemm.ops.registry import attribute, op


def _single(value: Value) -> Value:
    items = sequence_items(value)
    return items[0] if items is not None and len(items) == 1 else value


def _list(value: Value) -> Value:
    items = sequence_items(value)
    if items is None:
        items = (value,) if isinstance(value, Tensor) else None
    return UNKNOWN if items is None else ListValue(TupleValue(items))


@attribute("keras.Model.input")
def model_input(self: Value) -> Value:
    return _single(_inputs(self))


@attribute("keras.Model.inputs")
def model_inputs(self: Value) -> Value:
    return _list(_inputs(self))


def _inputs(self: Value) -> Value:
    if not isinstance(self, ApiObject):
        return UNKNOWN
    return self.arguments.get("inputs", self.slots.get(INPUT, UNKNOWN))


@attribute("keras.Model.output")
def model_output(self: Value) -> Value:
    if not isinstance(self, ApiObject):
        return UNKNOWN
    return _single(self.arguments.get("outputs", self.slots.get(OUTPUT, UNKNOWN)))


@attribute("keras.Model.outputs")
def model_outputs(self: Value) -> Value:
    if not isinstance(self, ApiObject):
        return UNKNOWN
    return _list(self.arguments.get("outputs", self.slots.get(OUTPUT, UNKNOWN)))


@attribute("keras.Model.input_shape")
def model_input_shape(self: Value) -> Value:
    return _single(_shapes_of(_inputs(self)))


@attribute("keras.Model.output_shape")
def model_output_shape(self: Value) -> Value:
    """A tuple with None for what is left open; a list of such for several outputs."""
    return _single(_shapes_of(model_outputs(self)))


def _shapes_of(tensors: Value) -> Value:
    leaves = tuple(structures.leaves(tensors))
    found = [leaf for leaf in leaves if isinstance(leaf, Tensor) and leaf.shape is not None]
    if len(found) != len(leaves):
        return UNKNOWN
    return ListValue(TupleValue(tuple(TupleValue(tuple(map(_size, tensor.shape or ()))) for tensor in found)))


def _size(size: Dim) -> Value:
    if size is None:
        return UNKNOWN
    return NONE if is_left_open(size) else from_dim(size)


@attribute("keras.layers.Normalization.mean", "keras.layers.Normalization.variance")
def normalized_by(self: Value) -> Value:
    """What the layer was given in the shape of its inputs, or what it adapted to; None before that."""
    return UNKNOWN


@attribute("keras.Layer.output")
def layer_output(self: Value) -> Value:
    """What the layer gave when a model was put together."""
    node = symbolic_node(self)
    return UNKNOWN if node is None else node[1]


@attribute("keras.Layer.input")
def layer_input(self: Value) -> Value:
    node = symbolic_node(self)
    return node[0][0] if node is not None and len(node[0]) == 1 else UNKNOWN


# ------------------------------------------------------------------------------------------------- layers


def _reached(outputs: Value) -> list[Value] | None:
    """The layers behind symbolic outputs, nearest first; None where one of them is not known."""
    found: list[Value] = []
    pending = list(structures.leaves(outputs))
    while pending:
        tensor = pending.pop(0)
        layer = tensor.layer if isinstance(tensor, Tensor) else None
        if layer is None:
            return None
        if any(layer is known for known in found):
            continue
        found.append(layer)
        if isinstance(layer, ApiObject) and layer.path == "keras.layers.InputLayer":
            continue
        node = symbolic_node(layer)
        if node is None:
            return None
        pending += node[0]
    return found


def _layers(self: Value) -> tuple[Value, ...] | None:
    """The layers in Keras's order: of a Sequential model without its input, of others where each follows one."""
    if not isinstance(self, ApiObject):
        return None
    if self.path == "keras.Sequential":
        return model_layers(self)
    found = _reached(self.arguments.get("outputs", UNKNOWN))
    if found is None or any(len((symbolic_node(layer) or ((), NONE))[0]) > 1 for layer in found):
        return None
    return tuple(reversed(found)) if isinstance(self.arguments.get("outputs"), Tensor) else None


@attribute("keras.Model.layers")
def layers_of(self: Value) -> Value:
    held = _layers(self)
    return UNKNOWN if held is None else ListValue(TupleValue(held))


@op("keras.Model.get_layer")
def get_layer(self: Value, name: Value = NONE, index: Axis = None) -> Value:
    held = _layers(self)
    if held is not None and isinstance(index, int) and -len(held) <= index < len(held):
        return held[index]
    if held is None and isinstance(self, ApiObject):
        held = tuple(_reached(self.arguments.get("outputs", UNKNOWN)) or ())
    named = [one for one in held or () if isinstance(name, Constant) and layer_name(one) == name.value]
    return named[0] if name != NONE and len(named) == 1 else UNKNOWN
