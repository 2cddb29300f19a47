"""Integers of which the bounds are known: what counts a loop, and what Python draws at random.

``x[i * n : (i + 1) * n]`` has n rows whatever i is, as long as it stays within x.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from tflint_gemm.domain.values import Constant, ListValue, OfType, TupleValue, Value
from tflint_gemm.replacing import replace

_bases = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Counter(OfType):
    """The int ``scale * base + offset``, for some ``base`` from ``low`` to ``high``.

    Two of one ``base`` are of the same number.  It is a base of its own in each round of a loop, so that what an
    earlier round has left behind is not taken for what this one has.
    """

    base: int = 0
    low: int = 0
    high: int = 0
    scale: int = 1
    offset: int = 0

    @property
    def least(self) -> int:
        return min(self.scale * self.low, self.scale * self.high) + self.offset

    @property
    def greatest(self) -> int:
        return max(self.scale * self.low, self.scale * self.high) + self.offset


def between(low: int, high: int) -> Value:
    """Some integer from ``low`` to ``high``, both included."""
    return Counter("int", next(_bases), low, high) if low <= high else OfType("int")


def of_range(numbers: range) -> Value:
    """Any of ``numbers``."""
    if numbers.step <= 0 or numbers.start >= numbers.stop:
        return OfType("int")
    last = (numbers.stop - numbers.start - 1) // numbers.step
    return Counter("int", next(_bases), 0, last, numbers.step, numbers.start) if last else Constant(numbers.start)


def renewed(value: Value) -> Value:
    """The same for another round of the loop that it counts."""
    return replace(value, base=next(_bases)) if isinstance(value, Counter) else value


def settled(value: Value) -> Value:
    """The same for several rounds, or several calls, which need not have one counter: some integer."""
    if isinstance(value, Counter):
        return OfType("int")
    if isinstance(value, TupleValue):
        items = tuple(map(settled, value.items))
        return value if all(new is old for new, old in zip(items, value.items)) else replace(value, items=items)
    if isinstance(value, ListValue):  # a new one, which nobody else holds yet
        content = value.slots[ListValue.CONTENT]
        if isinstance(content, TupleValue):
            value.slots[ListValue.CONTENT] = settled(content)
    return value


def binary(symbol: str, left: Value, right: Value) -> Value | None:
    """``left symbol right`` where that is a counter, or what remains when a number is divided; else None."""
    number = _number(right)
    if symbol == "%" and number is not None and number > 0 and isinstance(left, OfType) and left.type_name == "int":
        return between(0, number - 1)
    if isinstance(left, Counter) and number is not None:
        if symbol == "*":
            return replace(left, scale=left.scale * number, offset=left.offset * number)
        if symbol in ("+", "-"):
            return replace(left, offset=left.offset + (number if symbol == "+" else -number))
    if isinstance(right, Counter) and _number(left) is not None and symbol in ("+", "*"):
        return binary(symbol, right, left)
    return None


def _number(value: Value) -> int | None:
    number = value.value if isinstance(value, Constant) else None
    return number if isinstance(number, int) and not isinstance(number, bool) and abs(number) < 1 << 64 else None


def distance(start: Value, stop: Value, size: int) -> int | None:
    """How many of ``size`` elements lie from ``start`` to ``stop``, where these are counters that stay within it."""
    if not isinstance(start, Counter) or not isinstance(stop, Counter):
        return None
    if (start.base, start.scale) != (stop.base, stop.scale) or start.least < 0 or stop.greatest > size:
        return None
    return max(stop.offset - start.offset, 0)
