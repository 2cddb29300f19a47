"""What a condition tells about a variable on the branch where it holds."""

from __future__ import annotations

import ast

from tflint_gemm.domain.values import Constant, OfType, Unknown, Value
from tflint_gemm.interpreter import refinement
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.syntax.tree import once_per_node, walk


def narrow(interp: Interpreter, test: ast.expr, assumed: bool) -> None:
    """Assume that ``test`` came out as ``assumed``; call it inside a branch, whose journal takes it back.

    Understood: ``x == constant`` and ``x is True`` for a variable of which nothing is known, under ``not``, ``and``
    and ``or``.  ``x is None`` is left alone: such tests are correlated (exactly one of two arguments is None), and
    assuming one by itself leads to paths that no program takes.  What it says of shapes is ``refinement``'s.
    """
    for name, value in _facts(test, assumed):
        before = interp.scope.slots.get(name)
        if isinstance(before, Unknown) or (isinstance(before, OfType) and _has_type(value, before.type_name)):
            interp.heap.write(interp.scope, name, value)
    refinement.assume(interp, test, assumed)


_KINDS = {"dtype", "shape", "ndim", "rank", "get_shape", "is_floating", "is_integer", "is_complex", "is_fully_defined"}
_TYPE_QUESTIONS = {"isinstance", "hasattr", "len", "type", "callable", "issubclass", "is_tensor", "issubdtype"}


@once_per_node
def asks_for_kind(test: ast.expr) -> bool:
    """Whether a condition asks what its operands are: their dtype, shape, rank, length or type.

    Where the answer is not known, what is known of other variables goes with one answer only, and nothing on either
    branch is certain to be reached with all of it.
    """
    for node in walk(test):
        name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
        if name in _KINDS or name in _TYPE_QUESTIONS:
            return True
    return False


def _has_type(value: Value, type_name: str) -> bool:
    return isinstance(value, Constant) and value.type_name == type_name


def _facts(test: ast.expr, assumed: bool) -> list[tuple[str, Value]]:
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _facts(test.operand, not assumed)
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) is assumed:
        return [fact for operand in test.values for fact in _facts(operand, assumed)]
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.left, ast.Name):
        right = test.comparators[0]
        holds = (ast.Is, ast.Eq) if assumed else (ast.IsNot, ast.NotEq)
        if isinstance(right, ast.Constant) and right.value is not None and isinstance(test.ops[0], holds):
            return [(test.left.id, Constant(right.value))]
    return []
