"""The members of Keras's layers and Sequential models that give, set and count their weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tflint_gemm.domain import dtypes, shapes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import (
    NONE,
    TRUE,
    UNKNOWN,
    ApiObject,
    Constant,
    Kind,
    ListValue,
    OfType,
    Tensor,
    TupleValue,
    Value,
    from_dim,
)
from tflint_gemm.ops.conversion import sequence_items, to_shape, to_tensor
from tflint_gemm.ops.keras_models import model_layers
from tflint_gemm.ops.keras_promotion import floatx
from tflint_gemm.ops.keras_weights import LAYERS_WITH_WEIGHTS, Weight, weights_of
from tflint_gemm.ops.layers import apply, compute_dtype, variable_dtype
from tflint_gemm.ops.registry import attribute, op
from tflint_gemm.ops.violations import AssignMismatch, InvalidArgument, Violation


def _all_weights(owner: Value) -> tuple[Weight, ...] | None:
    """The weights of a layer, or of the layers of a Sequential model, each layer once."""
    if not isinstance(owner, ApiObject) or owner.path != "keras.Sequential":
        return weights_of(owner)
    found: list[Weight] = []
    layers = model_layers(owner)
    if not layers or len({id(layer) for layer in layers}) < len(layers):
        return None
    for layer in layers:
        own = _all_weights(layer)
        if own is None:
            return None
        found += own
    return tuple(found)


def _variables(weights: tuple[Weight, ...] | None, kind: Kind = Kind.VARIABLE) -> Value:
    if weights is None:
        return UNKNOWN
    return ListValue(TupleValue(tuple(Tensor(weight.dtype, weight.shape, kind) for weight in weights)))


@attribute("keras.Layer.compute_dtype", "keras.DTypePolicy.compute_dtype")
def layer_compute_dtype(self: Value) -> Value:
    return _name_of(compute_dtype(_policy_of(self))) if isinstance(self, ApiObject) else UNKNOWN


@attribute("keras.Layer.variable_dtype", "keras.DTypePolicy.variable_dtype")
def layer_variable_dtype(self: Value) -> Value:
    return _name_of(variable_dtype(_policy_of(self))) if isinstance(self, ApiObject) else UNKNOWN


def _policy_of(owner: ApiObject) -> Mapping[str, Value]:
    return {"dtype": owner} if owner.path == "keras.DTypePolicy" else owner.arguments


def _name_of(dtype: DType | None) -> Value:
    return OfType("str") if dtype is None else Constant(str(dtype))


@attribute("keras.Layer.weights")
def weights(self: Value) -> Value:
    return _variables(_all_weights(self))


def _may_be_frozen(owner: Value) -> bool:
    """Whether ``trainable`` may have been set to something else than True, here or in a layer of a model."""
    if not isinstance(owner, ApiObject):
        return True
    stated = [owner.slots.get("trainable", TRUE), owner.arguments.get("trainable", TRUE)]
    inner = [owner.arguments[name] for name in ("layer",) if name in owner.arguments]
    held = model_layers(owner) if owner.path == "keras.Sequential" else ()
    return any(flag != TRUE for flag in stated) or any(map(_may_be_frozen, (*inner, *(held or ()))))


def _part(trainable: bool) -> Callable[[Value], Value]:
    def members(self: Value) -> Value:
        found = None if _may_be_frozen(self) else _all_weights(self)
        return _variables(None if found is None else tuple(one for one in found if one.trainable is trainable))

    return members


attribute("keras.Layer.trainable_weights", "keras.Layer.trainable_variables")(_part(True))
attribute("keras.Layer.non_trainable_weights")(_part(False))


@op("keras.Layer.get_weights")
def get_weights(self: Value) -> Value:
    """Arrays, in the order of ``weights``."""
    return _variables(_all_weights(self), Kind.ARRAY)


@op("keras.Layer.set_weights")
def set_weights(self: Value, weights: Value) -> Value:
    """Raises AssignMismatch where an array is of another shape than the weight in its place."""
    held, items = _all_weights(self), sequence_items(weights)
    if held is None or items is None:
        return NONE
    if len(held) != len(items):
        raise InvalidArgument((), f"{len(items)} arrays for {len(held)} weights", NONE)
    for weight, item in zip(held, items):
        given = to_tensor(item)
        if given.kind in (Kind.ARRAY, Kind.TENSOR) and shapes.equal(weight.shape, given.shape) is False:
            raise AssignMismatch(given, weight.shape, "weights", NONE)
    return NONE


@op("keras.Layer.count_params")
def count_params(self: Value) -> Value:
    found = _all_weights(self)
    counts = [shapes.num_elements(weight.shape) for weight in found or ()]
    known = found is not None and all(isinstance(count, int) for count in counts)
    return from_dim(sum(count for count in counts if isinstance(count, int)) if known else None)


@op("keras.Layer.build")
def build(self: Value, input_shape: Value) -> Value:
    """As if the layer were called with a symbol of that shape."""
    items, shape = sequence_items(input_shape), to_shape(input_shape)
    flat = items is None or all(item == NONE or not isinstance(item, TupleValue) for item in items)
    mine = isinstance(self, ApiObject) and self.path.startswith(("keras.layers.", "keras.Sequential"))
    if mine and shape is not None and flat:
        try:
            apply(self, Tensor(floatx(), shape, Kind.KERAS))
        except Violation:  # a call would object; what build says of it is not followed
            return NONE
    return NONE


# ------------------------------------------------------------------------------------------------- by name


def _weight(name: str) -> Callable[[Value], Value]:
    def member(self: Value) -> Value:
        found = weights_of(self)
        weight = next((one for one in found or () if one.name == name), None)
        return UNKNOWN if weight is None else Tensor(weight.dtype, weight.shape, Kind.VARIABLE)

    return member


for _owner, _names in LAYERS_WITH_WEIGHTS.items():
    for _name in _names.split():
        for _layer in _owner.split():
            attribute(f"keras.layers.{_layer}.{_name}")(_weight(_name))


@attribute("keras.layers.SpectralNormalization.kernel")
def normalized_kernel(self: Value) -> Value:
    """The wrapped layer's."""
    return _weight("kernel")(self.arguments.get("layer", UNKNOWN)) if isinstance(self, ApiObject) else UNKNOWN


@op("keras.Optimizer.apply_gradients")
def apply_gradients(self: Value) -> Tensor:
    """The number of steps so far."""
    return Tensor(dtypes.INT64, (), Kind.VARIABLE)


@op("keras.Optimizer.apply")
def apply_to(self: Value) -> Value:
    """Nothing."""
    return NONE
