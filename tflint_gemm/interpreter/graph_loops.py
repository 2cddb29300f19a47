"""Loops over tensors in traced functions: AutoGraph makes loops of the graph of them, which keep dtypes and shapes.

Only what certainly goes round is looked at: variables that the body reads before it assigns them.  A number among them
is a tensor in such a loop, and behind it.
"""

from __future__ import annotations

import ast

from tflint_gemm.domain import shapes
from tflint_gemm.domain.values import ApiObject, Kind, Tensor, Value
from tflint_gemm.interpreter.autograph import as_variable, assigned_names, is_read_first, is_traced
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.program import Loop, Scope
from tflint_gemm.interpreter.records import Call
from tflint_gemm.ops.violations import LoopShapeMismatch, LoopVariableMismatch, Violation
from tflint_gemm.syntax.tree import walk

_DATASET = "data.Dataset"


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
    for name in sorted(assigned_names(node.body)):
        value = scope.slots.get(name)
        if value is None or not is_read_first(node.body, name):
            continue
        tensor = as_variable(value)
        if tensor is not None and tensor is not value:
            interp.heap.write(scope, name, tensor)
        if tensor is not None:
            loop.carried[name] = tensor
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
