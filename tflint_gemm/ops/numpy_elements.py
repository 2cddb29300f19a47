"""Known element values of small arrays: casting them as NumPy does, and moving them about as arrays are rearranged.

Elements are in row-major order; whatever is not known exactly is None.  Integers do not wrap round here: a value that
does not fit its dtype is unknown.
"""

from __future__ import annotations

import itertools
import math
import struct
from collections.abc import Callable, Sequence

from tflint_gemm.domain import shapes
from tflint_gemm.domain.dims import SymbolicDim
from tflint_gemm.domain.dtypes import BOOL, FLOAT16, FLOAT32, FLOAT64, INT32, INT64, DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import MAX_ELEMENTS, Element

Elements = tuple[Element, ...]
Index = tuple[int, ...]

_FLOAT_FORMATS = {FLOAT16: "<e", FLOAT32: "<f"}


def cast(element: Element, dtype: DType | None) -> Element:
    """``element`` rounded to ``dtype``; None where the result is not known exactly."""
    if dtype is None or element is None:
        return None
    if isinstance(element, SymbolicDim):
        return element if dtype in (INT32, INT64) else None
    if isinstance(element, (str, bytes)):
        return element if dtype.kind == "string" else None
    if dtype == BOOL:
        return bool(element)
    if isinstance(element, complex):
        return element if dtype.kind == "complex" else None
    if dtype.is_integer:
        return _to_integer(element, dtype)
    return _to_float(element, dtype) if dtype.is_floating else None


def _to_integer(element: float, dtype: DType) -> Element:
    if not math.isfinite(element):
        return None
    bits = 8 * dtype.size
    low, high = (0, 1 << bits) if dtype.kind == "uint" else (-(1 << bits - 1), 1 << bits - 1)
    integer = int(element)
    return integer if low <= integer < high else None


def _to_float(element: float, dtype: DType) -> Element:
    try:
        if dtype == FLOAT64:
            return float(element)
        if dtype in _FLOAT_FORMATS:
            rounded: float = struct.unpack(_FLOAT_FORMATS[dtype], struct.pack(_FLOAT_FORMATS[dtype], float(element)))[0]
            return rounded
        return float(element) if abs(element) <= 256 and element == int(element) else None  # exact in bfloat16
    except (OverflowError, ValueError):
        return None


def cast_all(elements: Elements | None, dtype: DType | None) -> Elements | None:
    """All ``elements`` rounded to ``dtype``; None where the dtype is unknown."""
    if elements is None or dtype is None:
        return None
    return tuple(cast(element, dtype) for element in elements)


def concrete(shape: Shape) -> tuple[int, ...] | None:
    """``shape`` if it is all integers and small enough for its elements to be kept."""
    if shape is None:
        return None
    sizes = tuple(dim for dim in shape if isinstance(dim, int))
    if len(sizes) != len(shape) or any(size < 0 for size in sizes) or math.prod(sizes) > MAX_ELEMENTS:
        return None
    return sizes


def positions(shape: Sequence[int]) -> list[Index]:
    """Every index into an array of ``shape``, in row-major order."""
    return list(itertools.product(*map(range, shape)))


def offset(index: Index, shape: Sequence[int]) -> int:
    """Where the element at ``index`` stands in row-major order."""
    place = 0
    for position, size in zip(index, shape):
        place = place * size + position
    return place


def rearrange(
    elements: Elements | None, source: Shape, target: Shape, origin: Callable[[Index], Index]
) -> Elements | None:
    """The elements of a result of shape ``target``, whose element at ``index`` is the source's at ``origin(index)``."""
    sizes, wanted = concrete(source), concrete(target)
    if elements is None or sizes is None or wanted is None:
        return None
    return tuple(elements[offset(origin(index), sizes)] for index in positions(wanted))


def transpose(elements: Elements | None, source: Shape, order: Sequence[int]) -> Elements | None:
    """The elements after the dimensions are put in ``order``."""
    if source is None:
        return None

    def origin(index: Index) -> Index:
        place = [0] * len(order)
        for position, axis in zip(index, order):
            place[axis] = position
        return tuple(place)

    return rearrange(elements, source, tuple(source[axis] for axis in order), origin)


def broadcast(elements: Elements | None, source: Shape, target: Shape) -> Elements | None:
    """The elements after broadcasting ``source`` to ``target``."""
    sizes = concrete(source)
    if elements is None or sizes is None or target is None or not shapes.is_concrete(target):
        return None
    if sizes == target:
        return elements
    lead = len(target) - len(sizes)

    def origin(index: Index) -> Index:
        return tuple(0 if size == 1 else position for position, size in zip(index[lead:], sizes))

    return rearrange(elements, source, target, origin)
