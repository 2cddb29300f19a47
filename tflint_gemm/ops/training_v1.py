"""TensorFlow 1's training: the global step, gradients that optimizers compute, queues that feed examples."""

from __future__ import annotations

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    FALSE,
    NONE,
    UNKNOWN,
    ApiObject,
    Constant,
    IterableValue,
    Kind,
    ListValue,
    Tensor,
    TupleValue,
    Value,
    dim_of,
)
from tflint_gemm.ops import conversion, rules, structures
from tflint_gemm.ops.context import current
from tflint_gemm.ops.gradients import gradients
from tflint_gemm.ops.registry import op
from tflint_gemm.replacing import replace

_TRAIN = "compat.v1.train"
QUEUE = "queue.QueueBase"

# ------------------------------------------------------------------------------------------------- variables


@op(f"{_TRAIN}.get_or_create_global_step", f"{_TRAIN}.create_global_step")
def global_step() -> Tensor:
    return Tensor(dtypes.INT64, (), Kind.VARIABLE)


@op(f"{_TRAIN}.get_global_step")
def made_global_step() -> Value:
    """None where nobody has made it."""
    return global_step() if current().v1 else UNKNOWN


@op(
    "compat.v1.trainable_variables", "compat.v1.global_variables", "compat.v1.local_variables",
    "compat.v1.model_variables", "compat.v1.moving_average_variables", "compat.v1.all_variables",
)  # fmt: skip
def variables() -> Value:
    """A list of variables, of which nothing else is known."""
    return ListValue(IterableValue(Tensor(None, None, Kind.VARIABLE)))


@op("compat.v1.get_collection", "compat.v1.get_collection_ref")
def collection() -> Value:
    return ListValue(IterableValue(UNKNOWN))


@op(f"{_TRAIN}.Optimizer.compute_gradients")
def compute_gradients(self: Value, loss: Value, var_list: Value = NONE) -> Value:
    """Pairs of a gradient and its variable."""
    sources = (var_list,) if isinstance(var_list, Tensor) else conversion.sequence_items(var_list)
    if sources is None:
        return ListValue(IterableValue(TupleValue((UNKNOWN, Tensor(None, None, Kind.VARIABLE)))))
    found = gradients(loss, ListValue(TupleValue(sources)))
    pairs = zip(conversion.sequence_items(found) or (UNKNOWN,) * len(sources), sources)
    return ListValue(TupleValue(tuple(TupleValue(pair) for pair in pairs)))


# ------------------------------------------------------------------------------------------------- queues


def _batched(tensors: Value, count: Dim, enqueue_many: Value, shapes: Value, smaller: Value) -> Value:
    """Examples put together: each tensor of a list or dict with the batch in front (or instead of its first size)."""
    if enqueue_many not in (NONE, FALSE) or shapes != NONE:
        whole = conversion.to_flag(enqueue_many) is True and shapes == NONE
        rows = [_row(value, count, smaller, whole) for value in structures.children(tensors)]
    else:
        rows = [_one(value, count, smaller) for value in structures.children(tensors)]
    return structures.rebuild(tensors, rows)  # a list inside the list is one tensor


def _one(value: Value, count: Dim, smaller: Value) -> Value:
    tensor = conversion.to_tensor(value)
    if tensor.kind in (Kind.UNKNOWN, Kind.SPARSE, Kind.RAGGED):
        return UNKNOWN
    return rules.like(tensor, shape=_in_front(tensor.shape, count, smaller))


def _row(value: Value, count: Dim, smaller: Value, whole: bool) -> Value:
    made = _one(value, count, smaller)
    if not isinstance(made, Tensor) or not whole or not made.shape or len(made.shape) < 2:
        return replace(made, shape=None) if isinstance(made, Tensor) else made
    return replace(made, shape=(made.shape[0], *made.shape[2:]))


def _in_front(shape: Shape, count: Dim, smaller: Value) -> Shape:
    return None if shape is None else (count if smaller in (NONE, FALSE) else None, *shape)


def _alone(batch: Value) -> Value:
    """A list of one tensor comes back as the tensor."""
    items = conversion.sequence_items(batch)
    return items[0] if items is not None and len(items) == 1 else batch


def _as_list(batch: Value) -> Value:
    return ListValue(TupleValue(batch.items)) if isinstance(batch, TupleValue) else batch


@op(f"{_TRAIN}.batch", f"{_TRAIN}.shuffle_batch")
def batch(
    tensors: Value,
    batch_size: Value,
    enqueue_many: Value = FALSE,
    shapes: Value = NONE,
    allow_smaller_final_batch: Value = FALSE,
) -> Value:
    if not structures.is_nested(tensors):
        return UNKNOWN
    return _alone(_as_list(_batched(tensors, dim_of(batch_size), enqueue_many, shapes, allow_smaller_final_batch)))


def _queue(element: Value) -> Value:
    return ApiObject(QUEUE, {"element": element})


@op(f"{_TRAIN}.string_input_producer")
def string_input_producer(string_tensor: Value) -> Value:
    return _queue(Tensor(dtypes.STRING, ()))


@op(f"{_TRAIN}.range_input_producer")
def range_input_producer(limit: Value) -> Value:
    return _queue(Tensor(dtypes.INT32, ()))


@op(f"{_TRAIN}.input_producer")
def input_producer(input_tensor: Tensor, element_shape: Value = NONE) -> Value:
    return _queue(_element(input_tensor))


@op(f"{_TRAIN}.slice_input_producer")
def slice_input_producer(tensor_list: Value) -> Value:
    """One row of each tensor."""
    items = conversion.sequence_items(tensor_list)
    if items is None:
        return UNKNOWN
    return ListValue(TupleValue(tuple(_element(conversion.to_tensor(item)) for item in items)))


def _element(tensor: Tensor) -> Value:
    if tensor.kind in (Kind.UNKNOWN, Kind.SPARSE, Kind.RAGGED):
        return UNKNOWN
    return rules.like(tensor, shape=tensor.shape[1:] if tensor.shape else None)


@op(f"{QUEUE}.dequeue")
def dequeue(self: Value) -> Value:
    return self.arguments.get("element", UNKNOWN) if isinstance(self, ApiObject) else UNKNOWN


@op(f"{_TRAIN}.limit_epochs")
def limit_epochs(tensor: Value, num_epochs: Value = NONE) -> Value:
    """What it is given, where no number of epochs is."""
    return tensor if num_epochs == NONE else UNKNOWN


_READERS = ("TextLineReader", "TFRecordReader", "WholeFileReader", "IdentityReader", "FixedLengthRecordReader")


@op(*(f"compat.v1.{reader}.read" for reader in (*_READERS, "LMDBReader", "ReaderBase")))
def read(self: Value, queue: Value) -> Value:
    """A key and a value, both strings."""
    return TupleValue((Tensor(dtypes.STRING, ()), Tensor(dtypes.STRING, ())), ("key", "value"), "ReaderRead")


@op(*(f"compat.v1.{reader}.read_up_to" for reader in (*_READERS, "LMDBReader", "ReaderBase")))
def read_up_to(self: Value, queue: Value, num_records: Value) -> Value:
    some = Tensor(dtypes.STRING, (None,))
    return TupleValue((some, some), ("keys", "values"), "ReaderReadUpTo")


# ------------------------------------------------------------------------------------------------- moving averages


_APPLIED = "(applied)"


@op("train.ExponentialMovingAverage.apply")
def apply(self: Value) -> Value:
    """Makes the variables that hold averages."""
    if isinstance(self, ApiObject):
        current().write(self, _APPLIED, Constant(True))
    return UNKNOWN


@op("train.ExponentialMovingAverage.average")
def average(self: Value, var: Value) -> Value:
    """The variable that holds the average: of the variable's shape; None before ``apply``."""
    applied = isinstance(self, ApiObject) and _APPLIED in self.slots
    if not applied or not isinstance(var, Tensor) or var.kind not in (Kind.TENSOR, Kind.VARIABLE):
        return UNKNOWN
    return Tensor(var.dtype, var.shape, Kind.VARIABLE)
