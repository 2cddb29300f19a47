"""NumPy's universal functions, one line each, and Python's operators on arrays."""

from __future__ import annotations

import math
import operator as python_operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.dims import SymbolicDim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import ANY_TENSOR, NONE, UNKNOWN, Element, Kind, Tensor, TupleValue, Value
from tflint_gemm.ops import numpy_elements as elements
from tflint_gemm.ops import rules
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.numpy_common import (
    Array,
    array,
    array_op,
    as_array,
    as_result,
    inexact,
    promote,
    promote_dtypes,
    real_part,
    strong,
    to_array,
    with_origin,
)
from tflint_gemm.ops.numpy_products import matmul_result
from tflint_gemm.ops.parameters import NumpyDType
from tflint_gemm.ops.violations import BroadcastMismatch, Violation
from tflint_gemm.replacing import replace

Loop = Literal[
    "same", "bool", "logical", "float", "real float", "divide", "number", "no bool", "integer", "shift", "abs", "real"
]
"""Which dtype a ufunc computes in, and so returns, given the promoted dtype of its operands.

"same": that dtype; "real": that dtype, complex not taken; "integer": that dtype, integers and bool only.
"number", "shift" (integers only): that dtype, bool becoming int8.  "no bool": that dtype, bool not taken.
"float": floats and complex are kept, integers become the smallest float that holds them; "real float": no complex.
"divide": floats and complex are kept, everything else becomes float64.  "abs": a complex becomes its real dtype.
"bool": the result is bool whatever goes in; "logical": so it is, but for objects.
"""
Evaluate = Callable[..., object]
_REAL = (dtypes.REAL - {dtypes.BFLOAT16}) | {dtypes.BOOL}


@dataclass(frozen=True, slots=True)
class Ufunc:
    """A universal function: ``evaluate`` computes one element from Python numbers."""

    name: str
    loop: Loop
    evaluate: Evaluate | None = None


UFUNCS: dict[str, Ufunc] = {}


def result_dtype(loop: Loop, promoted: DType | None) -> DType | None:
    """The dtype that a ufunc of kind ``loop`` returns; None where unknown or where NumPy has no such loop."""
    if loop == "bool":
        return dtypes.BOOL
    if promoted is None or (promoted.kind not in ("bool", "int", "uint", "float", "complex")):
        return None
    if loop == "logical":
        return dtypes.BOOL
    if loop == "real float" and promoted not in _REAL:
        return None  # of bfloat16 and float8, some of them make float32
    if loop in ("float", "real float"):
        return _float_loop(promoted)
    if loop == "divide":
        return inexact(promoted)
    if loop == "abs":
        return real_part(promoted)
    if loop in ("real", "integer", "shift") and (promoted.is_complex or (promoted.is_floating and loop != "real")):
        return None
    if promoted == dtypes.BOOL and loop in ("number", "shift", "no bool"):
        return None if loop == "no bool" else dtypes.INT8
    return promoted


def _float_loop(promoted: DType) -> DType:
    if promoted.is_floating or promoted.is_complex:
        return promoted
    return {1: dtypes.FLOAT16, 2: dtypes.FLOAT32}.get(promoted.size, dtypes.FLOAT64)


def apply(function: Ufunc, operands: Sequence[Tensor], dtype: DType | None | Unsure = None) -> Tensor:
    """What ``function`` makes of ``operands``; ``dtype`` is the argument of that name.  Raises BroadcastMismatch."""
    promoted = promote(operands)
    result = result_dtype(function.loop, promoted)
    if function.loop == "real float" and all(operand.kind is not Kind.PYTHON for operand in operands):
        # The first loop that holds each operand: int8 and uint8 fit float16, though together they are int16.
        result = promote_dtypes([result_dtype(function.loop, operand.dtype) for operand in operands])
    if isinstance(dtype, Unsure) or (dtype is not None and function.loop not in ("bool", "logical")):
        of_strings = any(operand.dtype == dtypes.STRING for operand in operands)  # to which dtype= means nothing
        result = None if isinstance(dtype, Unsure) or of_strings else dtype
    shape = rules.broadcast(operands, result)
    values = _evaluate(function, operands, promoted, result, shape) if dtype is None else None
    return with_origin(array(result, shape, values), operands)


def given_out(out: Value, result: Tensor) -> Tensor:
    """What a function returns that was given ``out``: that array, whose dtype does not change."""
    if out == NONE:
        return result
    target = to_array(out)
    return array(target.dtype, target.shape)


# ------------------------------------------------------------------------------------- element values


def _evaluate(
    function: Ufunc, operands: Sequence[Tensor], promoted: DType | None, result: DType | None, shape: Shape
) -> tuple[Element, ...] | None:
    if function.evaluate is None or result is None or promoted is None:
        return None
    # Functions of floats compute in the float already; comparisons and divisions see their operands as promoted.
    working = result if function.loop in ("float", "real float", "divide") else promoted
    columns = []
    for operand in operands:
        spread = elements.broadcast(operand.elements, operand.shape, shape)
        if spread is None:
            return None
        columns.append(elements.cast_all(spread, working) or ())
    return tuple(elements.cast(_one(function.evaluate, row), result) for row in zip(*columns))


def _one(evaluate: Evaluate, row: tuple[Element, ...]) -> Element:
    if any(element is None for element in row):
        return None
    if any(isinstance(element, SymbolicDim) for element in row):
        symbolic = _SYMBOLIC.get(evaluate)
        return None if symbolic is None else symbolic(*row)
    try:
        value = evaluate(*row)
    except (ArithmeticError, ValueError, TypeError):
        return None
    return value if isinstance(value, (bool, int, float, complex)) else None


def _power(base: float, exponent: float) -> object:
    if abs(exponent) > 64:  # Python would compute a number of millions of digits
        return None
    return base**exponent


def _sign(x: float) -> object:
    return (x > 0) - (x < 0)


def _log2(x: float) -> object:
    mantissa, exponent = math.frexp(x)
    return exponent - 1 if mantissa == 0.5 else None  # otherwise the last digit depends on the library


_SYMBOLIC: dict[Evaluate, Callable[..., Element]] = {
    python_operator.add: dims.add,
    python_operator.sub: dims.subtract,
    python_operator.mul: dims.multiply,
    python_operator.floordiv: dims.floor_divide,
    python_operator.mod: dims.modulo,
    max: dims.maximum,
    min: dims.minimum,
}


# ------------------------------------------------------------------------------------- the table


def ufunc(names: str, loop: Loop, arity: int = 1, evaluate: Evaluate | None = None) -> None:
    """Register each of ``names`` as a universal function of ``arity`` operands."""
    for name in names.split():
        function = UFUNCS[name] = Ufunc(name, loop, evaluate)
        if arity == 1:
            _register_unary(function)
        else:
            _register_binary(function)


def _register_unary(function: Ufunc) -> None:
    def model(x: Array, dtype: NumpyDType = None, out: Value = NONE) -> Tensor:
        return given_out(out, apply(function, (x,), dtype))

    array_op(function.name, by_position=1)(model)


def _register_binary(function: Ufunc) -> None:
    def model(x1: Array, x2: Array, dtype: NumpyDType = None, out: Value = NONE) -> Tensor:
        return given_out(out, apply(function, (x1, x2), dtype))

    array_op(function.name, by_position=2)(model)


ufunc("add", "same", 2, python_operator.add)
ufunc("multiply", "same", 2, python_operator.mul)
ufunc("maximum fmax", "same", 2, max)
ufunc("minimum fmin", "same", 2, min)
ufunc("subtract", "no bool", 2, python_operator.sub)
ufunc("divide", "divide", 2, python_operator.truediv)
ufunc("floor_divide", "number", 2, python_operator.floordiv)
ufunc("mod", "number", 2, python_operator.mod)
ufunc("fmod", "number", 2)
ufunc("pow", "number", 2, _power)
ufunc("atan2 copysign heaviside hypot logaddexp logaddexp2 nextafter", "real float", 2)
ufunc("gcd", "integer", 2, math.gcd)
ufunc("lcm", "integer", 2, math.lcm)
ufunc("bitwise_and", "integer", 2, python_operator.and_)
ufunc("bitwise_or", "integer", 2, python_operator.or_)
ufunc("bitwise_xor", "integer", 2, python_operator.xor)
ufunc("left_shift right_shift", "shift", 2)
ufunc("equal", "bool", 2, python_operator.eq)
ufunc("not_equal", "bool", 2, python_operator.ne)
ufunc("less", "bool", 2, python_operator.lt)
ufunc("less_equal", "bool", 2, python_operator.le)
ufunc("greater", "bool", 2, python_operator.gt)
ufunc("greater_equal", "bool", 2, python_operator.ge)
ufunc("logical_and", "logical", 2, lambda a, b: bool(a) and bool(b))
ufunc("logical_or", "logical", 2, lambda a, b: bool(a) or bool(b))
ufunc("logical_xor", "logical", 2, lambda a, b: bool(a) != bool(b))

ufunc("negative", "no bool", 1, python_operator.neg)
ufunc("positive", "no bool", 1, python_operator.pos)
ufunc("sign", "no bool", 1, _sign)
ufunc("abs", "abs", 1, abs)
ufunc("square", "number", 1, lambda x: x * x)
ufunc("reciprocal conj", "number")
ufunc("floor", "real", 1, math.floor)
ufunc("ceil", "real", 1, math.ceil)
ufunc("trunc", "real", 1, math.trunc)
ufunc("rint", "float", 1, round)
ufunc("sqrt", "float", 1, math.sqrt)
ufunc("log2", "float", 1, _log2)
ufunc("exp exp2 expm1 log log10 log1p", "float")
ufunc("sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh", "float")
ufunc("cbrt deg2rad degrees fabs rad2deg radians spacing", "real float")
ufunc("isfinite isinf isnan signbit", "bool")
ufunc("logical_not", "logical")
ufunc("invert", "integer")


# ------------------------------------------------------------------------------------- operators

_OPERATORS = {
    "+": "add", "-": "subtract", "*": "multiply", "/": "divide", "//": "floor_divide", "%": "mod", "**": "pow",
    "==": "equal", "!=": "not_equal", "<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal",
    "&": "bitwise_and", "|": "bitwise_or", "^": "bitwise_xor", "<<": "left_shift", ">>": "right_shift",
}  # fmt: skip
_UNARY_OPERATORS = {"-": "negative", "+": "positive", "~": "invert"}


def operator(symbol: str, left: Tensor, right: Tensor) -> Tensor:
    """A Python operator ("+", "@", "==", ...) between arrays, or an array and a Python number or list.

    With an operand of unknown kind nothing is objected to, since another library's operator may serve it.  Raises
    BroadcastMismatch, and for "@" what ``np.matmul`` raises.
    """
    if Kind.UNKNOWN in (left.kind, right.kind):
        return _unknown_operator(symbol, left, right)
    try:
        if symbol == "@":
            return as_array(matmul_result(as_array(left), as_array(right)))
        return apply(UFUNCS[_OPERATORS[symbol]], (as_array(left), as_array(right)))
    except Violation as violation:
        violation.result = as_result(violation.result)
        raise


def unary_operator(symbol: str, operand: Tensor) -> Tensor:
    """A unary Python operator ("-", "+", "~") on an array."""
    return apply(UFUNCS[_UNARY_OPERATORS[symbol]], (as_array(operand),))


def _unknown_operator(symbol: str, left: Tensor, right: Tensor) -> Tensor:
    if symbol == "@":
        return ANY_TENSOR
    try:
        return replace(ANY_TENSOR, shape=rules.broadcast((left, right)))
    except BroadcastMismatch:
        return ANY_TENSOR


# ------------------------------------------------------------------------------------- functions of the like


def _pair(first: Tensor, second: Tensor) -> TupleValue:
    return TupleValue((first, second))


@array_op("divmod", by_position=2)
def divmod_(x1: Array, x2: Array, dtype: NumpyDType = None) -> TupleValue:
    return _pair(apply(UFUNCS["floor_divide"], (x1, x2), dtype), apply(UFUNCS["mod"], (x1, x2), dtype))


@array_op("modf", by_position=1)
def modf(x: Array, dtype: NumpyDType = None) -> TupleValue:
    part = array(rules.chosen_dtype(dtype, result_dtype("real float", promote((x,)))), x.shape)
    return _pair(part, part)


@array_op("frexp", by_position=1)
def frexp(x: Array) -> TupleValue:
    return _pair(array(result_dtype("real float", promote((x,))), x.shape), array(dtypes.INT32, x.shape))


@array_op("float_power", by_position=2)
def float_power(x1: Array, x2: Array, dtype: NumpyDType = None) -> Tensor:
    promoted = promote((x1, x2))
    wide = None if promoted is None else dtypes.COMPLEX128 if promoted.is_complex else dtypes.FLOAT64
    wide = rules.chosen_dtype(dtype, wide)
    return array(wide, rules.broadcast((x1, x2), wide))


@array_op("ldexp", by_position=2)
def ldexp(x1: Array, x2: Array) -> Tensor:
    result = None if x1.kind is Kind.PYTHON else result_dtype("real float", x1.dtype)
    return array(result, rules.broadcast((x1, x2), result))


@array_op("bitwise_count", by_position=1)
def bitwise_count(x: Array) -> Tensor:
    return array(dtypes.UINT8, x.shape)


@array_op("clip")
def clip(
    a: Array, a_min: Value = NONE, a_max: Value = NONE, min: Value = NONE, max: Value = NONE, out: Value = NONE
) -> Tensor:
    return given_out(out, clip_result(strong(a), (a_min, a_max, min, max)))


def clip_result(a: Tensor, bounds: Sequence[Value]) -> Tensor:
    """``a`` limited by the ``bounds`` that are not None; raises BroadcastMismatch."""
    operands = (a, *(to_array(bound) for bound in bounds if bound != NONE))
    dtype = promote(operands)
    return with_origin(array(dtype, rules.broadcast(operands, dtype)), operands)


@array_op("round", "around")
def round_(a: Array, out: Value = NONE) -> Tensor:
    return given_out(out, round_result(a))


def round_result(a: Tensor) -> Tensor:
    """``a`` rounded to some decimals, its dtype kept but for bool."""
    return with_origin(array(dtypes.FLOAT16 if a.dtype == dtypes.BOOL else a.dtype, a.shape), (a,))


@array_op("nan_to_num")
def nan_to_num(x: Array) -> Tensor:
    return with_origin(array(x.dtype, x.shape), (x,))


@array_op("fix", by_position=1)
def fix(x: Array) -> Tensor:
    return with_origin(array(None if x.dtype is None or x.dtype.is_complex else x.dtype, x.shape), (x,))


@array_op("real", "imag")
def real(val: Array) -> Value:
    if val.kind is not Kind.ARRAY:
        return UNKNOWN  # that of a Python number is one
    return with_origin(array(real_part(val.dtype), val.shape), (val,))
