"""What Keras's base classes give the layers and models of the program: weights and prediction."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.origins import Origin
from tflint_gemm.domain.values import NONE, UNKNOWN, DictValue, Kind, Mutable, ShapeValue, Tensor, Value
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.memory import new_storage
from tflint_gemm.interpreter.program import Instance
from tflint_gemm.interpreter.records import Call
from tflint_gemm.interpreter.tensor_operations import perform
from tflint_gemm.ops import context, layers
from tflint_gemm.ops.conversion import Unsure, sequence_items, to_dtype, to_shape

if TYPE_CHECKING:
    from tflint_gemm.interpreter.calls import Given

_ADD_WEIGHT = "add_weight"
_NEW_ORDER = ("shape", "initializer", "dtype")  # Keras 3
_OLD_ORDER = ("name", "shape", "dtype", "initializer")  # Keras 2


def add_weight(interp: Interpreter, layer: Value, given: "Given", node: ast.Call) -> Value:
    """``self.add_weight(shape=..., dtype=...)``: a variable of that shape, of the layer's dtype by default."""
    first = given.positional[0] if given.positional else None
    by_shape = first is not None and (
        sequence_items(first) is not None or isinstance(first, ShapeValue) or first == NONE
    )
    arguments = dict(zip(_NEW_ORDER if by_shape else _OLD_ORDER, given.positional))
    arguments.update(given.keywords)
    shape = to_shape(arguments["shape"]) if "shape" in arguments else ()
    chosen = to_dtype(arguments["dtype"]) if "dtype" in arguments else None
    explicit = chosen is not None
    dtype = (variable_dtype(interp, layer) if isinstance(layer, Instance) else None) if chosen is None else chosen
    if not given.complete:
        return Tensor(None, None, Kind.VARIABLE, promotes=True)
    here = node if interp.at_home else None
    origin = Origin(_ADD_WEIGHT, interp.source.path, node.lineno, explicit, here)
    known = None if isinstance(dtype, Unsure) else dtype
    variable = Tensor(known, shape, Kind.VARIABLE, dtype_origin=origin, shape_origin=origin, promotes=True)
    return replace(variable, storage=new_storage(variable, here))


_DTYPE = "(dtype)"  # no attribute of a program can be called so


def initialize(interp: Interpreter, layer: Value, given: "Given", _node: ast.Call) -> Value:
    """``super().__init__(dtype=...)`` of a layer: its dtype policy is remembered."""
    if isinstance(layer, Instance):
        chosen = given.keywords.get("dtype", NONE)
        # Keyword arguments that only a caller outside knows are taken to leave the dtype alone.
        known = given.complete or layer.partial or "dtype" in given.keywords
        interp.heap.write(layer, _DTYPE, chosen if known else UNKNOWN)
    return NONE


def _policy(layer: Instance) -> dict[str, Value]:
    return {"dtype": layer.slots.get(_DTYPE, NONE)}


def compute_dtype(interp: Interpreter, layer: Instance) -> DType | None:
    """The dtype to which a layer of the program casts the floats that it is called with; None where not known."""
    with context.use(interp.call_context()):
        return layers.compute_dtype(_policy(layer))


def variable_dtype(interp: Interpreter, layer: Instance) -> DType | None:
    """The dtype of the weights that a layer of the program adds; None where it is not known."""
    with context.use(interp.call_context()):
        return layers.variable_dtype(_policy(layer))


DTYPES = {"compute_dtype": compute_dtype, "variable_dtype": variable_dtype, "dtype": variable_dtype}
"""The attributes of a layer that tell its dtypes."""


def autocast_weights(value: Value, dtype: DType) -> Value:
    """An attribute of a layer as its ``call`` sees it: weights that are floats are cast to the compute dtype."""
    if isinstance(value, Tensor):
        is_weight = value.kind is Kind.VARIABLE and value.dtype is not None and value.dtype.is_floating
        added = value.dtype_origin is not None and value.dtype_origin.api == _ADD_WEIGHT
        return replace(value, dtype=dtype) if is_weight and added else value
    items = sequence_items(value) or (tuple(value.slots.values()) if isinstance(value, DictValue) else ())
    return UNKNOWN if any(autocast_weights(item, dtype) is not item for item in items) else value


def predict(interp: Interpreter, model: Value, given: "Given", node: ast.Call) -> Value:
    """``model.predict(x)``: what calling the model gives, as an array."""
    from tflint_gemm.interpreter.calls import Given, call

    result = call(interp, model, Given(given.positional[:1]), node)
    if not isinstance(result, Tensor):
        return UNKNOWN
    shape = None if result.shape is None else (None, *result.shape[1:])
    return Tensor(result.dtype, shape, Kind.ARRAY, dtype_origin=result.dtype_origin, shape_origin=result.shape_origin)


def compile_model(interp: Interpreter, model: Value, given: "Given", _node: ast.Call) -> Value:
    """``model.compile(loss=...)``: the loss is remembered for ``fit``."""
    from tflint_gemm.ops.keras_training import LOSS

    if isinstance(model, Mutable) and given.complete:
        loss = given.positional[1] if len(given.positional) > 1 else given.keywords.get("loss", NONE)
        interp.heap.write(model, LOSS, loss)
    return NONE


def train(interp: Interpreter, model: Value, given: "Given", node: ast.Call) -> Value:
    """``model.fit(x, y)`` and the like: the model is called on a batch, and the loss on what it gives."""
    from tflint_gemm.interpreter.calls import Given, call, display_name
    from tflint_gemm.ops.keras_training import LOSS, batch_of, compare_labels

    passed = dict(zip(("x", "y"), given.positional))
    x, y = passed.get("x", given.keywords.get("x", UNKNOWN)), passed.get("y", given.keywords.get("y", NONE))
    batch = batch_of(x)
    if batch is None:
        return UNKNOWN
    before = len(interp.analysis.violations)
    predictions = call(interp, model, Given((batch,)), node)
    if len(interp.analysis.violations) == before and isinstance(model, Mutable) and given.complete:
        nodes = {**given.keyword_nodes, **dict(zip(("x", "y"), given.positional_nodes))}
        record = Call(node, "keras.Model.fit", display_name(node.func), {"x": x, "y": y}, nodes, stack=interp.stack())
        loss = model.slots.get(LOSS, UNKNOWN)
        perform(interp, record, lambda: compare_labels(loss, x, y, predictions), [x, y])
    return UNKNOWN


METHODS: dict[str, Callable[[Interpreter, Value, "Given", ast.Call], Value]] = {
    "Layer.__init__": initialize,
    "Layer.add_weight": add_weight,
    "Model.predict": predict,
    "Model.compile": compile_model,
    "Model.fit": train,
    "Model.evaluate": train,
    "Model.train_on_batch": train,
}
