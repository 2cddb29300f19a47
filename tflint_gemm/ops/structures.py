"""Nested structures of values: lists, tuples and dicts, as ``tf.nest`` sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tflint_gemm.domain.join import join
from tflint_gemm.domain.values import UNKNOWN, DictValue, IterableValue, ListValue, OfType, TupleValue, Value
from tflint_gemm.replacing import replace

MAX_DEPTH = 12
MAX_NESTING = 24
MAX_HELD = 1 << 14


def is_overgrown(items: Iterable[Value], holder: Value | None = None) -> bool:
    """Whether a container of ``items`` is one that nobody can follow: nested too deeply, or as a tree too large.

    What goes through a structure goes through it as a tree, which ``x = (x, x)`` doubles each time.  ``holder`` is the
    container, where it is there already and might come to hold itself.
    """
    pending = [(item, 1) for item in items if isinstance(item, (ListValue, TupleValue))]
    held = 0
    while pending:
        value, depth = pending.pop()
        content = value.slots[ListValue.CONTENT] if isinstance(value, ListValue) else value
        if not isinstance(content, TupleValue):
            continue
        held += len(content.items)
        if depth > MAX_NESTING or held > MAX_HELD or value is holder:
            return True
        pending.extend((item, depth + 1) for item in content.items if isinstance(item, (ListValue, TupleValue)))
    return False


def is_nested(value: Value) -> bool:
    """Whether ``value`` is a list, tuple or dict whose items are known."""
    if isinstance(value, ListValue):
        return isinstance(value.slots[ListValue.CONTENT], TupleValue)
    return isinstance(value, TupleValue) or (isinstance(value, DictValue) and DictValue.REST not in value.slots)


def children(value: Value) -> list[Value]:
    """The items of a structure in ``tf.nest``'s order: dicts by sorted keys."""
    if isinstance(value, ListValue):
        content = value.slots[ListValue.CONTENT]
        return list(content.items) if isinstance(content, TupleValue) else []
    if isinstance(value, TupleValue):
        return list(value.items)
    assert isinstance(value, DictValue)
    return [value.slots[key] for key in sorted(value.slots, key=repr)]


def rebuild(value: Value, items: list[Value]) -> Value:
    """A structure like ``value`` with other items, given in the order of ``children``."""
    if isinstance(value, ListValue):
        return ListValue(TupleValue(tuple(items)))
    if isinstance(value, TupleValue):
        return replace(value, items=tuple(items))
    assert isinstance(value, DictValue)
    return DictValue((key, item) for key, item in zip(sorted(value.slots, key=repr), items) if isinstance(key, Value))


def leaves(value: Value, depth: int = 0) -> Iterator[Value]:
    """The values at the ends of a structure, in order."""
    if is_nested(value) and depth < MAX_DEPTH:
        for child in children(value):
            yield from leaves(child, depth + 1)
    else:
        yield value


def map_leaves(function: Callable[..., Value], *structures: Value, depth: int = 0) -> Value:
    """``function`` applied to the corresponding leaves of structures of one form; Unknown where their forms differ."""
    first = structures[0]
    if isinstance(first, ListValue) and not is_nested(first):
        content = first.slots[ListValue.CONTENT]
        assert isinstance(content, IterableValue)
        if len(structures) > 1:
            return UNKNOWN
        return ListValue(IterableValue(map_leaves(function, content.element, depth=depth + 1), content.length))
    if any(_is_open(structure) for structure in structures):
        return UNKNOWN
    if not is_nested(first) or depth >= MAX_DEPTH:
        return function(*structures)
    rows = [children(structure) if is_nested(structure) else [] for structure in structures]
    if any(len(row) != len(rows[0]) for row in rows):
        return UNKNOWN
    return rebuild(first, [map_leaves(function, *column, depth=depth + 1) for column in zip(*rows)])


def _is_open(value: Value) -> bool:
    """Whether ``value`` is a structure whose items are not known."""
    if isinstance(value, OfType):
        return value.type_name in ("list", "tuple", "dict")
    return isinstance(value, IterableValue) or (isinstance(value, DictValue) and not is_nested(value))


def join_structures(left: Value, right: Value) -> Value:
    """The join of two structures, leaf by leaf where they have one form."""
    if is_nested(left) and is_nested(right):
        return map_leaves(join, left, right)
    return join(left, right)


def map_up_to(function: Callable[[Value, Value], Value], shallow: Value, deep: Value, depth: int = 0) -> Value:
    """``function`` of each leaf of ``shallow`` and what stands in its place in ``deep``; Unknown for what has no place.

    For arguments such as ``output_shapes``, whose leaves are lists of sizes themselves.
    """
    if not is_nested(shallow) or depth >= MAX_DEPTH:
        return function(shallow, deep)
    parts = children(deep) if is_nested(deep) else []
    if len(parts) != len(children(shallow)):
        parts = [UNKNOWN] * len(children(shallow))
    pairs = zip(children(shallow), parts)
    return rebuild(shallow, [map_up_to(function, one, part, depth + 1) for one, part in pairs])
