"""Ops that take a tensor apart or repeat it: unstack, split, slice, tile, repeat, pad, reverse, roll."""

from __future__ import annotations

import math
from typing import Annotated, Union

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    Constant,
    Element,
    IterableValue,
    Kind,
    ListValue,
    OfType,
    SliceValue,
    Symbolic,
    Tensor,
    TupleValue,
    Value,
    from_dim,
)
from tflint_gemm.ops import conversion, indexing, rules
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.creation import Converted, convert
from tflint_gemm.ops.parameters import Axes, Axis, Conversion, Dims, Integer, Text, converter
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import AxisOutOfRange, ConversionMismatch, DTypeMismatch, InvalidArgument, RankTooLow
from tflint_gemm.replacing import replace

_INDEX = frozenset({dtypes.INT32, dtypes.INT64})
_LIST_LIMIT = 1024  # longer lists of tensors are kept as "so many of these"


def integers(value: Value, what: str, result: Tensor, allowed: frozenset[DType] = _INDEX) -> Tensor:
    """An operand that must be of integers; raises InvalidArgument (``what`` names it) where they are none.

    Where one dtype is ``allowed``, a tensor of numbers of another raises ConversionMismatch.
    """
    tensor = conversion.to_tensor(value)
    if tensor.dtype is None or tensor.kind is Kind.UNKNOWN or tensor.dtype in allowed:
        return tensor
    items = None if isinstance(value, Tensor) else conversion.sequence_items(value)
    if items is not None and any(isinstance(item, Tensor) for item in items):
        return tensor  # several ops cast the tensors in a list that begins with a Python number
    if tensor.dtype == dtypes.BOOL and len(allowed) == 1 and not tensor.is_tensorflow:
        return tensor  # converted to the one dtype that the op takes
    if len(allowed) == 1 and tensor.is_tensorflow and tensor.dtype in dtypes.NUMERIC:
        raise ConversionMismatch(tensor, next(iter(allowed)), result)
    if tensor.kind is Kind.TENSOR or tensor.kind is Kind.VARIABLE or tensor.dtype not in dtypes.NUMERIC:
        raise InvalidArgument((tensor,), f"dtype of {what}", result)
    if tensor.kind is Kind.PYTHON and tensor.dtype.is_floating and indexing.is_full(tensor):
        raise InvalidArgument((tensor,), f"dtype of {what}", result)
    return tensor


def vector(value: Value, what: str, length: int | None, result: Tensor) -> tuple[Dim, ...] | None:
    """The integers of an operand that must be a vector of ``length``; None where they are not known."""
    tensor = integers(value, what, result)
    if tensor.rank is not None and tensor.rank != 1 and tensor.kind is not Kind.UNKNOWN:
        raise RankTooLow(tensor, 1, exact=True, result=result)
    known = conversion.to_shape(value)
    size = tensor.shape[0] if tensor.shape else None
    if length is not None and isinstance(size, int) and size != length:
        raise InvalidArgument((tensor,), f"length of {what}", result)
    return known


def list_of(item: Tensor, count: Dim) -> Value:
    """A list of ``count`` tensors like ``item``."""
    if isinstance(count, int) and 0 <= count <= _LIST_LIMIT:
        return ListValue(TupleValue((item,) * count))
    return ListValue(IterableValue(item, count))


# ------------------------------------------------------------------------------------------------- taking apart


@op("unstack")
def unstack(value: Converted, num: Value = NONE, axis: Axis = 0) -> Value:
    number = conversion.to_python(num)
    count = int(number) if isinstance(number, (int, float)) and math.isfinite(number) else None
    if value.shape is None or not isinstance(axis, int):
        rank = None if value.shape is None else len(value.shape) - 1
        return list_of(Tensor(value.dtype, None if rank is None or rank < 0 else (None,) * rank), count)
    where = rules.normal_axis(value, axis)
    assert where is not None
    size = value.shape[where]
    part = rules.like(value, shape=(*value.shape[:where], *value.shape[where + 1 :]))
    if (count == 0 and current().mode != "graph") or num == OfType("float"):
        return list_of(part, None)  # a kernel takes it for none at all
    if count is not None and dims.equal(size, count) is False:
        raise InvalidArgument((value,), "num", list_of(part, count))
    if isinstance(number, Unsure):
        return list_of(part, size if isinstance(size, int) else None)
    whole = count if size is None else size
    if value.elements is not None and len(value.shape) == 1:
        return ListValue(TupleValue(tuple(replace(part, elements=(element,)) for element in value.elements)))
    return list_of(part, whole)


def _scalar_axis(value: Value) -> int | Unsure | None:
    """One axis; raises InvalidArgument for a tensor that is none, as TensorFlow 0's order of arguments gives."""
    tensor = value if isinstance(value, Tensor) and value.is_tensorflow else None
    if tensor is not None and (tensor.rank or (tensor.dtype is not None and not tensor.dtype.is_integer)):
        raise InvalidArgument((tensor,), "an axis that is no integer", UNKNOWN)
    found: int | Unsure | None = converter(Axis)(value)
    return found


ScalarAxis = Annotated[Union[int, None, Unsure], Conversion(_scalar_axis)]


@op("split")
def split(value: Converted, num_or_size_splits: Value, axis: ScalarAxis = 0, num: Integer = None) -> Value:
    unknown = Tensor(value.dtype, None if value.shape is None else (None,) * len(value.shape))
    sizes = _split_sizes(value, num_or_size_splits, unknown)
    if sizes is None:
        return list_of(unknown, None)
    where = None if value.shape is None or not isinstance(axis, int) else rules.normal_axis(value, axis)
    if isinstance(sizes, tuple):
        return _split_into(value, sizes, where, num)
    if isinstance(sizes, int) and sizes < 1:
        raise InvalidArgument((value,), "number of parts", UNKNOWN)
    if where is None or value.shape is None:
        return list_of(unknown, sizes)
    length = value.shape[where]
    parts = list_of(_part(value, where, dims.divide_exactly(length, sizes)), sizes)
    if isinstance(length, int) and isinstance(sizes, int) and length % sizes:
        raise InvalidArgument((value,), "number of parts does not divide the axis", parts)
    return parts


def _split_sizes(value: Tensor, argument: Value, result: Tensor) -> Dim | tuple[Dim, ...]:
    """A number of equal parts, or the size of each, or None where it is not known which."""
    if isinstance(argument, (Constant, Symbolic)):
        number = conversion.to_shape(argument)
        if isinstance(argument, Constant) and not isinstance(argument.value, int):
            raise InvalidArgument((value,), "number of parts", UNKNOWN)
        return None if number is None else number[0]
    tensor = conversion.to_tensor(argument)
    if tensor.kind is Kind.UNKNOWN or tensor.shape is None:
        return None
    if tensor.shape == ():
        if tensor.is_tensorflow:
            raise InvalidArgument((value,), "number of parts as a tensor", UNKNOWN)
        found = conversion.to_shape(argument)
        return None if found is None else found[0]
    integers(argument, "size splits", result)
    if tensor.elements is not None and len(tensor.shape) == 1:
        return conversion.to_shape(argument)
    return (None,) * tensor.shape[0] if len(tensor.shape) == 1 and isinstance(tensor.shape[0], int) else None


def _part(value: Tensor, where: int, size: Dim) -> Tensor:
    assert value.shape is not None
    return rules.like(value, shape=(*value.shape[:where], size, *value.shape[where + 1 :]))


def _split_into(value: Tensor, sizes: tuple[Dim, ...], where: int | None, num: int | None | Unsure) -> Value:
    if not sizes or (isinstance(num, int) and num != len(sizes)):
        raise InvalidArgument((value,), "number of parts", UNKNOWN)
    if where is None or value.shape is None:
        unknown = Tensor(value.dtype, None if value.shape is None else (None,) * len(value.shape))
        return list_of(unknown, len(sizes))
    length = value.shape[where]
    rest = [size for size in sizes if size != -1]
    total: Dim = 0
    for size in rest:
        total = dims.add(total, size)
    left = dims.subtract(length, total)
    found = tuple(left if size == -1 else size for size in sizes)
    parts = ListValue(TupleValue(tuple(_part(value, where, size) for size in found)))
    too_many = len(sizes) - len(rest) > 1 or (isinstance(left, int) and left < 0)
    if too_many or (len(rest) == len(sizes) and dims.equal(total, length) is False):
        raise InvalidArgument((value,), "sizes of the parts", parts)
    return parts


@op("slice")
def slice_(input_: Converted, begin: Value, size: Value) -> Tensor:
    unknown = rules.like(input_, shape=None if input_.shape is None else (None,) * len(input_.shape))
    starts = vector(begin, "begin", input_.rank, unknown)
    sizes = vector(size, "size", input_.rank, unknown)
    rank = next((len(known) for known in (input_.shape, starts, sizes) if known is not None), None)
    if rank is None:
        return rules.like(input_, shape=None)
    shape = input_.shape or (None,) * rank
    starts, sizes = starts or (None,) * rank, sizes or (None,) * rank
    if len(starts) != rank or len(sizes) != rank:
        raise InvalidArgument((input_,), "length of begin and size", unknown)
    result: list[Dim] = []
    for length, start, wanted in zip(shape, starts, sizes):
        result.append(dims.subtract(length, start) if wanted == -1 else wanted)
        reach = dims.add(start, 0 if wanted == -1 else wanted)
        outside = isinstance(length, int) and isinstance(reach, int) and reach > length
        if outside or (isinstance(start, int) and start < 0) or (isinstance(wanted, int) and wanted < -1):
            raise InvalidArgument((input_,), "slice outside the tensor", unknown)
    return rules.like(input_, shape=tuple(result), elements=_sliced(input_, shape, starts, result))


def _sliced(tensor: Tensor, shape: Shape, starts: tuple[Dim, ...], sizes: list[Dim]) -> tuple[Element, ...] | None:
    if tensor.elements is None or shape is None:
        return None
    bounds = [SliceValue(from_dim(start), from_dim(dims.add(start, size)), NONE) for start, size in zip(starts, sizes)]
    return indexing.subscript(tensor, TupleValue(tuple(bounds))).elements


@op("strided_slice")
def strided_slice(
    input_: Converted,
    begin: Dims,
    end: Dims,
    strides: Value = NONE,
    begin_mask: Integer = 0,
    end_mask: Integer = 0,
    ellipsis_mask: Integer = 0,
    new_axis_mask: Integer = 0,
    shrink_axis_mask: Integer = 0,
) -> Tensor:
    masks = (begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    known = [mask for mask in masks if isinstance(mask, int)]
    if begin is None or end is None or len(begin) != len(end) or len(known) != len(masks):
        return rules.like(input_, shape=None)
    steps = (1,) * len(begin) if strides == NONE else conversion.to_shape(strides)
    if known[2] or known[3] or steps is None or len(steps) != len(begin):
        return rules.like(input_, shape=None)
    entries: list[Value] = []
    for i, (start, stop, step) in enumerate(zip(begin, end, steps)):
        if known[4] >> i & 1:
            entries.append(from_dim(start))
            continue
        lower = NONE if known[0] >> i & 1 else from_dim(start)
        upper = NONE if known[1] >> i & 1 else from_dim(stop)
        entries.append(SliceValue(lower, upper, from_dim(step)))
    return indexing.subscript(input_, TupleValue(tuple(entries)))


# ------------------------------------------------------------------------------------------------- repeating


@op("tile")
def tile(input: Converted, multiples: Value) -> Tensor:
    unknown = rules.like(input, shape=None if input.shape is None else (None,) * len(input.shape))
    factors = vector(multiples, "multiples", input.rank, unknown)
    if factors is None:
        return unknown
    if any(isinstance(factor, int) and factor < 0 for factor in factors):
        raise InvalidArgument((input,), "negative multiple", unknown)
    if input.shape is None:
        return rules.like(input, shape=tuple(0 if factor == 0 else None for factor in factors))
    shape = tuple(dims.multiply(size, factor) for size, factor in zip(input.shape, factors))
    repeated = None
    if input.elements is not None and len(factors) == 1 and isinstance(factors[0], int):
        repeated = input.elements * factors[0] if factors[0] * len(input.elements) <= 64 else None
    return rules.like(input, shape=shape, elements=repeated)


@op("repeat")
def repeat(input: Converted, repeats: Value, axis: Axis = None) -> Tensor:
    times = conversion.to_tensor(repeats)
    unknown = rules.like(input, shape=None)
    if (
        times.dtype is not None
        and not times.dtype.is_integer
        and times.kind not in (Kind.UNKNOWN, Kind.ARRAY)  # an array is made one of integers
        and indexing.is_full(times)
    ):
        raise InvalidArgument((times,), "dtype of repeats", unknown)
    if times.rank is not None and times.rank > 1:
        raise RankTooLow(times, 1, exact=True, result=unknown)
    if axis is None:
        flat = None if input.shape is None else (dims.product(input.shape),)
        return rules.like(input, shape=(_repeated(input, times, None if flat is None else flat[0]),))
    if input.shape is None or isinstance(axis, Unsure):
        return unknown
    source = input.shape or (1,)
    where = rules.normal_axis(input, axis, len(source))
    assert where is not None
    size = _repeated(input, times, source[where])
    return rules.like(input, shape=(*source[:where], size, *source[where + 1 :]))


def _repeated(operand: Tensor, times: Tensor, size: Dim) -> Dim:
    """The size of a dimension whose elements are repeated, each as often as ``times`` says; raises InvalidArgument."""
    if times.shape is None or times.elements is None:
        length = None if not times.shape else times.shape[0]
        if dims.equal(length, size) is False and length != 1:
            raise InvalidArgument((operand, times), "length of repeats", rules.like(operand, shape=None))
        return None
    counts = conversion.to_shape(times) or ()
    if any(isinstance(count, int) and count < 0 for count in counts):
        raise InvalidArgument((operand, times), "negative repeats", rules.like(operand, shape=None))
    if len(counts) == 1:
        return dims.multiply(size, counts[0])
    if dims.equal(len(counts), size) is False:
        raise InvalidArgument((operand, times), "length of repeats", rules.like(operand, shape=None))
    total: Dim = 0
    for count in counts:
        total = dims.add(total, count)
    return total


@op("pad")
def pad(tensor: Converted, paddings: Value, mode: Text = "CONSTANT", constant_values: Value = NONE) -> Tensor:
    unknown = rules.like(tensor, shape=None if tensor.shape is None else (None,) * len(tensor.shape))
    if isinstance(mode, str) and mode.upper() not in ("CONSTANT", "REFLECT", "SYMMETRIC"):
        raise InvalidArgument((tensor,), "mode", unknown)
    amounts = integers(paddings, "paddings", unknown)
    _check_paddings(tensor, amounts, unknown)
    if (
        isinstance(mode, str)
        and mode.upper() == "CONSTANT"
        and constant_values not in (NONE, Constant(0))
        and tensor.dtype
    ):
        filler = conversion.to_tensor(constant_values)
        certain = filler.is_tensorflow or filler.scalar() not in (None, 0)  # a Python 0 fits any dtype
        if certain and rules.adapts(filler, tensor.dtype, "first") is False:
            raise DTypeMismatch([tensor, filler], "join", unknown)
    if amounts.elements is None or amounts.shape is None:
        return unknown
    pairs = list(zip(amounts.elements[::2], amounts.elements[1::2]))
    shape = tensor.shape or (None,) * len(pairs)
    result = []
    for size, (before, after) in zip(shape, pairs):
        added = dims.add(indexing.as_dim(before), indexing.as_dim(after))
        result.append(dims.add(size, added))
        _check_mirror(tensor, size, (before, after), mode, unknown)
    return rules.like(tensor, shape=tuple(result))


def _check_paddings(tensor: Tensor, amounts: Tensor, unknown: Tensor) -> None:
    if amounts.kind is Kind.UNKNOWN:
        return
    if amounts.rank is not None and amounts.rank != 2:
        raise RankTooLow(amounts, 2, exact=True, result=unknown)
    if amounts.shape is not None and dims.equal(amounts.shape[1], 2) is False:
        raise InvalidArgument((tensor, amounts), "shape of paddings", unknown)
    if amounts.shape is not None and dims.equal(amounts.shape[0], tensor.rank) is False:
        raise InvalidArgument((tensor, amounts), "length of paddings", unknown)
    if any(isinstance(element, int) and element < 0 for element in amounts.elements or ()):
        raise InvalidArgument((tensor, amounts), "negative padding", unknown)


def _check_mirror(
    tensor: Tensor, size: Dim, amounts: tuple[Element, Element], mode: str | None | Unsure, unknown: Tensor
) -> None:
    """A mirrored border cannot be wider than what it mirrors."""
    if not isinstance(mode, str) or mode.upper() == "CONSTANT" or not isinstance(size, int):
        return
    limit = size - 1 if mode.upper() == "REFLECT" else size
    if any(isinstance(amount, int) and amount > limit for amount in amounts):
        raise InvalidArgument((tensor,), "padding wider than the tensor", unknown)


# ------------------------------------------------------------------------------------------------- moving about


@op("reverse")
def reverse(tensor: Converted, axis: Value) -> Tensor:
    result = rules.like(tensor)
    if not tensor.rank or not indexing.is_full(tensor) or conversion.to_tensor(axis).dtype == dtypes.BOOL:
        return result  # scalars and empty tensors are returned before anything is looked at
    axes = vector(axis, "axis", None, result)
    seen = [rules.normal_axis(tensor, one) for one in axes or () if isinstance(one, int)]
    if len(set(seen)) < len(seen):
        raise InvalidArgument((tensor,), "repeated axis", result)
    return result


@op("roll")
def roll(input: Converted, shift: Value, axis: Axes) -> Tensor:
    result = rules.like(input)
    amount = integers(shift, "shift", result)
    if input.shape == ():
        raise RankTooLow(input, 1, result=result)
    if isinstance(axis, tuple):
        for one in axis:
            rules.normal_axis(input, one)
        length = 1 if not amount.shape else amount.shape[0]
        if amount.shape is not None and amount.kind is not Kind.UNKNOWN and dims.equal(length, len(axis)) is False:
            raise InvalidArgument((input, amount), "shift and axis of different length", result)
    return result


@op("reverse_sequence", by_position=1)
def reverse_sequence(input: Converted, seq_lengths: Value, seq_axis: Axis = None, batch_axis: Axis = None) -> Tensor:
    lengths = integers(seq_lengths, "seq_lengths", rules.like(input))
    if seq_axis is None:
        raise InvalidArgument((input,), "seq_axis", rules.like(input))
    batch = 0 if batch_axis is None else batch_axis
    if (
        lengths.rank == 1
        and lengths.shape
        and isinstance(batch, int)
        and input.rank is not None
        and 0 <= batch < input.rank
    ):
        expected = None if input.shape is None else input.shape[batch]
        if dims.equal(lengths.shape[0], expected) is False:
            raise InvalidArgument((input, lengths), "length of seq_lengths", rules.like(input))
    for axis in (seq_axis, batch_axis):
        if isinstance(axis, int) and input.rank is not None and not 0 <= axis < input.rank:
            raise AxisOutOfRange(input, axis, input.rank, result=rules.like(input))
    return rules.like(input)


@op("parallel_stack")
def parallel_stack(values: Value) -> Tensor:
    parts = conversion.to_tensors(values)
    if not parts:
        return Tensor(convert(values, None).dtype)
    dtype = rules.common_dtype(parts, "join", "list")
    return Tensor(dtype, rules.stack_shape(parts, 0, dtype))
