"""Elementwise mathematics: arithmetic, comparison, logic, bits, complex numbers and special functions."""

from __future__ import annotations

from tflint_gemm import api
from tflint_gemm.domain import dtypes, shapes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import Kind, Tensor
from tflint_gemm.ops import elements, rules
from tflint_gemm.ops.context import current
from tflint_gemm.ops.families import binary, binary_result, elementwise, kernels
from tflint_gemm.ops.parameters import Axis
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.rules import Decides
from tflint_gemm.ops.violations import DTypeMismatch, NoKernel, RankTooLow

# ------------------------------------------------------------------------------------------------- one operand

for _name in (
    "acosh", "asin", "asinh", "atan", "atanh", "bessel_i0", "bessel_i0e", "bessel_i1", "bessel_i1e", "ceil", "cos",
    "cosh", "digamma", "erf", "erfc", "erfinv", "exp", "expm1", "floor", "lgamma", "log", "log1p", "ndtri", "negative",
    "reciprocal", "rint", "rsqrt", "sigmoid", "sign", "sin", "sinh", "softplus", "sqrt", "square", "tan", "tanh",
    "special.bessel_j0", "special.bessel_j1", "special.bessel_k0", "special.bessel_k0e", "special.bessel_k1",
    "special.bessel_k1e", "special.bessel_y0", "special.bessel_y1", "special.dawsn", "special.expint",
    "special.fresnel_cos", "special.fresnel_sin", "special.spence",
):  # fmt: skip
    elementwise(f"math.{_name}", api.raw_op(f"math.{_name}") or "Sign")
for _name in ("is_finite", "is_inf", "is_nan"):
    elementwise(f"math.{_name}", api.raw_op(f"math.{_name}"), result=dtypes.BOOL)
elementwise("math.acos", allowed=dtypes.FLOATING | dtypes.COMPLEX)  # its kernels for integers cannot be reached
elementwise("math.erfcinv", "Ndtri")
elementwise("math.log_sigmoid", "Softplus")
elementwise("math.reciprocal_no_nan", "DivNoNan")
elementwise("math.round", allowed=dtypes.FLOATING | dtypes.INTEGER)  # integers pass through
elementwise("math.conj", allowed=dtypes.NUMERIC | {dtypes.VARIANT})
elementwise("bitwise.invert", "Invert")
elementwise("debugging.check_numerics", "CheckNumerics")
elementwise("debugging.assert_all_finite", "CheckNumerics")
elementwise("compat.v1.verify_tensor_all_finite")

_REAL_PART = {dtypes.COMPLEX64: dtypes.FLOAT32, dtypes.COMPLEX128: dtypes.FLOAT64}


def real_part(dtype: DType | None) -> DType | None:
    """The dtype of the real part of a number: its own unless it is complex."""
    return dtype if dtype is None else _REAL_PART.get(dtype, dtype)


def _real_valued(name: str, allowed: frozenset[DType]) -> None:
    """Register a unary op that makes real numbers of complex ones."""

    def model(x: Tensor) -> Tensor:
        return rules.like(x, dtype=real_part(rules.require_dtype(x, allowed)))

    op(name, by_position=1)(model)


_real_valued("math.abs", kernels("Abs") | dtypes.COMPLEX)
_real_valued("math.angle", dtypes.FLOATING | dtypes.COMPLEX)
_real_valued("math.real", dtypes.NUMERIC)
_real_valued("math.imag", dtypes.NUMERIC | {dtypes.BOOL, dtypes.STRING})


# ------------------------------------------------------------------------------------------------- two operands

binary("math.subtract", "Sub", evaluate=elements.subtract)
binary("math.multiply", "Mul", evaluate=elements.multiply)
binary("math.floordiv", "FloorDiv", evaluate=elements.floordiv)
binary("math.floormod", "FloorMod", evaluate=elements.floormod)
binary("compat.v1.floor_div", "FloorDiv", evaluate=elements.floordiv)
binary("truncatediv", "TruncateDiv")
binary("truncatemod", "TruncateMod")
binary("realdiv", "RealDiv")
binary("math.pow", "Pow", evaluate=elements.power)
binary("math.maximum", "Maximum", evaluate=elements.maximum)
binary("math.minimum", "Minimum", evaluate=elements.minimum)
for _name in ("squared_difference", "xlogy", "xdivy", "xlog1py", "atan2", "igamma", "igammac", "zeta", "polygamma"):
    binary(f"math.{_name}", api.raw_op(f"math.{_name}"))
binary("math.multiply_no_nan", "MulNoNan", decides="first")
binary("math.less", "Less", dtypes.BOOL, evaluate=elements.less)
binary("math.less_equal", "LessEqual", dtypes.BOOL, evaluate=elements.less_equal)
binary("math.greater", "Greater", dtypes.BOOL, evaluate=elements.greater)
binary("math.greater_equal", "GreaterEqual", dtypes.BOOL, evaluate=elements.greater_equal)
binary("math.equal", "Equal", dtypes.BOOL, evaluate=elements.equal)
binary("math.not_equal", "NotEqual", dtypes.BOOL, evaluate=elements.not_equal)
for _name in ("bitwise_and", "bitwise_or", "bitwise_xor", "left_shift", "right_shift"):
    binary(f"bitwise.{_name}", api.raw_op(f"bitwise.{_name}"))


@op("math.add")
def add(x: Tensor, y: Tensor) -> Tensor:
    """Raises DTypeMismatch, NoKernel, BroadcastMismatch.  The first operand decides; strings are concatenated."""
    raw_op = "Add" if x.dtype == dtypes.STRING else "AddV2"
    return binary_result(x, y, raw_op, decides="first", evaluate=elements.add)


@op("math.nextafter", by_position=2)
def next_after(x: Tensor, y: Tensor) -> Tensor:
    firm = x.is_tensorflow or (y.is_tensorflow and current().mode == "eager")
    if not firm:
        return Tensor(None, rules.broadcast((x, y)))  # its default of float32 competes with the operands' dtypes
    return binary_result(x, y, "NextAfter")


def require_boolean(operand: Tensor, result: Tensor) -> None:
    """Raise NoKernel where the operand is no boolean; arrays and empty lists are made boolean."""
    if operand.kind is Kind.ARRAY or (operand.kind is Kind.PYTHON and operand.shape is not None and 0 in operand.shape):
        return
    rules.require_dtype(operand, frozenset({dtypes.BOOL}), result)


@op("math.logical_not", by_position=1)
def logical_not(x: Tensor) -> Tensor:
    require_boolean(x, Tensor(dtypes.BOOL, x.shape))
    return rules.like(x, dtype=dtypes.BOOL)


@op("math.logical_and", "math.logical_or", "math.logical_xor", by_position=2)
def logical(x: Tensor, y: Tensor) -> Tensor:
    shape, _ = shapes.broadcast(x.shape, y.shape)
    for operand in (x, y):
        require_boolean(operand, Tensor(dtypes.BOOL, shape))
    return Tensor(dtypes.BOOL, rules.broadcast((x, y), dtypes.BOOL))


_QUOTIENTS = {
    **{dtype: dtype for dtype in dtypes.FLOATING | dtypes.COMPLEX},
    **{dtype: dtypes.FLOAT32 if dtype.size < 4 else dtypes.FLOAT64 for dtype in dtypes.INTEGER},
}


def quotient_dtype(dtype: DType | None) -> DType | None:
    """The dtype of a true quotient of two ``dtype``: integers give float32 or, from 32 bits on, float64."""
    return None if dtype is None else _QUOTIENTS.get(dtype)


def quotient(x: Tensor, y: Tensor, decides: Decides = "first") -> Tensor:
    """``x / y``; raises DTypeMismatch, NoKernel, BroadcastMismatch."""
    try:
        dtype = rules.common_dtype((x, y), "elementwise", decides)
    except DTypeMismatch as mismatch:
        guess = quotient_dtype(mismatch.result.dtype if isinstance(mismatch.result, Tensor) else None)
        mismatch.result = Tensor(guess, shapes.broadcast(x.shape, y.shape)[0])
        raise
    if dtype is not None and dtype not in _QUOTIENTS:
        raise NoKernel(rules.like(x, dtype=dtype), frozenset(_QUOTIENTS))
    result = quotient_dtype(dtype)
    origin = next((one.dtype_origin for one in (x, y) if result is not None and one.dtype == result), None)
    return Tensor(result, rules.broadcast((x, y), result), dtype_origin=origin)


@op("math.truediv")
def true_divide(x: Tensor, y: Tensor) -> Tensor:
    return quotient(x, y)


def _left_to_numpy(x: Tensor, y: Tensor) -> bool:
    """Whether NumPy may divide: what TensorFlow makes of ``x`` refuses, and ``y`` is an array."""
    if x.dtype == dtypes.BOOL and x.kind is Kind.PYTHON:
        return True
    refused = x.dtype in (dtypes.BOOL, dtypes.STRING) or (x.dtype is None and not x.is_tensorflow)
    return not y.is_tensorflow and y.kind is not Kind.PYTHON and (x.kind is Kind.UNKNOWN or refused)


@op("math.divide", "math.divide_no_nan")
def divide(x: Tensor, y: Tensor) -> Tensor:
    """Unlike other ops, the tensor among the operands decides in a graph too."""
    if y.is_tensorflow and not x.is_tensorflow:
        if y.dtype is None or x.kind is Kind.UNKNOWN or rules.adapts(x, y.dtype, "first") is None:
            return Tensor(None, rules.broadcast((x, y)))
        if rules.adapts(x, y.dtype, "first"):
            x = rules.like(x, dtype=y.dtype)
    elif _left_to_numpy(x, y):
        return Tensor(None, rules.broadcast((x, y)), Kind.UNKNOWN)  # left to NumPy
    return quotient(x, y)


@op("compat.v1.div")
def div(x: Tensor, y: Tensor) -> Tensor:
    """Python 2's division: integers are divided with a floor."""
    return binary_result(x, y, "RealDiv" if x.dtype is not None and not x.dtype.is_integer else None, decides="first")


@op("math.scalar_mul")
def scalar_mul(scalar: Tensor, x: Tensor) -> Tensor:
    """Raises RankTooLow, DTypeMismatch, NoKernel: the scalar takes the dtype of ``x``."""
    if scalar.rank is not None and scalar.rank != 0 and scalar.is_tensorflow:
        raise RankTooLow(scalar, 0, exact=True, result=rules.like(x))
    if Kind.UNKNOWN in (scalar.kind, x.kind) or Kind.PYTHON in (scalar.kind, x.kind):
        return rules.like(x)
    if scalar.is_tensorflow and scalar.dtype is not None and x.dtype is not None and scalar.dtype != x.dtype:
        raise DTypeMismatch([scalar, x], "elementwise", rules.like(x))
    return rules.like(x)


@op("math.betainc")
def betainc(a: Tensor, b: Tensor, x: Tensor) -> Tensor:
    """The three shapes are equal, or scalars."""
    dtype = rules.common_dtype((a, b, x), "elementwise")
    return Tensor(dtype, rules.broadcast((a, b, x), dtype))


# ------------------------------------------------------------------------------------------------- along an axis


def _along_axis(name: str, raw_op: str) -> None:
    """Register an op that runs along ``axis`` and keeps dtype and shape."""
    allowed = kernels(raw_op)

    def model(x: Tensor, axis: Axis = 0) -> Tensor:
        rules.require_dtype(x, allowed, rules.like(x))
        if isinstance(axis, int):
            rules.normal_axis(x, axis)
        return rules.like(x)

    op(name)(model)


_along_axis("math.cumsum", "Cumsum")
_along_axis("math.cumprod", "Cumprod")
_along_axis("math.cumulative_logsumexp", "CumulativeLogsumexp")
