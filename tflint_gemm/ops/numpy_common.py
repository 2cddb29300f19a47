"""What NumPy's op models share: how NumPy reads its arguments, and how it promotes dtypes (NEP 50)."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar, Union

from tflint_gemm.domain import dtypes, shapes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    ANY_TENSOR,
    MAX_ELEMENTS,
    NONE,
    Element,
    IterableValue,
    Kind,
    ListValue,
    Tensor,
    TupleValue,
    Value,
)
from tflint_gemm.ops import conversion, rules
from tflint_gemm.ops import numpy_elements as elements
from tflint_gemm.ops.parameters import Conversion
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import ConcatMismatch, InvalidArgument, Violation
from tflint_gemm.replacing import replace

Function = TypeVar("Function", bound=Callable[..., Any])
_DEPTH_LIMIT = 12
_MAX_ALIKE = 4096  # what a loop has put into a list is taken as so many arrays
_WIDE = {dtypes.INT32: dtypes.INT64, dtypes.FLOAT32: dtypes.FLOAT64}
_OPAQUE = (Kind.SPARSE, Kind.RAGGED, Kind.KERAS)  # NumPy makes an object array of them, or raises


def to_array(value: Value, depth: int = 0) -> Tensor:
    """What NumPy makes of ``value``.

    A Python scalar keeps ``Kind.PYTHON``, since it is weak; a list is an array of int64 or float64.
    Raises ConcatMismatch for a ragged list, of which NumPy makes an array of objects only if it is asked to.
    """
    if isinstance(value, Tensor):
        return as_array(value)
    if value == NONE:
        return Tensor(dtypes.OBJECT, (), Kind.ARRAY)
    items = conversion.sequence_items(value)
    if items is not None:
        return pack([to_array(item, depth + 1) for item in items]) if depth < _DEPTH_LIMIT else ANY_TENSOR
    if isinstance(value, ListValue):
        content = value.slots[ListValue.CONTENT]
        if isinstance(content, IterableValue) and depth < _DEPTH_LIMIT:
            element = to_array(content.element, depth + 1)
            # An empty list makes float64, whatever its elements would have been, and large integers make it as well.
            there = isinstance(content.length, int) and content.length > 0 and element.kind in (Kind.ARRAY, Kind.TENSOR)
            dtype = element.dtype if there or element.dtype == dtypes.FLOAT64 else None
            return Tensor(dtype, None if element.shape is None else (content.length, *element.shape), Kind.ARRAY)
    return as_array(conversion.to_tensor(value))


def as_array(tensor: Tensor) -> Tensor:
    """A converted operand as NumPy sees it: TensorFlow's dtypes for Python literals become NumPy's."""
    if tensor.kind in _OPAQUE:
        return ANY_TENSOR
    if tensor.kind is not Kind.PYTHON:
        if tensor.dtype == dtypes.STRING and tensor.kind is not Kind.ARRAY:
            return replace(tensor, dtype=dtypes.OBJECT if tensor.is_tensorflow else None)
        return tensor
    dtype = None if tensor.dtype is None else _WIDE.get(tensor.dtype, tensor.dtype)
    kind = Kind.PYTHON if tensor.shape == () else Kind.ARRAY
    return tensor.converted(dtype, kind, elements.cast_all(tensor.elements, dtype))


def strong(tensor: Tensor) -> Tensor:
    """``tensor`` with nothing weak about it: a Python scalar has become an array of its own dtype."""
    return tensor.converted(tensor.dtype, Kind.ARRAY, tensor.elements) if tensor.kind is Kind.PYTHON else tensor


def pack(items: Sequence[Tensor]) -> Tensor:
    """The array that NumPy makes of a list of ``items``; raises ConcatMismatch for a ragged one."""
    if not items:
        return Tensor(dtypes.FLOAT64, (0,), Kind.ARRAY, ())
    shape: Shape = items[0].shape
    for item in items[1:]:
        if shapes.equal(shape, item.shape) is False:
            clash = next(one for one in items if shapes.equal(one.shape, item.shape) is False)
            raise ConcatMismatch([clash, item], None)
        shape = rules.merge_shapes(shape, item.shape)
    dtype = promote([strong(item) for item in items])
    if any(shapes.num_elements(item.shape) == 0 for item in items) and any(item.dtype != dtype for item in items):
        dtype = None  # an empty list has no say in the dtype
    joined: tuple[Element, ...] | None = ()
    for item in items:
        if joined is None or item.elements is None or len(joined) + len(item.elements) > MAX_ELEMENTS:
            joined = None
            break
        joined += item.elements
    packed_shape = None if shape is None else (len(items), *shape)
    return with_origin(Tensor(dtype, packed_shape, Kind.ARRAY, elements.cast_all(joined, dtype)), items)


def with_origin(result: Tensor, operands: Sequence[Tensor]) -> Tensor:
    """``result`` with the provenance of its dtype taken from the operand that brought it along."""
    if result.dtype is None:
        return result
    origins = (o.dtype_origin for o in operands if o.dtype == result.dtype and o.dtype_origin is not None)
    origin = next(origins, None)
    return result if origin is result.dtype_origin else replace(result, dtype_origin=origin)


# ------------------------------------------------------------------------------------------------- promotion

_PYTHON_TYPES = {"bool": bool, "int": int, "float": float, "complex": complex}


def promote(operands: Sequence[Tensor]) -> DType | None:
    """``np.result_type``: Python scalars are weak; None where unknown or undefined."""
    firm = [operand.dtype for operand in operands if operand.kind is not Kind.PYTHON]
    weak = [operand.dtype for operand in operands if operand.kind is Kind.PYTHON]
    result = promote_dtypes(firm if firm else weak)
    for dtype in weak if firm else ():
        python_type = None if dtype is None else _PYTHON_TYPES.get(dtype.kind)
        result = None if python_type is None else dtypes.numpy_weak(result, python_type)
    return result


def promote_dtypes(found: Sequence[DType | None]) -> DType | None:
    """The common dtype of arrays of these dtypes."""
    distinct = [dtype for dtype in dict.fromkeys(found) if dtype is not None]
    if None in found or not distinct or len(distinct) > 4:
        return None
    # NumPy's promotion is not associative (int16, uint16, float32); where the order matters we do not know.
    results = {_fold(order) for order in itertools.permutations(distinct)}
    return results.pop() if len(results) == 1 else None


def _fold(found: Sequence[DType]) -> DType | None:
    result: DType | None = found[0]
    for dtype in found[1:]:
        result = dtypes.numpy_promote(result, dtype)
    return result


def inexact(dtype: DType | None) -> DType | None:
    """The float in which NumPy's float functions and ``linalg`` compute: float64 for integers, floats are kept."""
    if dtype is None or dtype.is_floating or dtype.is_complex:
        return dtype
    return dtypes.FLOAT64 if dtype.is_integer or dtype == dtypes.BOOL else None


def real_part(dtype: DType | None) -> DType | None:
    """The dtype of a complex number's parts; a real dtype is itself."""
    return {dtypes.COMPLEX64: dtypes.FLOAT32, dtypes.COMPLEX128: dtypes.FLOAT64}.get(dtype, dtype) if dtype else None


# ------------------------------------------------------------------------------------------------- parameters


def to_arrays(value: Value) -> tuple[Tensor, ...] | None:
    """A list or tuple of arrays, or an array taken apart along its first dimension; None where unknown."""
    items = conversion.sequence_items(value)
    if items is not None:
        return tuple(to_array(item) for item in items)
    content = value.slots[ListValue.CONTENT] if isinstance(value, ListValue) else None
    if isinstance(content, IterableValue) and isinstance(content.length, int) and content.length <= _MAX_ALIKE:
        return (to_array(content.element),) * content.length
    if isinstance(value, Tensor) and value.shape and isinstance(value.shape[0], int) and value.shape[0] <= MAX_ELEMENTS:
        return (Tensor(value.dtype, value.shape[1:], Kind.ARRAY, dtype_origin=value.dtype_origin),) * value.shape[0]
    return None


def _optional_array(value: Value) -> Tensor | None:
    return None if value == NONE else to_array(value)


Array = Annotated[Tensor, Conversion(to_array)]
"""An array operand: array, tensor, Python scalar (weak) or nested list."""
OptionalArray = Annotated[Union[Tensor, None], Conversion(_optional_array)]
Arrays = Annotated[Union[tuple[Tensor, ...], None], Conversion(to_arrays)]
"""A list or tuple of arrays; None where its length is not known."""


# ------------------------------------------------------------------------------------------------- results


def array(dtype: DType | None, shape: Shape, values: tuple[Element, ...] | None = None) -> Tensor:
    """A new array."""
    return Tensor(dtype, shape, Kind.ARRAY, values)


def certain_sizes(shape: Shape) -> Shape:
    """The shape of an array to be made; raises InvalidArgument where a size is negative."""
    if shape is not None and any(isinstance(size, int) and size < 0 for size in shape):
        raise InvalidArgument((), "negative dimension", array(None, (None,) * len(shape)))
    return shape


def array_like(operand: Tensor, shape: Shape, values: tuple[Element, ...] | None = None) -> Tensor:
    """A new array of the operand's dtype."""
    return Tensor(operand.dtype, shape, Kind.ARRAY, values, dtype_origin=operand.dtype_origin)


def array_list(items: Sequence[Value]) -> ListValue:
    """A new Python list."""
    return ListValue(TupleValue(tuple(items)))


def unless_object(result: Tensor) -> Tensor:
    """``result``, its kind unknown where it may be one object out of an array of objects: NumPy returns just that."""
    if result.shape or result.dtype not in (None, dtypes.OBJECT):
        return result
    return replace(result, dtype=None, kind=Kind.UNKNOWN)


def as_result(value: Any) -> Any:
    """What a model returns, with every tensor in it made an array."""
    if isinstance(value, Tensor):
        return value if value.kind in (Kind.ARRAY, Kind.UNKNOWN) else replace(value, kind=Kind.ARRAY)
    if isinstance(value, TupleValue):
        return replace(value, items=tuple(as_result(item) for item in value.items))
    return value


def array_op(*names: str, view: bool = False, by_position: int = 0) -> Callable[[Function], Function]:
    """Register the decorated function as a model of NumPy's: like ``registry.op``, and what it returns are arrays."""

    def register(function: Function) -> Function:
        @functools.wraps(function)
        def model(*arguments: Any, **keywords: Any) -> Any:
            try:
                return as_result(function(*arguments, **keywords))
            except Violation as violation:
                violation.result = as_result(violation.result)
                raise

        op(*(f"numpy.{name}" for name in names), view=view, by_position=by_position)(model)
        return function

    return register
