"""Arithmetic on the known elements of small tensors: integers and symbolic dimensions, nothing else.

Sizes are what TensorFlow programs compute with tensors before they reshape; what the dtype cannot hold is unknown
rather than wrapped round.
"""

from __future__ import annotations

from collections.abc import Callable

from tflint_gemm.domain import dims
from tflint_gemm.domain.dims import Dim, SymbolicDim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import Element

Evaluate = Callable[[Element, Element], Element]


def _is_integer(element: Element) -> bool:
    return isinstance(element, (int, SymbolicDim)) and not isinstance(element, bool)


def _arithmetic(function: Callable[[Dim, Dim], Dim]) -> Evaluate:
    def evaluate(left: Element, right: Element) -> Element:
        if not _is_integer(left) or not _is_integer(right):
            return None
        return function(left, right)  # type: ignore[arg-type]

    return evaluate


def _comparison(function: Callable[[int, int], bool]) -> Evaluate:
    def evaluate(left: Element, right: Element) -> Element:
        if isinstance(left, SymbolicDim) or isinstance(right, SymbolicDim):
            return None
        if not _is_integer(left) or not _is_integer(right):
            return None
        return function(left, right)  # type: ignore[arg-type]

    return evaluate


def _power(base: Dim, exponent: Dim) -> Dim:
    if not isinstance(base, int) or not isinstance(exponent, int) or not 0 <= exponent < 64:
        return None
    return base**exponent if abs(base) < 2**16 else None


add = _arithmetic(dims.add)
subtract = _arithmetic(dims.subtract)
multiply = _arithmetic(dims.multiply)
floordiv = _arithmetic(dims.floor_divide)
floormod = _arithmetic(dims.modulo)
maximum = _arithmetic(dims.maximum)
minimum = _arithmetic(dims.minimum)
power = _arithmetic(_power)

less = _comparison(lambda left, right: left < right)
less_equal = _comparison(lambda left, right: left <= right)
greater = _comparison(lambda left, right: left > right)
greater_equal = _comparison(lambda left, right: left >= right)


def equal(left: Element, right: Element) -> Element:
    """Whether two integers are the same number; None where that is not known."""
    if not _is_integer(left) or not _is_integer(right):
        return None
    return dims.equal(left, right)  # type: ignore[arg-type]


def not_equal(left: Element, right: Element) -> Element:
    verdict = equal(left, right)
    return None if verdict is None else not verdict


def within(values: tuple[Element, ...] | None, dtype: DType | None) -> tuple[Element, ...] | None:
    """``values`` as elements of ``dtype``: unknown where it cannot hold them, None where none is known."""
    if values is None or dtype is None or not (dtype.is_integer or dtype.kind == "bool"):
        return None
    if dtype.is_integer:
        values = tuple(one if _holds(dtype, one) else None for one in values)
    return values if any(one is not None for one in values) else None


def _holds(dtype: DType, element: Element) -> bool:
    """Whether integers of ``dtype`` hold the element; of a symbol, narrow ones and unsigned ones may not."""
    if isinstance(element, SymbolicDim):
        return dtype.kind == "int" and dtype.size >= 4
    bits = 8 * dtype.size - (dtype.kind == "int")
    low = -(2**bits) if dtype.kind == "int" else 0
    return not isinstance(element, int) or low <= element < 2**bits


def total(elements: tuple[Element, ...], combine: Evaluate, start: Element) -> Element:
    """All elements combined one after the other: the sum, the product, the greatest."""
    result = start
    for element in elements:
        if result is None:
            return None
        result = combine(result, element)
    return result
