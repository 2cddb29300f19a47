"""``compile``, ``fit``, ``evaluate``: the model is called on a batch, and its loss on what comes out.

What is recorded of a model that was compiled is its loss.  Arrays are cut into batches, so that of their first
dimension nothing is known inside the model; that inputs and labels are equally many is looked at before.
"""

from __future__ import annotations

from dataclasses import replace

from tflint_gemm.domain import dims
from tflint_gemm.domain.values import NONE, UNKNOWN, ApiObject, IterableValue, Kind, Mutable, Tensor, TupleValue, Value
from tflint_gemm.ops import structures
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import sequence_items
from tflint_gemm.ops.datasets import element_of_dataset, is_dataset
from tflint_gemm.ops.keras_losses import check_training
from tflint_gemm.ops.layers import apply
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import TargetMismatch, Violation

LOSS = "(compiled loss)"  # no attribute of a program can be called so


def batch_of(x: Value) -> Value | None:
    """One batch of training data: arrays with their first dimension open, a dataset's inputs; None where unknown."""
    if is_dataset(x) or isinstance(x, IterableValue):
        element = _element(x)
        return element.items[0] if isinstance(element, TupleValue) and element.items else element
    found = [leaf for leaf in structures.leaves(x) if isinstance(leaf, Tensor)]
    if not found or any(leaf.rank is None or leaf.rank < 2 for leaf in found):
        return None  # of rank 1, Keras makes columns
    return structures.map_leaves(_batch, x)


def _element(x: Value) -> Value:
    """What a dataset or a generator gives each time."""
    return x.element if isinstance(x, IterableValue) else element_of_dataset(x)


def labels_of(x: Value, y: Value) -> Value:
    """The labels of one batch; Unknown where there are none or they are not known."""
    if is_dataset(x) or isinstance(x, IterableValue):
        element = _element(x)
        items = element.items if isinstance(element, TupleValue) else ()
        return items[1] if len(items) in (2, 3) else UNKNOWN
    return _batch(y) if isinstance(y, Tensor) else UNKNOWN


def _batch(value: Value) -> Value:
    if not isinstance(value, Tensor) or not value.shape or value.kind not in (Kind.ARRAY, Kind.TENSOR):
        return UNKNOWN
    return replace(value, shape=(None, *value.shape[1:]), kind=Kind.TENSOR, elements=None, storage=None)


def check_counts(x: Value, y: Value) -> None:
    """Raise TargetMismatch where an input and the labels are certainly not equally many."""
    held = (Kind.ARRAY, Kind.TENSOR)
    if not isinstance(y, Tensor) or not y.shape or y.kind not in held:
        return
    for tensor in structures.leaves(x):
        if not isinstance(tensor, Tensor) or not tensor.shape or tensor.kind not in held:
            continue
        if dims.equal(tensor.shape[0], y.shape[0]) is False:
            raise TargetMismatch([y, tensor], "must be as many as the inputs", against="inputs")


def _by_original(violation: Violation, pairs: list[tuple[Value, Value]]) -> None:
    """Show a violation's operands as the program passed them, not as the batches that were made of them."""

    def original(operand: Tensor) -> Tensor:
        found = next((whole for whole, part in pairs if part is operand or part == operand), operand)
        return found if isinstance(found, Tensor) else operand

    violation.operands = tuple(original(operand) for operand in violation.operands)
    violation.result = UNKNOWN


def _train_on(self: ApiObject, x: Value, y: Value, whole: bool) -> None:
    """Call the model and its loss on a batch of ``x`` and ``y``; raises what they raise."""
    batch, labels = batch_of(x), labels_of(x, y)
    if batch is None:
        return
    try:
        predictions = apply(self, batch)
    except Violation as violation:
        _by_original(violation, _inputs(x, batch))
        raise
    if whole:
        compare_labels(self.slots.get(LOSS, UNKNOWN), x, y, predictions)
    else:
        _compare(self.slots.get(LOSS, UNKNOWN), y, labels, predictions)


def compare_labels(loss: Value, x: Value, y: Value, predictions: Value) -> Value:
    """The labels against the inputs' number and the model's predictions for a batch; raises TargetMismatch."""
    if not is_dataset(x):
        check_counts(x, y)
    _compare(loss, y, labels_of(x, y), predictions)
    return UNKNOWN


def _compare(loss: Value, y: Value, labels: Value, predictions: Value) -> None:
    try:
        check_training(loss, labels, predictions)
    except Violation as violation:
        _by_original(violation, [(y, labels)])
        raise


def _inputs(x: Value, batch: Value) -> list[tuple[Value, Value]]:
    return list(zip(structures.leaves(x), structures.leaves(batch)))


@op("keras.Model.fit")
def fit(self: Value, x: Value = NONE, y: Value = NONE, validation_data: Value = NONE) -> Value:
    """A History, of which nothing is known."""
    if isinstance(self, ApiObject):
        _train_on(self, x, y, whole=True)
        held = sequence_items(validation_data)
        if is_dataset(validation_data):
            _train_on(self, validation_data, NONE, whole=True)
        elif held is not None and len(held) in (2, 3):
            _train_on(self, held[0], held[1], whole=True)
    return UNKNOWN


@op("keras.Model.evaluate")
def evaluate(self: Value, x: Value = NONE, y: Value = NONE) -> Value:
    """Numbers whose values are not known."""
    if isinstance(self, ApiObject):
        _train_on(self, x, y, whole=True)
    return UNKNOWN


@op("keras.Model.train_on_batch", "keras.Model.test_on_batch")
def train_on_batch(self: Value, x: Value = NONE, y: Value = NONE) -> Value:
    if isinstance(self, ApiObject):
        _train_on(self, x, y, whole=False)
    return UNKNOWN


@op("keras.Model.compile")
def compile_model(self: Value, optimizer: Value = NONE, loss: Value = NONE) -> Value:
    if isinstance(self, Mutable):
        current().write(self, LOSS, loss)
        if isinstance(optimizer, ApiObject):
            current().write(self, "optimizer", optimizer)
    return NONE


@op("keras.Model.summary")
def summary(self: Value) -> Value:
    return NONE
