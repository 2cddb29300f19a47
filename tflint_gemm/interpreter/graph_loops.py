"""Loops over tensors in traced functions: AutoGraph makes loops of the graph of them, which keep dtypes and shapes.

Only what certainly goes round is looked at: variables that the body reads before it assigns them.  A number among them
is a tensor in such a loop, and behind it.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from tflint_gemm.domain import dtypes, shapes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import ApiObject, Constant, Kind, Tensor, Value
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.program import Loop, Scope, UserFunction
from tflint_gemm.interpreter.records import Call
from tflint_gemm.ops.violations import LoopShapeMismatch, LoopVariableMismatch, Violation
from tflint_gemm.syntax.tree import targets, walk

_NUMBERS: dict[type, DType] = {bool: dtypes.BOOL, int: dtypes.INT32, float: dtypes.FLOAT32}
_DATASET = "data.Dataset"


def is_traced(interp: Interpreter) -> bool:
    """Whether AutoGraph has rewritten the running function, so that its loops over tensors are loops of the graph."""
    return interp.frame.mode == "graph" and _is_converted(interp.frame.function)


def enter(interp: Interpreter, loop: Loop, node: ast.For | ast.AsyncFor | ast.While, subject: Value) -> None:
    """Note what goes round the loop, if it becomes one of the graph; numbers are tensors from now on.

    ``subject`` is what the loop goes over, or the condition under which it goes on.
    """
    scope = interp.frame.scope
    is_dataset = isinstance(subject, ApiObject) and subject.path == _DATASET and not isinstance(node, ast.While)
    if not is_dataset and not (isinstance(subject, Tensor) and subject.kind is Kind.TENSOR):
        return
    if not is_traced(interp):
        return
    for name in sorted(_assigned(node.body)):
        value = scope.slots.get(name)
        if value is None or not _is_read_first(node.body, name):
            continue
        if isinstance(value, Constant) and type(value.value) in _NUMBERS:
            value = Tensor(_NUMBERS[type(value.value)], ())
            interp.heap.write(scope, name, value)
        if isinstance(value, Tensor) and value.kind is Kind.TENSOR:
            loop.carried[name] = value
    loop.node, loop.faults = node, len(interp.analysis.violations)
    # Datasets are reduced, which lets shapes grow; elsewhere the program may say that they do.
    loop.keeps_shapes = not is_dataset and not any(map(_says_what_varies, walk(node)))


def check(interp: Interpreter, loop: Loop) -> None:
    """Report a variable that is another after the first iteration than before it, unless a fault led to that."""
    scope: Scope = interp.frame.scope
    if len(interp.analysis.violations) > loop.faults or not isinstance(loop.node, (ast.For, ast.AsyncFor, ast.While)):
        return
    for name, before in loop.carried.items():
        after = scope.slots.get(name)
        if not isinstance(after, Tensor) or after.kind is not Kind.TENSOR:
            continue
        found = _difference(name, before, after, loop.keeps_shapes)
        if found is not None:
            is_while = isinstance(loop.node, ast.While)
            where = loop.node.test if isinstance(loop.node, ast.While) else loop.node.iter
            call = Call(where, "while" if is_while else "for", "the loop", {}, {}, stack=interp.stack())
            interp.report(found, call, (None,))


def _difference(name: str, before: Tensor, after: Tensor, keeps_shapes: bool) -> Violation | None:
    if before.dtype is not None and after.dtype is not None and before.dtype != after.dtype:
        return LoopVariableMismatch(name, after, before.dtype)
    if keeps_shapes and before.shape is not None and shapes.equal(before.shape, after.shape) is False:
        return LoopShapeMismatch(name, after, before.shape)
    return None


def _says_what_varies(node: ast.AST) -> bool:
    return isinstance(node, (ast.Attribute, ast.Name)) and ast.unparse(node).endswith("set_loop_options")


def _is_converted(function: UserFunction | None) -> bool:
    """Whether ``tf.function`` traces the function and AutoGraph is left on."""
    if function is None or not function.autograph or isinstance(function.node, ast.Lambda):
        return False
    return not any(ast.unparse(decorator).endswith("do_not_convert") for decorator in function.node.decorator_list)


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
