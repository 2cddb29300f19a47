"""``np.mgrid`` and ``np.ogrid``: coordinates, written as slices in brackets."""

from __future__ import annotations

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.join import python_type
from tflint_gemm.domain.values import NONE, UNKNOWN, Constant, SliceValue, TupleValue, Value, dim_of
from tflint_gemm.ops.numpy_common import array


def grid(path: str, key: Value) -> Value:
    """``np.mgrid[key]``: one array for all axes, the axes first; ``np.ogrid[key]``: a tuple of one array per axis."""
    slices = key.items if isinstance(key, TupleValue) else (key,)
    if not slices or not all(isinstance(part, SliceValue) for part in slices):
        return UNKNOWN
    parts = [part for part in slices if isinstance(part, SliceValue)]
    whole = all(_is_whole(bound) for part in parts for bound in (part.start, part.stop, part.step))
    sizes = tuple(_size(part) for part in parts)
    dtype = dtypes.INT64 if whole else None
    if not isinstance(key, TupleValue):
        return array(dtype, sizes)
    if path == "numpy.mgrid":
        return array(dtype, (len(sizes), *sizes))
    around = (((1,) * axis, (1,) * (len(sizes) - axis - 1)) for axis in range(len(sizes)))
    return TupleValue(tuple(array(dtype, (*before, size, *after)) for size, (before, after) in zip(sizes, around)))


def _is_whole(bound: Value) -> bool:
    return bound == NONE or python_type(bound) == "int"


def _size(part: SliceValue) -> Dim:
    start, step = (dim_of(bound) if bound != NONE else default for bound, default in ((part.start, 0), (part.step, 1)))
    stop = dim_of(part.stop)
    if isinstance(part.step, Constant) and isinstance(part.step.value, complex):
        return int(abs(part.step.value))
    if isinstance(start, int) and isinstance(stop, int) and isinstance(step, int) and step > 0:
        return max(0, -((start - stop) // step))
    return None
