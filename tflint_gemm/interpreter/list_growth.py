"""How long a list is after a loop that appends to it: as many items more as each of its rounds adds."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from tflint_gemm.domain import dims
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.values import IterableValue, ListValue
from tflint_gemm.interpreter.iteration import length
from tflint_gemm.replacing import replace

if TYPE_CHECKING:
    from tflint_gemm.interpreter.heap import Delta
    from tflint_gemm.interpreter.interpreter import Interpreter

Lengths = dict[int, tuple[ListValue, Dim]]
_EXITS = (ast.Break, ast.Return, ast.Raise, ast.Try, ast.Yield, ast.YieldFrom, ast.Await)


def lengths_before(after: Delta) -> Lengths:
    """The lists that a first round changes, with their lengths before it, which are in place again."""
    found: Lengths = {}
    for target, key, _ in after.writes.values():
        if target.__class__ is ListValue and key == ListValue.CONTENT and ListValue.SEVERAL not in target.slots:
            count = length(target)
            if count is not None:
                found[id(target)] = (target, count)
    return found


def settle(interp: Interpreter, lists: Lengths, rounds: Dim, body: list[ast.stmt], step: Callable[[], bool]) -> None:
    """Give the lists the lengths that they have after so many ``rounds``, where ``step`` is any of them."""
    if not lists or not isinstance(rounds, int) or any(isinstance(one, _EXITS) for s in body for one in ast.walk(s)):
        return
    marks: dict[int, Dim] = {}
    interp.heap.begin()
    for key, (target, _) in lists.items():
        content = target.slots.get(ListValue.CONTENT)
        if isinstance(content, IterableValue) and content.length is None and ListValue.SEVERAL not in target.slots:
            marks[key] = dims.symbol("items")
            interp.heap.write(target, ListValue.CONTENT, replace(content, length=marks[key]))
    with interp.quiet():
        reached = bool(marks) and step()
    added = {key: dims.subtract(length(lists[key][0]), mark) for key, mark in marks.items()}
    interp.heap.rollback()
    for key, more in added.items():
        target, before = lists[key]
        content = target.slots[ListValue.CONTENT]
        if reached and isinstance(more, int) and isinstance(content, IterableValue):
            total = dims.add(before, dims.multiply(more, rounds))
            interp.heap.write(target, ListValue.CONTENT, replace(content, length=total))
