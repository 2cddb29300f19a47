"""What iterating over a value gives: its items where they can be told apart, else what any of them is."""

from __future__ import annotations

import itertools

from tflint_gemm.domain import counters, dims
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.values import (
    GENERATOR,
    UNKNOWN,
    ApiObject,
    Constant,
    DictValue,
    IterableValue,
    Kind,
    ListValue,
    OfType,
    RangeValue,
    SetValue,
    ShapeValue,
    SliceValue,
    Tensor,
    TupleValue,
    Value,
    dim_of,
    from_dim,
    from_key,
)
from tflint_gemm.interpreter import side_effects
from tflint_gemm.interpreter.class_kinds import is_enumeration, member_values, named_tuple_items
from tflint_gemm.interpreter.heap import element_of
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.program import Instance, UserClass
from tflint_gemm.ops.conversion import sequence_items
from tflint_gemm.replacing import replace

MAX_ITEMS = 1024
_MAX_TENSOR_ITEMS = 64


def items_of(value: Value) -> tuple[Value, ...] | None:
    """The items of ``value`` in order, None where their number is not known (or too large to go one by one)."""
    items = _items(value)
    return items if items is None or len(items) <= MAX_ITEMS else None


def _distinct(items: tuple[Value, ...] | None) -> tuple[Value, ...] | None:
    """The items of a set, each once; None where it is not known which of them are the same."""
    if items is None or len(items) <= 1:
        return items
    constants = {item.value: item for item in items if isinstance(item, Constant)}
    return tuple(constants.values()) if all(isinstance(item, Constant) for item in items) else None


def _items(value: Value) -> tuple[Value, ...] | None:
    if isinstance(value, TupleValue):
        return value.items
    if isinstance(value, ListValue):
        return sequence_items(value)
    if isinstance(value, Instance):
        return named_tuple_items(value)
    if isinstance(value, UserClass):
        return tuple(dict.fromkeys(member_values(value).values())) if is_enumeration(value) else None
    if isinstance(value, SetValue):
        return _distinct(value.items)
    if isinstance(value, DictValue):
        known = DictValue.REST not in value.slots
        return tuple(from_key(key) for key in value.slots) if known else None
    if isinstance(value, Constant) and isinstance(value.value, str) and len(value.value) <= MAX_ITEMS:
        return tuple(Constant(character) for character in value.value)
    if isinstance(value, RangeValue):
        return _range_items(value)
    if isinstance(value, ShapeValue):
        return None if value.shape is None else tuple(from_dim(dim) for dim in value.shape)
    if isinstance(value, Tensor) and value.shape and value.kind in (Kind.TENSOR, Kind.ARRAY, Kind.VARIABLE):
        length = value.shape[0]
        if isinstance(length, int) and length <= _MAX_TENSOR_ITEMS:
            return tuple(_tensor_item(value, index) for index in range(length))
    return None


def first_items(value: Value, count: int) -> tuple[Value, ...]:
    """The first ``count`` items of ``value``, fewer where no more are certain to be there."""
    if isinstance(value, RangeValue):
        return tuple(Constant(number) for number in itertools.islice(python_range(value) or (), count))
    return (items_of(value) or ())[:count]


def python_range(value: RangeValue) -> range | None:
    """The range itself, where its bounds are known."""
    bounds = [dim_of(bound) for bound in (value.start, value.stop, value.step)]
    known = [bound for bound in bounds if isinstance(bound, int)]
    return range(*known) if len(known) == len(bounds) and known[2] != 0 else None


def _range_items(value: RangeValue) -> tuple[Value, ...] | None:
    numbers = python_range(value)
    if numbers is None or len(numbers[: MAX_ITEMS + 1]) > MAX_ITEMS:
        return None
    return tuple(Constant(number) for number in numbers)


def _tensor_item(tensor: Tensor, index: int | None) -> Tensor:
    """One element of a tensor along its first dimension."""
    assert tensor.shape
    elements = None
    if tensor.elements is not None and isinstance(index, int) and tensor.shape[0]:
        size = len(tensor.elements) // int(tensor.shape[0])  # type: ignore[arg-type]
        elements = tensor.elements[index * size : (index + 1) * size]
    kind = Kind.TENSOR if tensor.kind is Kind.VARIABLE else tensor.kind
    return replace(tensor, shape=tensor.shape[1:], kind=kind, elements=elements, shape_origin=None, parts=())


def as_generator(content: Value) -> Value:
    """The generator that yields these items."""
    return replace(content, type_name=GENERATOR) if isinstance(content, TupleValue) else content


def iterate(interp: Interpreter, value: Value) -> Value:
    """What any item of ``value`` is."""
    items = items_of(value)
    if items:
        return side_effects.one_of(interp.heap, items)
    if isinstance(value, ListValue):
        element = element_of(value.slots[ListValue.CONTENT])
        return UNKNOWN if element is None else element
    if isinstance(value, IterableValue):
        return value.element
    if isinstance(value, RangeValue):
        return OfType("int")
    if isinstance(value, Tensor) and value.shape:
        return _tensor_item(value, None)
    if isinstance(value, Tensor) and value.shape is None and value.kind is not Kind.PYTHON:
        return Tensor(value.dtype, None, value.kind, dtype_origin=value.dtype_origin)
    if isinstance(value, OfType) and value.type_name == "str":
        return value
    if isinstance(value, DictValue):
        return UNKNOWN  # an empty dict, or one of which not all keys are known
    if isinstance(value, ApiObject):
        return iterate(interp, interp.call_method(value, "__iter__", (), {}))
    if isinstance(value, Instance):
        iterator = interp.call_method(value, "__iter__", (), {})
        return UNKNOWN if iterator is value else iterate(interp, iterator)
    return UNKNOWN


def any_in_turn(interp: Interpreter, value: Value) -> Value:
    """What the variable of a loop is in any round: of a range whose bounds are known, a counter."""
    numbers = python_range(value) if isinstance(value, RangeValue) else None
    return iterate(interp, value) if numbers is None else counters.of_range(numbers)


def length(value: Value) -> Dim:
    """``len(value)``; unknown where it is not known."""
    items = _items(value) if isinstance(value, (TupleValue, UserClass)) else sequence_items(value)
    if items is not None:
        return len(items)
    if isinstance(value, ListValue):
        content = value.slots[ListValue.CONTENT]
        return content.length if isinstance(content, IterableValue) else None
    if isinstance(value, DictValue):
        return None if DictValue.REST in value.slots else len(value.slots)
    if isinstance(value, SetValue):
        distinct = _distinct(value.items)
        return None if distinct is None else len(distinct)
    if isinstance(value, Constant) and isinstance(value.value, (str, bytes)):
        return len(value.value)
    if isinstance(value, Tensor) and value.shape:
        return value.shape[0]
    if isinstance(value, ShapeValue) and value.shape is not None:
        return len(value.shape)
    if isinstance(value, IterableValue):
        return value.length
    if isinstance(value, RangeValue):
        if value.start == Constant(0) and value.step == Constant(1):
            return dim_of(value.stop)
        bounds = [dim_of(bound) for bound in (value.start, value.stop, value.step)]
        if all(isinstance(bound, int) for bound in bounds) and bounds[2]:
            return dims.count(range(*bounds))  # type: ignore[arg-type]
    return None


def slice_bounds(key: SliceValue) -> slice | None:
    """The Python slice, where its bounds are known."""
    bounds = []
    for bound in (key.start, key.stop, key.step):
        known = dim_of(bound)
        if bound != Constant(None) and not isinstance(known, int):
            return None
        bounds.append(known if isinstance(known, int) else None)
    return None if bounds[2] == 0 else slice(*bounds)
