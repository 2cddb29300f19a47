"""Whether a value is true, as far as that is known."""

from __future__ import annotations

from tflint_gemm.domain.dims import SymbolicDim, Ternary
from tflint_gemm.domain.join import python_type
from tflint_gemm.domain.values import (
    ApiMethod,
    ApiObject,
    BoundMethod,
    BuiltinFunction,
    Constant,
    DictValue,
    DTypeValue,
    ListValue,
    SetValue,
    ShapeValue,
    Tensor,
    TupleValue,
    Value,
)
from tflint_gemm.interpreter.program import UserClass, UserFunction, UserModule


def truth(value: Value) -> Ternary:
    """``bool(value)``: True, False, or None where it is not known."""
    if isinstance(value, Constant):
        return bool(value.value)
    if isinstance(value, TupleValue):
        return bool(value.items)
    if isinstance(value, ListValue):
        content = value.slots[ListValue.CONTENT]
        return bool(content.items) if isinstance(content, TupleValue) else None
    if isinstance(value, DictValue):
        if DictValue.REST in value.slots:
            return True if len(value.slots) > 1 else None
        return bool(value.slots)
    if isinstance(value, SetValue):
        return None if value.items is None else bool(value.items)
    if isinstance(value, Tensor):
        element = value.scalar()
        return None if element is None or isinstance(element, SymbolicDim) else bool(element)
    if isinstance(value, (DTypeValue, UserFunction, UserClass, UserModule, BoundMethod, BuiltinFunction, ApiMethod)):
        return True
    return True if isinstance(value, ApiObject) and value.path.startswith("keras.") else None


def is_plain(value: Value) -> bool:
    """Whether ``value`` is certainly Python's own, so that comparing it gives a bool."""
    return python_type(value) is not None or isinstance(value, (DTypeValue, DictValue, ListValue, SetValue, ShapeValue))
