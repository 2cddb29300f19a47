"""``tf.distribute``: a function runs on every replica, on its part of the data; how many there are is mostly not known.

With one replica values are what they are without a strategy, with several they come in parts.  What is not known to be
either is a ``DistributedValues`` that remembers what each part is.
"""

from __future__ import annotations

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiObject,
    Constant,
    DictValue,
    IterableValue,
    Kind,
    OfType,
    Tensor,
    Unknown,
    Value,
)
from tflint_gemm.ops import structures
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import Unsure, sequence_items
from tflint_gemm.ops.datasets import as_tensor, element_of_dataset, is_dataset
from tflint_gemm.ops.parameters import Axis
from tflint_gemm.ops.registry import attribute, op
from tflint_gemm.replacing import replace

STRATEGY, REPLICA = "distribute.Strategy", "distribute.ReplicaContext"
_VALUES, _DATASET, _ITERATOR = (
    "distribute.DistributedValues", "distribute.DistributedDataset", "distribute.DistributedIterator",
)  # fmt: skip
_PART, _ELEMENT = "(part)", "(element)"  # no attribute of a program can be called so


def _strategy(*methods: str) -> list[str]:
    return [f"{owner}.{method}" for owner in (STRATEGY, f"compat.v1.{STRATEGY}") for method in methods]


def _in_parts(value: Value) -> Value:
    """What comes back from the replicas."""
    if isinstance(value, Unknown) or value == NONE:
        return value
    made = ApiObject(_VALUES, {})
    made.slots[_PART] = value
    return made


def _part(value: Value) -> Value:
    """What one replica has of a value."""
    return value.slots.get(_PART, UNKNOWN) if isinstance(value, ApiObject) and value.path == _VALUES else value


def _on_replica(value: Value) -> Value:
    return structures.map_leaves(_part, value)


def _wrapped(value: Value) -> Value:
    return structures.map_leaves(_in_parts, value)


# ------------------------------------------------------------------------------------------------- functions


@op(*_strategy("run"))
def run(self: Value, fn: Value, args: Value = NONE, kwargs: Value = NONE) -> Value:
    """The function runs on what one replica has of the arguments."""
    positional = () if args == NONE else sequence_items(args)
    keywords = _keywords(kwargs)
    if positional is None or keywords is None:
        return UNKNOWN
    arguments = tuple(_on_replica(one) for one in positional)
    return _wrapped(current().call(fn, arguments, {name: _on_replica(value) for name, value in keywords.items()}))


def _keywords(kwargs: Value) -> dict[str, Value] | None:
    if kwargs == NONE:
        return {}
    if not isinstance(kwargs, DictValue) or DictValue.REST in kwargs.slots:
        return None
    return {str(key.value): value for key, value in kwargs.slots.items() if isinstance(key, Constant)}


@op(*_strategy("reduce"))
def reduce(self: Value, reduce_op: Value, value: Value, axis: Axis) -> Value:
    """The parts added up or averaged, and along ``axis`` what is in each of them.

    A Python number stays one or becomes a tensor, a list is one value or many: that depends on the strategy.
    The mean of integers along an axis is divided, which makes floats of them.
    """
    only_adds = reduce_op == Constant("SUM")

    def reduced(leaf: Value) -> Value:
        tensor = _part(leaf)
        if not isinstance(tensor, Tensor) or isinstance(axis, Unsure):
            return Tensor(kind=Kind.UNKNOWN) if isinstance(tensor, Tensor) else UNKNOWN
        shape, dtype = tensor.shape, tensor.dtype
        if axis is not None and not only_adds and dtype is not None and not dtype.is_floating:
            dtype = None
        if axis is not None and shape is not None:
            index = axis % len(shape) if shape and -len(shape) <= axis < len(shape) else None
            shape = None if index is None else (*shape[:index], *shape[index + 1 :])
        return Tensor(dtype, shape, _kind(tensor))

    if isinstance(value, Unknown) or (axis is not None and list(structures.leaves(value)) != [value]):
        return UNKNOWN
    return structures.map_leaves(reduced, value)


def _kind(tensor: Tensor) -> Kind:
    """An array stays one where there is nothing to combine."""
    return Kind.TENSOR if tensor.kind is Kind.TENSOR else Kind.UNKNOWN


def _gathered(leaf: Value, axis: int | None | Unsure) -> Value:
    tensor = _part(leaf)
    if not isinstance(tensor, Tensor):
        return UNKNOWN
    if tensor.shape is None or not isinstance(axis, int) or not -len(tensor.shape) <= axis < len(tensor.shape):
        return Tensor(tensor.dtype, kind=_kind(tensor))
    index = axis % len(tensor.shape)
    return Tensor(tensor.dtype, (*tensor.shape[:index], None, *tensor.shape[index + 1 :]), _kind(tensor))


@op(f"{STRATEGY}.gather")  # TensorFlow 1 has none
def gather(self: Value, value: Value, axis: Axis) -> Value:
    return UNKNOWN if isinstance(value, Unknown) else structures.map_leaves(lambda leaf: _gathered(leaf, axis), value)


@op(f"{REPLICA}.all_gather")
def all_gather(self: Value, value: Value, axis: Axis) -> Value:
    return gather(self, value, axis)


@op(f"{REPLICA}.all_reduce")
def all_reduce(self: Value, reduce_op: Value, value: Value) -> Value:
    def reduced(leaf: Value) -> Value:
        tensor = as_tensor(leaf)
        return replace(tensor, elements=None, storage=None) if isinstance(tensor, Tensor) else UNKNOWN

    return UNKNOWN if isinstance(value, Unknown) else structures.map_leaves(reduced, value)


@op(*_strategy("experimental_local_results"))
def local_results(self: Value, value: Value) -> Value:
    """A tuple with the part of each replica."""
    return IterableValue(_on_replica(value))


# ------------------------------------------------------------------------------------------------- data


def _holding(path: str, element: Value) -> ApiObject:
    made = ApiObject(path, {})
    made.slots[_ELEMENT] = element
    return made


def _share(value: Value) -> Value:
    """What one replica gets of a batch: another number of rows."""
    if not isinstance(value, Tensor):
        return UNKNOWN
    return Tensor(value.dtype, None if not value.shape else (None, *value.shape[1:]), value.kind)


@op(*_strategy("experimental_distribute_dataset"))
def distribute_dataset(self: Value, dataset: Value) -> Value:
    if not is_dataset(dataset):
        return UNKNOWN  # the default strategy takes anything
    return _holding(_DATASET, _wrapped(structures.map_leaves(_share, element_of_dataset(dataset))))


@op(f"{STRATEGY}.distribute_datasets_from_function", *_strategy("experimental_distribute_datasets_from_function"))
def distribute_from_function(self: Value, dataset_fn: Value) -> Value:
    """The function makes a dataset with the batches of one replica."""
    made = current().call(dataset_fn, (ApiObject("distribute.InputContext", {}),), {})
    return _holding(_DATASET, _wrapped(element_of_dataset(made)) if is_dataset(made) else UNKNOWN)


@op(f"{STRATEGY}.experimental_distribute_values_from_function")
def distribute_values(self: Value, value_fn: Value) -> Value:
    made = current().call(value_fn, (ApiObject("distribute.experimental.ValueContext", {}),), {})
    return _wrapped(structures.map_leaves(as_tensor, made))


@op(f"{_DATASET}.__iter__")
def iterator(self: Value) -> Value:
    return _holding(_ITERATOR, self.slots.get(_ELEMENT, UNKNOWN) if isinstance(self, ApiObject) else UNKNOWN)


@op(f"{_ITERATOR}.__iter__")
def elements(self: Value) -> Value:
    return IterableValue(get_next(self))


@op(f"{_ITERATOR}.get_next")
def get_next(self: Value) -> Value:
    return self.slots.get(_ELEMENT, UNKNOWN) if isinstance(self, ApiObject) else UNKNOWN


# ------------------------------------------------------------------------------------------------- where one is


@op("distribute.get_strategy")
def get_strategy() -> Value:
    return ApiObject(STRATEGY, {})


@op("distribute.get_replica_context")
def get_replica_context() -> Value:
    """The context of a replica; None outside of them, where hardly anybody asks."""
    return ApiObject(REPLICA, {})


@attribute(f"{REPLICA}.replica_id_in_sync_group")
def replica_id(self: Value) -> Value:
    """A tensor, or Python's 0 under the default strategy."""
    return Tensor(dtypes.INT32, (), Kind.UNKNOWN) if _is_given(self) else UNKNOWN


@attribute("distribute.experimental.ValueContext.replica_id_in_sync_group")
def replica_number(self: Value) -> Value:
    return OfType("int") if _is_given(self) else UNKNOWN


def _is_given(self: Value) -> bool:
    """Whether it is a context that TensorFlow makes, not one that the program makes of anything."""
    return isinstance(self, ApiObject) and not self.arguments


@attribute(*_strategy("num_replicas_in_sync"), f"{REPLICA}.num_replicas_in_sync")
def num_replicas(self: Value) -> Value:
    return OfType("int")


@op("distribute.InputContext.get_per_replica_batch_size")
def per_replica_batch_size(global_batch_size: Value) -> Value:
    return OfType("int")


@op(*_strategy("scope"))
def scope(self: Value) -> Value:
    return UNKNOWN
