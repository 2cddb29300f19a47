"""Python's own arithmetic and comparison over abstract values; tensors are the op models' business."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from tflint_gemm.domain import counters, dims
from tflint_gemm.domain.dims import Dim, Ternary
from tflint_gemm.domain.join import join, python_type
from tflint_gemm.domain.values import (
    UNKNOWN,
    ApiSymbol,
    BuiltinFunction,
    Constant,
    DictValue,
    DTypeValue,
    IterableValue,
    ListValue,
    OfType,
    SetValue,
    ShapeValue,
    Symbolic,
    TupleValue,
    Unknown,
    Value,
    dim_of,
    from_dim,
)
from tflint_gemm.interpreter import texts
from tflint_gemm.interpreter.heap import element_of
from tflint_gemm.ops import structures
from tflint_gemm.ops.conversion import sequence_items

MAX_RESULT = 1 << 16  # characters, bytes or items of a folded result
_MAX_BITS = 256

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "&": operator.and_, "|": operator.or_, "^": operator.xor, "<<": operator.lshift,
    ">>": operator.rshift, "**": operator.pow,
}  # fmt: skip
_UNARY: dict[str, Callable[[Any], Any]] = {"-": operator.neg, "+": operator.pos, "~": operator.invert}
_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_DIM_OPERATORS: dict[str, Callable[[Dim, Dim], Dim]] = {
    "+": dims.add, "-": dims.subtract, "*": dims.multiply, "//": dims.floor_divide, "%": dims.modulo,
}  # fmt: skip
_NUMBERS = ("bool", "int", "float", "complex")
BUILTIN_TYPES = frozenset({*_NUMBERS, "str", "bytes", "list", "tuple", "dict", "set", "NoneType"})
TENSOR_TYPE = "<tensor>"
"""What ``type`` says of a tensor or an array: some type that is none of Python's own."""


def binary(symbol: str, left: Value, right: Value) -> Value:
    """``left symbol right`` where neither is a tensor; Unknown where Python would call the program or raise."""
    if symbol == "%" and isinstance(left, Constant) and isinstance(left.value, str):
        return texts.percent(left.value, right)
    if isinstance(left, Constant) and isinstance(right, Constant):
        return _fold(symbol, left.value, right.value)
    if isinstance(left, (Constant, Symbolic)) and isinstance(right, (Constant, Symbolic)):
        compute = _DIM_OPERATORS.get(symbol)
        if compute is not None and python_type(left) == python_type(right) == "int":
            return from_dim(compute(dim_of(left), dim_of(right)))
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        named = _DIM_OPERATORS[symbol](dim_of(left), dim_of(right)) if symbol in _DIM_OPERATORS else None
        if named is not None:
            return Unknown(named)
    counted = counters.binary(symbol, left, right)
    if counted is not None:
        return counted
    if symbol in ("+", "*"):
        sequence = _sequences(symbol, left, right)
        if sequence is not None:
            return sequence
    if symbol == "%" and python_type(left) == "str":
        return OfType("str")
    return _by_type(symbol, python_type(left), python_type(right))


def unary(symbol: str, operand: Value) -> Value:
    """``symbol operand`` for a value of Python's own."""
    if isinstance(operand, Constant) and isinstance(operand.value, (int, float, complex)):
        if symbol == "~" and not isinstance(operand.value, int):
            return UNKNOWN
        return Constant(_UNARY[symbol](operand.value))
    if isinstance(operand, Symbolic) and symbol in "-+":
        return from_dim(dims.negate(operand.dim) if symbol == "-" else operand.dim)
    known = isinstance(operand, OfType) and operand.type_name in _NUMBERS
    return OfType(operand.type_name) if known and isinstance(operand, OfType) else UNKNOWN


def _fold(symbol: str, left: Any, right: Any) -> Value:
    if not _is_cheap(symbol, left, right):
        return _by_type(symbol, type(left).__name__, type(right).__name__)
    try:
        result = _OPERATORS[symbol](left, right)
    except (TypeError, ValueError, ArithmeticError, KeyError, MemoryError):
        return UNKNOWN
    if isinstance(result, int) and result.bit_length() > _MAX_BITS:
        return OfType("int")
    if isinstance(result, (str, bytes)) and len(result) > MAX_RESULT:
        return OfType(type(result).__name__)
    return Constant(result)


def _is_cheap(symbol: str, left: Any, right: Any) -> bool:
    """Whether the operation is sure to take no time and no space to speak of."""
    if symbol in ("**", "<<"):
        return isinstance(right, (int, float)) and abs(right) <= _MAX_BITS and not isinstance(left, (str, bytes))
    if symbol == "*" and (isinstance(left, (str, bytes)) or isinstance(right, (str, bytes))):
        text, count = (left, right) if isinstance(left, (str, bytes)) else (right, left)
        return isinstance(count, int) and len(text) * max(count, 0) <= MAX_RESULT
    return not (symbol == "%" and isinstance(left, (str, bytes)))


def _by_type(symbol: str, left: str | None, right: str | None) -> Value:
    """The type of a result whose value is not known."""
    if left in _NUMBERS and right in _NUMBERS:
        if symbol == "/":
            return OfType("complex" if "complex" in (left, right) else "float")
        if symbol == "**" and left == right == "int":
            return UNKNOWN  # an int or, for a negative exponent, a float
        wider = max(left, right, key=_NUMBERS.index)
        return OfType("int" if wider == "bool" else wider)
    return OfType("str") if left == right == "str" and symbol == "+" else UNKNOWN


def _sequences(symbol: str, left: Value, right: Value) -> Value | None:
    """Concatenation and repetition of lists, tuples and TensorShapes."""
    if symbol == "+":
        return concatenate(left, right)
    for sequence, count in ((left, right), (right, left)):
        if isinstance(sequence, (TupleValue, ListValue)):
            return _repeat(sequence, dim_of(count))
    return None


def concatenate(left: Value, right: Value) -> Value | None:
    """``left + right`` of two lists or two tuples; None where they are something else."""
    if isinstance(left, ShapeValue) or isinstance(right, ShapeValue):
        return None
    kinds = (ListValue, TupleValue)
    if not isinstance(left, kinds) or not isinstance(right, kinds):
        if isinstance(left, ListValue) or isinstance(right, ListValue):
            return OfType("list")
        return None
    first, second = sequence_items(left), sequence_items(right)
    if first is not None and second is not None and len(first) + len(second) <= MAX_RESULT:
        content = TupleValue(first + second)
        return ListValue(content) if isinstance(left, ListValue) else content
    elements = [element for element in (_element(left), _element(right)) if element is not None]
    joined = elements[0] if len(elements) == 1 else join(elements[0], elements[1]) if elements else UNKNOWN
    return ListValue(IterableValue(joined)) if isinstance(left, ListValue) else OfType("tuple")


def _element(sequence: TupleValue | ListValue) -> Value | None:
    return element_of(sequence.slots[ListValue.CONTENT] if isinstance(sequence, ListValue) else sequence)


def _repeat(sequence: TupleValue | ListValue, count: Dim) -> Value:
    items = sequence_items(sequence)
    if items is not None and isinstance(count, int) and len(items) * max(count, 0) <= 4096:
        repeated = items * max(count, 0) if items else ()  # nothing may be repeated more often than Python counts
        if structures.is_overgrown(repeated):
            return ListValue(IterableValue(UNKNOWN)) if isinstance(sequence, ListValue) else OfType("tuple")
        content = TupleValue(repeated)
        return ListValue(content) if isinstance(sequence, ListValue) else content
    if isinstance(sequence, TupleValue):
        return OfType("tuple")
    element = _element(sequence)
    length = dims.multiply(count, None if items is None else len(items))
    return ListValue(IterableValue(UNKNOWN if element is None else element, length))


# ------------------------------------------------------------------------------------------------- comparison


def compare(symbol: str, left: Value, right: Value) -> Ternary:
    """``left symbol right`` for plain Python values; None where it is not known."""
    if symbol in ("is", "is not"):
        same = _identical(left, right)
        return same if same is None or symbol == "is" else not same
    if symbol in ("in", "not in"):
        inside = _contains(right, left)
        return inside if inside is None or symbol == "in" else not inside
    if symbol in ("==", "!="):
        same = equal(left, right)
        return same if same is None or symbol == "==" else not same
    if isinstance(left, Constant) and isinstance(right, Constant):
        try:
            return bool(_COMPARISONS[symbol](left.value, right.value))
        except TypeError:
            return None
    return None


def _identical(left: Value, right: Value) -> Ternary:
    for value, other in ((left, right), (right, left)):
        if isinstance(value, Constant) and (value.value is None or isinstance(value.value, bool)):
            if isinstance(other, Constant):
                return value.value is other.value
            return None if is_opaque(other) else False
    if isinstance(left, DTypeValue) and isinstance(right, DTypeValue):
        return equal(left, right)
    return _same_type(left, right)


def _same_type(left: Value, right: Value) -> Ternary:
    """Whether two types are one, where both are known to be types."""
    if not isinstance(left, BuiltinFunction) or not isinstance(right, BuiltinFunction):
        return None
    names = {left.name, right.name}
    if left.receiver is not None or right.receiver is not None or not names <= BUILTIN_TYPES | {TENSOR_TYPE}:
        return None
    return False if len(names) == 2 else True if names <= BUILTIN_TYPES else None


def is_opaque(value: Value) -> bool:
    """Whether ``value`` may be None for all that is known."""
    return isinstance(value, (Unknown, ApiSymbol)) or (isinstance(value, OfType) and value.type_name == "object")


def equal(left: Value, right: Value) -> Ternary:
    """``left == right`` for plain Python values."""
    if isinstance(left, Constant) and isinstance(right, Constant):
        return bool(left.value == right.value)
    if isinstance(left, (Constant, Symbolic)) and isinstance(right, (Constant, Symbolic)):
        if python_type(left) == python_type(right) == "int":
            return dims.equal(dim_of(left), dim_of(right))
        return None
    if isinstance(left, DTypeValue) and isinstance(right, DTypeValue):
        return None if left.dtype is None or right.dtype is None else left.dtype == right.dtype
    if isinstance(left, (TupleValue, ListValue)) and isinstance(right, (TupleValue, ListValue)):
        first, second = sequence_items(left), sequence_items(right)
        if first is None or second is None:
            return None
        if len(first) != len(second):
            return False
        verdicts = [equal(a, b) for a, b in zip(first, second)]
        return False if False in verdicts else None if None in verdicts else True
    types = python_type(left), python_type(right)
    if "NoneType" in types and None not in types and types[0] != types[1]:
        return False
    return _same_type(left, right)


def _contains(container: Value, item: Value) -> Ternary:
    if isinstance(container, Constant) and isinstance(item, Constant):
        if isinstance(container.value, str) and isinstance(item.value, str):
            return item.value in container.value
        return None
    if isinstance(container, DictValue):
        if item in container.slots:
            return True
        known = DictValue.REST not in container.slots and isinstance(item, Constant)
        return False if known and all(isinstance(key, Constant) for key in container.slots) else None
    items = container.items if isinstance(container, (SetValue, TupleValue)) else sequence_items(container)
    if items is None:
        return None
    verdicts = [equal(candidate, item) for candidate in items]
    return True if True in verdicts else None if None in verdicts else False
