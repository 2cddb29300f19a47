"""Whether a value is true, as far as that is known."""

from __future__ import annotations

from tflint_gemm import api
from tflint_gemm.domain.dims import SymbolicDim, Ternary
from tflint_gemm.domain.join import python_type
from tflint_gemm.domain.values import (
    GENERATOR,
    ApiMethod,
    ApiObject,
    ApiSymbol,
    BoundMethod,
    BuiltinFunction,
    Constant,
    DictValue,
    DTypeValue,
    ListValue,
    PartialValue,
    SetValue,
    ShapeValue,
    Tensor,
    TupleValue,
    Value,
)
from tflint_gemm.interpreter.program import UserClass, UserFunction

_ALWAYS_TRUE = (
    DTypeValue, UserFunction, UserClass, BoundMethod, BuiltinFunction, ApiMethod, PartialValue,
)  # fmt: skip


def truth(value: Value) -> Ternary:
    """``bool(value)``: True, False, or None where it is not known."""
    if isinstance(value, Constant):
        return bool(value.value)
    if isinstance(value, TupleValue):
        # An empty generator is true, an empty view of a dict is not.
        return None if value.type_name == GENERATOR and not value.items else bool(value.items)
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
    if isinstance(value, _ALWAYS_TRUE):
        return True
    if isinstance(value, ApiSymbol):
        entry = api.entry(api.resolve(value.path, value.v1) or "")
        return True if entry is not None and entry.kind in ("function", "class") else None
    return True if isinstance(value, ApiObject) and value.path.startswith("keras.") else None


def is_plain(value: Value) -> bool:
    """Whether ``value`` is certainly Python's own, so that comparing it gives a bool."""
    return python_type(value) is not None or isinstance(value, (DTypeValue, DictValue, ListValue, SetValue, ShapeValue))
