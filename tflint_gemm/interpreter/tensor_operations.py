"""Evaluates ops: runs a model, keeps its violation, stamps provenance and memory on what it returns."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, Union, overload

from tflint_gemm import api
from tflint_gemm.domain import clash
from tflint_gemm.domain.dtypes import BOOL
from tflint_gemm.domain.origins import Origin
from tflint_gemm.domain.values import (
    UNKNOWN,
    ApiObject,
    DictValue,
    IterableValue,
    Kind,
    ListValue,
    Storage,
    Tensor,
    TupleValue,
    Value,
)
from tflint_gemm.interpreter import arithmetic, graph_constants, graph_runs, refinement
from tflint_gemm.interpreter.graph_runs import Again
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.memory import new_storage
from tflint_gemm.interpreter.program import Instance
from tflint_gemm.interpreter.records import Call
from tflint_gemm.ops import context, registry
from tflint_gemm.ops.conversion import sequence_items, to_tensor
from tflint_gemm.ops.violations import DTypeMismatch, TargetMismatch, Violation
from tflint_gemm.replacing import replace

_DUNDERS = {
    "+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod", "**": "pow", "@": "matmul",
    "&": "and", "|": "or", "^": "xor", "<<": "lshift", ">>": "rshift", "<": "lt", "<=": "le", ">": "gt", ">=": "ge",
    "==": "eq", "!=": "ne",
}  # fmt: skip
_UNARY_DUNDERS = {"-": "neg", "+": "pos", "~": "invert"}
_COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
_CASTS = {"cast", "saturate_cast", "numpy.ndarray.astype", "numpy.ndarray.view", "bitcast"}
_COMPOSITE = (Kind.SPARSE, Kind.RAGGED)
"""TensorFlow hands these to functions of their own, of which models know too little to object."""
_OF_COMPOSITES = (
    "sparse.", "ragged.", "RaggedTensor.", "io.serialize", "nn.ctc_", "compat.v1.nn.ctc_", "linalg.matmul",
)  # fmt: skip
"""What has models that know of them."""
Location = Union[ast.expr, ast.stmt]


# ------------------------------------------------------------------------------------------------- running a model


def perform(
    interp: Interpreter,
    call: Call,
    model: Callable[[], Any],
    operands: Sequence[Value],
    view: bool = False,
    again: Again | None = None,
) -> Value:
    """Run ``model`` for ``call``; a violation is kept and its plausible result returned.

    ``again`` runs it once more, for other arguments, when a session runs the graph.
    """
    failed = False
    outer = interp.current
    interp.current = call.node if isinstance(call.node, ast.Call) else outer
    circumstances = interp.call_context()
    call.policy = circumstances.policy
    with context.use(circumstances):
        try:
            result = model()
            graph_constants.check(interp, call, result if isinstance(result, Value) else UNKNOWN)
        except Violation as violation:
            failed = True
            if _is_certain(violation, call, operands):
                interp.report(violation, call, operand_nodes(call, violation))
            result = violation.result
            if isinstance(violation, DTypeMismatch) and isinstance(result, Tensor) and result.dtype != BOOL:
                result = replace(result, dtype=clash.plausible(violation.operands))
        finally:
            interp.current = outer
    value = result if isinstance(result, Value) else UNKNOWN
    value = _stamp(interp, call, value, tensors_in(operands), view)
    call.result = value
    if interp.graph_only:
        graph_runs.keep(interp, value, call, None if failed else again)
    if not failed:
        interp.record_call(call)
        if isinstance(call.node, ast.expr):
            interp.memory.allocated(call, value, operands)
    if interp.trace is not None:
        interp.trace.op(call, value, operands)
    return value


def _is_certain(violation: Violation, call: Call, operands: Sequence[Value]) -> bool:
    """Whether the models know what is called well enough to object."""
    if isinstance(violation, TargetMismatch) and call.display.startswith("tf_keras."):
        # Keras 2 flattens labels and predictions whose ranks do not fit.
        return len({operand.rank for operand in violation.operands}) == 1
    return call.api.startswith(_OF_COMPOSITES) or not any(t.kind in _COMPOSITE for t in tensors_in(operands))


def tensors_in(values: Iterable[Value]) -> list[Tensor]:
    """The tensors among ``values`` and directly inside their sequences."""
    found: list[Tensor] = []
    for value in values:
        if isinstance(value, Tensor):
            found.append(value)
        else:
            found.extend(item for item in sequence_items(value) or () if isinstance(item, Tensor))
    return found


def operand_nodes(call: Call, violation: Violation) -> tuple[ast.expr | None, ...]:
    """The expressions that a violation's operands were written as: by identity, by equality, then by position."""
    candidates: list[tuple[str, Value]] = []
    for name, value in call.arguments.items():
        candidates.append((name, value))
        candidates.extend((f"{name}[{i}]", item) for i, item in enumerate(_items_inside(value)))
    found: list[ast.expr | None] = []
    taken: set[str] = set()
    for operand in violation.operands:
        match = next((name for name, value in candidates if value is operand and name not in taken), None)
        if match is None:
            match = next((n for n, v in candidates if n not in taken and _same_tensor(v, operand)), None)
        found.append(call.nodes.get(match) if match is not None else None)
        if match is not None:
            taken.add(match)
    if None in found:
        unused = [(name, value) for name, value in candidates if name in call.nodes and name not in taken]
        whole = {name for name, _ in unused if f"{name}[0]" in call.nodes}  # their items are what is spoken of
        single = [name for name, value in unused if not isinstance(value, ApiObject) and name not in whole]
        remaining = [call.nodes[name] for name in single]
        if len(remaining) >= found.count(None) == len(violation.operands) <= 2:
            found = list(remaining[: len(found)])
    return tuple(found)


def _items_inside(value: Value) -> tuple[Value, ...]:
    """What a list, tuple or dict display holds, in the order in which it is written."""
    return tuple(value.slots.values()) if isinstance(value, DictValue) else sequence_items(value) or ()


def _same_tensor(value: Value, operand: Tensor) -> bool:
    converted = to_tensor(value)
    return converted.kind is not Kind.UNKNOWN and converted == operand


# ------------------------------------------------------------------------------------------------- provenance


def _stamp(interp: Interpreter, call: Call, value: Value, operands: list[Tensor], view: bool) -> Value:
    """Give the tensors of a result their origins and their storage."""
    if isinstance(value, Tensor):
        return _stamp_tensor(interp, call, value, operands, view)
    if isinstance(value, TupleValue) and any(isinstance(item, Tensor) for item in value.items):
        return replace(value, items=tuple(_stamp(interp, call, item, operands, view) for item in value.items))
    if isinstance(value, ListValue):
        content = value.slots[ListValue.CONTENT]
        if isinstance(content, TupleValue):
            # The list is new, nobody else holds it yet: no journal needs to know.
            value.slots[ListValue.CONTENT] = _stamp(interp, call, content, operands, view)
        elif isinstance(content, IterableValue) and isinstance(content.element, Tensor):
            element = _stamp(interp, call, content.element, operands, view)
            value.slots[ListValue.CONTENT] = replace(content, element=element)
    return value


def _stamp_tensor(interp: Interpreter, call: Call, tensor: Tensor, operands: list[Tensor], view: bool) -> Tensor:
    if any(tensor is operand for operand in operands):
        return tensor
    if interp.sizes is not None:
        tensor = interp.sizes.made(call, tensor, operands)
    explicit = "dtype" in call.given or call.api in _CASTS
    node = call.node if interp.at_home else None  # what stands elsewhere can be named, but not edited from here
    here = Origin(call.display, interp.source.path, call.node.lineno, explicit, node)
    dtype_origin, shape_origin = None, None
    if tensor.dtype is not None:
        dtype_origin = here
        if not explicit:
            dtype_origin = next((o.dtype_origin for o in operands if o.dtype == tensor.dtype and o.dtype_origin), here)
    if tensor.shape is not None:
        inherited = (o.shape_origin for o in operands if o.shape == tensor.shape and o.shape_origin)
        shape_origin = next(inherited, here) if tensor.shape else here
    storage: Storage | None = None
    if view:
        shared = [one for one in operands if one.kind is not Kind.ARRAY or tensor.kind is not Kind.TENSOR]
        storage = next((operand.storage for operand in shared if operand.storage is not None), None)
    if storage is None and tensor.kind is not Kind.PYTHON:
        symbolic = interp.frame.mode == "graph" and tensor.kind is Kind.TENSOR
        make = new_storage if interp.sizes is None else interp.sizes.storage
        storage = make(tensor, node, symbolic)
    promotes = tensor.promotes and tensor.kind is Kind.VARIABLE  # what is computed from a variable is a plain tensor
    layer = _layer_of(call, tensor) if tensor.kind is Kind.KERAS or tensor.layer else None
    return Tensor(
        tensor.dtype, tensor.shape, tensor.kind, tensor.elements, dtype_origin, shape_origin, storage, promotes, layer,
        tensor.tabular, tensor.parts,
    )  # fmt: skip


def _layer_of(call: Call, tensor: Tensor) -> Value | None:
    """The Keras layer that the call called, or made for an input."""
    if call.api == "keras.layers.Input":
        return tensor.layer
    return call.arguments.get("self") if call.api.endswith(".__call__") else None


# ------------------------------------------------------------------------------------------------- operators


@overload
def operate(
    interp: Interpreter, node: Location, symbol: str, left: Value, right: Value | None, nodes: tuple[ast.expr, ...]
) -> Value: ...
@overload
def operate(
    interp: Interpreter,
    node: Location,
    symbol: str,
    left: Value,
    right: Value | None,
    nodes: tuple[ast.expr, ...],
    only_tensors: Literal[True],
) -> Value | None: ...
def operate(
    interp: Interpreter,
    node: Location,
    symbol: str,
    left: Value,
    right: Value | None,
    nodes: tuple[ast.expr, ...],
    only_tensors: bool = False,
) -> Value | None:
    """``left symbol right`` (unary where ``right`` is None): an op model's, a method of the program's, or Python's own.

    With ``only_tensors``, None unless a tensor or an instance of the program takes part.
    """
    result = _dunder(interp, symbol, left, right)
    if result is not None:
        return result
    if isinstance(left, ApiObject) and right is not None:
        made = _object_operator(interp, node, symbol, left, right, nodes)
        if made is not None:
            return made
    if isinstance(left, Tensor) or isinstance(right, Tensor):
        tensor = _tensor_operator(interp, node, symbol, left, right, nodes)
        if tensor is not None:
            return tensor
    if only_tensors:
        return None
    return arithmetic.unary(symbol, left) if right is None else arithmetic.binary(symbol, left, right)


def _tensor_operator(
    interp: Interpreter, node: Location, symbol: str, left: Value, right: Value | None, nodes: tuple[ast.expr, ...]
) -> Value | None:
    if not _concerns_tensors(left, right):
        return None
    dunder = (_UNARY_DUNDERS if right is None else _DUNDERS)[symbol]
    library = "Tensor" if any(isinstance(v, Tensor) and v.is_tensorflow for v in (left, right)) else "numpy.ndarray"
    arguments = {"x": left} if right is None else {"x": left, "y": right}
    call = Call(node, f"{library}.__{dunder}__", symbol, arguments, dict(zip(arguments, nodes)), stack=interp.stack())

    def again(changed: Mapping[str, Value]) -> Value | None:
        from tflint_gemm.ops import operators  # with NumPy's functions, which many programs do not need

        if right is None:
            return operators.unary(symbol, changed["x"])
        if symbol in _COMPARISONS:
            return operators.compare(symbol, changed["x"], changed["y"])
        return operators.binary(symbol, changed["x"], changed["y"])

    result = perform(interp, call, lambda: again(arguments), list(arguments.values()), again=again)
    refinement.learn(interp, call.api, call.arguments, call.nodes)
    return result


def _object_operator(
    interp: Interpreter, node: Location, symbol: str, left: ApiObject, right: Value, nodes: tuple[ast.expr, ...]
) -> Value | None:
    """An operator of a library object (``LinearOperator @ x``); None where no model knows it."""
    entry = api.entry(left.path)
    owners = (left.path, *(entry.bases if entry is not None else ()))
    found = (registry.find(f"{owner}.__{_DUNDERS[symbol]}__") for owner in owners)
    model = next((one for one in found if one is not None), None)
    if model is None:
        return None
    known = model
    arguments = dict(zip((parameter.name for parameter in model.parameters), (left, right)))
    call = Call(node, model.name, symbol, arguments, dict(zip(arguments, nodes)), stack=interp.stack())
    return perform(interp, call, lambda: registry.invoke(known, registry.Arguments(arguments)), [left, right])


def _concerns_tensors(left: Value, right: Value | None) -> bool:
    """Whether the other operand is something that a tensor operator takes (an instance of the program is not)."""
    others = [value for value in (left, right) if value is not None and not isinstance(value, Tensor)]
    return not any(isinstance(other, Instance) for other in others)


def _dunder(interp: Interpreter, symbol: str, left: Value, right: Value | None) -> Value | None:
    """What an operator method of the program's own classes gives; None where there is none."""
    if right is None:
        return interp.call_method(left, f"__{_UNARY_DUNDERS[symbol]}__", (), {}) if isinstance(left, Instance) else None
    name = _DUNDERS[symbol]
    if isinstance(left, Instance):
        return interp.call_method(left, f"__{name}__", (right,), {})
    if isinstance(right, Instance):
        return interp.call_method(right, f"__r{name}__", (left,), {})
    return None
