"""NumPy's functions of sets, polynomials and histograms: vectors whose lengths depend on the elements."""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import FALSE, NONE, UNKNOWN, Constant, Tensor, TupleValue, Value, dim_of
from tflint_gemm.ops import conversion
from tflint_gemm.ops.numpy_common import Array, array, array_like, array_op, promote, strong
from tflint_gemm.ops.parameters import Flag

_INDEX = dtypes.INT64
_TEN = Constant(10)


def _of_unknown_length(dtype: DType | None) -> Tensor:
    return array(dtype, (None,))


# ------------------------------------------------------------------------------------- sets


@array_op("intersect1d", by_position=2)
def intersect1d(ar1: Array, ar2: Array, return_indices: Flag = False) -> Value:
    found = _of_unknown_length(promote([strong(ar1), strong(ar2)]))
    if return_indices is False:
        return found
    places = _of_unknown_length(_INDEX)
    return TupleValue((found, places, places)) if return_indices is True else UNKNOWN


@array_op("union1d")
def union1d(ar1: Array, ar2: Array) -> Tensor:
    return _of_unknown_length(promote([ar1, ar2]))


@array_op("setxor1d")
def setxor1d(ar1: Array, ar2: Array) -> Tensor:
    return _of_unknown_length(promote([strong(ar1), strong(ar2)]))


@array_op("setdiff1d", by_position=2)
def setdiff1d(ar1: Array, ar2: Array) -> Tensor:
    return _of_unknown_length(strong(ar1).dtype)


@array_op("unique_values")
def unique_values(x: Array) -> Tensor:
    return _of_unknown_length(strong(x).dtype)


@array_op("unique_counts")
def unique_counts(x: Array) -> Value:
    return TupleValue((unique_values(x), _of_unknown_length(_INDEX)), ("values", "counts"), "UniqueCountsResult")


@array_op("unique_inverse")
def unique_inverse(x: Array) -> Value:
    items = unique_values(x), array(_INDEX, x.shape)
    return TupleValue(items, ("values", "inverse_indices"), "UniqueInverseResult")


@array_op("unique_all")
def unique_all(x: Array) -> Value:
    places = _of_unknown_length(_INDEX)
    names = ("values", "indices", "inverse_indices", "counts")
    return TupleValue((unique_values(x), places, array(_INDEX, x.shape), places), names, "UniqueAllResult")


@array_op("ediff1d", by_position=1)
def ediff1d(ary: Array, to_end: Value = NONE, to_begin: Value = NONE) -> Tensor:
    if (to_end, to_begin) != (NONE, NONE):
        return _of_unknown_length(strong(ary).dtype)
    count = shapes.num_elements(ary.shape)
    return array_like(strong(ary), (max(count - 1, 0) if isinstance(count, int) else dims.subtract(count, 1),))


@array_op("trim_zeros", by_position=1)
def trim_zeros(filt: Value) -> Value:
    """An array for an array, a list for a list."""
    if not isinstance(filt, Tensor) or filt.rank != 1:
        return UNKNOWN
    return array_like(strong(filt), (None,))


# ------------------------------------------------------------------------------------- polynomials


def _count(p: Tensor) -> Dim:
    return p.shape[0] if p.shape is not None and len(p.shape) == 1 else None


@array_op("polyfit")
def polyfit(x: Array, y: Array, deg: Value, full: Flag = False, w: Value = NONE, cov: Value = FALSE) -> Value:
    if full is not False or cov != FALSE:
        return UNKNOWN
    degree = dim_of(deg)
    rest = y.shape[1:] if y.shape else None
    known = x.dtype in dtypes.REAL and y.dtype in dtypes.REAL
    count = dims.add(degree, 1) if isinstance(deg, Constant) and degree is not None else None
    return array(dtypes.FLOAT64 if known else None, None if rest is None else (count, *rest))


@array_op("polyval")
def polyval(p: Array, x: Array) -> Tensor:
    return array(None, x.shape)


@array_op("roots")
def roots(p: Array) -> Tensor:
    return array(None, None)


@array_op("polyadd", "polysub", "polymul", by_position=2)
def polyadd(a1: Array, a2: Array) -> Tensor:
    """Of vectors a vector; others are added as arrays are, or refused."""
    return array(None, (None,) if a1.rank == a2.rank == 1 else None)


@array_op("polyder", "polyint", by_position=1)
def polyder(p: Array) -> Tensor:
    return array(None, (None,) if p.rank == 1 else None)


@array_op("polydiv")
def polydiv(u: Array, v: Array) -> Value:
    return TupleValue((array(None, (None,)),) * 2) if u.rank == v.rank == 1 else UNKNOWN


# ------------------------------------------------------------------------------------- histograms


def _edges(bins: Value) -> tuple[Dim, Dim]:
    """The number of bins of one axis, and of their edges."""
    count = dim_of(bins)
    if count is not None:
        return count, dims.add(count, 1)
    if isinstance(bins, Tensor) and bins.shape and len(bins.shape) == 1:
        return dims.subtract(bins.shape[0], 1), bins.shape[0]
    return None, None


@array_op("histogram2d", by_position=2)
def histogram2d(x: Array, y: Array, bins: Value = _TEN) -> Value:
    """Counts, as floats, and the edges along both axes."""
    both = conversion.sequence_items(bins)
    given = both if both is not None and len(both) == 2 else (bins, bins)
    if both is not None and len(both) != 2:
        given = (UNKNOWN, UNKNOWN)
    (rows, row_edges), (columns, column_edges) = _edges(given[0]), _edges(given[1])
    counts = array(dtypes.FLOAT64, (rows, columns))
    return TupleValue((counts, array(None, (row_edges,)), array(None, (column_edges,))))


@array_op("histogramdd")
def histogramdd(sample: Value, bins: Value = _TEN) -> Value:
    return TupleValue((array(dtypes.FLOAT64, None), UNKNOWN))


@array_op("histogram_bin_edges")
def histogram_bin_edges(a: Array, bins: Value = _TEN) -> Tensor:
    return array(None, (_edges(bins)[1],))
