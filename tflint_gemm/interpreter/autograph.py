"""What AutoGraph makes of a traced function: which functions it rewrites, and what their variables are in the graph."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import Constant, Kind, Tensor, Value
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.program import UserFunction
from tflint_gemm.syntax.tree import targets, walk

_NUMBERS: dict[type, DType] = {bool: dtypes.BOOL, int: dtypes.INT32, float: dtypes.FLOAT32}


def is_traced(interp: Interpreter) -> bool:
    """Whether AutoGraph has rewritten the running function, so that tensors decide loops and branches of the graph."""
    return interp.frame.mode == "graph" and _is_converted(interp.frame.function)


def as_variable(value: Value | None) -> Tensor | None:
    """The tensor that a number or tensor is as a variable of a loop or branch of the graph; None for other values."""
    if isinstance(value, Constant) and type(value.value) in _NUMBERS:
        return Tensor(_NUMBERS[type(value.value)], ())
    return value if isinstance(value, Tensor) and value.kind is Kind.TENSOR else None


def _is_converted(function: UserFunction | None) -> bool:
    """Whether ``tf.function`` traces the function and AutoGraph is left on."""
    if function is None or not function.autograph or isinstance(function.node, ast.Lambda):
        return False
    return not any(ast.unparse(decorator).endswith("do_not_convert") for decorator in function.node.decorator_list)


def assigned_names(body: Sequence[ast.stmt]) -> set[str]:
    """The names that a block binds."""
    stored = (node for statement in body for node in walk(statement) if isinstance(node, ast.Name))
    return {node.id for node in stored if isinstance(node.ctx, ast.Store)}


def is_read_first(body: Sequence[ast.stmt], name: str) -> bool:
    """Whether the first statement that mentions ``name`` certainly reads it before it assigns anything to it."""
    for statement in body:
        mentions = [node for node in walk(statement) if isinstance(node, ast.Name) and node.id == name]
        if not mentions:
            continue
        if isinstance(statement, (ast.AugAssign, ast.Return)):
            return True
        if isinstance(statement, (ast.Assign, ast.AnnAssign, ast.Expr)):
            stored = {id(node) for target in targets(statement) for node in walk(target)}
            return any(isinstance(node.ctx, ast.Load) and id(node) not in stored for node in mentions)
        return False
    return False
