"""Gradients: tensors like the sources that they are taken with respect to."""

from __future__ import annotations

from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    DictValue,
    IterableValue,
    Kind,
    ListValue,
    Tensor,
    TupleValue,
    Value,
)
from tflint_gemm.ops import composites, rules
from tflint_gemm.ops.conversion import sequence_items
from tflint_gemm.ops.registry import op
from tflint_gemm.replacing import replace

_SOURCES = (Kind.TENSOR, Kind.VARIABLE, Kind.RAGGED)


def _gradient(source: Value) -> Value:
    """What a gradient with respect to ``source`` is, in the same structure; integers have none."""
    if isinstance(source, Tensor):
        differentiable = source.dtype is not None and (source.dtype.is_floating or source.dtype.is_complex)
        if differentiable and source.kind is Kind.RAGGED:
            return composites.elementwise(source, source.dtype)
        return rules.like(source) if differentiable and source.kind in _SOURCES else UNKNOWN
    if isinstance(source, TupleValue):
        return replace(source, items=tuple(_gradient(item) for item in source.items))
    if isinstance(source, ListValue):
        return ListValue(_gradients(source))
    if isinstance(source, DictValue):
        items = [(key, _gradient(value)) for key, value in source.slots.items() if isinstance(key, Value)]
        return DictValue(items, UNKNOWN if DictValue.REST in source.slots else None)
    return UNKNOWN


def _gradients(sources: ListValue) -> TupleValue | IterableValue:
    content = sources.slots[ListValue.CONTENT]
    if isinstance(content, TupleValue):
        return TupleValue(tuple(_gradient(item) for item in content.items))
    if isinstance(content, IterableValue):
        return IterableValue(_gradient(content.element), content.length)
    return IterableValue(UNKNOWN)


@op("GradientTape.gradient")
def tape_gradient(self: Value, target: Value, sources: Value) -> Value:
    return _gradient(sources)


@op("gradients", "compat.v1.gradients")
def gradients(ys: Value, xs: Value) -> Value:
    """A list, also for a single tensor; None for what a value does not depend on, as on no array or number."""
    items = (xs,) if isinstance(xs, Tensor) else sequence_items(xs)
    targets = (ys,) if isinstance(ys, Tensor) else sequence_items(ys)
    if items is None:
        return ListValue(IterableValue(UNKNOWN))
    graph = targets is not None and all(_is_in_graph(target) for target in targets)
    return ListValue(TupleValue(tuple(_gradient(item) if graph and _is_in_graph(item) else UNKNOWN for item in items)))


def _is_in_graph(value: Value) -> bool:
    return isinstance(value, Tensor) and value.is_tensorflow


@op("GradientTape.jacobian")
def jacobian(self: Value, target: Tensor, sources: Value) -> Value:
    """The shape of the target followed by that of the source."""
    return _jacobian(target, sources, batched=False)


@op("GradientTape.batch_jacobian")
def batch_jacobian(self: Value, target: Tensor, source: Value) -> Value:
    return _jacobian(target, source, batched=True)


def _jacobian(target: Tensor, source: Value, batched: bool) -> Value:
    if not isinstance(source, Tensor):
        return UNKNOWN
    if target.shape is None or source.shape is None:
        return Tensor(source.dtype)
    return Tensor(source.dtype, (*target.shape, *source.shape[batched:]))


@op("GradientTape.watch", "GradientTape.reset")
def watch(self: Value) -> Value:
    return NONE


@op("GradientTape.stop_recording")
def stop_recording(self: Value) -> Value:
    return UNKNOWN
