"""Texts that are put together of known pieces: ``%``, ``format``, ``join``; names and dict keys are made so."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tflint_gemm.domain.values import Constant, DictValue, OfType, TupleValue, Value
from tflint_gemm.ops.conversion import sequence_items

_MAX_LENGTH = 1 << 12
_WIDE = re.compile(r"\d{4}|\*")  # a width may ask for any number of blanks
_INSIDE = re.compile(r"\{[^{}]*[.\[{]")  # attributes, items, widths that are arguments
_SOME_TEXT = OfType("str")


def percent(template: str, right: Value) -> Value:
    """``template % right``."""
    if _WIDE.search(template):
        return _SOME_TEXT
    if isinstance(right, TupleValue):
        items = _plain_items(right.items)
        return _SOME_TEXT if items is None else _made(lambda: template % tuple(items))
    if isinstance(right, DictValue):
        table = _plain_table(right.slots)
        return _SOME_TEXT if table is None else _made(lambda: template % table)
    single = _plain_items((right,))
    return _SOME_TEXT if single is None else _made(lambda: template % single[0])


def formatted(template: str, positional: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
    """``template.format(*positional, **keywords)``."""
    items = _plain_items(positional)
    table = _plain_table({Constant(name): value for name, value in keywords.items()})
    if items is None or table is None or _WIDE.search(template) or _INSIDE.search(template):
        return _SOME_TEXT
    return _made(lambda: template.format(*items, **table))


def joined(separator: str, pieces: Value) -> Value:
    """``separator.join(pieces)``."""
    items = sequence_items(pieces)
    texts = None if items is None else _plain_items(items)
    if texts is None or sum(len(str(text)) + len(separator) for text in texts) > _MAX_LENGTH:
        return _SOME_TEXT
    return _made(lambda: separator.join(texts))


def interpolated(value: Value, specification: str) -> str | None:
    """What ``{value:specification}`` is replaced by in an f-string; None where it is not known."""
    items = _plain_items((value,))
    if items is None or _WIDE.search(specification):
        return None
    made = _made(lambda: format(items[0], specification))
    return str(made.value) if isinstance(made, Constant) else None


def _made(make: Callable[[], str]) -> Value:
    try:
        text = make()
    except (TypeError, ValueError, LookupError, ArithmeticError):  # so does Python; what follows is not reached
        return _SOME_TEXT
    return Constant(text) if len(text) <= _MAX_LENGTH else _SOME_TEXT


def _plain_items(values: Sequence[object]) -> list[Any] | None:
    """Python's own numbers and texts; None where one is something else."""
    found = [value.value for value in values if isinstance(value, Constant)]
    if len(found) != len(values) or any(isinstance(item, bytes) for item in found):
        return None
    return found


def _plain_table(table: Mapping[Any, Value]) -> dict[str, Any] | None:
    keys, items = _plain_items(tuple(table)), _plain_items(tuple(table.values()))
    if keys is None or items is None or not all(isinstance(key, str) for key in keys):
        return None
    return dict(zip(keys, items))
