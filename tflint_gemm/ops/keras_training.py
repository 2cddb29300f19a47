"""``fit``, ``evaluate`` and ``predict``: the model is called on batches of what it is given."""

from __future__ import annotations

from dataclasses import replace

from tflint_gemm.domain.values import NONE, UNKNOWN, ApiObject, Kind, Tensor, TupleValue, Value
from tflint_gemm.ops import structures
from tflint_gemm.ops.context import current
from tflint_gemm.ops.datasets import element_of_dataset, is_dataset
from tflint_gemm.ops.registry import op


def batch_of(x: Value) -> Value | None:
    """One batch of training data: arrays with their first dimension open, a dataset's inputs; None where unknown."""
    if is_dataset(x):
        element = element_of_dataset(x)
        return element.items[0] if isinstance(element, TupleValue) and element.items else element
    found = [leaf for leaf in structures.leaves(x) if isinstance(leaf, Tensor)]
    if not found or any(leaf.rank is None or leaf.rank < 2 for leaf in found):
        return None  # of rank 1, Keras makes columns
    return structures.map_leaves(_batch, x)


def _batch(value: Value) -> Value:
    if not isinstance(value, Tensor) or not value.shape or value.kind not in (Kind.ARRAY, Kind.TENSOR):
        return UNKNOWN
    return replace(value, shape=(None, *value.shape[1:]), kind=Kind.TENSOR, elements=None, storage=None)


def _call_on_batch(self: Value, x: Value) -> Value:
    batch = batch_of(x)
    return UNKNOWN if batch is None or not isinstance(self, ApiObject) else current().call(self, (batch,), {})


@op("keras.Model.fit", "keras.Model.evaluate", "keras.Model.train_on_batch", "keras.Model.test_on_batch")
def train(self: Value, x: Value = NONE) -> Value:
    """What is returned (histories, losses) are numbers whose values are not known."""
    _call_on_batch(self, x)
    return UNKNOWN


@op("keras.Model.compile", "keras.Model.summary")
def configure(self: Value) -> Value:
    return NONE
