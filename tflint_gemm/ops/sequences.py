"""Tensors made by counting: range, linspace, one_hot, sequence_mask, meshgrid."""

from __future__ import annotations

import math

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.dims import Dim, SymbolicDim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import (
    MAX_ELEMENTS,
    NONE,
    UNKNOWN,
    Constant,
    Element,
    Kind,
    ListValue,
    Tensor,
    TupleValue,
    Value,
    dim_of,
)
from tflint_gemm.ops import conversion, rules
from tflint_gemm.ops import numpy_elements as elements
from tflint_gemm.ops.array_parts import integers
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.creation import Converted, cast_to, convert, converted, force
from tflint_gemm.ops.families import kernels
from tflint_gemm.ops.indexing import is_full
from tflint_gemm.ops.parameters import Axis, Spread, TensorFlowDType, Text
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import (
    AxisOutOfRange,
    ConversionMismatch,
    DTypeMismatch,
    InvalidArgument,
    NoKernel,
    RankTooLow,
)

_RANGE_ORDER = (dtypes.INT32, dtypes.INT64, dtypes.FLOAT16, dtypes.BFLOAT16, dtypes.FLOAT32, dtypes.FLOAT64)


@op("range")
def range_(start: Value, limit: Value = NONE, delta: Value = NONE, dtype: TensorFlowDType = None) -> Tensor:
    wanted = None if isinstance(dtype, Unsure) else dtype
    first = _range_operand(Constant(0) if limit == NONE else start, wanted)
    last = _range_operand(start if limit == NONE else limit, wanted)
    step = _range_operand(Constant(1) if delta == NONE else delta, wanted)
    operands = (first, last, step)
    for operand in operands:
        _require_scalar(operand, Tensor(wanted, (None,)))
    result = None if isinstance(dtype, Unsure) else dtype or _range_dtype(operands)
    if result is not None and result not in kernels("Range", "Tidx"):
        raise NoKernel(last, kernels("Range", "Tidx"), result=Tensor(result, (None,)))
    size = _range_size(operands, result)
    return Tensor(result, (size,), elements=_range_elements(first, step, size, result))


def _require_scalar(operand: Tensor, result: Tensor) -> None:
    """Raises RankTooLow; eager execution takes a vector of one element for a scalar."""
    if operand.kind is Kind.UNKNOWN or not operand.shape:
        return
    count = operand.shape[0]
    if len(operand.shape) > 1 or (isinstance(count, int) and count != 1):
        raise RankTooLow(operand, 0, exact=True, result=result)


def _range_operand(value: Value, dtype: DType | None) -> Tensor:
    """A bound or step: what is no tensor yet is converted to the dtype asked for, a tensor is cast."""
    tensor = converted(value)
    if dtype is not None and not (isinstance(value, Tensor) and value.is_tensorflow):
        return force(value, conversion.to_tensor(value), dtype)
    return tensor


def _range_dtype(operands: tuple[Tensor, ...]) -> DType | None:
    """The widest of the operands' dtypes in TensorFlow's order."""
    for operand in operands:
        if operand.dtype is not None and operand.dtype not in _RANGE_ORDER and operand.kind is not Kind.UNKNOWN:
            raise NoKernel(operand, frozenset(_RANGE_ORDER), result=Tensor(None, (None,)))
    found = [operand.dtype for operand in operands]
    known = [dtype for dtype in found if dtype is not None]
    return max(known, key=_RANGE_ORDER.index) if len(known) == len(found) else None


def _range_size(operands: tuple[Tensor, ...], dtype: DType | None) -> Dim:
    start, limit, step = (operand.scalar() for operand in operands)
    if step == 0:
        raise InvalidArgument(operands, "delta 0", Tensor(dtype, (None,)))
    if isinstance(start, (int, float)) and isinstance(limit, (int, float)) and isinstance(step, (int, float)):
        if (limit < start) if step > 0 else (limit > start):
            raise InvalidArgument(operands, "limit before start", Tensor(dtype, (None,)))
        return _steps(start, limit, step)
    if isinstance(step, int) and step > 0 and _is_integer(start) and _is_integer(limit):
        distance = dims.subtract(limit, start)  # type: ignore[arg-type]
        return dims.floor_divide(dims.add(distance, step - 1), step)
    return None


def _is_integer(element: Element) -> bool:
    return isinstance(element, (int, SymbolicDim))


def _steps(start: float, limit: float, step: float) -> int | None:
    """How many steps fit, None where rounding in the tensor's own precision might change that."""
    if not all(map(math.isfinite, (start, limit, step))):
        return None
    if isinstance(start, int) and isinstance(limit, int) and isinstance(step, int):
        return -(-abs(limit - start) // abs(step))
    quotient = abs((limit - start) / step)
    exact = all((number * 1024).is_integer() for number in map(float, (start, limit, step)))
    if not exact and abs(quotient - round(quotient)) < 1e-3 * max(1.0, quotient):
        return None
    return math.ceil(quotient)


def _range_elements(first: Tensor, step: Tensor, size: Dim, dtype: DType | None) -> tuple[Element, ...] | None:
    start, delta = first.scalar(), step.scalar()
    if not isinstance(size, int) or size > MAX_ELEMENTS or not isinstance(start, int) or not isinstance(delta, int):
        return None
    return elements.cast_all(tuple(start + i * delta for i in range(size)), dtype)


@op("linspace")
def linspace(start: Converted, stop: Value, num: Value, axis: Axis = 0) -> Tensor:
    end = conversion.to_tensor(stop)
    if start.dtype is not None:
        end = _as(stop, end, start.dtype)
    dtype = start.dtype
    if dtype is not None and dtype.is_integer:
        dtype = dtypes.FLOAT64 if dtype.size >= 4 else dtypes.FLOAT32
    count = integers(num, "num", Tensor(dtype), dtypes.INTEGER)
    size = dim_of(num) if count.rank in (0, None) else None
    if isinstance(size, int) and size < 0:
        raise InvalidArgument((count,), "negative num", Tensor(dtype))
    shape = rules.broadcast((start, end), dtype)
    if shape is None or not isinstance(axis, int):
        return Tensor(dtype, None if shape is None else (None,) * (len(shape) + 1))
    where = rules.normal_axis(start, axis, len(shape) + 1)
    assert where is not None
    return Tensor(dtype, (*shape[:where], size, *shape[where:]), dtype_origin=start.dtype_origin)


def _as(value: Value, tensor: Tensor, dtype: DType) -> Tensor:
    """``value`` converted to the dtype of an operand before it; raises DTypeMismatch where it cannot."""
    try:
        return force(value, tensor, dtype)
    except ConversionMismatch as mismatch:
        raise DTypeMismatch((Tensor(dtype), mismatch.operands[0]), "elementwise", Tensor(dtype)) from mismatch


@op("one_hot")
def one_hot(
    indices: Value,
    depth: Value,
    on_value: Value = NONE,
    off_value: Value = NONE,
    axis: Axis = None,
    dtype: TensorFlowDType = None,
) -> Tensor:
    result = _one_hot_dtype(on_value, off_value, dtype)
    places = conversion.to_tensor(indices)
    size = dim_of(depth)
    where = -1 if axis is None else axis
    unknown = Tensor(result, None if places.shape is None else (None,) * (len(places.shape) + 1))
    _check_depth(conversion.to_tensor(depth), size, unknown)
    certain = isinstance(indices, Tensor) if places.is_tensorflow else places.kind is Kind.PYTHON and is_full(places)
    if certain and places.dtype is not None and places.dtype not in kernels("OneHot", "TI"):
        raise NoKernel(places, kernels("OneHot", "TI"), result=unknown)
    if places.shape is None or not isinstance(where, int):
        return unknown
    if not -1 <= where <= len(places.shape):
        raise AxisOutOfRange(places, where, len(places.shape) + 1, result=unknown)
    at = len(places.shape) if where == -1 else where
    return Tensor(result, (*places.shape[:at], size, *places.shape[at:]))


def _check_depth(depth: Tensor, size: Dim, unknown: Tensor) -> None:
    if isinstance(size, int) and size < 0:
        raise InvalidArgument((depth,), "negative depth", unknown)
    if depth.kind is Kind.UNKNOWN or depth.rank is None:
        return
    if depth.rank > 0:
        raise RankTooLow(depth, 0, exact=True, result=unknown)
    if depth.dtype is None or depth.dtype == dtypes.INT32 or depth.kind is Kind.ARRAY:
        return
    if depth.is_tensorflow or depth.dtype.is_floating:
        raise ConversionMismatch(depth, dtypes.INT32, unknown)


def _one_hot_dtype(on_value: Value, off_value: Value, dtype: DType | None | Unsure) -> DType | None:
    """The dtype of a one-hot tensor; the values written into it must agree with it and with each other."""
    if isinstance(dtype, Unsure):
        return None
    given = [_hinted(value, dtype) for value in (on_value, off_value) if value != NONE]
    if dtype is None and not given:
        return dtypes.FLOAT32
    result = dtype or given[0].dtype
    for value in given:
        if result is not None and value.dtype is not None and value.dtype != result:
            raise DTypeMismatch([*given, value][:2], "elementwise", Tensor(result))
    return result


def _hinted(value: Value, hint: DType | None) -> Tensor:
    if hint is None or (isinstance(value, Tensor) and value.is_tensorflow):
        return converted(value)
    try:
        return convert(value, hint)
    except ConversionMismatch:
        return converted(value)


@op("sequence_mask")
def sequence_mask(lengths: Converted, maxlen: Value = NONE, dtype: TensorFlowDType = dtypes.BOOL) -> Tensor:
    size: Dim = dim_of(maxlen)
    if maxlen == NONE and lengths.elements is not None:
        known = [length for length in lengths.elements if isinstance(length, int)]
        size = max(0, *known) if known and len(known) == len(lengths.elements) else None
    if isinstance(size, int) and size < 0:
        size = None
    shape = None if lengths.shape is None else (*lengths.shape, size)
    mask = Tensor(dtypes.BOOL, shape)
    return mask if dtype is None else cast_to(mask, dtype)


@op("meshgrid")
def meshgrid(*args: Spread, indexing: Text = "xy") -> Value:
    if any(isinstance(argument, Unsure) for argument in args) or isinstance(indexing, Unsure):
        return UNKNOWN
    if indexing not in ("xy", "ij"):
        raise InvalidArgument((), "indexing")
    axes = [converted(argument) for argument in args if isinstance(argument, Value)]
    sizes = [None if axis.shape is None else dims.product(axis.shape) for axis in axes]
    if len(axes) > 1:
        for axis in axes[1:]:
            pair = {axes[0].dtype, axis.dtype}
            if dtypes.BOOL in pair and len(pair) == 2:
                return ListValue(TupleValue(tuple(Tensor() for _ in axes)))
            if None not in pair and len(pair) == 2:
                raise DTypeMismatch([axes[0], axis], "elementwise")
        if indexing == "xy":
            sizes[:2] = sizes[1::-1]
    return ListValue(TupleValue(tuple(rules.like(axis, shape=tuple(sizes)) for axis in axes)))
