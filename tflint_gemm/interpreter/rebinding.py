"""Variables that are bound more than once: what they hold when a function runs later is not known."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from tflint_gemm.domain.values import (
    UNKNOWN,
    ApiObject,
    Constant,
    DictValue,
    IterableValue,
    ListValue,
    OfType,
    SetValue,
    ShapeValue,
    Symbolic,
    Tensor,
    TupleValue,
)
from tflint_gemm.interpreter.heap import Heap
from tflint_gemm.interpreter.program import Instance, Scope
from tflint_gemm.syntax.tree import blocks, children, targets

_DATA = (
    Tensor, Constant, Symbolic, OfType, TupleValue, ListValue, DictValue, SetValue, ShapeValue, IterableValue, Instance,
    ApiObject,
)  # fmt: skip
"""What changes from one binding to the next; modules, functions and classes are bound twice for other reasons."""
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def forget_rebound(heap: Heap, scope: Scope, body: Sequence[ast.stmt]) -> None:
    """Forget the data in variables of ``scope`` that ``body`` binds more than once."""
    counts: Counter[str] = Counter()
    everywhere = _binds_within(scope.unit.source.text)
    for statement in body:
        if everywhere:
            _count_within(statement, 1, counts)
        else:
            _count(statement, 1, counts)
    for name, count in counts.items():
        if count > 1 and isinstance(scope.slots.get(name), _DATA):
            heap.write(scope, name, UNKNOWN)


@lru_cache(maxsize=64)
def _binds_within(text: str) -> bool:
    """Whether expressions, which are most of a program, bind names: only ``:=`` does."""
    return ":=" in text


def _count(node: ast.AST, weight: int, counts: Counter[str]) -> None:
    """Count the names that a statement binds; what a loop binds counts twice."""
    inner = 2 if isinstance(node, _LOOPS) else weight
    for target in targets(node):
        _count_within(target, inner, counts)
    for block in blocks(node):
        for statement in block:
            _count(statement, inner, counts)


def _count_within(node: ast.AST, weight: int, counts: Counter[str]) -> None:
    if isinstance(node, ast.Name):
        counts[node.id] += weight * isinstance(node.ctx, (ast.Store, ast.Del))
    if isinstance(node, _SCOPES):
        return
    inner = 2 if isinstance(node, _LOOPS) else weight
    for child in children(node):
        _count_within(child, inner, counts)
