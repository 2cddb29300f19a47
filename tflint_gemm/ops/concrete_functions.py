"""Concrete functions: what ``get_concrete_function`` gives, a function traced for certain dtypes."""

from __future__ import annotations

from tflint_gemm.domain.values import UNKNOWN, ApiObject, Kind, Tensor, TupleValue, Value
from tflint_gemm.ops import conversion
from tflint_gemm.ops.context import current
from tflint_gemm.ops.registry import op

PATH = "types.experimental.ConcreteFunction"
_FUNCTION, _SPECS = "(function)", "(specs)"  # no attribute of a program can be called so


def concrete_function(function: Value, described: tuple[Value, ...]) -> ApiObject:
    """``function`` traced with arguments such as ``described``."""
    made = ApiObject(PATH, {})
    made.slots[_FUNCTION] = function
    made.slots[_SPECS] = TupleValue(described)
    return made


@op(f"{PATH}.__call__")
def call(self: Value, *args: Value) -> Value:
    """What the function makes of arguments of the same dtypes; it is not traced anew for others."""
    if not isinstance(self, ApiObject):
        return UNKNOWN
    specs = self.slots.get(_SPECS)
    if not isinstance(specs, TupleValue) or len(specs.items) != len(args):
        return UNKNOWN
    for spec, argument in zip(specs.items, args):
        given = conversion.to_tensor(argument)
        if not isinstance(spec, Tensor) or given.kind is Kind.UNKNOWN or given.dtype != spec.dtype:
            return UNKNOWN
        if spec.rank is not None and given.rank != spec.rank:
            return UNKNOWN
    return current().call(self.slots.get(_FUNCTION, UNKNOWN), args, {})
