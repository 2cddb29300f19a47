"""Calls of the program's own functions: arguments are bound and the body is executed at the call.

Results are remembered per function and abstract arguments while nothing on the heap has changed, the depth and the
recursion are bounded, and what lies beyond the bounds is Unknown.
"""

from __future__ import annotations

import ast
import functools
from typing import TYPE_CHECKING

from tflint_gemm.domain.counters import settled
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiSymbol,
    BoundMethod,
    Constant,
    DictValue,
    DTypeValue,
    IterableValue,
    ListValue,
    Mutable,
    OfType,
    PartialValue,
    ShapeValue,
    Tensor,
    TupleValue,
    Unknown,
    Value,
)
from tflint_gemm.interpreter import array_types, side_effects, signatures, tracing
from tflint_gemm.interpreter.heap import Delta, join_values
from tflint_gemm.interpreter.interpreter import MAX_DEPTH, MAX_RECURSION, BudgetExhausted, Interpreter, MemoKey
from tflint_gemm.interpreter.iteration import as_generator
from tflint_gemm.interpreter.modules import Elsewhere
from tflint_gemm.interpreter.program import Frame, Instance, Scope, UserFunction
from tflint_gemm.ops import structures
from tflint_gemm.ops.context import Mode

if TYPE_CHECKING:
    from tflint_gemm.interpreter.calls import Given

_ALWAYS = -1  # no epoch of the heap


def call_function(interp: Interpreter, function: UserFunction, given: "Given", node: ast.AST) -> Value:
    """What the function returns for these arguments; Unknown where it cannot be followed."""
    if function.wrapper is not None:
        return tracing.call_wrapped(interp, function, given, node)
    if not function.decorated:  # what a decorator hands on is not known: the function is looked at as if uncalled
        interp.called.add(function.node)
    scope = Scope("function", function.scope)
    if not bind_parameters(function, given, scope) or _is_repeated(interp, function, scope):
        return UNKNOWN
    if _is_too_deep(interp, function) or (scope.unit is not interp.unit and not interp.steps_elsewhere):
        side_effects.not_followed(interp.heap, function, scope.slots)
        return UNKNOWN
    if _is_left_to_subclasses(function, scope):
        return UNKNOWN
    if function.decorated:
        side_effects.not_followed(interp.heap, function, scope.slots)
    if function.signature is not None:
        signatures.check(interp, function, scope, node)
    names = array_types.check_arguments(interp, function, scope, node) if function.checked else {}
    if function.graph:
        tracing.take_arguments(scope)
    key = _memo_key(interp, function, scope) if interp.trace is None else None  # each call allocates anew
    remembered = interp.memo.get(key) if key is not None else None
    if remembered is not None and remembered[0] in (interp.heap.epoch, _ALWAYS):
        return settled(remembered[1])  # another call draws other numbers
    epoch, faults = interp.heap.epoch, len(interp.analysis.violations)
    result: Value = UNKNOWN
    if not function.decorated:
        result = _followed(interp, function, scope, node)
    if function.graph:
        result = tracing.give_result(result)
    result = array_types.check_result(interp, function, names, result, node)
    if key is not None and not isinstance(result, Mutable):
        if interp.heap.epoch == epoch:
            interp.memo[key] = (epoch, result)
        elif len(interp.analysis.violations) == faults and _is_settled(interp, function, result):
            interp.memo[key] = (_ALWAYS, result)
    return result


def _followed(interp: Interpreter, function: UserFunction, scope: Scope, node: ast.AST) -> Value:
    """What the function returns, with the call kept among those that lead to where it is, but for other modules'."""
    if not interp.at_home:
        return execute(interp, function, scope)
    result: Value = UNKNOWN
    interp.call_stack.append(node)
    try:
        if scope.unit is interp.unit:
            return execute(interp, function, scope)
        with Elsewhere(interp, scope):  # left early where the steps end
            result = execute(interp, function, scope)
    finally:
        interp.call_stack.pop()
    return result


def _is_left_to_subclasses(function: UserFunction, scope: Scope) -> bool:
    """Whether the method returns nothing worth having, and what instance it was called on is not known."""
    receiver = _receiver(function, scope)
    if not isinstance(receiver, Instance) or not receiver.partial or isinstance(function.node, ast.Lambda):
        return False
    body = [node for node in function.node.body if not _is_text(node)]
    if not body or (len(body) == 1 and isinstance(body[0], ast.Pass)):
        return True
    if len(body) > 1 or not isinstance(body[0], ast.Return):
        return False
    value = body[0].value
    if isinstance(value, (ast.List, ast.Tuple)):
        return not value.elts
    return value is None or (isinstance(value, ast.Dict) and not value.keys) or _is_none(value)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_settled(interp: Interpreter, function: UserFunction, result: Value) -> bool:
    """Whether another call with the same arguments would tell nothing new.

    What a function at the top level of another module depends on besides its arguments hardly changes after the import.
    """
    if function.scope.kind != "module" or function.scope.unit is interp.unit:
        return False
    items = result.items if isinstance(result, TupleValue) else (result,)
    return all(
        isinstance(item, (Tensor, Constant, ShapeValue, DTypeValue, OfType, ApiSymbol, Unknown)) for item in items
    )


def _is_repeated(interp: Interpreter, function: UserFunction, scope: Scope) -> bool:
    """Whether the call is one that is being run: then running it tells nothing more."""
    return any(frame.arguments == scope.slots for frame in _running(interp, function) if _is_same(frame, function))


def _is_too_deep(interp: Interpreter, function: UserFunction) -> bool:
    """Whether the call would nest too deeply."""
    if len(interp.frames) > MAX_DEPTH:
        return True
    active = _running(interp, function)
    same = [frame for frame in active if _is_same(frame, function)]
    return len(same) >= MAX_RECURSION or len(active) >= 2 * MAX_RECURSION


def _running(interp: Interpreter, function: UserFunction) -> list[Frame]:
    return [frame for frame in interp.frames if frame.function is not None and frame.function.node is function.node]


def _is_same(frame: Frame, function: UserFunction) -> bool:
    """The wrappers that one decorator makes of many functions have their code in common, and nothing else."""
    return frame.function is not None and frame.function.scope is function.scope


def _memo_key(interp: Interpreter, function: UserFunction, scope: Scope) -> MemoKey | None:
    """What a call's result depends on besides the heap; None where an argument can be changed by the call."""
    values = _values(function, scope)
    if not all(map(_is_immutable, values)):
        return None
    made = tuple(id(value) for value in values if isinstance(value, Tensor)) if interp.graph_only else ()
    return (function.node, function.scope, (*values, *map(Constant, made)))  # each call has tensors of its own there


def _is_immutable(value: Value) -> bool:
    if isinstance(value, TupleValue):
        return all(map(_is_immutable, value.items))
    return not isinstance(value, (Mutable, UserFunction, BoundMethod, PartialValue))


def _values(function: UserFunction, scope: Scope) -> tuple[Value, ...]:
    """The arguments; of ``**keywords`` what is in it, as each call has a dictionary of its own."""
    rest = function.node.args.kwarg
    if rest is None:
        return tuple(scope.slots.values())
    values: list[Value] = []
    for name, value in scope.slots.items():
        if name == rest.arg and isinstance(value, DictValue):
            pairs = [(key if isinstance(key, Value) else NONE, item) for key, item in value.slots.items()]
            values.append(TupleValue(tuple(TupleValue(pair) for pair in pairs)))
        else:
            values.append(value)
    return tuple(values)


def execute(interp: Interpreter, function: UserFunction, scope: Scope) -> Value:
    """Run the function's body in ``scope``, where its parameters are bound."""
    if interp.trace is None:
        return _execute(interp, function, scope)
    interp.trace.enter(function, scope, _mode(interp, function) == "graph")
    try:
        return _execute(interp, function, scope)
    finally:
        interp.trace.leave()


def _execute(interp: Interpreter, function: UserFunction, scope: Scope) -> Value:
    if isinstance(function.node, ast.Lambda):
        interp.frames.append(Frame(scope, function, mode=_mode(interp, function)))
        try:
            return interp.eval(function.node.body)
        finally:
            interp.frames.pop()
    frame = Frame(scope, function, mode=_mode(interp, function), mark=interp.heap.begin())
    frame.receiver = _receiver(function, scope)
    frame.arguments = dict(scope.slots)
    interp.frames.append(frame)
    committed = False
    try:
        reached = interp.run(function.node.body)
        alone = len(frame.exits) == (0 if reached else 1) and not frame.pauses
        if alone and (reached or _is_last(frame, interp)):
            if scope.is_local:
                interp.heap.forget(scope)
            interp.heap.commit()
            committed = True
        else:
            end = interp.heap.rollback()
            committed = True
            paths: list[Delta] = [*frame.exits, *frame.pauses, *([end] if reached else [])]
            interp.heap.merge([path.without(scope) for path in paths] if scope.is_local else paths)
    except BudgetExhausted:  # what it would still have done to its objects is as unknown as what it returns
        side_effects.not_followed(interp.heap, function, scope.slots)
        raise
    finally:
        if not committed:
            interp.heap.commit()
        interp.frames.pop()
    return _result(frame, reached)


def _is_last(frame: Frame, interp: Interpreter) -> bool:
    """Whether the state now is that of the function's only return (no branch has been undone since)."""
    return frame.exits[-1].writes == interp.heap.delta_since(frame.mark).writes


def _result(frame: Frame, reached: bool) -> Value:
    if frame.given and not reached and not frame.exits:  # it goes on for ever
        return IterableValue(functools.reduce(structures.join_structures, frame.given))
    if frame.yields is not None:
        return as_generator(frame.yields.slots[ListValue.CONTENT])
    values = [*frame.returns, NONE] if reached and frame.returns else frame.returns
    if not values:
        return NONE if reached else UNKNOWN
    result = values[0]
    for value in values[1:]:
        result = join_values(result, value)
    return result


def _mode(interp: Interpreter, function: UserFunction) -> Mode:
    return "graph" if function.graph or interp.frame.mode == "graph" else interp.frame.mode


def _receiver(function: UserFunction, scope: Scope) -> Value:
    """The instance (or class) that a method runs on: its first parameter."""
    parameters = [*function.node.args.posonlyargs, *function.node.args.args]
    if function.owner is None or not parameters or function.kind == "staticmethod":
        return UNKNOWN
    return scope.slots.get(parameters[0].arg, UNKNOWN)


def bind_parameters(function: UserFunction, given: "Given", scope: Scope) -> bool:
    """Bind a call's arguments to the function's parameters in ``scope``; False where Python would raise TypeError."""
    arguments = function.node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    keyword_only = {argument.arg for argument in arguments.kwonlyargs}
    names = [parameter.arg for parameter in positional]
    slots = scope.slots
    slots.update(zip(names, given.positional))
    extra = given.positional[len(names) :]
    if arguments.vararg is not None:
        slots[arguments.vararg.arg] = TupleValue(extra) if given.complete else OfType("tuple")
    elif extra:
        return False
    rest: dict[Value, Value] = {}
    allowed = keyword_only | {parameter.arg for parameter in arguments.args}
    for name, value in given.keywords.items():
        if name in allowed:
            if name in slots:
                return False
            slots[name] = value
        elif arguments.kwarg is not None:
            rest[Constant(name)] = value
        else:
            return False
    if arguments.kwarg is not None:
        slots[arguments.kwarg.arg] = DictValue(rest.items(), None if given.complete else UNKNOWN)
    return _bind_defaults(function, given, slots, names, keyword_only)


def _bind_defaults(
    function: UserFunction, given: "Given", slots: dict[object, Value], names: list[str], keyword_only: set[str]
) -> bool:
    defaults = dict(zip(names[len(names) - len(function.defaults) :], function.defaults))
    defaults.update(function.keyword_defaults)
    for name in (*names, *keyword_only):
        if name in slots:
            continue
        if not given.complete:
            slots[name] = UNKNOWN
        elif name in defaults:
            slots[name] = defaults[name]
        else:
            return False
    return True
