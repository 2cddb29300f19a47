"""Python's built-in functions over sequences: len, range, enumerate, zip, map, sorted and their like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tflint_gemm.domain.join import join_all
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiObject,
    Constant,
    IterableValue,
    OfType,
    RangeValue,
    SliceValue,
    TupleValue,
    Value,
    dim_of,
    from_dim,
    is_known_scalar,
)
from tflint_gemm.interpreter.builtins import builtin, first
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.iteration import as_generator, items_of, iterate, length
from tflint_gemm.interpreter.loops import repeat
from tflint_gemm.interpreter.program import Instance

if TYPE_CHECKING:
    from tflint_gemm.interpreter.calls import Given


@builtin("len")
def _len(interp: Interpreter, given: "Given") -> Value:
    value = first(given)
    if isinstance(value, (Instance, ApiObject)):
        result = interp.call_method(value, "__len__", (), {})
        return result if is_known_scalar(result) else OfType("int")
    return from_dim(length(value))


@builtin("range", "xrange")
def _range(_interp: Interpreter, given: "Given") -> Value:
    bounds = given.positional
    if not bounds or len(bounds) > 3:
        return UNKNOWN
    start, stop = (bounds[0], bounds[1]) if len(bounds) > 1 else (Constant(0), bounds[0])
    return RangeValue(start, stop, bounds[2] if len(bounds) == 3 else Constant(1))


@builtin("enumerate")
def _enumerate(interp: Interpreter, given: "Given") -> Value:
    items = items_of(first(given))
    start = given.keywords.get("start", given.positional[1] if len(given.positional) > 1 else Constant(0))
    offset = dim_of(start)
    if items is not None and isinstance(offset, int):
        return as_generator(TupleValue(tuple(TupleValue((Constant(offset + i), item)) for i, item in enumerate(items))))
    return IterableValue(TupleValue((OfType("int"), iterate(interp, first(given)))), length(first(given)))


@builtin("zip", "itertools.izip")
def _zip(interp: Interpreter, given: "Given") -> Value:
    columns = [items_of(value) for value in given.positional]
    known = [column for column in columns if column is not None]
    if len(known) == len(columns):
        return as_generator(TupleValue(tuple(TupleValue(row) for row in zip(*known))))
    return IterableValue(TupleValue(tuple(iterate(interp, value) for value in given.positional)))


@builtin("map")
def _map(interp: Interpreter, given: "Given") -> Value:
    if len(given.positional) < 2:
        return UNKNOWN
    function, *sources = given.positional
    columns = [items_of(source) for source in sources]
    known = [column for column in columns if column is not None]
    if len(known) == len(columns) and all(len(column) <= 64 for column in known):
        return as_generator(TupleValue(tuple(interp.call(function, row, {}) for row in zip(*known))))
    row = tuple(iterate(interp, source) for source in sources)
    found: list[Value] = []
    repeat(interp, lambda: found.append(interp.call(function, row, {})))
    return IterableValue(join_all(found), length(sources[0]) if len(sources) == 1 else None)


@builtin("filter")
def _filter(interp: Interpreter, given: "Given") -> Value:
    if len(given.positional) != 2:
        return UNKNOWN
    condition, source = given.positional
    items = items_of(source) or ()
    known = [item for item in items if isinstance(item, Constant)]
    if condition == NONE and known and len(known) == len(items):
        return as_generator(TupleValue(tuple(item for item in known if item.value)))
    return IterableValue(iterate(interp, source))


@builtin("reversed")
def _reversed(interp: Interpreter, given: "Given") -> Value:
    items = items_of(first(given))
    return as_generator(TupleValue(items[::-1])) if items is not None else IterableValue(iterate(interp, first(given)))


@builtin("iter")
def _iter(interp: Interpreter, given: "Given") -> Value:
    source = first(given)
    if isinstance(source, ApiObject):
        iterator = interp.call_method(source, "__iter__", (), {})
        if isinstance(iterator, ApiObject):  # with methods of its own
            return iterator
    return IterableValue(iterate(interp, source))


@builtin("next")
def _next(interp: Interpreter, given: "Given") -> Value:
    return iterate(interp, first(given))


@builtin("slice")
def _slice(_interp: Interpreter, given: "Given") -> Value:
    bounds = given.positional
    if len(bounds) == 1:
        return SliceValue(NONE, bounds[0], NONE)
    return SliceValue(bounds[0], bounds[1], bounds[2] if len(bounds) > 2 else NONE) if bounds else UNKNOWN
