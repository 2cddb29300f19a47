"""``tf.queue``: elements of declared dtypes and shapes, put in and taken out one by one or many at once."""

from __future__ import annotations

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiObject,
    DictValue,
    ListValue,
    ShapeValue,
    Tensor,
    TupleValue,
    Value,
)
from tflint_gemm.ops import conversion
from tflint_gemm.ops.conversion import Unsure, sequence_items
from tflint_gemm.ops.diagnostics import nothing
from tflint_gemm.ops.parameters import Dimension
from tflint_gemm.ops.registry import op

_QUEUES = ("queue.FIFOQueue", "queue.PaddingFIFOQueue", "queue.RandomShuffleQueue")


def _members(*names: str) -> list[str]:
    return [f"{queue}.{name}" for queue in _QUEUES for name in names]


def _components(self: Value) -> list[Tensor] | None:
    """The parts of an element as they are declared; None where they are not known."""
    if not isinstance(self, ApiObject):
        return None
    declared = self.arguments.get("dtypes", UNKNOWN)
    single = conversion.to_dtype(declared)
    known = sequence_items(declared) if isinstance(single, Unsure) else (declared,)
    if known is None:
        return None
    found = [conversion.to_dtype(one) for one in known]
    return [
        Tensor(None if isinstance(dtype, Unsure) else dtype, shape)
        for dtype, shape in zip(found, _shapes(self, len(known)))
    ]


def _shapes(self: ApiObject, count: int) -> list[Shape]:
    declared = self.arguments.get("shapes", NONE)
    items = sequence_items(declared)
    if isinstance(declared, ShapeValue) and count == 1:
        return [declared.shape]
    if declared == NONE or items is None:
        return [None] * count
    if all(isinstance(item, (ListValue, TupleValue)) or item == NONE for item in items) and len(items) == count:
        return [_shape(item) for item in items]
    return [_shape(declared)] if count == 1 else [None] * count


def _shape(value: Value) -> Shape:
    shape = conversion.to_shape(value)
    return None if shape is None else tuple(None if dim == -1 else dim for dim in shape)


def _element(self: Value, *sizes: Dim) -> Value:
    """An element, or so many: a tensor, a list of them, or a dict where they have names."""
    parts = _components(self)
    if parts is None or not isinstance(self, ApiObject):
        return UNKNOWN
    tensors = [Tensor(part.dtype, None if part.shape is None else (*sizes, *part.shape)) for part in parts]
    called = self.arguments.get("names", NONE)
    if called != NONE:
        keys = sequence_items(called)
        return UNKNOWN if keys is None else DictValue(zip(keys, tensors))
    return tensors[0] if len(tensors) == 1 else ListValue(TupleValue(tuple(tensors)))


@op(*_members("dequeue"))
def dequeue(self: Value) -> Value:
    return _element(self)


@op(*_members("dequeue_many"))
def dequeue_many(self: Value, n: Dimension) -> Value:
    return _element(self, n)


@op(*_members("dequeue_up_to"))
def dequeue_up_to(self: Value, n: Dimension) -> Value:
    """At most ``n`` of them."""
    return _element(self, None)


@op(*_members("enqueue", "enqueue_many", "close"))
def enqueue(self: Value) -> Value:
    return nothing()


@op(*_members("size"))
def size(self: Value) -> Value:
    return Tensor(dtypes.INT32, ())


@op(*_members("is_closed"))
def is_closed(self: Value) -> Value:
    return Tensor(dtypes.BOOL, ())
