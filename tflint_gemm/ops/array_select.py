"""Ops that pick elements by index or condition, or put them in their place: gather, where, boolean_mask, scatter."""

from __future__ import annotations

from collections.abc import Callable

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import NONE, UNKNOWN, Kind, Tensor, Value
from tflint_gemm.ops import conversion, indexing, rules
from tflint_gemm.ops.array_parts import integers, list_of, vector
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.creation import Converted, converted
from tflint_gemm.ops.parameters import Axis, Dims, Integer, Tensors
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import (
    BatchMismatch,
    BroadcastMismatch,
    ConcatMismatch,
    ConversionMismatch,
    DTypeMismatch,
    IndexOutOfRange,
    InvalidArgument,
    RankTooLow,
)

Pair = tuple[Tensor, Tensor]
_INDICES = frozenset({dtypes.INT16, dtypes.INT32, dtypes.INT64})

# ------------------------------------------------------------------------------------------------- gather


@op("gather", "compat.v1.gather")
def gather(params: Converted, indices: Value, axis: Axis = None, batch_dims: Integer = 0) -> Tensor:
    unknown = rules.like(params, shape=None)
    places = index_operand(indices, unknown)
    if params.kind in (Kind.SPARSE, Kind.RAGGED) or places.kind is Kind.RAGGED:
        return Tensor(params.dtype, None, Kind.RAGGED)
    if not isinstance(batch_dims, int) or isinstance(axis, Unsure):
        return unknown
    batch = batch_dims if batch_dims >= 0 or places.rank is None else batch_dims + places.rank
    if batch < 0 or params.shape is None:
        return unknown
    along = batch_dims if axis is None else axis
    if along < 0:
        counted = rules.normal_axis(params, along)
        assert counted is not None
        along = counted
    if along >= len(params.shape):
        raise RankTooLow(params, along + 1, result=unknown)
    if places.shape is None or batch > min(along, len(places.shape)):
        return unknown
    shape = (*params.shape[:along], *places.shape[batch:], *params.shape[along + 1 :])
    result = rules.like(params, shape=shape)
    if shapes.equal(params.shape[:batch], places.shape[:batch]) is False:
        raise BatchMismatch([params, places], params.shape[:batch], places.shape[:batch], result)
    _check_range(params, along, places, result)
    if params.elements is not None and len(params.shape) == 1 and places.elements is not None and not batch:
        picked = [params.elements[place] if isinstance(place, int) else None for place in places.elements]
        return rules.like(result, elements=tuple(picked))
    return result


def index_operand(indices: Value, result: Tensor) -> Tensor:
    """The indices of a gather or scatter; raises InvalidArgument where they are no int16, int32 or int64."""
    places = converted(indices) if not isinstance(indices, Tensor) else indices
    if places.dtype is None or places.dtype in _INDICES or places.kind is Kind.UNKNOWN:
        return places
    if places.kind is Kind.PYTHON and not indexing.is_full(places):
        return places
    raise InvalidArgument((places,), "dtype of indices", result)


def _check_range(params: Tensor, axis: int, places: Tensor, result: Tensor) -> None:
    """On the CPU an index outside, negative ones included, is an error."""
    assert params.shape is not None
    size = params.shape[axis]
    if shapes.num_elements(result.shape) == 0:
        return
    for place in places.elements or ():
        if isinstance(place, int) and (place < 0 or (isinstance(size, int) and place >= size)):
            if place < 0 and not isinstance(size, int):
                continue
            raise IndexOutOfRange(params, axis, place, size if isinstance(size, int) else 0, result)


@op("compat.v1.batch_gather")
def batch_gather(params: Converted, indices: Value) -> Tensor:
    places = index_operand(indices, rules.like(params, shape=None))
    if places.shape is None or params.shape is None or len(places.shape) > len(params.shape):
        return rules.like(params, shape=None)
    return rules.like(params, shape=(*places.shape, *params.shape[len(places.shape) :]))


@op("gather_nd", "compat.v1.gather_nd")
def gather_nd(params: Converted, indices: Value, batch_dims: Integer = 0) -> Tensor:
    unknown = rules.like(params, shape=None)
    places = index_operand(indices, unknown)
    if places.kind is not Kind.UNKNOWN and places.shape == ():
        raise RankTooLow(places, 1, result=unknown)
    if not isinstance(batch_dims, int) or batch_dims < 0 or params.shape is None or places.shape is None:
        return unknown
    depth = places.shape[-1] if len(places.shape) > batch_dims else None
    if not isinstance(depth, int):
        return unknown
    if depth + batch_dims > len(params.shape):
        raise RankTooLow(params, depth + batch_dims, result=unknown)
    result = rules.like(params, shape=(*places.shape[:-1], *params.shape[batch_dims + depth :]))
    if shapes.equal(params.shape[:batch_dims], places.shape[:batch_dims]) is False:
        raise BatchMismatch([params, places], params.shape[:batch_dims], places.shape[:batch_dims], result)
    for number, place in enumerate(places.elements or ()):
        axis = batch_dims + number % depth
        size = params.shape[axis]
        if isinstance(place, int) and isinstance(size, int) and not 0 <= place < size:
            raise IndexOutOfRange(params, axis, place, size, result)
    return result


# ------------------------------------------------------------------------------------------------- where


def _where(choose: Callable[[Tensor, Pair], Tensor]) -> Callable[..., Tensor]:
    def model(condition: Value, x: Value = NONE, y: Value = NONE) -> Tensor:
        test = converted(condition)
        if x == NONE and y == NONE:
            return _coordinates(test)
        if {x, y} <= {NONE, UNKNOWN}:
            return Tensor()  # either may be None
        if NONE in (x, y):
            raise InvalidArgument((test,), "only one of x and y")
        pair = (conversion.to_operand(x), conversion.to_operand(y))
        _require_bool(conversion.to_tensor(condition))
        return choose(test, pair)

    return model


def _coordinates(test: Tensor) -> Tensor:
    """The indices of the true elements: how many there are is not known, unless the elements are."""
    count = None
    if test.elements is not None and all(isinstance(element, (bool, int, float, complex)) for element in test.elements):
        count = sum(bool(element) for element in test.elements)
    result = Tensor(dtypes.INT64, (count, test.rank))
    if test.shape == () and test.kind is not Kind.UNKNOWN:
        raise RankTooLow(test, 1, result=result)
    return result


def _require_bool(test: Tensor) -> None:
    """An array of numbers is cast to bool, a tensor or a literal of numbers is not."""
    if test.kind in (Kind.UNKNOWN, Kind.ARRAY) or test.dtype in (None, dtypes.BOOL):
        return
    if test.kind is Kind.PYTHON and not indexing.is_full(test):
        return
    raise ConversionMismatch(test, dtypes.BOOL)


def _branches_dtype(test: Tensor, pair: Pair) -> dtypes.DType | None:
    try:
        return rules.common_dtype(pair, "join")
    except DTypeMismatch as mismatch:
        guess = mismatch.result.dtype if isinstance(mismatch.result, Tensor) else None
        mismatch.result = Tensor(guess, rules.broadcast((test, *pair), guess))
        raise


def _broadcast_choice(test: Tensor, pair: Pair) -> Tensor:
    dtype = _branches_dtype(test, pair)
    return Tensor(dtype, rules.broadcast((test, *pair), dtype))


def _choice_of_rows(test: Tensor, pair: Pair) -> Tensor:
    """TensorFlow 1's where, which does not broadcast: a scalar or a vector chooses whole tensors or rows."""
    x, y = pair
    dtype = _branches_dtype(test, (Tensor(x.dtype, None, x.kind), Tensor(y.dtype, None, y.kind)))
    if shapes.equal(x.shape, y.shape) is False:
        raise BroadcastMismatch(pair, Tensor(dtype, x.shape))
    result = Tensor(dtype, rules.merge_shapes(x.shape, y.shape))
    if test.rank == 1 and result.rank is not None:
        if result.rank == 0 or dims.equal((test.shape or (None,))[0], (result.shape or (None,))[0]) is False:
            raise BroadcastMismatch([test, x], result)
    elif test.rank and shapes.equal(test.shape, result.shape) is False:
        raise BroadcastMismatch([test, x], result)
    return result


op("where")(_where(_broadcast_choice))
op("compat.v1.where")(_where(_choice_of_rows))


@op("boolean_mask", "compat.v1.boolean_mask")
def boolean_mask(tensor: Converted, mask: Converted, axis: Axis = None) -> Tensor:
    if isinstance(axis, Unsure):
        return rules.like(tensor, shape=None)
    start = axis or 0
    if start < 0:
        if tensor.rank is None:
            return rules.like(tensor, shape=None)
        start += tensor.rank
    return indexing.boolean_mask(rules.like(tensor), mask, start)


# ------------------------------------------------------------------------------------------------- scatter


@op("scatter_nd")
def scatter_nd(indices: Value, updates: Converted, shape: Dims) -> Tensor:
    result = rules.like(updates, shape=shape)
    places = index_operand(indices, result)
    _check_scatter(Tensor(updates.dtype, shape), places, updates, result)
    return result


def _check_scatter(target: Tensor, places: Tensor, updates: Tensor, result: Tensor) -> None:
    """The updates must be shaped as what the indices pick out of the target."""
    if places.kind is Kind.UNKNOWN or places.shape is None or target.shape is None:
        return
    if not places.shape:
        if not indexing.is_full(updates):
            return
        raise RankTooLow(places, 1, result=result)
    depth = places.shape[-1]
    if not isinstance(depth, int) or not indexing.is_full(places) or not indexing.is_full(updates):
        return  # nothing is looked at where there is nothing to write
    if depth > len(target.shape):
        raise RankTooLow(target, depth, result=result)
    for number, place in enumerate(places.elements or ()):
        size = target.shape[number % depth]
        if isinstance(place, int) and isinstance(size, int) and not 0 <= place < size:
            raise IndexOutOfRange(target, number % depth, place, size, result)
    if updates.shape == ():
        raise RankTooLow(updates, 1, result=result)
    expected = (*places.shape[:-1], *target.shape[depth:])
    if indexing.is_full(Tensor(None, expected)) and shapes.equal(expected, updates.shape) is False:
        raise BroadcastMismatch([Tensor(target.dtype, expected), updates], result)


@op(
    "tensor_scatter_nd_update",
    "tensor_scatter_nd_add",
    "tensor_scatter_nd_sub",
    "tensor_scatter_nd_max",
    "tensor_scatter_nd_min",
)
def tensor_scatter(tensor: Value, indices: Value, updates: Value) -> Tensor:
    target, changes = conversion.to_tensor(tensor), conversion.to_tensor(updates)
    dtype = rules.common_dtype((target, changes), "join")
    result = rules.like(converted(tensor), dtype=dtype)
    _check_scatter(target, index_operand(indices, result), changes, result)
    return result


@op("dynamic_partition")
def dynamic_partition(data: Converted, partitions: Value, num_partitions: Integer) -> Value:
    groups = integers(partitions, "partitions", rules.like(data, shape=None), frozenset({dtypes.INT32}))
    depth = groups.rank if groups.kind is not Kind.UNKNOWN else None
    shape = None if data.shape is None or depth is None else (None, *data.shape[depth:])
    part = rules.like(data, shape=shape)
    result = list_of(part, num_partitions if isinstance(num_partitions, int) else None)
    if data.shape is not None and groups.shape is not None and groups.kind is not Kind.UNKNOWN:
        covered = data.shape[: len(groups.shape)]
        if len(groups.shape) > len(data.shape) or shapes.equal(covered, groups.shape) is False:
            raise BroadcastMismatch([data, groups], result)
    return result


@op("dynamic_stitch")
def dynamic_stitch(indices: Tensors, data: Tensors) -> Tensor:
    if not indices or not data or len(indices) != len(data):
        return Tensor()
    dtype = rules.common_dtype(data, "join", "list")
    rest: Shape = None
    for places, part in zip(indices, data):
        if places.rank is None or part.shape is None or places.kind is Kind.UNKNOWN:
            continue
        tail = part.shape[places.rank :]
        if shapes.equal(rest, tail) is False:
            raise ConcatMismatch(data, None, Tensor(dtype))
        rest = rules.merge_shapes(rest, tail)
    known = [place for places in indices for place in places.elements or (None,)]
    count = max((place for place in known if isinstance(place, int)), default=-1) + 1 if None not in known else None
    return Tensor(dtype, None if rest is None else (count, *rest))


@op("unravel_index")
def unravel_index(indices: Converted, dims: Value) -> Tensor:
    sizes = vector(dims, "dims", None, rules.like(indices, shape=None))
    length = None if sizes is None else len(sizes)
    return rules.like(indices, shape=None if indices.shape is None else (length, *indices.shape))
