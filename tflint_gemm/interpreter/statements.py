"""Statements but loops: each says whether control reaches the statement behind it."""

from __future__ import annotations

import ast

from tflint_gemm.domain.join import python_type
from tflint_gemm.domain.values import (
    GENERATOR,
    NONE,
    UNKNOWN,
    ApiObject,
    ApiSymbol,
    Constant,
    Kind,
    ListValue,
    SetValue,
    Tensor,
    Value,
)
from tflint_gemm.interpreter import arithmetic, graph_branches, imports, narrowing, unpacking, variable_scopes
from tflint_gemm.interpreter.assignment import bind, delete, forget_elements, set_attribute, set_item
from tflint_gemm.interpreter.conditions import condition
from tflint_gemm.interpreter.definitions import define_class, define_function
from tflint_gemm.interpreter.expressions import binary_symbol
from tflint_gemm.interpreter.heap import Delta
from tflint_gemm.interpreter.imports import canonical_name
from tflint_gemm.interpreter.interpreter import Interpreter, statement
from tflint_gemm.interpreter.iteration import iterate
from tflint_gemm.interpreter.program import Instance, Scope, Try, UserFunction
from tflint_gemm.interpreter.tensor_operations import operate
from tflint_gemm.ops.context import Mode


@statement(ast.Expr)
def _expression_statement(interp: Interpreter, node: ast.Expr) -> bool:
    if isinstance(node.value, ast.Constant):
        return True
    interp.eval(node.value)
    return not _never_returns(interp, node.value)


def _never_returns(interp: Interpreter, node: ast.expr) -> bool:
    """Whether the call leaves the program: ``sys.exit()``, ``exit()``, ``self.fail()``, ``self.skipTest()``."""
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name):
        return node.func.id in ("exit", "quit") and interp.lookup(node.func.id) is None
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
        receiver, name = node.func.value.id, node.func.attr
        return (receiver, name) in {("sys", "exit"), ("os", "_exit"), ("os", "abort"), ("pytest", "skip")} or (
            receiver == "self" and name in ("fail", "skipTest")
        )
    return False


@statement(ast.Assign)
def _assign(interp: Interpreter, node: ast.Assign) -> bool:
    value = interp.eval(node.value)
    for target in node.targets:
        bind(interp, target, unpacking.checked(interp, target, value, node.value))
        unpacking.learn(interp, target, node.value)
    return True


@statement(ast.AnnAssign)
def _annotated_assign(interp: Interpreter, node: ast.AnnAssign) -> bool:
    if node.value is not None:
        bind(interp, node.target, interp.eval(node.value))
    return True


@statement(ast.AugAssign)
def _augmented_assign(interp: Interpreter, node: ast.AugAssign) -> bool:
    """``target op= value``; the target's own parts are evaluated once."""
    target = node.target
    symbol = binary_symbol(node.op)
    if isinstance(target, ast.Name):
        left = interp.lookup(target.id)
        right = interp.eval(node.value)
        left = UNKNOWN if left is None else left
        bind(interp, target, _augment(interp, node, symbol, left, right))
    elif isinstance(target, ast.Attribute):
        receiver = interp.eval(target.value)
        left = interp.get_attribute(receiver, target.attr, target)
        set_attribute(interp, receiver, target.attr, _augment(interp, node, symbol, left, interp.eval(node.value)))
    elif isinstance(target, ast.Subscript):
        receiver, key = interp.eval(target.value), interp.eval(target.slice)
        left = interp.get_item(receiver, key, target)
        set_item(interp, receiver, key, _augment(interp, node, symbol, left, interp.eval(node.value)))
    return True


def _augment(interp: Interpreter, node: ast.AugAssign, symbol: str, left: Value, right: Value) -> Value:
    if symbol == "+" and isinstance(left, ListValue) and not isinstance(right, Tensor):  # those add, element by element
        interp.call_method(left, "extend", (right,), {})
        return left
    if isinstance(left, SetValue):
        interp.call_method(left, "update", (right,), {})
        return left
    result = operate(interp, node, symbol, left, right, (node.target, node.value))
    return _in_place(interp, left, result) if isinstance(left, Tensor) and left.kind is Kind.ARRAY else result


def _in_place(interp: Interpreter, array: Tensor, result: Value) -> Value:
    """``array op= value`` writes into the array, which keeps its dtype and shape; NumPy's scalars are replaced."""
    if array.rank == 0 or not isinstance(result, Tensor) or result.kind is not Kind.ARRAY:
        return result
    if array.rank is None:
        return Tensor(result.dtype if result.dtype == array.dtype else None, None, Kind.ARRAY)
    return forget_elements(interp, array)


@statement(ast.Delete)
def _delete(interp: Interpreter, node: ast.Delete) -> bool:
    for target in node.targets:
        delete(interp, target)
    return True


@statement(ast.Return)
def _return(interp: Interpreter, node: ast.Return) -> bool:
    value = NONE if node.value is None else interp.eval(node.value)
    frame = interp.frame
    if frame.other_returns:
        graph_branches.check_return(interp, node, value)
    frame.returns.append(value)
    frame.exits.append(interp.heap.delta_since(frame.mark))
    return False


@statement(ast.Raise)
def _raise(interp: Interpreter, node: ast.Raise) -> bool:
    if node.exc is not None:
        with interp.quiet():
            interp.eval(node.exc)
    if interp.frame.tries:
        innermost = interp.frame.tries[-1]
        innermost.raises.append(interp.heap.delta_since(innermost.mark))
    return False


@statement(ast.Assert)
def _assert(interp: Interpreter, node: ast.Assert) -> bool:
    known = condition(interp, node.test)
    if known is None:
        narrowing.narrow(interp, node.test, True)
    # What looks like a tensor may be None all the same, as gradients are of what was not watched.
    return known is not False or _is_comparison_with_none(node.test)


def _is_comparison_with_none(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and any(
        isinstance(right, ast.Constant) and right.value is None for right in test.comparators
    )


@statement(ast.Global)
def _global(interp: Interpreter, node: ast.Global) -> bool:
    for name in node.names:
        interp.scope.declared[name] = interp.scope.module()
    return True


@statement(ast.Nonlocal)
def _nonlocal(interp: Interpreter, node: ast.Nonlocal) -> bool:
    for name in node.names:
        scope: Scope | None = interp.scope.parent
        while scope is not None and (name not in scope.slots or scope.kind == "class"):
            scope = scope.parent
        if scope is not None:
            interp.scope.declared[name] = scope
    return True


@statement(ast.FunctionDef, ast.AsyncFunctionDef)
def _function(interp: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    function = define_function(interp, node)
    # `@x.setter def x` does not take the place of the property x.
    setter = isinstance(function, UserFunction) and function.kind in ("setter", "deleter")
    interp.assign_name(
        f"{node.name}.{function.kind}" if isinstance(function, UserFunction) and setter else node.name, function
    )
    return True


@statement(ast.ClassDef)
def _class(interp: Interpreter, node: ast.ClassDef) -> bool:
    interp.assign_name(node.name, define_class(interp, node))
    return True


@statement(ast.Import)
def _import(interp: Interpreter, node: ast.Import) -> bool:
    imports.run_import(interp, node)
    return True


@statement(ast.ImportFrom)
def _import_from(interp: Interpreter, node: ast.ImportFrom) -> bool:
    imports.run_import_from(interp, node)
    return True


# ------------------------------------------------------------------------------------------------- branches


@statement(ast.If)
def _if(interp: Interpreter, node: ast.If) -> bool:
    known = condition(interp, node.test)
    if known is not None:
        return interp.run(node.body if known else node.orelse)
    ends: list[Delta] = []
    returned: list[list[Value]] = []
    with interp.quiet(narrowing.asks_for_kind(node.test)):
        for block, assumed in ((node.body, True), (node.orelse, False)):
            interp.heap.begin()
            narrowing.narrow(interp, node.test, assumed)
            before = len(interp.frame.returns)
            with interp.undecided():
                reached = interp.run(block)
            delta = interp.heap.rollback()
            if reached:
                ends.append(delta)
            returned.append(interp.frame.returns[before:])
    if graph_branches.is_decided_by_tensor(interp, node.test):
        graph_branches.check(interp, node, ends, returned)
    interp.heap.merge(ends)
    return bool(ends)


@statement(ast.Match)
def _match(interp: Interpreter, node: ast.Match) -> bool:
    """Every case may be taken; what a pattern binds is known only where it is the subject itself."""
    subject = interp.eval(node.subject)
    ends: list[Delta] = []
    exhaustive = False
    for case in node.cases:
        verdict = _matches(interp, case.pattern, subject)
        if verdict is False:
            continue
        interp.heap.begin()
        for name in _captures(case.pattern):
            interp.assign_name(name, subject if isinstance(case.pattern, ast.MatchAs) else UNKNOWN)
        guard = None if case.guard is None else condition(interp, case.guard)
        with interp.undecided():
            reached = (case.guard is None or guard is not False) and interp.run(case.body)
        delta = interp.heap.rollback()
        if reached:
            ends.append(delta)
        if verdict is True and (case.guard is None or guard is True):
            exhaustive = True
            break
    if not exhaustive:
        ends.append(Delta())
    interp.heap.merge(ends)
    return bool(ends)


def _matches(interp: Interpreter, pattern: ast.pattern, subject: Value) -> bool | None:
    if isinstance(pattern, ast.MatchAs) and pattern.pattern is None:
        return True
    if isinstance(pattern, ast.MatchValue):
        return arithmetic.equal(interp.eval(pattern.value), subject)
    if isinstance(pattern, ast.MatchSingleton):
        return arithmetic.compare("is", Constant(pattern.value), subject)
    if isinstance(pattern, ast.MatchOr):
        verdicts = [_matches(interp, alternative, subject) for alternative in pattern.patterns]
        return True if True in verdicts else None if None in verdicts else False
    return None


def _captures(pattern: ast.pattern) -> list[str]:
    names = []
    for part in ast.walk(pattern):
        if isinstance(part, (ast.MatchAs, ast.MatchStar)) and part.name is not None:
            names.append(part.name)
        elif isinstance(part, ast.MatchMapping) and part.rest is not None:
            names.append(part.rest)
    return names


# ------------------------------------------------------------------------------------------------- try


def _try(interp: Interpreter, node: ast.Try) -> bool:
    left = [len(states) for states in _states_left(interp)]
    attempt = Try(interp.heap.begin())
    interp.frame.tries.append(attempt)
    with interp.quiet(_expects_a_fault(node)):
        reached = interp.run(node.body)
    interp.frame.tries.pop()
    if reached and _handlers_are_for_imports(node):
        interp.heap.commit()
        reached = interp.run(node.orelse)
        return _finally(interp, node, left) and reached
    done = interp.heap.rollback()
    ends: list[Delta] = []
    if reached:
        interp.heap.begin()
        interp.heap.apply(done)
        reached = interp.run(node.orelse)
        end = interp.heap.rollback()
        ends.extend([end] if reached else [])
    for handler in node.handlers:
        interp.heap.begin()
        # The body may have raised before its first statement, behind its last, or at a raise.
        interp.heap.merge([Delta(), done, *attempt.raises])
        if handler.name is not None:
            interp.assign_name(handler.name, UNKNOWN)
        with interp.undecided():
            handled = interp.run(handler.body)
        delta = interp.heap.rollback()
        ends.extend([delta] if handled else [])
    interp.heap.merge(ends)
    return _finally(interp, node, left) and bool(ends)


def _states_left(interp: Interpreter) -> list[list[Delta]]:
    """The states in which statements so far have left the function, the loop, or a try around."""
    frame = interp.frame
    loop = frame.loops[-1:]
    return [
        frame.exits,
        *(states for one in loop for states in (one.breaks, one.continues)),
        *(attempt.raises for attempt in frame.tries[-1:]),
    ]


def _finally(interp: Interpreter, node: ast.Try, before: list[int]) -> bool:
    """Run the last part; a ``return``, ``break``, ``continue`` or ``raise`` comes past it as well."""
    interp.heap.begin()
    reached = interp.run(node.finalbody)
    written = interp.heap.delta_since(interp.heap.depth - 1)
    interp.heap.commit()
    for states, known in zip(_states_left(interp), before):
        for state in states[known:]:
            state.writes.update((slot, (target, key, UNKNOWN)) for slot, (target, key, _) in written.writes.items())
    return reached


statement(ast.Try)(_try)
if hasattr(ast, "TryStar"):  # Python 3.11
    statement(ast.TryStar)(_try)


_ERRORS_OF_OPS = {"TypeError", "ValueError", "InvalidArgumentError"}
"""Errors of a call with wrong arguments.  ``Exception`` may be meant for anything."""


def _caught(handler: ast.ExceptHandler) -> set[str]:
    """The names of what a handler catches."""
    return {
        part.attr if isinstance(part, ast.Attribute) else part.id
        for part in (ast.walk(handler.type) if handler.type else ())
        if isinstance(part, (ast.Name, ast.Attribute))
    }


def _expects_a_fault(node: ast.Try) -> bool:
    """Whether a handler goes another way where a call does not take its arguments, as for other versions of a library.

    One that only prints, logs or raises reports a fault that nobody wanted.
    """
    return any(
        _caught(handler) & _ERRORS_OF_OPS
        and not all(
            isinstance(step, ast.Raise) or (isinstance(step, ast.Expr) and isinstance(step.value, ast.Call))
            for step in handler.body
        )
        for handler in node.handlers
    )


def _handlers_are_for_imports(node: ast.Try) -> bool:
    """``except ImportError`` and the like around a body that went well: the fallback is for other installations."""
    names = set().union(*map(_caught, node.handlers))
    return bool(names) and names <= {"ImportError", "ModuleNotFoundError", "NameError", "AttributeError"}


# ------------------------------------------------------------------------------------------------- with

_EXPECTING = {
    "assertRaises", "assertRaisesRegex", "assertRaisesRegexp", "assertRaisesWithPredicateMatch", "assertRaisesOpError",
    "assertRaisesWithLiteralMatch", "assertRaisesIncompatibleShapesError", "raises", "suppress",
}  # fmt: skip


@statement(ast.With, ast.AsyncWith)
def _with(interp: Interpreter, node: ast.With | ast.AsyncWith) -> bool:
    expecting, tapes = False, 0
    mode, scope, trace = interp.frame.mode, interp.variable_scope, interp.trace
    for item in node.items:
        called = item.context_expr.func if isinstance(item.context_expr, ast.Call) else item.context_expr
        name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
        expecting = expecting or name in _EXPECTING
        manager = interp.eval(item.context_expr)
        if name == "as_default" and isinstance(called, ast.Attribute):
            interp.frame.mode = _mode_with_default(interp, called.value)
        entered = _enter(interp, manager)
        tapes += trace is not None and trace.tape_opened(manager)
        interp.variable_scope = variable_scopes.entered(interp.variable_scope, manager)
        if item.optional_vars is not None:
            bind(interp, item.optional_vars, entered)
    if not expecting:
        reached = interp.run(node.body)
        interp.frame.mode, interp.variable_scope = mode, scope
        if trace is not None and tapes:
            trace.tapes_closed(tapes)
        return reached
    interp.heap.begin()
    with interp.quiet():
        interp.run(node.body)
    interp.heap.commit()
    interp.frame.mode, interp.variable_scope = mode, scope
    return True


def _mode_with_default(interp: Interpreter, receiver: ast.expr) -> Mode:
    """How ops run in ``with receiver.as_default()``: a graph takes them up, a session or a summary writer does not."""
    made = receiver.func if isinstance(receiver, ast.Call) else receiver
    value = interp.eval(made) if _is_path(made) else UNKNOWN
    path = value.path if isinstance(value, ApiObject) else None
    if isinstance(value, ApiSymbol):
        path = canonical_name(value)
    if path in ("Graph", "compat.v1.get_default_graph"):
        return "graph"
    mode = interp.frame.mode
    return mode if path is not None or mode == "graph" else "unknown"


def _is_path(node: ast.expr) -> bool:
    """Whether the expression is a dotted name, which may be evaluated once more."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _enter(interp: Interpreter, manager: Value) -> Value:
    """What ``with manager as`` binds."""
    if isinstance(manager, Instance):
        return interp.call_method(manager, "__enter__", (), {})
    if python_type(manager) == GENERATOR:
        return iterate(interp, manager)  # contextlib.contextmanager
    return manager if isinstance(manager, ApiObject) else UNKNOWN
