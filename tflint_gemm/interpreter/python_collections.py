"""What ``collections``, ``random`` and ``six`` give besides lists and dicts: deques, dicts with defaults, samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiSymbol,
    DefaultDictValue,
    IterableValue,
    ListValue,
    TupleValue,
    Value,
    dim_of,
)
from tflint_gemm.interpreter.builtins import builtin, first
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.iteration import items_of, iterate
from tflint_gemm.interpreter.python_conversions import fill_dict

if TYPE_CHECKING:
    from tflint_gemm.interpreter.calls import Given

MAX_SAMPLE = 256


@builtin("collections.deque")
def _deque(interp: Interpreter, given: "Given") -> Value:
    """A list that forgets its first items beyond ``maxlen``."""
    items = items_of(first(given)) if given.positional else ()
    limit = given.keywords.get("maxlen", given.positional[1] if len(given.positional) > 1 else NONE)
    made = ListValue(IterableValue(iterate(interp, first(given))) if items is None else TupleValue(items))
    if limit != NONE:
        made.slots[ListValue.LIMIT] = limit
        interp.call_method(made, "extend", (TupleValue(()),), {})
    return made


@builtin("collections.defaultdict")
def _default_dict(interp: Interpreter, given: "Given") -> Value:
    result = DefaultDictValue(first(given) if given.positional else NONE)
    fill_dict(result, given.positional[1:], given.keywords)
    return result


@builtin("random.Random", "random.SystemRandom")
def _generator(_interp: Interpreter, _given: "Given") -> Value:
    """A generator of its own has the functions of the module."""
    return ApiSymbol("random")


@builtin("random.sample", "random.choices")
def _sample(interp: Interpreter, given: "Given") -> Value:
    """``k`` items of a population, in an order that is not known."""
    size = given.keywords.get("k", given.positional[1] if len(given.positional) > 1 else UNKNOWN)
    count, item = dim_of(size), iterate(interp, first(given))
    if isinstance(count, int) and 0 <= count <= MAX_SAMPLE:
        return ListValue(TupleValue((item,) * count))
    return ListValue(IterableValue(item, count))


@builtin("six.iteritems", "six.viewitems", "future.utils.iteritems")
def _iteritems(interp: Interpreter, given: "Given") -> Value:
    return _of_dict(interp, given, "items")


@builtin("six.iterkeys", "six.viewkeys", "future.utils.iterkeys")
def _iterkeys(interp: Interpreter, given: "Given") -> Value:
    return _of_dict(interp, given, "keys")


@builtin("six.itervalues", "six.viewvalues", "future.utils.itervalues")
def _itervalues(interp: Interpreter, given: "Given") -> Value:
    return _of_dict(interp, given, "values")


def _of_dict(interp: Interpreter, given: "Given", name: str) -> Value:
    return interp.call_method(first(given), name, (), {}) if given.positional else UNKNOWN


@builtin("six.ensure_str", "six.ensure_text")
def _ensure_text(_interp: Interpreter, given: "Given") -> Value:
    return first(given)
