"""What models tell of themselves, and weights that are put into layers."""

from __future__ import annotations

from tflint_gemm.domain.values import (
    UNKNOWN,
    ApiObject,
    ListValue,
    Tensor,
    TupleValue,
    Value,
)
from tflint_gemm.ops.conversion import sequence_items
from tflint_gemm.ops.keras_models import OUTPUT
from tflint_gemm.ops.registry import attribute


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
    return _single(self.arguments.get("inputs", UNKNOWN)) if isinstance(self, ApiObject) else UNKNOWN


@attribute("keras.Model.inputs")
def model_inputs(self: Value) -> Value:
    return _list(self.arguments.get("inputs", UNKNOWN)) if isinstance(self, ApiObject) else UNKNOWN


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


@attribute("keras.layers.Normalization.mean", "keras.layers.Normalization.variance")
def normalized_by(self: Value) -> Value:
    """What the layer was given in the shape of its inputs, or what it adapted to; None before that."""
    return UNKNOWN
