"""What Keras's base classes give the layers and models of the program: weights and prediction."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from tflint_gemm import api
from tflint_gemm.domain.dtypes import DType, parse_dtype
from tflint_gemm.domain.origins import Origin
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiMethod,
    ApiObject,
    ApiSymbol,
    Constant,
    DictValue,
    Kind,
    ShapeValue,
    Tensor,
    Value,
)
from tflint_gemm.interpreter.interpreter import ANYWHERE, Interpreter
from tflint_gemm.interpreter.memory import new_storage
from tflint_gemm.interpreter.program import Instance
from tflint_gemm.ops import context, layers
from tflint_gemm.ops.conversion import Unsure, sequence_items, to_dtype, to_shape
from tflint_gemm.replacing import replace

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
_REDUCTION = "(reduction)"
_DEFAULT_REDUCTION = Constant("sum_over_batch_size")


def _reduction(given: "Given") -> Value:
    """The argument ``reduction``, which is the second of ``Loss`` and the first of some of Keras's own losses."""
    return given.keywords.get("reduction", UNKNOWN if given.positional else _DEFAULT_REDUCTION)


def initialize(interp: Interpreter, layer: Value, given: "Given", _node: ast.Call) -> Value:
    """``super().__init__(dtype=...)`` of a layer: its dtype policy is remembered."""
    if isinstance(layer, Instance):
        chosen = given.keywords.get("dtype", NONE)
        # Keyword arguments that only a caller outside knows are taken to leave the dtype alone.
        known = given.complete or layer.partial or "dtype" in given.keywords
        interp.heap.write(layer, _DTYPE, chosen if known else UNKNOWN)
        interp.heap.write(layer, _REDUCTION, _reduction(given) if known else UNKNOWN)
        _make_library_model(interp, layer, given)
    return NONE


_LIBRARY_MODEL = "(library model)"


def _make_library_model(interp: Interpreter, model: Instance, given: "Given") -> None:
    """A functional or Sequential model of the program is one of the library's with methods of its own."""
    from tflint_gemm.interpreter.calls import call_api

    bases = {api.resolve(path) for path in model.cls.library_bases()}
    path = next((name for name in ("keras.Sequential", "keras.Model") if name in bases), None)
    if path is None or not (path == "keras.Sequential" or given.positional or "outputs" in given.keywords):
        return
    made = call_api(interp, ApiSymbol(f"tensorflow.{path}"), replace(given, keyword_nodes={}), ANYWHERE)
    if isinstance(made, ApiObject):
        interp.heap.write(model, _LIBRARY_MODEL, made)


def library_model(model: Instance) -> ApiObject | None:
    """The functional or Sequential model that an instance of the program is, if it is one."""
    held = model.slots.get(_LIBRARY_MODEL)
    return held if isinstance(held, ApiObject) else None


def loss_operand(interp: Interpreter, loss: Instance, value: Value) -> Value:
    """Labels or predictions as the ``call`` of a loss of the program gets them: tensors of the loss's dtype."""
    if not isinstance(value, Tensor) or value.kind in (Kind.SPARSE, Kind.RAGGED):
        return UNKNOWN
    kind = Kind.TENSOR if value.kind in (Kind.ARRAY, Kind.VARIABLE, Kind.PYTHON) else value.kind
    return Tensor(_loss_dtype(interp, loss), value.shape, kind, shape_origin=value.shape_origin)


def reduced_loss(interp: Interpreter, loss: Instance, values: Value, weighted: bool) -> Value:
    """What calling a loss of the program gives for what its ``call`` gave."""
    reduction = loss.slots.get(_REDUCTION, _DEFAULT_REDUCTION)
    if not isinstance(values, (Tensor, Constant)):
        return UNKNOWN
    rows = values.shape if isinstance(values, Tensor) else ()
    whole = isinstance(reduction, Constant) and reduction.value in ("sum_over_batch_size", "sum", "mean")
    kept = reduction in (NONE, Constant("none")) and not weighted
    return Tensor(_loss_dtype(interp, loss), () if whole else rows if kept else None)


def _loss_dtype(interp: Interpreter, loss: Instance) -> DType | None:
    """Losses compute in ``floatx``, whatever the policy."""
    if loss.slots.get(_DTYPE, NONE) == NONE:
        return parse_dtype(interp.call_context().floatx)
    return compute_dtype(interp, loss)


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


def is_loss(bases: list[str]) -> bool:
    """Whether a class with these Keras bases is a loss."""
    return any(base == "keras.Loss" or base.startswith("keras.losses.") for base in bases)


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


def _library_method(path: str) -> Callable[[Interpreter, Value, "Given", ast.Call], Value]:
    """A method that models of the program inherit, as the model of the library's own has it."""

    def method(interp: Interpreter, model: Value, given: "Given", node: ast.Call) -> Value:
        from tflint_gemm.interpreter.calls import call_api_method

        return call_api_method(interp, ApiMethod(path, model), given, node)

    return method


def compiled_loss(interp: Interpreter, model: Value, given: "Given", node: ast.Call) -> Value:
    """``self.compiled_loss(y, y_pred)`` of Keras 2: ``compute_loss`` under an older name."""
    from tflint_gemm.interpreter.calls import Given, call_api_method

    passed = {**dict(zip(("y", "y_pred"), given.positional)), **given.keywords}
    renamed = {"y_true": "y"}
    named = {renamed.get(name, name): value for name, value in passed.items() if name != "regularization_losses"}
    nodes = dict(zip(("y", "y_pred"), given.positional_nodes))
    method = ApiMethod("keras.Model.compute_loss", model)
    return call_api_method(interp, method, Given((), named, given.complete, (), nodes), node)


METHODS: dict[str, Callable[[Interpreter, Value, "Given", ast.Call], Value]] = {
    "Layer.__init__": initialize,
    "Layer.add_weight": add_weight,
    "Model.compiled_loss": compiled_loss,
    **{
        f"Model.{name}": _library_method(f"keras.Model.{name}")
        for name in (
            "compile", "compute_loss", "evaluate", "fit", "predict", "predict_on_batch", "test_on_batch",
            "train_on_batch",
        )
    },
}  # fmt: skip
