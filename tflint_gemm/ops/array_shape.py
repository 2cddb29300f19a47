"""Ops that give a tensor another shape, join tensors, take them apart, or tell their shape."""

from __future__ import annotations

from collections.abc import Sequence

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    MAX_ELEMENTS,
    NONE,
    UNKNOWN,
    Element,
    Kind,
    ListValue,
    ShapeValue,
    Tensor,
    TupleValue,
    Value,
)
from tflint_gemm.ops import conversion, creation, indexing, rules
from tflint_gemm.ops import numpy_elements as elements
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.creation import Converted, check_dimensions
from tflint_gemm.ops.parameters import Axes, Axis, DTypeArgument, Tensors
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import AssignMismatch, AxisOutOfRange, BroadcastMismatch, InvalidArgument, RankTooLow

_COMPOSITE = (Kind.SPARSE, Kind.RAGGED)


# ------------------------------------------------------------------------------------------------- another shape


@op("reshape", view=True)
def reshape(tensor: Converted, shape: Value) -> Tensor:
    target = shape_vector(shape, tensor)
    if tensor.kind in _COMPOSITE:
        return Tensor(tensor.dtype, None, tensor.kind)
    return rules.like(tensor, shape=rules.reshape_shape(tensor, target), elements=tensor.elements)


def shape_vector(shape: Value, source: Tensor) -> Shape:
    """The target of a reshape or a broadcast; raises InvalidArgument where it cannot be a vector of integers."""
    if shape == NONE or NONE in (conversion.sequence_items(shape) or ()):
        raise InvalidArgument((source,), "None in a shape", Tensor(source.dtype))
    target = conversion.to_tensor(shape)
    literal = target.kind is Kind.PYTHON and indexing.is_full(target)
    whole = target.is_tensorflow and conversion.sequence_items(shape) is None  # the tensors in a list are cast
    if target.dtype is not None and (whole or literal) and not target.dtype.is_integer:
        raise InvalidArgument((target,), "shape of a dtype other than int32 and int64", Tensor(source.dtype))
    if target.rank is not None and target.rank > 1 and target.kind is not Kind.UNKNOWN:
        raise InvalidArgument((target,), "shape of rank above 1", Tensor(source.dtype))
    check_dimensions(shape, Tensor(source.dtype))
    return conversion.to_shape(shape)


@op("expand_dims", view=True)
def expand_dims(input: Converted, axis: Axis = None) -> Tensor:
    if input.kind in _COMPOSITE or input.shape is None:
        return Tensor(input.dtype, None, input.kind)
    if axis is None:
        raise InvalidArgument((input,), "axis None", Tensor(input.dtype, (None,) * (len(input.shape) + 1)))
    if isinstance(axis, Unsure):
        return Tensor(input.dtype, (None,) * (len(input.shape) + 1), dtype_origin=input.dtype_origin)
    where = rules.normal_axis(input, axis, len(input.shape) + 1)
    assert where is not None
    return rules.like(input, shape=(*input.shape[:where], 1, *input.shape[where:]), elements=input.elements)


@op("squeeze", view=True)
def squeeze(input: Converted, axis: Axes = None) -> Tensor:
    if input.kind in _COMPOSITE or input.shape is None or isinstance(axis, Unsure):
        return Tensor(input.dtype, None, input.kind)
    return rules.like(input, shape=squeezed(input, axis), elements=input.elements)


def squeezed(source: Tensor, axes: tuple[int, ...] | None) -> Shape:
    """The shape without the ``axes``, which must be of size 1 (None: without all of size 1); raises AxisOutOfRange."""
    assert source.shape is not None
    if not axes:
        if all(isinstance(dim, int) for dim in source.shape):
            return tuple(dim for dim in source.shape if dim != 1)
        return None
    gone = {rules.normal_axis(source, axis) for axis in axes}
    rest = tuple(dim for i, dim in enumerate(source.shape) if i not in gone)
    for axis in axes:
        if dims.equal(source.shape[axis], 1) is False:
            raise AxisOutOfRange(source, axis, len(source.shape), "not of size 1", Tensor(source.dtype, rest))
    return rest


@op("transpose")
def transpose(a: Converted, perm: Axes = None) -> Tensor:
    if a.kind in _COMPOSITE:
        return Tensor(a.dtype, None, a.kind)
    if isinstance(perm, Unsure):
        return rules.like(a, shape=None if a.shape is None else (None,) * len(a.shape))
    shape = rules.permute(a, perm)
    if perm is not None and a.rank is not None and len({axis % max(a.rank, 1) for axis in perm}) != len(perm):
        raise InvalidArgument((a,), "repeated axis in perm", Tensor(a.dtype, (None,) * len(perm)))
    order = tuple(perm) if perm is not None else tuple(reversed(range(a.rank or 0)))
    if a.rank is not None:
        order = tuple(axis % a.rank for axis in order)
    return rules.like(a, shape=shape, elements=elements.transpose(a.elements, a.shape, order))


@op("broadcast_to")
def broadcast_to(input: Converted, shape: Value) -> Tensor:
    target = shape_vector(shape, input)
    result = None if target is None else tuple(None if dim == -1 else dim for dim in target)
    if input.shape is None or target is None or result is None:
        return rules.like(input, shape=result)
    probe = Tensor(input.dtype, result)
    if len(input.shape) > len(target):
        raise RankTooLow(probe, len(input.shape), result=probe)
    joined = rules.broadcast((input, probe), input.dtype)
    tail = result[len(result) - len(input.shape) :]
    for mine, wanted in zip(input.shape, tail):
        if wanted == 1 and isinstance(mine, int) and mine != 1:
            raise BroadcastMismatch([input, probe], probe)
    known = tuple(dims.merge(a, b) for a, b in zip(result, joined or result))
    return rules.like(input, shape=known, elements=elements.broadcast(input.elements, input.shape, known))


@op("ensure_shape", view=True)
def ensure_shape(x: Converted, shape: Value) -> Tensor:
    return rules.like(x, shape=conform(x, conversion.to_shape(shape)), elements=x.elements)


def conform(source: Tensor, target: Shape) -> Shape:
    """What is known of the shape of ``source`` once it fits ``target``; raises AssignMismatch where it cannot."""
    if source.shape is None or target is None:
        return source.shape if target is None else target
    if shapes.equal(source.shape, target) is False:
        raise AssignMismatch(source, target, "ensure_shape", Tensor(source.dtype, target))
    return tuple(dims.merge(a, b) for a, b in zip(source.shape, target))


# ------------------------------------------------------------------------------------------------- joining


@op("concat")
def concat(values: Value, axis: Value) -> Tensor:
    """The parts joined along ``axis``; raises DTypeMismatch, ConcatMismatch, RankTooLow, InvalidArgument."""
    if any(isinstance(item, Tensor) and item.rank for item in conversion.sequence_items(axis) or ()):
        raise InvalidArgument((), "the axis is a list of tensors: it comes last since TensorFlow 1.0")
    where = conversion.to_python(axis)
    return _concatenated(values, where if where is None or isinstance(where, int) else conversion.UNSURE)


def _concatenated(values: Value, axis: int | None | Unsure) -> Tensor:
    parts = conversion.to_tensors(values)
    if isinstance(values, Tensor):
        return creation.converted(values)  # one tensor stands for a list of itself
    if parts is None:
        whole = conversion.to_tensor(values)
        rank = None if whole.shape is None or len(whole.shape) < 2 else len(whole.shape) - 1
        return Tensor(whole.dtype if whole.kind is not Kind.UNKNOWN else None, None if rank is None else (None,) * rank)
    if not parts:
        raise InvalidArgument((), "nothing to concatenate")
    if any(part.kind in _COMPOSITE for part in parts):
        ragged = any(part.kind is Kind.RAGGED for part in parts)
        return Tensor(parts[0].dtype, None, Kind.RAGGED if ragged else Kind.SPARSE)
    if len(parts) == 1:
        return creation.converted((conversion.sequence_items(values) or (UNKNOWN,))[0])
    dtype = _concat_dtype(conversion.sequence_items(values) or (), parts)
    if any(part.shape == () for part in parts):
        scalar = next(part for part in parts if part.shape == ())
        raise RankTooLow(scalar, 1, result=Tensor(dtype, (len(parts),)))
    shape = rules.concat_shape(parts, axis, dtype)
    return _joined(parts, dtype, shape, _concat_elements(parts, axis))


def _joined(parts: Sequence[Tensor], dtype: DType | None, shape: Shape, joined: tuple[Element, ...] | None) -> Tensor:
    origin = next((part.dtype_origin for part in parts if part.dtype == dtype and part.dtype_origin is not None), None)
    return Tensor(dtype, shape, elements=elements.cast_all(joined, dtype), dtype_origin=origin)


def _concat_dtype(items: Sequence[Value], parts: Sequence[Tensor]) -> DType | None:
    """The dtype of the parts; those that are lists of tensors are cast to that of the others."""
    packed = [part.is_tensorflow and not isinstance(item, Tensor) for item, part in zip(items, parts)]
    if not any(packed):
        return rules.common_dtype(parts, "join", "list")
    others = [part for part, is_packed in zip(parts, packed) if not is_packed]
    if packed[0] and not any(other.is_tensorflow for other in others):
        return parts[0].dtype if Kind.UNKNOWN not in {other.kind for other in others} else None
    return rules.common_dtype(others, "join", "list")


def _concat_elements(parts: Sequence[Tensor], axis: int | None | Unsure) -> tuple[Element, ...] | None:
    """The elements of vectors one after the other: what shapes are computed with."""
    if any(part.rank != 1 or part.elements is None for part in parts) or axis not in (0, -1):
        return None
    joined = tuple(element for part in parts for element in part.elements or ())
    return joined if len(joined) <= MAX_ELEMENTS else None


@op("stack")
def stack(values: Value, axis: Axis = 0) -> Tensor:
    parts = conversion.to_tensors(values)
    if parts is None:
        whole = conversion.to_tensor(values)
        shape = whole.shape if axis == 0 or whole.shape is None else (None,) * len(whole.shape)
        return Tensor(whole.dtype if whole.kind is not Kind.UNKNOWN else None, shape)
    if not parts:
        if isinstance(axis, int) and axis != 0:
            raise InvalidArgument((), "nothing to stack")
        return Tensor(dtypes.FLOAT32, (0,), elements=()) if axis == 0 else Tensor()
    if any(part.kind in _COMPOSITE for part in parts):
        return Tensor(parts[0].dtype, None, parts[0].kind)
    literal = {part.kind for part in parts} <= {Kind.PYTHON, Kind.ARRAY, Kind.UNKNOWN}
    if literal and any(0 in (part.shape or ()) for part in parts):
        return Tensor()  # of empty arrays the list may lose dimensions
    mixed = len({part.dtype for part in parts}) > 1
    dtype = None if mixed and _holds_lists(values) else _stack_dtype(parts, axis)
    shape = rules.stack_shape(parts, axis, dtype)
    if not isinstance(axis, int) or axis == 0:
        shape = shape if current().mode == "graph" or conversion.to_tensor(values).shape is not None else None
    return _joined(parts, dtype, shape, _stack_elements(parts, axis))


def _holds_lists(values: Value) -> bool:
    """Whether one of the parts is a list of tensors, which is converted with the others rather than before them."""
    parts = [conversion.sequence_items(item) for item in conversion.sequence_items(values) or ()]
    return any(isinstance(item, Tensor) for part in parts for item in part or ())


def _stack_dtype(parts: tuple[Tensor, ...], axis: int | None | Unsure) -> DType | None:
    """Along axis 0 a list is first converted whole, as ``tf.constant`` would, and packed only where that fails."""
    literal = {part.kind for part in parts} <= {Kind.PYTHON, Kind.ARRAY}
    if not literal or any(part.dtype is None for part in parts) or (isinstance(axis, int) and axis != 0):
        return rules.common_dtype(parts, "join", "list")
    if not isinstance(axis, int):
        return None
    mode = current().mode
    eager = conversion.eager_list_dtype(parts)
    if mode == "eager":
        plain = all(part.kind is Kind.PYTHON for part in parts)
        return rules.common_dtype(parts, "join", "list") if eager is None and plain else eager
    rows = parts[0].kind is Kind.ARRAY and parts[0].shape != ()  # a graph makes no constant of them
    if mode != "graph" and rows and len({part.dtype for part in parts}) > 1:
        return None
    graph = rules.common_dtype(parts, "join", "list") if rows else conversion.graph_list_dtype(parts)
    return graph if mode == "graph" or graph == eager else None


def _stack_elements(parts: Sequence[Tensor], axis: int | None | Unsure) -> tuple[Element, ...] | None:
    if any(part.elements is None for part in parts) or (axis != 0 and any(part.rank != 0 for part in parts)):
        return None
    joined = tuple(element for part in parts for element in part.elements or ())
    return joined if len(joined) <= MAX_ELEMENTS else None


# ------------------------------------------------------------------------------------------------- asking


@op("shape", by_position=1)
def shape(input: Tensor, out_type: DTypeArgument = None) -> Tensor:
    dtype = rules.chosen_dtype(out_type, dtypes.INT32)
    if input.kind is Kind.RAGGED:
        return Tensor(dtype)
    return shape_tensor(input.shape, dtype)


def shape_tensor(of: Shape, dtype: DType | None = dtypes.INT32) -> Tensor:
    """What ``tf.shape`` gives for a tensor of that shape; a dimension that is not known is an unknown element."""
    return Tensor(dtype, (None,)) if of is None else Tensor(dtype, (len(of),), elements=of)


@op("shape_n")
def shape_n(input: Tensors, out_type: DTypeArgument = dtypes.INT32) -> Value:
    if input is None:
        return UNKNOWN
    dtype = rules.chosen_dtype(out_type, dtypes.INT32)
    return ListValue(TupleValue(tuple(shape_tensor(tensor.shape, dtype) for tensor in input)))


@op("size", by_position=1)
def size(input: Tensor, out_type: DTypeArgument = None) -> Tensor:
    count: Dim = None if input.kind in _COMPOSITE else shapes.num_elements(input.shape)
    return Tensor(rules.chosen_dtype(out_type, dtypes.INT32), (), elements=(count,))


@op("rank", by_position=1)
def rank(input: Tensor) -> Tensor:
    return Tensor(dtypes.INT32, (), elements=(None if input.kind is Kind.RAGGED else input.rank,))


@op("broadcast_static_shape")
def broadcast_static_shape(shape_x: Value, shape_y: Value) -> Value:
    left, right = conversion.to_shape(shape_x), conversion.to_shape(shape_y)
    joined = rules.broadcast((Tensor(None, left), Tensor(None, right)))
    # TensorFlow leaves open what becomes of 0 and an unknown dimension.
    return ShapeValue(None if joined is None else tuple(None if dim == 0 else dim for dim in joined))


@op("broadcast_dynamic_shape")
def broadcast_dynamic_shape(shape_x: Value, shape_y: Value) -> Tensor:
    vectors = (conversion.to_tensor(shape_x), conversion.to_tensor(shape_y))
    left, right = conversion.to_shape(shape_x), conversion.to_shape(shape_y)
    dtype = rules.common_dtype(vectors, "elementwise")
    joined = rules.broadcast((Tensor(None, left), Tensor(None, right)))
    return shape_tensor(joined, dtype)
