"""Branches that tensors decide in traced functions: AutoGraph makes ``tf.cond`` of them, which wants equal dtypes.

Only what certainly leaves the branches is looked at: what is read behind them before it is assigned, and what they
return.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from tflint_gemm.domain.values import Kind, Tensor, Value
from tflint_gemm.interpreter.autograph import as_variable, assigned_names, is_read_first, is_traced
from tflint_gemm.interpreter.heap import Delta
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.records import Call
from tflint_gemm.ops.violations import BranchMismatch
from tflint_gemm.syntax.tree import blocks


def is_decided_by_tensor(interp: Interpreter, test: ast.expr) -> bool:
    """Whether a branch under ``test``, of which nothing is known, becomes one of the graph."""
    if not is_traced(interp):
        return False
    with interp.quiet():  # it has been evaluated before
        value = interp.eval(test)
    return isinstance(value, Tensor) and value.kind is Kind.TENSOR


def check(interp: Interpreter, node: ast.If, ends: Sequence[Delta], returned: Sequence[Sequence[Value]]) -> None:
    """Compare what the branches leave: ``ends`` are the states of those that go on, ``returned`` what each returns."""
    if len(ends) == 2:
        _check_variables(interp, node, ends)
    elif not ends or returned[0]:
        _check_returns(interp, node, *returned)


def _check_variables(interp: Interpreter, node: ast.If, ends: Sequence[Delta]) -> None:
    """Report a variable that the two branches, which end in these states, leave behind with different dtypes."""
    scope, function = interp.frame.scope, interp.frame.function
    following = _following(function.node, node) if function is not None else []
    for name in sorted(assigned_names([*node.body, *node.orelse])):
        if not is_read_first(following, name):
            continue
        key = (id(scope), name)
        left, right = (end.writes[key][2] if key in end.writes else scope.slots.get(name) for end in ends)
        _compare(interp, node.test, name, left, right)


def _check_returns(interp: Interpreter, node: ast.If, then: Sequence[Value], otherwise: Sequence[Value]) -> None:
    """Report branches that return different dtypes; what is behind a branch that returns is the other branch."""
    if len(then) != 1:
        return
    if len(otherwise) == 1:
        _compare(interp, node.test, "the result", then[0], otherwise[0])
    function = interp.frame.function
    following = _following(function.node, node) if function is not None and not node.orelse else []
    last = next((one for one in following if isinstance(one, ast.Return) or any(blocks(one))), None)
    if isinstance(last, ast.Return):
        interp.frame.other_returns[last] = (node, then[0])


def check_return(interp: Interpreter, node: ast.Return, value: Value) -> None:
    """Compare what is returned with what a branch before has returned."""
    before = interp.frame.other_returns.get(node)
    if before is not None:
        _compare(interp, before[0].test, "the result", before[1], value)


def check_values(interp: Interpreter, node: ast.IfExp, values: Sequence[Value]) -> None:
    """Report ``a if tensor else b`` of different dtypes."""
    _compare(interp, node.test, "the value", *values)


def _compare(interp: Interpreter, test: ast.expr, name: str, left: Value | None, right: Value | None) -> None:
    one, other = as_variable(left), as_variable(right)
    if one is None or other is None or one.dtype is None or other.dtype is None or one.dtype == other.dtype:
        return
    call = Call(test, "if", "the condition", {}, {}, stack=interp.stack())
    interp.report(BranchMismatch(name, one, other), call, (None, None))


def _following(function: ast.AST, node: ast.stmt) -> list[ast.stmt]:
    """The statements behind ``node`` in its block."""
    pending = [function]
    while pending:
        for block in blocks(pending.pop()):
            if node in block:
                return list(block[block.index(node) + 1 :])
            pending.extend(block)
    return []
