"""Python's built-in functions over numbers, and those of ``math``."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from tflint_gemm.domain import dims
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.join import join_all, python_type
from tflint_gemm.domain.values import (
    UNKNOWN,
    ApiSymbol,
    Constant,
    Kind,
    OfType,
    Tensor,
    TupleValue,
    Value,
    dim_of,
    from_dim,
)
from tflint_gemm.interpreter import arithmetic
from tflint_gemm.interpreter.builtins import builtin, first
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.iteration import items_of
from tflint_gemm.interpreter.tensor_operations import operate

if TYPE_CHECKING:
    from tflint_gemm.interpreter.calls import Given


_MAX_DIGITS = 400


def _fold_numbers(function: Callable[..., object], values: tuple[Value, ...]) -> Value | None:
    """``function`` of known numbers; None where one is not known or the function does not take them."""
    if not values or not all(isinstance(value, Constant) and isinstance(value.value, (int, float)) for value in values):
        return None
    try:
        result = function(*(value.value for value in values if isinstance(value, Constant)))
    except (ValueError, TypeError, ArithmeticError):
        return None
    if isinstance(result, int) and result.bit_length() > 256:
        return OfType("int")
    return Constant(result) if isinstance(result, (int, float)) else None


@builtin("abs")
def _abs(interp: Interpreter, given: "Given") -> Value:
    value = first(given)
    if isinstance(value, Tensor):
        return interp.call(ApiSymbol("numpy.abs" if value.kind is Kind.ARRAY else "tensorflow.abs"), (value,), {})
    folded = _fold_numbers(abs, given.positional[:1])
    real = isinstance(value, OfType) and value.type_name in ("int", "float")
    return folded or (OfType(value.type_name) if real and isinstance(value, OfType) else UNKNOWN)


@builtin("round")
def _round(_interp: Interpreter, given: "Given") -> Value:
    for digits in given.positional[1:]:
        if isinstance(digits, Constant) and isinstance(digits.value, int) and abs(digits.value) > _MAX_DIGITS:
            return UNKNOWN  # Python computes the power of ten
    folded = _fold_numbers(round, given.positional)
    return folded or (OfType("int") if len(given.positional) == 1 else UNKNOWN)


@builtin("pow")
def _pow(_interp: Interpreter, given: "Given") -> Value:
    return arithmetic.binary("**", *given.positional) if len(given.positional) == 2 else UNKNOWN


@builtin("divmod")
def _divmod(_interp: Interpreter, given: "Given") -> Value:
    if len(given.positional) != 2:
        return UNKNOWN
    return TupleValue(tuple(arithmetic.binary(symbol, *given.positional) for symbol in ("//", "%")))


@builtin("sum")
def _sum(interp: Interpreter, given: "Given") -> Value:
    items = items_of(first(given))
    if items is None or len(items) > 64:
        return UNKNOWN
    total: Value = given.positional[1] if len(given.positional) > 1 else Constant(0)
    for item in items:
        total = operate(interp, given.node, "+", total, item, ())
    return total


def _extremum(name: str, compute: Callable[[Dim, Dim], Dim]) -> None:
    def model(interp: Interpreter, given: "Given") -> Value:
        values = given.positional if len(given.positional) > 1 else items_of(first(given))
        if not values or "key" in given.keywords:
            return UNKNOWN
        folded = _fold_numbers(min if name == "min" else max, values)
        if folded is not None:
            return folded
        if all(python_type(value) == "int" for value in values):
            result = dim_of(values[0])
            for value in values[1:]:
                result = compute(result, dim_of(value))
            return from_dim(result)
        return join_all(values)

    builtin(name)(model)


_extremum("min", dims.minimum)
_extremum("max", dims.maximum)


def _math(name: str, result_type: str) -> None:
    function = getattr(math, name)

    def model(_interp: Interpreter, given: "Given") -> Value:
        return _fold_numbers(function, given.positional) or OfType(result_type)

    builtin(f"math.{name}")(model)


for _name in (
    "sqrt",
    "exp",
    "log",
    "log2",
    "log10",
    "sin",
    "cos",
    "tan",
    "pow",
    "fabs",
    "atan",
    "atan2",
    "tanh",
    "radians",
):
    _math(_name, "float")
for _name in ("ceil", "floor", "trunc", "gcd"):
    _math(_name, "int")


@builtin("math.prod")
def _prod(interp: Interpreter, given: "Given") -> Value:
    items = items_of(first(given))
    if items is None or not all(python_type(item) == "int" for item in items):
        return UNKNOWN
    return from_dim(dims.product(tuple(dim_of(item) for item in items)))
