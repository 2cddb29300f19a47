"""Loops: unrolled while they are short and constant, else run to a fixed point.

The lattice is shallow (a dimension, a dtype, a length is known or not), so joining the states of successive
iterations settles after a few of them; ``MAX_ROUNDS`` bounds what does not.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence

from tflint_gemm.domain import dims
from tflint_gemm.domain.counters import renewed
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.values import UNKNOWN, IterableValue, ListValue, Mutable, TupleValue, Value
from tflint_gemm.interpreter import graph_loops, list_growth, narrowing
from tflint_gemm.interpreter.assignment import bind
from tflint_gemm.interpreter.autograph import is_traced
from tflint_gemm.interpreter.conditions import condition
from tflint_gemm.interpreter.heap import Delta
from tflint_gemm.interpreter.interpreter import Interpreter, statement
from tflint_gemm.interpreter.iteration import any_in_turn, first_items, items_of, length
from tflint_gemm.interpreter.program import Loop

MAX_UNROLLED = 24
CERTAIN_ROUNDS = 2
"""So many rounds of a long loop are run one by one: what the first leaves behind may be wrong for the second."""
MAX_ROUNDS = 8


@statement(ast.For, ast.AsyncFor)
def _for(interp: Interpreter, node: ast.For | ast.AsyncFor) -> bool:
    iterable = interp.eval(node.iter)
    items = items_of(iterable)
    loop = _enter(interp)
    graph_loops.enter(interp, loop, node, iterable)
    if items is not None and len(items) <= MAX_UNROLLED:
        completed = _unroll(interp, loop, node, _in_turn(iterable, items))
    elif not _unroll(interp, loop, node, first_items(iterable, CERTAIN_ROUNDS)):
        completed = False
    else:
        element = any_in_turn(interp, iterable)
        if interp.trace is not None:
            element = interp.trace.given(element, node.iter, "batch")
        rounds = dims.subtract(length(iterable), len(first_items(iterable, CERTAIN_ROUNDS)))
        _fixed_point(interp, loop, node.body, lambda: bind(interp, node.target, renewed(element)), rounds)
        completed = True
    return _leave(interp, loop, node.orelse, completed)


@statement(ast.While)
def _while(interp: Interpreter, node: ast.While) -> bool:
    loop = _enter(interp)
    if is_traced(interp):
        graph_loops.enter(interp, loop, node, interp.eval(node.test))
    for _ in range(MAX_UNROLLED):
        known = condition(interp, node.test)
        if known is None or (known and isinstance(node.test, ast.Constant)):
            break
        if not known:
            return _leave(interp, loop, node.orelse, True)
        if not _iteration(interp, loop, node.body):
            return _leave(interp, loop, node.orelse, False)
    endless = isinstance(node.test, ast.Constant) and bool(node.test.value)

    def enter_body() -> None:
        interp.eval(node.test)
        narrowing.narrow(interp, node.test, True)

    _fixed_point(interp, loop, node.body, enter_body)
    if not endless:
        narrowing.narrow(interp, node.test, False)
    return _leave(interp, loop, node.orelse, not endless)


def _enter(interp: Interpreter) -> Loop:
    loop = Loop(interp.heap.begin(), steps=0 if interp.trace is None else len(interp.trace.steps))
    interp.frame.loops.append(loop)
    return loop


def _leave(interp: Interpreter, loop: Loop, orelse: list[ast.stmt], completed: bool) -> bool:
    """Join the ways out of the loop: its end (through ``else``) if it is reached, and every break."""
    interp.frame.loops.pop()
    if completed:
        completed = interp.run(orelse)
    if not loop.breaks and completed:
        interp.heap.commit()
        return True
    end = interp.heap.rollback()
    ends = [*loop.breaks, end] if completed else loop.breaks
    interp.heap.merge(ends)
    return bool(ends)


def _in_turn(iterable: Value, items: Sequence[Value]) -> Iterator[Value]:
    """The items as each round gets them: those of a list are what it holds when the round begins."""
    if not isinstance(iterable, ListValue):
        yield from items
        return
    for index in range(MAX_UNROLLED):
        content = iterable.slots[ListValue.CONTENT]
        if not isinstance(content, TupleValue):  # the loop has changed the list in a way that is not known
            yield from items[index:]
            return
        if index >= len(content.items):
            return
        yield content.items[index]


def _unroll(interp: Interpreter, loop: Loop, node: ast.For | ast.AsyncFor, items: Iterable[Value]) -> bool:
    for item in items:
        bind(interp, node.target, item)
        if not _iteration(interp, loop, node.body):
            return False
    return True


def _iteration(interp: Interpreter, loop: Loop, body: list[ast.stmt]) -> bool:
    """Run the body once; returns whether another iteration can follow."""
    loop.body_mark = interp.heap.begin()
    loop.continues = []
    reached = interp.run(body)
    if loop.carried and reached and not loop.continues and not loop.breaks:
        graph_loops.check(interp, loop)
    loop.carried = {}  # the first iteration tells
    if not loop.continues:
        interp.heap.commit()
        return reached
    end = interp.heap.rollback()
    interp.heap.merge([*loop.continues, end] if reached else loop.continues)
    return True


def _fixed_point(
    interp: Interpreter, loop: Loop, body: list[ast.stmt], enter_body: Callable[[], None], rounds: Dim = None
) -> None:
    """Move to a state that holds before every iteration and behind the last; ``rounds`` of them follow."""
    trace = interp.trace
    if trace is not None:
        outer, trace.times = trace.times, dims.multiply(trace.times, rounds)
    _settle(interp, loop, body, enter_body, rounds)
    if trace is not None:
        trace.times = outer


def _settle(interp: Interpreter, loop: Loop, body: list[ast.stmt], enter_body: Callable[[], None], rounds: Dim) -> None:
    """Run the body until nothing changes any more."""
    trace = interp.trace
    growing: list_growth.Lengths = {}
    for round_number in range(MAX_ROUNDS):
        start = Mutable.next_birth()  # what an iteration makes anew differs from what the one before made
        lists = trace.lengths() if trace is not None and not round_number else {}
        interp.heap.begin()
        enter_body()
        reached = _iteration(interp, loop, body)
        if trace is not None:
            known = rounds is not None and not loop.breaks
            trace.times = 0 if known else None  # the first round stood for all
            if known:
                trace.repeats(lists, rounds, loop.steps)
        after = interp.heap.rollback()
        if not reached:
            return
        if not round_number and trace is None and not loop.breaks:
            growing = list_growth.lengths_before(after)
        if round_number == MAX_ROUNDS - 1:
            _widen(interp, after)
            return
        if not interp.heap.merge([Delta(), after], start):
            list_growth.settle(interp, growing, rounds, body, lambda: _any_round(interp, loop, body, enter_body))
            return


def _any_round(interp: Interpreter, loop: Loop, body: list[ast.stmt], enter_body: Callable[[], None]) -> bool:
    enter_body()
    return _iteration(interp, loop, body)


def repeat(interp: Interpreter, step: Callable[[], object], own: Mutable | None = None) -> None:
    """Run ``step`` for any item of an iterable: what it changes has then changed never, once or often.

    ``own`` is the scope of a comprehension, which nobody else sees.
    """
    for _ in range(MAX_ROUNDS):
        start = Mutable.next_birth()
        interp.heap.begin()
        step()
        after = interp.heap.delta_since(interp.heap.depth - 1)
        if all(target.birth >= start or target is own for target, _, _ in after.writes.values()):
            interp.heap.commit()
            return
        after = interp.heap.rollback()
        if not interp.heap.merge([Delta(), after], start):
            return
    _widen(interp, after)


def _widen(interp: Interpreter, after: Delta) -> None:
    """Give up on what still changes."""
    for target, key, value in after.writes.values():
        if target.slots.get(key) != value:
            interp.heap.write(target, key, IterableValue(UNKNOWN) if isinstance(target, ListValue) else UNKNOWN)


@statement(ast.Break)
def _break(interp: Interpreter, _node: ast.Break) -> bool:
    if interp.frame.loops:
        loop = interp.frame.loops[-1]
        loop.breaks.append(interp.heap.delta_since(loop.mark))
    return False


@statement(ast.Continue)
def _continue(interp: Interpreter, _node: ast.Continue) -> bool:
    if interp.frame.loops:
        loop = interp.frame.loops[-1]
        loop.continues.append(interp.heap.delta_since(loop.body_mark))
    return False


@statement(ast.Pass)
def _pass(_interp: Interpreter, _node: ast.Pass) -> bool:
    return True
