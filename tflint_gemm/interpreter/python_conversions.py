"""Python's built-in types called: int, float, bool, str, list, tuple, set, dict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.join import join_all
from tflint_gemm.domain.values import (
    UNKNOWN,
    Constant,
    DictValue,
    IterableValue,
    Kind,
    ListValue,
    OfType,
    SetValue,
    Symbolic,
    Tensor,
    TupleValue,
    Value,
    dim_of,
    from_dim,
)
from tflint_gemm.interpreter import containers
from tflint_gemm.interpreter.autograph import is_traced
from tflint_gemm.interpreter.builtins import builtin, first
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.iteration import items_of, iterate, length
from tflint_gemm.interpreter.truth import truth
from tflint_gemm.ops.conversion import sequence_items

if TYPE_CHECKING:
    from tflint_gemm.interpreter.calls import Given


def _traced_cast(interp: Interpreter, value: Value, dtype: DType) -> Tensor | None:
    """What AutoGraph makes of ``float(tensor)`` and ``int(tensor)``: a cast, of tensors of any shape."""
    if not isinstance(value, Tensor) or value.kind is not Kind.TENSOR or not is_traced(interp):
        return None
    return None if value.dtype == dtypes.STRING else Tensor(dtype, value.shape)


@builtin("int", "long")
def _int(interp: Interpreter, given: "Given") -> Value:
    value = first(given)
    if not given.positional:
        return Constant(0)
    if (cast := _traced_cast(interp, value, dtypes.INT32)) is not None:
        return cast
    if isinstance(value, Symbolic):
        return value
    if isinstance(value, Constant) and isinstance(value.value, (int, float, str)) and len(given.positional) == 1:
        try:
            return Constant(int(value.value))
        except (ValueError, OverflowError):
            return OfType("int")
    if isinstance(value, Tensor):
        dim = dim_of(value)
        return from_dim(dim)
    return OfType("int")


@builtin("float")
def _float(interp: Interpreter, given: "Given") -> Value:
    value = first(given)
    if (cast := _traced_cast(interp, value, dtypes.FLOAT32)) is not None:
        return cast
    if isinstance(value, Constant) and isinstance(value.value, (int, float, str)):
        try:
            return Constant(float(value.value))
        except (ValueError, OverflowError):
            return OfType("float")
    return OfType("float")


@builtin("bool")
def _bool(_interp: Interpreter, given: "Given") -> Value:
    known = truth(first(given))
    return OfType("bool") if known is None else Constant(known)


@builtin("repr")
def _repr(_interp: Interpreter, given: "Given") -> Value:
    value = first(given)
    plain = isinstance(value, Constant) and isinstance(value.value, (int, str)) and len(given.positional) == 1
    return Constant(repr(value.value)) if plain and isinstance(value, Constant) else OfType("str")


@builtin("str", "unicode")
def _str(_interp: Interpreter, given: "Given") -> Value:
    value = first(given)
    plain = isinstance(value, Constant) and isinstance(value.value, (int, str)) and len(given.positional) == 1
    return Constant(str(value.value)) if plain and isinstance(value, Constant) else OfType("str")


@builtin("complex")
def _complex(_interp: Interpreter, given: "Given") -> Value:
    parts = [value.value for value in given.positional if isinstance(value, Constant)]
    numbers = [part for part in parts if isinstance(part, (int, float, complex))]
    if given.keywords or not given.complete or len(numbers) != len(given.positional) or len(numbers) > 2:
        return UNKNOWN
    return Constant(complex(*numbers))


@builtin("bytes", "bytearray", "object")
def _other_type(_interp: Interpreter, _given: "Given") -> Value:
    return UNKNOWN


@builtin("sorted")
def _sorted(interp: Interpreter, given: "Given") -> Value:
    content = _gather(interp, given)
    if isinstance(content, IterableValue) or not content.items:
        return ListValue(content)
    reverse = truth(given.keywords.get("reverse", Constant(False)))
    constants = [item.value for item in content.items if isinstance(item, Constant)]
    if len(constants) == len(content.items) and "key" not in given.keywords and reverse is not None:
        try:
            return ListValue(TupleValue(tuple(Constant(value) for value in sorted(constants, reverse=reverse))))  # type: ignore[type-var]
        except TypeError:
            return UNKNOWN
    return ListValue(TupleValue((join_all(content.items),) * len(content.items)))  # in an order that is not known


@builtin("list")
def _list(interp: Interpreter, given: "Given") -> Value:
    return ListValue(_gather(interp, given))


@builtin("tuple")
def _tuple(interp: Interpreter, given: "Given") -> Value:
    content = _gather(interp, given)
    return content if isinstance(content, TupleValue) else OfType("tuple")


def _gather(interp: Interpreter, given: "Given") -> TupleValue | IterableValue:
    if not given.positional:
        return TupleValue(())
    items = items_of(given.positional[0])
    if items is not None:
        return TupleValue(items)
    return IterableValue(iterate(interp, given.positional[0]), length(given.positional[0]))


@builtin("set", "frozenset")
def _set(interp: Interpreter, given: "Given") -> Value:
    return SetValue(items_of(given.positional[0]) if given.positional else ())


@builtin("dict", "collections.OrderedDict")
def _dict(interp: Interpreter, given: "Given") -> Value:
    result = DictValue()
    fill_dict(result, given.positional, given.keywords)
    return result


def fill_dict(result: DictValue, sources: tuple[Value, ...], keywords: dict[str, Value]) -> None:
    """Put into a new dict what its constructor is given."""
    for source in sources:
        items = items_of(source)
        if isinstance(source, DictValue):
            result.slots.update(source.slots)
        elif items is not None and all(_is_pair(item) for item in items):
            result.slots.update((pair[0], pair[1]) for pair in (sequence_items(item) for item in items) if pair)
        else:
            result.slots[DictValue.REST] = UNKNOWN
    result.slots.update((Constant(name), value) for name, value in keywords.items())


def _is_pair(value: Value) -> bool:
    items = sequence_items(value)
    return items is not None and len(items) == 2 and containers.is_key(items[0])
