"""Clipping, and sums over a list of tensors."""

from __future__ import annotations

from collections.abc import Sequence

from tflint_gemm.domain import dtypes, shapes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import NONE, UNKNOWN, IterableValue, Kind, ListValue, Tensor, TupleValue, Value
from tflint_gemm.ops import rules
from tflint_gemm.ops.conversion import sequence_items, to_tensor
from tflint_gemm.ops.families import kernels
from tflint_gemm.ops.parameters import Axes
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import BroadcastMismatch, DTypeMismatch, InvalidArgument, NoKernel


@op("clip_by_value")
def clip_by_value(t: Tensor, clip_value_min: Tensor, clip_value_max: Tensor) -> Tensor:
    """Raises DTypeMismatch, NoKernel, BroadcastMismatch: the bounds take the dtype of ``t`` and must not enlarge it."""
    if t.kind in (Kind.SPARSE, Kind.RAGGED):
        return t
    result = rules.like(t)
    for bound in (clip_value_max, clip_value_min):
        try:
            dtype = rules.common_dtype((t, bound), "elementwise", "first")
        except DTypeMismatch as mismatch:
            mismatch.result = result
            raise
        if dtype is not None and dtype not in kernels("Minimum"):
            raise NoKernel(t, kernels("Minimum"), result=result)
        shape = rules.broadcast((t, bound), t.dtype)
        if shapes.equal(shape, t.shape) is False:
            raise BroadcastMismatch([t, bound], result)
    return result


@op("clip_by_norm")
def clip_by_norm(t: Tensor, axes: Axes = None) -> Tensor:
    """Raises NoKernel, AxisOutOfRange."""
    rules.require_dtype(t, dtypes.FLOATING, rules.like(t))
    rules.reduce_shape(t, axes, keepdims=True)
    return rules.like(t)


@op("compat.v1.clip_by_average_norm")
def clip_by_average_norm(t: Tensor, clip_norm: Tensor) -> Tensor:
    """The norm to clip to is broadcast, and may have a larger shape than the tensor."""
    return rules.like(t, shape=t.shape if clip_norm.shape == () else None)


@op("clip_by_global_norm")
def clip_by_global_norm(t_list: Value) -> Value:
    """The clipped tensors, None where the list has None, and their common norm; raises DTypeMismatch, NoKernel."""
    items = sequence_items(t_list)
    if items is None:
        return TupleValue((ListValue(_unknown_items(t_list)), Tensor(None, ())))
    tensors = [to_tensor(item) for item in items if item != NONE]
    for tensor in tensors:
        rules.require_dtype(tensor, dtypes.FLOATING)
    clipped = [NONE if item == NONE else rules.like(to_tensor(item)) for item in items]
    dtype = _same_dtype(tensors, TupleValue((ListValue(TupleValue(tuple(clipped))), Tensor(None, ()))))
    return TupleValue((ListValue(TupleValue(tuple(clipped))), Tensor(dtype, ())))


def _unknown_items(value: Value) -> TupleValue | IterableValue:
    content = value.slots[ListValue.CONTENT] if isinstance(value, ListValue) else None
    return content if isinstance(content, IterableValue) else IterableValue(UNKNOWN)


def _same_dtype(tensors: Sequence[Tensor], result: Value) -> DType | None:
    """The dtype of tensors that are stacked; raises DTypeMismatch."""
    if not tensors:
        return None
    try:
        return rules.common_dtype(tensors, "join", "each")
    except DTypeMismatch as mismatch:
        mismatch.result = result
        raise


# ------------------------------------------------------------------------------------------------- sums


def _summed(inputs: Value, allowed: frozenset[DType] | None) -> Tensor:
    """The sum of a list of tensors of one dtype and shape; raises DTypeMismatch, NoKernel, BroadcastMismatch."""
    items = sequence_items(inputs)
    if items is None:
        return _sum_of_rows(inputs)
    if not items:
        raise InvalidArgument([], "an empty list of tensors")
    tensors = [to_tensor(item) for item in items]
    shape: Shape = None
    for tensor in tensors:
        shape = rules.merge_shapes(shape, tensor.shape) if shapes.equal(shape, tensor.shape) is not False else shape
    dtype = _same_dtype(tensors, Tensor(tensors[0].dtype, shape))
    alone = len(tensors) == 1  # then nothing is added
    if dtype is not None and allowed is not None and dtype not in allowed and not alone:
        raise NoKernel(tensors[0], allowed, result=Tensor(None, shape))
    for tensor in tensors[1:]:
        if shapes.equal(tensors[0].shape, tensor.shape) is False:
            raise BroadcastMismatch([tensors[0], tensor], Tensor(dtype, shape))
    return Tensor(dtype, shape)


def _sum_of_rows(inputs: Value) -> Tensor:
    if isinstance(inputs, ListValue):
        element = to_tensor(inputs).shape
        return Tensor(to_tensor(inputs).dtype, None if element is None else element[1:])
    tensor = to_tensor(inputs)
    if tensor.kind is Kind.UNKNOWN or not tensor.shape:
        return Tensor(tensor.dtype)
    return Tensor(tensor.dtype, tensor.shape[1:])


@op("math.add_n")
def add_n(inputs: Value) -> Tensor:
    return _summed(inputs, kernels("AddN"))


@op("math.accumulate_n")
def accumulate_n(inputs: Value) -> Tensor:
    return _summed(inputs, None)


@op("math.polyval")
def polyval(coeffs: Value, x: Tensor) -> Tensor:
    """A polynomial with a list of coefficients; raises BroadcastMismatch."""
    items = sequence_items(coeffs)
    if items is None:
        return Tensor()
    terms = [to_tensor(item) for item in items]
    if len(terms) == 1:
        return rules.like(terms[0])
    dtypes_there = {term.dtype for term in (*terms, x)}
    dtype = x.dtype if len(dtypes_there) == 1 else None
    return Tensor(dtype, rules.broadcast((*terms, x), dtype))
