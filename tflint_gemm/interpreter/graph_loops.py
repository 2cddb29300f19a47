"""Loops over tensors in traced functions: AutoGraph makes loops of the graph of them; their variables keep their dtype.

Only what certainly goes round is looked at: variables that the body reads before it assigns them.  A number among them
is a tensor in such a loop, and behind it.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import Constant, Kind, Tensor, Value
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.program import Loop, Scope, UserFunction
from tflint_gemm.interpreter.records import Call
from tflint_gemm.ops.violations import LoopVariableMismatch
from tflint_gemm.syntax.tree import targets, walk

_NUMBERS: dict[type, DType] = {bool: dtypes.BOOL, int: dtypes.INT32, float: dtypes.FLOAT32}


def enter(interp: Interpreter, loop: Loop, node: ast.For | ast.AsyncFor, iterable: Value) -> None:
    """Note what goes round the loop, if it becomes one of the graph; numbers are tensors from now on."""
    function, scope = interp.frame.function, interp.frame.scope
    if not isinstance(iterable, Tensor) or iterable.kind is not Kind.TENSOR:
        return
    if interp.frame.mode != "graph" or not _is_converted(function):
        return
    for name in sorted(_assigned(node.body)):
        value = scope.slots.get(name)
        if value is None or not _is_read_first(node.body, name):
            continue
        if isinstance(value, Constant) and type(value.value) in _NUMBERS:
            value = Tensor(_NUMBERS[type(value.value)], ())
            interp.heap.write(scope, name, value)
        if isinstance(value, Tensor) and value.kind is Kind.TENSOR and value.dtype is not None:
            loop.carried[name] = value.dtype
    loop.node, loop.faults = node, len(interp.analysis.violations)


def check(interp: Interpreter, loop: Loop) -> None:
    """Report a variable that has another dtype after the first iteration than before it, unless a fault led to that."""
    scope: Scope = interp.frame.scope
    if len(interp.analysis.violations) > loop.faults:
        return
    for name, wanted in loop.carried.items():
        value = scope.slots.get(name)
        if not isinstance(value, Tensor) or value.kind is not Kind.TENSOR or value.dtype in (None, wanted):
            continue
        if isinstance(loop.node, (ast.For, ast.AsyncFor)):
            call = Call(loop.node.iter, "for", "the loop", {}, {}, stack=interp.stack())
            interp.report(LoopVariableMismatch(name, value, wanted), call, (None,))


def _is_converted(function: UserFunction | None) -> bool:
    """Whether ``tf.function`` decorates the function and AutoGraph is left on."""
    if function is None or not function.graph or isinstance(function.node, ast.Lambda):
        return False
    for decorator in function.node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        last = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
        if last == "do_not_convert":
            return False
        if last == "function":
            keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
            return all(keyword.arg not in ("autograph", None) for keyword in keywords)
    return False


def _assigned(body: Sequence[ast.stmt]) -> set[str]:
    stored = (node for statement in body for node in walk(statement) if isinstance(node, ast.Name))
    return {node.id for node in stored if isinstance(node.ctx, ast.Store)}


def _is_read_first(body: Sequence[ast.stmt], name: str) -> bool:
    """Whether the first statement that mentions ``name`` certainly reads it before it assigns anything to it."""
    for statement in body:
        mentions = [node for node in walk(statement) if isinstance(node, ast.Name) and node.id == name]
        if not mentions:
            continue
        if isinstance(statement, ast.AugAssign):
            return True
        if isinstance(statement, (ast.Assign, ast.AnnAssign, ast.Expr)):
            stored = {id(node) for target in targets(statement) for node in walk(target)}
            return any(isinstance(node.ctx, ast.Load) and id(node) not in stored for node in mentions)
        return False
    return False
