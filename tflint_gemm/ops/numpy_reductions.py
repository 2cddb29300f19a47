"""NumPy's reductions, and the functions that run along an axis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.dims import Dim, SymbolicDim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import NONE, Element, Kind, Tensor, TupleValue, Value, dim_of
from tflint_gemm.ops import numpy_elements as elements
from tflint_gemm.ops import rules
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.numpy_common import (
    Array,
    OptionalArray,
    array,
    array_like,
    array_op,
    inexact,
    promote_dtypes,
    real_part,
    strong,
    unless_object,
    with_origin,
)
from tflint_gemm.ops.numpy_math import given_out
from tflint_gemm.ops.numpy_select import along, as_vector
from tflint_gemm.ops.parameters import Axes, Axis, Flag, Integer, NumpyDType

ArgumentDType = DType | None | Unsure
Accumulator = Literal["wide", "mean", "spread", "same", "bool", "index"]
"""What a reduction makes of a dtype.

"wide": bool and small integers become 64 bits; "mean": integers become float64, "spread" drops the imaginary part as
well; "same"; "bool"; "index": int64.
"""


def accumulated(accumulator: Accumulator, dtype: DType | None) -> DType | None:
    """The dtype of the result of a reduction of an array of ``dtype``."""
    if accumulator == "bool":
        return dtypes.BOOL
    if accumulator == "index":
        return dtypes.INT64
    if accumulator in ("mean", "spread"):
        return real_part(inexact(dtype)) if accumulator == "spread" else inexact(dtype)
    if accumulator == "wide" and dtype is not None:
        if dtype.kind in ("bool", "int"):
            return dtypes.INT64
        return dtypes.UINT64 if dtype.kind == "uint" else dtype
    return dtype


# ------------------------------------------------------------------------------------- element values

_Combine = Callable[[Dim, Dim], Dim]
_EXACT: dict[str, _Combine] = {
    "sum": dims.add,
    "prod": dims.multiply,
    "max": dims.maximum,
    "amax": dims.maximum,
    "min": dims.minimum,
    "amin": dims.minimum,
}


def _combined(name: str, a: Tensor, dtype: DType | None) -> tuple[Element, ...] | None:
    """The one element of a reduction over everything: of integers and dimensions, where it is exact."""
    combine = _EXACT.get(name)
    if combine is None or not a.elements or dtype not in (dtypes.INT32, dtypes.INT64, dtypes.UINT64):
        return None
    numbers = [e for e in a.elements if isinstance(e, (int, SymbolicDim)) and not isinstance(e, bool)]
    if len(numbers) != len(a.elements):
        return None
    result: Dim = numbers[0]
    for number in numbers[1:]:
        result = combine(result, number)
    return (elements.cast(result, dtype),)


# ------------------------------------------------------------------------------------- the table


_STRICT = frozenset({"mean", "std", "var", "median", "nanmedian"})


def reduced(
    name: str,
    accumulator: Accumulator,
    a: Tensor,
    axis: Axes = None,
    keepdims: Flag = False,
    dtype: ArgumentDType = None,
) -> Tensor:
    """A reduction over ``axis``; raises AxisOutOfRange."""
    chosen = rules.chosen_dtype(dtype, accumulated(accumulator, a.dtype))
    # Unlike the means, the ufuncs behind the others see an axis in a scalar.
    scalar = a.shape == () and name not in _STRICT and axis in ((0,), (-1,))
    shape = () if scalar else rules.reduce_shape(a, axis, keepdims)
    values = _combined(name, a, chosen) if shape == () and dtype is None else None
    if name == "nanmedian" and a.dtype == dtypes.BFLOAT16:
        chosen = None  # float64 where an axis is kept
    result = with_origin(array(chosen, shape, values), (strong(a),))
    return unless_object(result) if accumulator in ("wide", "same") else result


METHODS: dict[str, tuple[Accumulator, bool]] = {}
"""The reductions that are methods of arrays too: their accumulators, and whether they take a dtype."""


def reduction(names: str, accumulator: Accumulator, typed: bool = False, method: bool = False) -> None:
    """Register each of ``names`` as a reduction over ``axis``; ``typed``: it takes a ``dtype``."""
    for name in names.split():
        if method:
            METHODS[name] = (accumulator, typed)
        if accumulator == "spread":
            _register_spread(name)
        elif typed:
            _register_typed(name, accumulator)
        else:
            _register(name, accumulator)


def _register_spread(name: str) -> None:
    def model(
        a: Array,
        axis: Axes = None,
        dtype: NumpyDType = None,
        keepdims: Flag = False,
        mean: Value = NONE,
        out: Value = NONE,
    ) -> Tensor:
        result = reduced(name, "spread", a, axis, keepdims, dtype)
        return given_out(out, result if mean == NONE else array(None, None))

    array_op(name)(model)


def _register_typed(name: str, accumulator: Accumulator) -> None:
    def model(
        a: Array, axis: Axes = None, dtype: NumpyDType = None, keepdims: Flag = False, out: Value = NONE
    ) -> Tensor:
        return given_out(out, reduced(name, accumulator, a, axis, keepdims, dtype))

    array_op(name)(model)


def _register(name: str, accumulator: Accumulator) -> None:
    def model(a: Array, axis: Axes = None, keepdims: Flag = False, out: Value = NONE) -> Tensor:
        return given_out(out, reduced(name, accumulator, a, axis, keepdims))

    array_op(name)(model)


reduction("sum prod", "wide", typed=True, method=True)
reduction("nansum nanprod", "wide", typed=True)
reduction("mean", "mean", typed=True, method=True)
reduction("nanmean", "mean", typed=True)
reduction("std var", "spread", typed=True, method=True)
reduction("nanstd nanvar", "spread", typed=True)
reduction("max min", "same", method=True)
reduction("amax amin nanmax nanmin ptp", "same")
reduction("all any", "bool", method=True)
reduction("argmax argmin", "index", method=True)
reduction("nanargmax nanargmin count_nonzero", "index")
reduction("median nanmedian", "mean")


@array_op("average")
def average(a: Array, axis: Axes = None, weights: OptionalArray = None, keepdims: Flag = False) -> Tensor:
    shape = rules.reduce_shape(a, axis, keepdims)
    if weights is None:
        return array(inexact(a.dtype), shape)
    exact = [dtypes.FLOAT64] if a.dtype is not None and inexact(a.dtype) != a.dtype else []
    return array(promote_dtypes([a.dtype, weights.dtype, *exact]), shape)


_OWN = dtypes.REAL - {dtypes.BFLOAT16}


def _quantiles(a: Tensor, q: Tensor, axis: Axes, keepdims: Flag, fraction: DType | None) -> Tensor:
    """Quantiles of ``a``, where ``fraction`` is the dtype that ``q`` is computed with; unknown for exact integers."""
    rest = rules.reduce_shape(a, axis, keepdims)
    shape = None if rest is None or q.shape is None else (*q.shape, *rest)
    if a.dtype is None or fraction is None or not fraction.is_floating or a.dtype not in _OWN:
        return array(None, shape)
    if q.kind is Kind.PYTHON and a.dtype.is_floating:
        return array(a.dtype, shape)
    return array(promote_dtypes([a.dtype, fraction]), shape)


@array_op("percentile")
def percentile(a: Array, q: Array, axis: Axes = None, keepdims: Flag = False) -> Tensor:
    return _quantiles(a, q, axis, keepdims, inexact(q.dtype))


@array_op("quantile")
def quantile(a: Array, q: Array, axis: Axes = None, keepdims: Flag = False) -> Tensor:
    return _quantiles(a, q, axis, keepdims, q.dtype)


@array_op("nanpercentile")
def nanpercentile(a: Array, q: Array, axis: Axes = None, keepdims: Flag = False) -> Tensor:
    result = _quantiles(a, q, axis, keepdims, inexact(q.dtype))
    return result if _has_elements(a) else array(None, None)


@array_op("nanquantile")
def nanquantile(a: Array, q: Array, axis: Axes = None, keepdims: Flag = False) -> Tensor:
    result = _quantiles(a, q, axis, keepdims, q.dtype)
    return result if _has_elements(a) else array(None, None)


def _has_elements(a: Tensor) -> bool:
    """Whether ``a`` certainly is not empty: of an empty array, NumPy forgets what ``q`` was."""
    return a.shape is not None and all(isinstance(dim, int) and dim > 0 for dim in a.shape)


# ------------------------------------------------------------------------------------- running along an axis


@array_op("cumsum", "cumprod", "nancumsum", "nancumprod")
def cumsum(a: Array, axis: Axis = None, dtype: NumpyDType = None) -> Tensor:
    return accumulate(a, axis, dtype)


def accumulate(a: Tensor, axis: Axis, dtype: ArgumentDType = None) -> Tensor:
    """A running sum or product along ``axis``, None flattens; raises AxisOutOfRange."""
    return array(rules.chosen_dtype(dtype, accumulated("wide", a.dtype)), along(as_vector(a, axis), axis))


@array_op("diff")
def diff(a: Array, n: Integer = 1, axis: Axis = -1, prepend: Value = NONE, append: Value = NONE) -> Tensor:
    if (prepend, append) != (NONE, NONE):
        return array(None, None)
    if not isinstance(n, int) or not isinstance(axis, int) or a.shape is None:
        return array_like(a, (None,) * a.rank if a.rank is not None else None)
    place = rules.normal_axis(a, axis)
    return array_like(a, tuple(_shorter(dim, n) if i == place else dim for i, dim in enumerate(a.shape)))


def _shorter(size: Dim, n: int) -> Dim:
    shorter = dims.subtract(size, n)
    return max(shorter, 0) if isinstance(shorter, int) else shorter


@array_op("trapezoid", by_position=1)
def trapezoid(y: Array, axis: Axis = -1) -> Tensor:
    return array(None, rules.reduce_shape(y, (axis,) if isinstance(axis, int) else axis, False))


# ------------------------------------------------------------------------------------- statistics


def _covariance(m: Tensor, y: Tensor | None, rowvar: Flag, dtype: ArgumentDType) -> Tensor:
    chosen = rules.chosen_dtype(dtype, promote_dtypes([dtypes.FLOAT64, m.dtype]))
    if y is not None or m.shape is None or not isinstance(rowvar, bool):
        return array(None if y is not None else chosen, None)
    if len(m.shape) < 2:
        return array(chosen, ())
    size = m.shape[0] if rowvar else m.shape[-1]
    return array(chosen, () if size == 1 else (size, size) if isinstance(size, int) else None)


@array_op("cov")
def cov(m: Array, y: OptionalArray = None, rowvar: Flag = True, dtype: NumpyDType = None) -> Tensor:
    return _covariance(m, y, rowvar, dtype)


@array_op("corrcoef", by_position=1)
def corrcoef(x: Array, y: OptionalArray = None, rowvar: Flag = True, dtype: NumpyDType = None) -> Tensor:
    return _covariance(x, y, rowvar, dtype)


def _bin_edges(bins: Tensor) -> tuple[Dim, Dim]:
    """The number of bins and of edges."""
    if bins.shape == ():
        count = dim_of(bins)
        return count, dims.add(count, 1)
    edges = bins.shape[0] if bins.shape is not None and len(bins.shape) == 1 else None
    return dims.subtract(edges, 1), edges


@array_op("histogram")
def histogram(a: Array, bins: Array, weights: OptionalArray = None, density: Flag = False) -> Value:
    count, edges = _bin_edges(bins)
    plain = weights is None and density is False
    return TupleValue((array(dtypes.INT64 if plain else None, (count,)), array(None, (edges,))))


@array_op("bincount")
def bincount(x: Array, weights: OptionalArray = None) -> Tensor:
    if weights is None:
        return array(dtypes.INT64, (None,))
    return array(None if weights.kind is Kind.UNKNOWN else dtypes.FLOAT64, (None,))


@array_op("interp")
def interp(x: Array, xp: Array, fp: Array) -> Tensor:
    complex_values = fp.dtype is None or fp.dtype.is_complex
    return array(None if complex_values else dtypes.FLOAT64, x.shape)


@array_op("isclose")
def isclose(a: Array, b: Array) -> Tensor:
    return array(dtypes.BOOL, rules.broadcast((a, b), dtypes.BOOL))


@array_op("trace")
def trace(a: Array, axis1: Axis = 0, axis2: Axis = 1, dtype: NumpyDType = None) -> Tensor:
    return traced(a, axis1, axis2, dtype)


def traced(a: Tensor, axis1: Axis, axis2: Axis, dtype: ArgumentDType) -> Tensor:
    """The sums of the diagonals of ``a`` along two axes; raises AxisOutOfRange."""
    shape: Shape = None
    if isinstance(axis1, int) and isinstance(axis2, int):
        shape = rules.reduce_shape(a, (axis1, axis2), False)
    return array(rules.chosen_dtype(dtype, accumulated("wide", a.dtype)), shape)
