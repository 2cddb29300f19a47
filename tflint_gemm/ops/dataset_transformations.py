"""``tf.data``: elements mapped, tested, ordered, counted and folded."""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.join import join
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiSymbol,
    Kind,
    PartialValue,
    Tensor,
    TupleValue,
    Unknown,
    Value,
    dim_of,
)
from tflint_gemm.ops import conversion, structures
from tflint_gemm.ops.context import current
from tflint_gemm.ops.datasets import (
    DATASET,
    as_tensor,
    call_on,
    components,
    count_of_dataset,
    dataset,
    element_of_dataset,
    is_dataset,
    names,
    returned,
    traced,
)
from tflint_gemm.ops.parameters import Dimension
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import InvalidArgument, RankTooLow, ResultMismatch
from tflint_gemm.replacing import replace

MAX_ROUNDS = 4

# ------------------------------------------------------------------------------------------------- mapped


@op(*names("map", "map_with_legacy_function"))
def dataset_map(self: Value, map_func: Value) -> Value:
    element = element_of_dataset(self)
    if isinstance(element, Unknown):
        return dataset(UNKNOWN, count_of_dataset(self))
    return dataset(returned(call_on(map_func, element)), count_of_dataset(self))


@op(*names("interleave", "flat_map"))
def dataset_interleave(self: Value, map_func: Value) -> Value:
    """The elements of the datasets that a function makes of the elements."""
    element = element_of_dataset(self)
    if isinstance(element, Unknown):
        return dataset(UNKNOWN)
    made = call_on(map_func, element)
    if isinstance(made, Tensor) and made.kind is Kind.TENSOR:
        raise InvalidArgument((made,), "map_func that returns no dataset", dataset(UNKNOWN))
    return dataset(element_of_dataset(made) if is_dataset(made) else UNKNOWN)


@op(*names("apply"))
def applied(self: Value, transformation_func: Value) -> Value:
    made = current().call(transformation_func, (self,), {})
    return made if is_dataset(made) else UNKNOWN


@op(*names("enumerate"))
def dataset_enumerate(self: Value) -> Value:
    return dataset(TupleValue((Tensor(dtypes.INT64, ()), element_of_dataset(self))), count_of_dataset(self))


# ------------------------------------------------------------------------------------------------- chosen


@op(*names("shuffle", "prefetch", "cache", "with_options", "snapshot"))
def same_dataset(self: Value) -> Value:
    return dataset(element_of_dataset(self), count_of_dataset(self))


@op(*names("unique", "ignore_errors", "shard"))
def some_elements(self: Value) -> Value:
    return dataset(element_of_dataset(self))


@op(*names("repeat"))
def repeat(self: Value, count: Value = NONE) -> Value:
    times = dim_of(count)
    endless = count == NONE or not isinstance(times, int) or times < 0
    return dataset(element_of_dataset(self), None if endless else dims.multiply(count_of_dataset(self), times))


@op(*names("take"))
def take(self: Value, count: Dimension) -> Value:
    there = count_of_dataset(self)
    known = isinstance(there, int) and isinstance(count, int)
    return dataset(element_of_dataset(self), _at_most(there, count) if known else None)


def _at_most(there: Dim, count: Dim) -> Dim:
    assert isinstance(there, int)
    assert isinstance(count, int)
    return there if count < 0 else min(there, count)


@op(*names("skip"))
def skip(self: Value, count: Dimension) -> Value:
    there = count_of_dataset(self)
    if not isinstance(there, int) or not isinstance(count, int):
        return dataset(element_of_dataset(self))
    return dataset(element_of_dataset(self), 0 if count < 0 else max(0, there - count))


@op(*names("filter", "filter_with_legacy_function", "take_while"))
def tested_elements(self: Value, predicate: Value) -> Value:
    """The elements for which a function of the program says so; it is called on one, and must return a bool."""
    element = element_of_dataset(self)
    if isinstance(element, Unknown):
        return dataset(element)
    answer = call_on(predicate, element)
    if isinstance(answer, Tensor) and answer.kind is Kind.TENSOR:
        if answer.dtype not in (None, dtypes.BOOL):
            raise ResultMismatch(answer, dtypes.BOOL, dataset(element))
        if answer.rank:
            raise RankTooLow(answer, 0, exact=True, result=dataset(element))
    return dataset(element)


@op(*names("rejection_resample"))
def rejection_resample(self: Value, class_func: Value) -> Value:
    """Pairs of a class and an element, as many of each class as is asked for."""
    element = element_of_dataset(self)
    if isinstance(element, Unknown):
        return dataset(UNKNOWN)
    label = as_tensor(call_on(class_func, element))
    return dataset(TupleValue((label, element)))


# ------------------------------------------------------------------------------------------------- folded


def _settled(function: Value, state: Value, element: Value) -> Value:
    """The state of a fold, joined over its steps."""
    for _ in range(MAX_ROUNDS):
        following = traced(function, state, element)
        if isinstance(following, Unknown):
            return UNKNOWN
        joined = _next_state(state, components(following))
        if joined == state or isinstance(joined, Unknown):
            return joined
        state = joined
    return UNKNOWN


def _next_state(state: Value, following: Value) -> Value:
    """The state before a step or behind it, leaf by leaf."""
    if structures.is_nested(state) != structures.is_nested(following):
        return UNKNOWN
    return structures.map_leaves(_without_values, structures.map_leaves(join, state, following))


def _without_values(leaf: Value) -> Value:
    return replace(leaf, elements=None) if isinstance(leaf, Tensor) else leaf


def _initial(state: Value) -> Value:
    return structures.map_leaves(_without_values, components(state))


@op(*names("reduce"))
def reduce(self: Value, initial_state: Value, reduce_func: Value) -> Value:
    """The state after all elements, each of which the function gets as one argument, a tuple as well."""
    element, state = element_of_dataset(self), _initial(initial_state)
    if isinstance(element, Unknown) or isinstance(state, Unknown):
        return UNKNOWN
    return _settled(reduce_func, state, element)


@op(*names("scan"))
def scan(self: Value, initial_state: Value, scan_func: Value) -> Value:
    """What the function returns beside the new state, for each element."""
    element, state = element_of_dataset(self), _initial(initial_state)
    if isinstance(element, Unknown) or isinstance(state, Unknown):
        return dataset(UNKNOWN)
    output: Value = UNKNOWN
    for _ in range(MAX_ROUNDS):
        pair = conversion.sequence_items(traced(scan_func, state, element))
        if pair is None or len(pair) != 2:
            return dataset(UNKNOWN)
        joined, output = _next_state(state, components(pair[0])), components(pair[1])
        if joined == state:
            return dataset(structures.map_leaves(_without_values, output), count_of_dataset(self))
        if isinstance(joined, Unknown):
            return dataset(UNKNOWN)
        state = joined
    return dataset(UNKNOWN)


# ------------------------------------------------------------------------------------------------- for Dataset.apply


def _later(method: str, **arguments: Value) -> Value:
    """What ``tf.data.experimental`` gives: a function that calls a method of the dataset that it is applied to."""
    given = tuple((name, value) for name, value in arguments.items() if value != NONE)
    return PartialValue(ApiSymbol(f"tensorflow.{DATASET}.{method}"), (), given)


def _same(*functions: str) -> None:
    def model() -> Value:
        return _later("prefetch")

    op(*(f"data.experimental.{function}" for function in functions))(model)


_same("assert_cardinality", "copy_to_device", "prefetch_to_device", "service.distribute", "snapshot")


@op("data.experimental.ignore_errors", "data.experimental.unique")
def unique_later() -> Value:
    return _later("unique")


@op("data.experimental.unbatch")
def unbatch_later() -> Value:
    return _later("unbatch")


@op("data.experimental.enumerate_dataset")
def enumerate_later() -> Value:
    return _later("enumerate")


@op("data.experimental.shuffle_and_repeat")
def shuffle_and_repeat(count: Value = NONE) -> Value:
    return _later("repeat", count=count)


@op("data.experimental.take_while")
def take_while_later(predicate: Value) -> Value:
    return _later("take_while", predicate=predicate)


@op("data.experimental.parallel_interleave")
def interleave_later(map_func: Value) -> Value:
    return _later("interleave", map_func=map_func)


@op("data.experimental.scan")
def scan_later(initial_state: Value, scan_func: Value) -> Value:
    return _later("scan", initial_state=initial_state, scan_func=scan_func)


@op("data.experimental.rejection_resample")
def rejection_resample_later(class_func: Value, target_dist: Value) -> Value:
    return _later("rejection_resample", class_func=class_func, target_dist=target_dist)


@op("data.experimental.group_by_window")
def group_by_window_later(key_func: Value, reduce_func: Value) -> Value:
    return _later("group_by_window", key_func=key_func, reduce_func=reduce_func)


@op("data.experimental.dense_to_ragged_batch")
def ragged_batch_later(batch_size: Value, drop_remainder: Value = NONE) -> Value:
    return _later("ragged_batch", batch_size=batch_size, drop_remainder=drop_remainder)


@op("data.experimental.dense_to_sparse_batch")
def sparse_batch_later(batch_size: Value, row_shape: Value) -> Value:
    return _later("sparse_batch", batch_size=batch_size, row_shape=row_shape)


@op("data.experimental.bucket_by_sequence_length")
def bucket_later(
    element_length_func: Value, bucket_boundaries: Value, bucket_batch_sizes: Value, padded_shapes: Value = NONE
) -> Value:
    return _later(
        "bucket_by_sequence_length",
        element_length_func=element_length_func,
        bucket_boundaries=bucket_boundaries,
        bucket_batch_sizes=bucket_batch_sizes,
        padded_shapes=padded_shapes,
    )
