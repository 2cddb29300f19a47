"""Assertions, printing, and questions that a program asks about its own run."""

from __future__ import annotations

from tflint_gemm import api
from tflint_gemm.domain.join import python_type
from tflint_gemm.domain.values import FALSE, NONE, TRUE, UNKNOWN, ApiSymbol, Kind, OfType, ShapeValue, Tensor, Value
from tflint_gemm.ops import conversion
from tflint_gemm.ops.context import current
from tflint_gemm.ops.registry import op

_ASSERTIONS = (
    "assert_greater", "assert_greater_equal", "assert_less", "assert_less_equal", "assert_near",
    "assert_negative", "assert_non_negative", "assert_non_positive", "assert_none_equal", "assert_positive",
    "assert_proper_iterable", "Assert",
)  # fmt: skip


def nothing() -> Value:
    """None where ops run at once, an operation where a graph is built."""
    return NONE if current().mode == "eager" and not current().v1 else UNKNOWN


op("print", *(f"debugging.{name}" for name in _ASSERTIONS))(nothing)
op(*(f"compat.v1.{name}" for name in _ASSERTIONS if api.entry(f"compat.v1.{name}") is not None))(nothing)


@op("compat.v1.assert_scalar")
def assert_scalar(tensor: Tensor) -> Tensor:
    """The tensor itself, unlike the other assertions."""
    return conversion.firm(tensor)


@op("compat.v1.Print", by_position=1)
def print_v1(input_: Value) -> Value:
    """The tensor itself, which is printed when it is computed."""
    tensor = conversion.to_tensor(input_)
    return UNKNOWN if tensor.kind is Kind.UNKNOWN else conversion.firm(tensor)


@op("is_tensor")
def is_tensor(x: Value) -> Value:
    """True of TensorFlow's tensors and variables, False of arrays and Python's values."""
    if isinstance(x, Tensor) and x.kind in (Kind.TENSOR, Kind.VARIABLE, Kind.SPARSE, Kind.RAGGED):
        return TRUE
    if isinstance(x, Tensor):
        return FALSE if x.kind in (Kind.ARRAY, Kind.PYTHON) else OfType("bool")
    return FALSE if python_type(x) is not None or isinstance(x, (ShapeValue, ApiSymbol)) else OfType("bool")


@op("executing_eagerly", "compat.v1.executing_eagerly")
def executing_eagerly() -> Value:
    context = current()
    if context.mode == "unknown" or context.v1:
        return OfType("bool")
    return TRUE if context.mode == "eager" else FALSE


@op("inside_function")
def inside_function() -> Value:
    mode = current().mode
    return OfType("bool") if mode == "unknown" else TRUE if mode == "graph" else FALSE
