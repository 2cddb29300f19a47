"""What Keras's base classes give the layers and models of the program: weights and prediction."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.origins import Origin
from tflint_gemm.domain.values import NONE, UNKNOWN, Kind, Mutable, ShapeValue, Tensor, Value
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.memory import new_storage
from tflint_gemm.interpreter.records import Call
from tflint_gemm.interpreter.tensor_operations import perform
from tflint_gemm.ops.conversion import Unsure, sequence_items, to_dtype, to_shape

if TYPE_CHECKING:
    from tflint_gemm.interpreter.calls import Given

_NEW_ORDER = ("shape", "initializer", "dtype")  # Keras 3
_OLD_ORDER = ("name", "shape", "dtype", "initializer")  # Keras 2


def add_weight(interp: Interpreter, _layer: Value, given: "Given", node: ast.Call) -> Value:
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
    dtype = dtypes.parse_dtype(interp.call_context().floatx) if chosen is None else chosen
    if not given.complete:
        return Tensor(None, None, Kind.VARIABLE)
    here = node if interp.at_home else None
    origin = Origin("add_weight", interp.source.path, node.lineno, explicit, here)
    known = None if isinstance(dtype, Unsure) else dtype
    variable = Tensor(known, shape, Kind.VARIABLE, dtype_origin=origin, shape_origin=origin)
    return Tensor(
        variable.dtype,
        shape,
        Kind.VARIABLE,
        dtype_origin=origin,
        shape_origin=origin,
        storage=new_storage(variable, here),
    )


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
    "Layer.add_weight": add_weight,
    "Model.predict": predict,
    "Model.compile": compile_model,
    "Model.fit": train,
    "Model.evaluate": train,
    "Model.train_on_batch": train,
}
