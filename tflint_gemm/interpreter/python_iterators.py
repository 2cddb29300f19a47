"""``itertools``, and ``operator``'s functions."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from tflint_gemm.domain.join import join_all
from tflint_gemm.domain.values import NONE, UNKNOWN, Constant, IterableValue, OfType, TupleValue, Value, dim_of
from tflint_gemm.interpreter.builtins import builtin, first
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.iteration import as_generator, items_of, iterate
from tflint_gemm.interpreter.tensor_operations import operate

if TYPE_CHECKING:
    from tflint_gemm.interpreter.calls import Given

MAX_COMBINATIONS = 256
_OPERATORS = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**", "matmul": "@",
}  # fmt: skip


def _sources(sources: Iterable[Value]) -> list[tuple[Value, ...]] | None:
    """The items of each source; None where those of one are not known."""
    columns = [items_of(source) for source in sources]
    known = [column for column in columns if column is not None]
    return known if len(known) == len(columns) else None


def _some_of(interp: Interpreter, sources: Iterable[Value]) -> Value:
    return IterableValue(join_all([iterate(interp, source) for source in sources]))


@builtin("itertools.chain")
def _chain(interp: Interpreter, given: "Given") -> Value:
    return _chained(interp, given.positional)


@builtin("itertools.chain.from_iterable")
def _chain_items(interp: Interpreter, given: "Given") -> Value:
    sources = items_of(first(given))
    if sources is None:
        return IterableValue(iterate(interp, iterate(interp, first(given))))
    return _chained(interp, sources)


def _chained(interp: Interpreter, sources: tuple[Value, ...]) -> Value:
    columns = _sources(sources)
    if columns is None:
        return _some_of(interp, sources)
    return as_generator(TupleValue(tuple(itertools.chain.from_iterable(columns))))


@builtin("itertools.product")
def _product(interp: Interpreter, given: "Given") -> Value:
    repeat = dim_of(given.keywords.get("repeat", Constant(1)))
    columns = _sources(given.positional)
    if not isinstance(repeat, int) or not 0 <= len(given.positional) * repeat <= MAX_COMBINATIONS:
        return IterableValue(OfType("tuple"))
    if columns is None or math.prod(len(column) for column in columns) ** repeat > MAX_COMBINATIONS:
        return IterableValue(TupleValue(tuple(iterate(interp, source) for source in given.positional) * repeat))
    return _rows(itertools.product(*columns, repeat=repeat))


def _rows(rows: Iterable[tuple[Value, ...]]) -> Value:
    return as_generator(TupleValue(tuple(TupleValue(tuple(row)) for row in rows)))


def _selection(name: str, choose: Callable[..., Iterable[tuple[Value, ...]]], count: Callable[[int, int], int]) -> None:
    """Register a function that chooses so many of the items."""

    def model(interp: Interpreter, given: "Given") -> Value:
        items = items_of(first(given))
        size = given.keywords.get("r", given.positional[1] if len(given.positional) > 1 else UNKNOWN)
        chosen = dim_of(size)
        if not isinstance(chosen, int) or not 0 <= chosen <= MAX_COMBINATIONS:
            return IterableValue(OfType("tuple"))
        if items is None or count(len(items), chosen) > MAX_COMBINATIONS:
            return IterableValue(TupleValue((iterate(interp, first(given)),) * chosen))
        return _rows(choose(items, chosen))

    builtin(f"itertools.{name}")(model)


_selection("combinations", itertools.combinations, math.comb)
_selection("permutations", itertools.permutations, math.perm)


@builtin("itertools.pairwise")
def _pairwise(interp: Interpreter, given: "Given") -> Value:
    items = items_of(first(given))
    if items is None:
        return IterableValue(TupleValue((iterate(interp, first(given)),) * 2))
    return _rows(itertools.pairwise(items))


@builtin("itertools.zip_longest")
def _zip_longest(interp: Interpreter, given: "Given") -> Value:
    columns = _sources(given.positional)
    fill = given.keywords.get("fillvalue", NONE)
    if columns is None:
        return IterableValue(TupleValue((UNKNOWN,) * len(given.positional)))
    return _rows(itertools.zip_longest(*columns, fillvalue=fill))


@builtin("itertools.islice")
def _islice(interp: Interpreter, given: "Given") -> Value:
    items = items_of(first(given))
    bounds = [None if bound == NONE else dim_of(bound) for bound in given.positional[1:]]
    known = [bound for bound in bounds if bound is None or (isinstance(bound, int) and bound >= 0)]
    exact = len(known) == len(bounds) and not any(b is None and v != NONE for b, v in zip(bounds, given.positional[1:]))
    if items is None or not exact or not 1 <= len(bounds) <= 3 or 0 in bounds[2:]:
        return IterableValue(iterate(interp, first(given)))
    return as_generator(TupleValue(items[slice(*known)]))


@builtin("itertools.cycle", "itertools.takewhile", "itertools.dropwhile", "itertools.filterfalse")
def _some_items(interp: Interpreter, given: "Given") -> Value:
    """As many items of the last argument as one asks for."""
    return IterableValue(iterate(interp, given.positional[-1])) if given.positional else UNKNOWN


@builtin("itertools.count")
def _count(_interp: Interpreter, given: "Given") -> Value:
    bounds = [*given.positional, *given.keywords.values()]
    integers = all(isinstance(dim_of(bound), int) or bound == OfType("int") for bound in bounds)
    return IterableValue(OfType("int") if integers else UNKNOWN)


@builtin("itertools.repeat")
def _repeat(_interp: Interpreter, given: "Given") -> Value:
    count = dim_of(given.positional[1]) if len(given.positional) > 1 else None
    if isinstance(count, int) and 0 <= count <= MAX_COMBINATIONS:
        return as_generator(TupleValue((first(given),) * count))
    return IterableValue(first(given), count)


def _operator(name: str, symbol: str) -> None:
    def model(interp: Interpreter, given: "Given") -> Value:
        if len(given.positional) != 2:
            return UNKNOWN
        left, right = given.positional
        return operate(interp, given.node, symbol, left, right, ())

    builtin(f"operator.{name}")(model)


for _name, _symbol in _OPERATORS.items():
    _operator(_name, _symbol)
