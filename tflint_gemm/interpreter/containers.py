"""Methods of Python's own lists, dicts, tuples, sets and strings."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from tflint_gemm import api
from tflint_gemm.domain import dims
from tflint_gemm.domain.join import join, join_all, python_type
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiSymbol,
    BuiltinFunction,
    Constant,
    DictValue,
    DTypeValue,
    IterableValue,
    Kind,
    ListValue,
    OfType,
    Reference,
    SetValue,
    ShapeValue,
    Tensor,
    TupleValue,
    Value,
    dim_of,
    from_key,
)
from tflint_gemm.interpreter import texts
from tflint_gemm.interpreter.class_kinds import is_enumeration
from tflint_gemm.interpreter.heap import MISSING, any_item, element_of, join_elements
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.iteration import as_generator, items_of, iterate
from tflint_gemm.interpreter.program import Instance
from tflint_gemm.ops import structures

Method = Callable[[Interpreter, Value, tuple[Value, ...], dict[str, Value]], Value]
MAX_LENGTH = 4096  # items of a list that are kept apart
MAX_TEXT = 1 << 16  # characters of a text that is computed

_STRING_METHODS = {
    "strip", "lstrip", "rstrip", "lower", "upper", "title", "capitalize", "replace", "format", "zfill", "ljust",
    "rjust", "center", "startswith", "endswith", "isdigit", "split", "rsplit", "splitlines", "partition", "rpartition",
    "join", "encode", "find", "rfind", "index", "count", "swapcase", "removeprefix", "removesuffix",
}  # fmt: skip
_STRING_RESULTS = {
    "startswith": "bool", "endswith": "bool", "isdigit": "bool", "find": "int", "rfind": "int", "index": "int",
    "count": "int", "encode": "bytes", "split": "list", "rsplit": "list", "splitlines": "list", "partition": "tuple",
    "rpartition": "tuple",
}  # fmt: skip


def is_key(value: Value) -> bool:
    """Whether a dict can be asked for ``value`` with a certain answer."""
    if isinstance(value, TupleValue):
        return all(is_key(item) for item in value.items)
    if isinstance(value, Instance):
        return is_enumeration(value.cls)
    return isinstance(value, (Constant, ApiSymbol, DTypeValue, BuiltinFunction, Reference))


def as_key(value: Value) -> Value:
    """``value`` as a dict's key: tensors are keys by identity."""
    return Reference(value) if isinstance(value, Tensor) and value.kind is not Kind.ARRAY else value


@cache
def library_bases(path: str) -> tuple[str, ...]:
    """The canonical names of a library class's public bases, nearest first."""
    entry = api.entry(path)
    return entry.bases if entry is not None else ()


def has_method(receiver: Value, name: str) -> bool:
    """Whether ``receiver`` is a container or string of Python's with a method ``name``."""
    return _find(receiver, name) is not None


def call_method(
    interp: Interpreter, receiver: Value, name: str, positional: tuple[Value, ...], keywords: dict[str, Value]
) -> Value:
    """A method of a container; Unknown where there is none of the name."""
    method = _find(receiver, name)
    return UNKNOWN if method is None else method(interp, receiver, positional, keywords)


def _find(receiver: Value, name: str) -> Method | None:
    if isinstance(receiver, ListValue):
        return _LIST.get(name)
    if isinstance(receiver, DictValue):
        return _DICT.get(name)
    if isinstance(receiver, SetValue):
        return _SET.get(name)
    if isinstance(receiver, (TupleValue, ShapeValue)):
        return _TUPLE.get(name)
    if python_type(receiver) == "str":
        return _string_method(name) if name in _STRING_METHODS else None
    return None


def _argument(positional: tuple[Value, ...], index: int) -> Value | None:
    return positional[index] if index < len(positional) else None


# ------------------------------------------------------------------------------------------------- lists


def _write(interp: Interpreter, target: Value, content: TupleValue | IterableValue) -> None:
    assert isinstance(target, ListValue)
    limit = target.slots.get(ListValue.LIMIT)
    if limit is not None and isinstance(content, TupleValue):
        kept = dim_of(limit)
        if not isinstance(kept, int) or len(content.items) > kept:
            content = IterableValue(join_elements(content.items), kept)
    if isinstance(content, TupleValue) and len(content.items) > MAX_LENGTH:
        content = IterableValue(join_elements(content.items), len(content.items))
    if isinstance(content, TupleValue) and structures.is_overgrown(content.items[-1:], target):
        content = IterableValue(UNKNOWN, len(content.items))
    interp.heap.write(target, ListValue.CONTENT, content)


def _content(target: Value) -> Value:
    assert isinstance(target, ListValue)
    return target.slots[ListValue.CONTENT]


def _grow(
    interp: Interpreter, target: Value, items: tuple[Value, ...] | None, element: Value, front: bool = False
) -> None:
    """Add ``items`` (or an unknown number of ``element``) to a list."""
    content = _content(target)
    if isinstance(content, TupleValue) and items is not None:
        _write(interp, target, TupleValue(items + content.items if front else content.items + items))
        return
    known = any_item(content)
    before = content.length if isinstance(content, IterableValue) else None
    count = dims.add(before, len(items)) if items is not None else None
    _write(interp, target, IterableValue(element if known is None else join_elements((known, element)), count))


def _append(interp: Interpreter, target: Value, positional: tuple[Value, ...], _: dict[str, Value]) -> Value:
    value = _argument(positional, 0)
    if value is not None:
        _grow(interp, target, (value,), value)
    return NONE


def _extend(interp: Interpreter, target: Value, positional: tuple[Value, ...], _: dict[str, Value]) -> Value:
    value = _argument(positional, 0)
    if value is not None:
        items = items_of(value)
        _grow(interp, target, items, join_elements(items) if items else iterate(interp, value))
    return NONE


def _append_left(interp: Interpreter, target: Value, positional: tuple[Value, ...], _: dict[str, Value]) -> Value:
    value = _argument(positional, 0)
    if value is not None:
        _grow(interp, target, (value,), value, front=True)
    return NONE


def _pop_left(interp: Interpreter, target: Value, _: tuple[Value, ...], keywords: dict[str, Value]) -> Value:
    return _pop(interp, target, (Constant(0),), keywords)


def _insert(interp: Interpreter, target: Value, positional: tuple[Value, ...], _: dict[str, Value]) -> Value:
    if len(positional) == 2:
        content, index = _content(target), dim_of(positional[0])
        if isinstance(content, TupleValue) and isinstance(index, int):
            items = list(content.items)
            items.insert(index, positional[1])
            _write(interp, target, TupleValue(tuple(items)))
        else:
            _write(interp, target, IterableValue(join(element_of(content) or positional[1], positional[1])))
    return NONE


def _pop(interp: Interpreter, target: Value, positional: tuple[Value, ...], _: dict[str, Value]) -> Value:
    content = _content(target)
    index = dim_of(positional[0]) if positional else -1
    if isinstance(content, TupleValue) and isinstance(index, int) and -len(content.items) <= index < len(content.items):
        items = list(content.items)
        value = items.pop(index)
        _write(interp, target, TupleValue(tuple(items)))
        return value
    element = element_of(content)
    value = UNKNOWN if element is None else element
    _write(interp, target, IterableValue(value))
    return value


def _reverse(interp: Interpreter, target: Value, _: tuple[Value, ...], __: dict[str, Value]) -> Value:
    content = _content(target)
    if isinstance(content, TupleValue):
        _write(interp, target, TupleValue(content.items[::-1]))
    return NONE


def _shuffle(interp: Interpreter, target: Value, _: tuple[Value, ...], __: dict[str, Value]) -> Value:
    """The same items in an order that is not known (``sort``, ``random.shuffle``)."""
    content = _content(target)
    if isinstance(content, TupleValue) and content.items:
        _write(interp, target, TupleValue((join_all(content.items),) * len(content.items)))
    return NONE


def _clear(interp: Interpreter, target: Value, _: tuple[Value, ...], __: dict[str, Value]) -> Value:
    if isinstance(target, DictValue):
        for key in list(target.slots):
            interp.heap.write(target, key, MISSING)
    else:
        _write(interp, target, TupleValue(()))
    return NONE


def _remove(interp: Interpreter, target: Value, _: tuple[Value, ...], __: dict[str, Value]) -> Value:
    element = element_of(_content(target))
    _write(interp, target, IterableValue(UNKNOWN if element is None else element))
    return NONE


def _copy(_interp: Interpreter, target: Value, _: tuple[Value, ...], __: dict[str, Value]) -> Value:
    content = _content(target)
    return ListValue(content) if isinstance(content, (TupleValue, IterableValue)) else UNKNOWN


def _integer(_interp: Interpreter, _: Value, __: tuple[Value, ...], ___: dict[str, Value]) -> Value:
    return OfType("int")


_TUPLE: dict[str, Method] = {"index": _integer, "count": _integer}
_LIST: dict[str, Method] = {
    "append": _append, "extend": _extend, "insert": _insert, "pop": _pop, "reverse": _reverse, "sort": _shuffle,
    "clear": _clear, "remove": _remove, "copy": _copy, "appendleft": _append_left, "popleft": _pop_left,
    "rotate": _shuffle, **_TUPLE,
}  # fmt: skip


def shuffle(interp: Interpreter, target: Value) -> Value:
    """``random.shuffle``: lists change in place."""
    return _shuffle(interp, target, (), {}) if isinstance(target, ListValue) else NONE


# ------------------------------------------------------------------------------------------------- dicts


def _table(target: Value) -> DictValue:
    assert isinstance(target, DictValue)
    return target


def _keys(_interp: Interpreter, target: Value, _: tuple[Value, ...], __: dict[str, Value]) -> Value:
    table = _table(target)
    if DictValue.REST in table.slots:
        return IterableValue(UNKNOWN)
    return as_generator(TupleValue(tuple(from_key(key) for key in table.slots)))


def _values(_interp: Interpreter, target: Value, _: tuple[Value, ...], __: dict[str, Value]) -> Value:
    values = tuple(_table(target).slots.values())
    return (
        as_generator(TupleValue(values))
        if DictValue.REST not in _table(target).slots
        else IterableValue(join_all(values))
    )


def _items(_interp: Interpreter, target: Value, _: tuple[Value, ...], __: dict[str, Value]) -> Value:
    slots = _table(target).slots
    if DictValue.REST in slots:
        return IterableValue(TupleValue((UNKNOWN, join_all(list(slots.values())))))
    return as_generator(TupleValue(tuple(TupleValue((from_key(key), value)) for key, value in slots.items())))


def _get(_interp: Interpreter, target: Value, positional: tuple[Value, ...], keywords: dict[str, Value]) -> Value:
    if not positional:
        return UNKNOWN
    key = as_key(positional[0])
    default = _argument(positional, 1) or keywords.get("default", NONE)
    slots = _table(target).slots
    if key in slots:
        return slots[key]
    if is_key(key) and DictValue.REST not in slots:
        return default
    return join_all([default, *slots.values()])


def _pop_key(interp: Interpreter, target: Value, positional: tuple[Value, ...], keywords: dict[str, Value]) -> Value:
    value = _get(interp, target, positional, keywords)
    if positional and as_key(positional[0]) in _table(target).slots:
        interp.heap.write(_table(target), as_key(positional[0]), MISSING)
    return value


def _pop_item(interp: Interpreter, target: Value, _: tuple[Value, ...], __: dict[str, Value]) -> Value:
    """``table.popitem()``: the last item, or the first; the others stay."""
    return _reordered(interp, target, UNKNOWN)


def _move_to_end(interp: Interpreter, target: Value, _: tuple[Value, ...], __: dict[str, Value]) -> Value:
    return _reordered(interp, target, NONE)


def _reordered(interp: Interpreter, target: Value, result: Value) -> Value:
    """Which items there are, and in which order, is not known from now on."""
    interp.heap.write(_table(target), DictValue.REST, join_all(list(_table(target).slots.values())))
    return result


def _set_default(
    interp: Interpreter, target: Value, positional: tuple[Value, ...], keywords: dict[str, Value]
) -> Value:
    value = _get(interp, target, positional, keywords)
    key = as_key(positional[0]) if positional else UNKNOWN
    if is_key(key) and key not in _table(target).slots:
        interp.heap.write(_table(target), key, value)
    return value


def _update(interp: Interpreter, target: Value, positional: tuple[Value, ...], keywords: dict[str, Value]) -> Value:
    table = _table(target)
    for other in positional:
        if isinstance(other, DictValue):
            rest = other.slots.get(DictValue.REST)
            for key, value in () if rest is None else list(table.slots.items()):
                interp.heap.write(table, key, join(value, other.slots[DictValue.REST]))
            for key, value in other.slots.items():
                interp.heap.write(table, key, value)
        else:
            _update_pairs(interp, table, other)
    for name, value in keywords.items():
        interp.heap.write(table, Constant(name), value)
    return NONE


def _update_pairs(interp: Interpreter, table: DictValue, pairs: Value) -> None:
    """``table.update(pairs)``: each key may have another value where it is not known which the pairs have."""
    known = [items_of(pair) or () for pair in items_of(pairs) or (UNKNOWN,)]
    if all(len(pair) == 2 and is_key(as_key(pair[0])) for pair in known):
        for name, value in known:
            interp.heap.write(table, as_key(name), value)
        return
    for key in (*table.slots, DictValue.REST):
        interp.heap.write(table, key, UNKNOWN)


def _copy_table(_interp: Interpreter, target: Value, _: tuple[Value, ...], __: dict[str, Value]) -> Value:
    copied = DictValue()
    copied.slots.update(_table(target).slots)
    return copied


_DICT: dict[str, Method] = {
    "keys": _keys, "values": _values, "items": _items, "get": _get, "pop": _pop_key, "setdefault": _set_default,
    "update": _update, "copy": _copy_table, "clear": _clear, "popitem": _pop_item, "move_to_end": _move_to_end,
}  # fmt: skip


# ------------------------------------------------------------------------------------------------- sets and strings


def _unknown_set(_interp: Interpreter, _: Value, __: tuple[Value, ...], ___: dict[str, Value]) -> Value:
    return SetValue(None)


def _copy_set(_interp: Interpreter, target: Value, _: tuple[Value, ...], __: dict[str, Value]) -> Value:
    return SetValue(target.items if isinstance(target, SetValue) else None)


def _add(interp: Interpreter, target: Value, positional: tuple[Value, ...], _: dict[str, Value]) -> Value:
    assert isinstance(target, SetValue)
    known = target.items is not None and len(target.items) < MAX_LENGTH and len(positional) == 1
    content = TupleValue((*(target.items or ()), *positional)) if known else UNKNOWN
    if not known or positional[0] not in (target.items or ()):
        interp.heap.write(target, SetValue.CONTENT, content)
    return NONE


def _empty_set(interp: Interpreter, target: Value, _: tuple[Value, ...], __: dict[str, Value]) -> Value:
    assert isinstance(target, SetValue)
    interp.heap.write(target, SetValue.CONTENT, TupleValue(()))
    return NONE


def _change_set(interp: Interpreter, target: Value, _: tuple[Value, ...], __: dict[str, Value]) -> Value:
    """A set that gains or loses elements that are not followed."""
    assert isinstance(target, SetValue)
    interp.heap.write(target, SetValue.CONTENT, UNKNOWN)
    return UNKNOWN


_SET: dict[str, Method] = {
    "add": _add, "clear": _empty_set, "copy": _copy_set,
    **dict.fromkeys(("union", "difference", "intersection", "symmetric_difference"), _unknown_set),
    **dict.fromkeys(
        ("update", "discard", "remove", "pop", "difference_update", "intersection_update",
         "symmetric_difference_update"), _change_set,
    ),
}  # fmt: skip


@cache
def _string_method(name: str) -> Method:
    def method(interp: Interpreter, target: Value, positional: tuple[Value, ...], keywords: dict[str, Value]) -> Value:
        arguments = [argument.value for argument in positional if isinstance(argument, Constant)]
        known = isinstance(target, Constant) and len(arguments) == len(positional) and not keywords
        if known and isinstance(target, Constant) and name not in ("format", "zfill", "ljust", "rjust", "center"):
            longest = (1 + len(str(target.value))) * max(len(str(argument)) for argument in ("", *arguments))
            if name != "replace" or longest <= MAX_TEXT:
                return _fold(str(target.value), name, arguments)
        if isinstance(target, Constant) and name == "format":
            return texts.formatted(str(target.value), positional, keywords)
        if isinstance(target, Constant) and name == "join" and len(positional) == 1 and not keywords:
            return texts.joined(str(target.value), positional[0])
        return OfType(_STRING_RESULTS.get(name, "str"))

    return method


def _fold(text: str, name: str, arguments: list[object]) -> Value:
    try:
        result = getattr(text, name)(*arguments)
    except (TypeError, ValueError):
        return UNKNOWN
    if isinstance(result, (list, tuple)):
        if len(result) > MAX_LENGTH:
            return ListValue(IterableValue(OfType("str"), len(result)))
        items = TupleValue(tuple(Constant(piece) for piece in result))
        return ListValue(items) if isinstance(result, list) else items
    return Constant(result)
