"""``fit``, ``evaluate`` and the like: the model is called on a batch, and its losses on what comes out.

Arrays are cut into batches, so that of their first dimension nothing is known inside the model; that inputs, labels and
weights are equally many is looked at before.  A model with a ``train_step`` of its own is given the batch.
"""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiObject,
    Constant,
    IterableValue,
    Kind,
    ListValue,
    Mutable,
    OfType,
    Tensor,
    TupleValue,
    Unknown,
    Value,
    dim_of,
)
from tflint_gemm.ops import keras_compile, structures
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import AS_ARRAY, sequence_items, to_tensor
from tflint_gemm.ops.datasets import element_of_dataset, is_dataset
from tflint_gemm.ops.layers import apply
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import InvalidArgument, TargetMismatch, Violation
from tflint_gemm.replacing import replace

_HELD = (Kind.ARRAY, Kind.TENSOR)
_NUMBER = OfType("int")


@dataclass(frozen=True)
class Data:
    """Inputs, labels and weights: as the program passes them, or those of one batch."""

    x: Value = NONE
    y: Value = NONE
    weights: Value = NONE

    def packed(self) -> Value:
        """What ``train_step`` is given."""
        if self.y == NONE:
            return self.x if sequence_items(self.x) is None else TupleValue((self.x,))
        return TupleValue((self.x, self.y) if self.weights == NONE else (self.x, self.y, self.weights))

    def leaves(self) -> Iterator[Value]:
        for part in (self.x, self.y, self.weights):
            yield from structures.leaves(part)


def _passed(*parts: Value) -> Data:
    """What the program passes; pandas's tables and columns are the arrays that Keras makes of them."""
    return Data(*(_array_of(part) for part in parts))


def _array_of(value: Value) -> Value:
    if isinstance(value, ApiObject) and value.path.startswith("pandas."):
        return value.slots.get(AS_ARRAY, UNKNOWN)
    return value


def _source(x: Value) -> Value | None:
    """What a dataset, a generator or a ``keras.utils.PyDataset`` gives each time; None for what is none of them."""
    if isinstance(x, IterableValue):
        return x.element
    if isinstance(x, TupleValue) and x.type_name != "tuple":  # a generator or the like, whose items are known
        return functools.reduce(structures.join_structures, x.items) if x.items else UNKNOWN
    if is_dataset(x):
        return element_of_dataset(x)
    item = current().method(x, "__getitem__")
    return None if item is None else current().call(item, (_NUMBER,), {})


def _unpacked(element: Value) -> Data | None:
    """Inputs, labels and weights of what a source gives."""
    if isinstance(element, Tensor):
        return Data(_from_source(element))
    items = element.items if isinstance(element, TupleValue) else None
    if items is None or not 1 <= len(items) <= 3:
        return None
    return Data(*(structures.map_leaves(_from_source, item) for item in items))


def _from_source(value: Value) -> Value:
    """Generators give arrays, of which Keras makes tensors."""
    if not isinstance(value, Tensor) or value.kind is not Kind.ARRAY:
        return value
    return replace(value, dtype=_standard(value), kind=Kind.TENSOR, elements=None, storage=None)


def _standard(tensor: Tensor) -> dtypes.DType | None:
    """Floats come as Keras's own."""
    is_float = tensor.dtype is not None and tensor.dtype.is_floating
    return dtypes.parse_dtype(current().floatx) if is_float else tensor.dtype


def _cut(value: Value, whole: bool, rows: Dim) -> Value:
    """The rows of an array that are in one batch, of which there are ``rows``; ``whole``: all of them."""
    if value == NONE:
        return NONE
    if not isinstance(value, Tensor) or not value.shape or value.kind not in _HELD:
        return UNKNOWN
    shape = value.shape if whole else (rows, *value.shape[1:])
    return replace(value, dtype=_standard(value), shape=shape, kind=Kind.TENSOR, elements=None, storage=None)


def _batch(data: Data, source: Value | None, whole: bool, rows: Dim = None) -> Data | None:
    if source is not None:
        return _unpacked(source)
    parts = (data.x, data.y, data.weights)
    return Data(*(structures.map_leaves(lambda leaf: _cut(leaf, whole, rows), part) for part in parts))


# ------------------------------------------------------------------------------------------------- what is passed


def _check_passed(data: Data, source: Value | None, split: Value, class_weight: Value) -> None:
    """Raise InvalidArgument where ``fit`` is given arguments that exclude each other."""
    tensors = [value for value in (data.x, data.y) if isinstance(value, Tensor)]
    if source is not None and _is_given(data.y):
        raise InvalidArgument(tensors, "labels beside a dataset or generator, which gives them itself")
    if source is not None and isinstance(split, Constant) and split.value:
        raise InvalidArgument(tensors, "validation_split of a dataset or generator, which only arrays have")
    if source is None and _is_given(class_weight) and _is_given(data.weights):
        raise InvalidArgument(tensors, "class_weight together with sample_weight")
    if source is None and _is_given(class_weight) and len(sequence_items(data.y) or ()) > 1:
        raise InvalidArgument(tensors, "class_weight for a model of several outputs")


def _is_given(value: Value) -> bool:
    return value != NONE and not isinstance(value, Unknown)


def check_counts(data: Data) -> None:
    """Raise TargetMismatch where inputs, labels and weights are certainly not equally many."""
    first: Tensor | None = None
    for tensor in data.leaves():
        if not isinstance(tensor, Tensor) or not tensor.shape or tensor.kind not in _HELD:
            continue
        if first is None:
            first = tensor
        elif dims.equal(first.shape[0] if first.shape else None, tensor.shape[0]) is False:
            raise TargetMismatch([tensor, first], "must be as many as the inputs", against="inputs")


def _check_lists(data: Data) -> None:
    """Raise InvalidArgument for Python lists of numbers, of which Keras makes no arrays."""
    for value in (data.x, data.y):
        items = sequence_items(value)
        if isinstance(value, ListValue) and items and not any(map(_is_tensor, structures.leaves(value))):
            tensor = to_tensor(value)
            if tensor.kind is Kind.PYTHON and tensor.shape and tensor.dtype is not None:
                raise InvalidArgument([tensor], "a Python list of numbers, which must be an array")


def _is_tensor(value: Value) -> bool:
    return isinstance(value, Tensor)


def _check_objects(data: Data) -> None:
    """Raise InvalidArgument for an array of objects, such as rows that differ in length: Keras cannot cut it."""
    for tensor in data.leaves():
        if isinstance(tensor, Tensor) and tensor.kind is Kind.ARRAY and tensor.dtype == dtypes.OBJECT:
            raise InvalidArgument([tensor], "an array of Python objects, which no tensor can hold")


# ------------------------------------------------------------------------------------------------- a step


def _by_original(violation: Violation, data: Data, batch: Data) -> None:
    """Show a violation's operands as the program passed them, not as the batches that were made of them."""
    pairs = list(zip(data.leaves(), batch.leaves()))

    def original(operand: Tensor) -> Tensor:
        found = next((whole for whole, part in pairs if part is operand), None)
        if found is None:
            found = next((whole for whole, part in pairs if part == operand), operand)
        return found if isinstance(found, Tensor) else operand

    violation.operands = tuple(original(operand) for operand in violation.operands)
    violation.result = UNKNOWN


def _rows(data: Data, batch_size: Value, split: Value = NONE) -> Dim:
    """How many rows the first batch of arrays has, where that is known; ``split`` of them are held back."""
    size = 32 if batch_size == NONE else dim_of(batch_size)
    held = 0 if split == NONE else split.value if isinstance(split, Constant) else None
    first = next((leaf.shape for leaf in data.leaves() if isinstance(leaf, Tensor) and leaf.shape), None)
    if first is None or not isinstance(held, (int, float)) or not isinstance(size, int):
        return None
    count = min(size, math.floor(first[0] * (1 - held))) if isinstance(first[0], int) else 0
    return count if count > 0 else None


def _fit_step(model: Value, step: str, data: Data, rows: Dim) -> None:
    """A step as it is traced, of which the batch is not known, and as it runs with its first batch."""
    _run_step(model, step, data)
    if rows is None or _source(data.x) is not None:
        return

    def again() -> None:
        with contextlib.suppress(Violation):
            _run_step(model, step, data, rows=rows)

    current().run_again(again)


def _run_step(model: Value, step: str, data: Data, whole: bool = False, rows: Dim = None) -> None:
    """One step on a batch of ``data``; raises what the model and its losses raise.  ``whole``: all of it at once."""
    source = _source(data.x)
    if source is None and not whole:
        _check_lists(data)
        _check_objects(data)
        check_counts(data)
    batch = _batch(data, source, whole, rows)
    if batch is None:
        return
    own = current().method(model, step)
    if own is not None:
        eager = keras_compile.compiled(model, keras_compile.EAGER) == Constant(True)
        current().call_as("eager" if eager else "graph", own, (batch.packed(),), {})
        return
    if not any(map(_is_tensor, structures.leaves(batch.x))):
        return
    try:
        predictions = apply(model, batch.x)
        compute_loss(model, batch, predictions)
    except Violation as violation:
        if source is None:
            _by_original(violation, data, batch)
        violation.result = UNKNOWN
        raise


def compute_loss(model: Value, batch: Data, predictions: Value) -> None:
    """The model's own ``compute_loss``, or what it was compiled with; raises what they raise."""
    own = current().method(model, "compute_loss")
    if own is None:
        keras_compile.compare(model, batch.y, predictions)
        return
    named = {"x": batch.x, "y": batch.y, "y_pred": predictions, "sample_weight": batch.weights}
    current().call_as("graph", own, (), named)


# ------------------------------------------------------------------------------------------------- methods


@op("keras.Model.fit")
def fit(
    self: Value,
    x: Value = NONE,
    y: Value = NONE,
    batch_size: Value = NONE,
    validation_split: Value = NONE,
    validation_data: Value = NONE,
    class_weight: Value = NONE,
    sample_weight: Value = NONE,
    validation_batch_size: Value = NONE,
) -> Value:
    """A History, of which nothing is known."""
    data = _passed(x, y, sample_weight)
    _check_passed(data, _source(x), validation_split, class_weight)
    _fit_step(self, "train_step", data, _rows(data, batch_size, validation_split))
    held = sequence_items(validation_data)
    if held is not None and len(held) in (2, 3):
        rest = _passed(*held)
        size = batch_size if validation_batch_size == NONE else validation_batch_size
        _fit_step(self, "test_step", rest, _rows(rest, size))
    elif _is_given(validation_data) and not isinstance(validation_data, (ListValue, TupleValue, Tensor)):
        _run_step(self, "test_step", Data(validation_data))
    return UNKNOWN


@op("keras.Model.evaluate")
def evaluate(
    self: Value, x: Value = NONE, y: Value = NONE, batch_size: Value = NONE, sample_weight: Value = NONE
) -> Value:
    """Numbers whose values are not known."""
    data = _passed(x, y, sample_weight)
    _check_passed(data, _source(x), NONE, NONE)
    _fit_step(self, "test_step", data, _rows(data, batch_size))
    return UNKNOWN


@op("keras.Model.train_on_batch")
def train_on_batch(self: Value, x: Value = NONE, y: Value = NONE, sample_weight: Value = NONE) -> Value:
    _run_step(self, "train_step", _passed(x, y, sample_weight), whole=True)
    return UNKNOWN


@op("keras.Model.test_on_batch")
def evaluate_on_batch(self: Value, x: Value = NONE, y: Value = NONE, sample_weight: Value = NONE) -> Value:
    _run_step(self, "test_step", _passed(x, y, sample_weight), whole=True)
    return UNKNOWN


@op("keras.Model.compute_loss")
def model_loss(
    self: Value, x: Value = NONE, y: Value = NONE, y_pred: Value = NONE, sample_weight: Value = NONE
) -> Tensor:
    """A number of Keras's default dtype: what the compiled losses make of labels and predictions."""
    keras_compile.compare(self, y, y_pred)
    return Tensor(dtypes.parse_dtype(current().floatx), ())


@op("keras.Model.compile")
def compile_model(
    self: Value,
    optimizer: Value = NONE,
    loss: Value = NONE,
    metrics: Value = NONE,
    run_eagerly: Value = NONE,
) -> Value:
    keras_compile.remember(self, loss, metrics, run_eagerly)
    if isinstance(self, Mutable) and isinstance(optimizer, ApiObject):
        current().write(self, "optimizer", optimizer)
    return NONE


@op("keras.Model.summary")
def summary(self: Value) -> Value:
    return NONE


@op("keras.Model.predict")
def predict(self: Value, x: Value, batch_size: Value = NONE) -> Value:
    """What a call gives, as arrays: the batches, put together."""
    data = _passed(x)
    source = _source(data.x)
    if source is None:
        _check_objects(data)
        return _put_together(self, data, _rows(data, batch_size))
    batch = _unpacked(source)
    return UNKNOWN if batch is None else _as_arrays(apply(self, batch.x), whole=False)


@op("keras.Model.predict_on_batch")
def predict_on_batch(self: Value, x: Value) -> Value:
    return _as_arrays(apply(self, x), whole=True)


def _put_together(model: Value, data: Data, rows: Dim) -> Value:
    """The arrays that ``model`` makes of arrays of which it is given some rows at a time."""
    some = dims.symbol("batch")
    counts = [leaf.shape[0] for leaf in data.leaves() if isinstance(leaf, Tensor) and leaf.shape]

    def batch(value: Value, size: Dim) -> Value:
        if not isinstance(value, Tensor) or not value.shape or value.kind not in _HELD:
            return value
        return replace(value, shape=(size, *value.shape[1:]), elements=None, storage=None)

    def whole(leaf: Value) -> Value:
        if not isinstance(leaf, Tensor) or not leaf.shape:
            return leaf
        once = counts[:1] == [rows] and isinstance(leaf.shape[0], int)
        first = counts[0] if leaf.shape[0] == some and counts else leaf.shape[0] if once else None
        rest = (None if dims.single_symbol(some) in {*dims.symbols_in(dim)} else dim for dim in leaf.shape[1:])
        return replace(leaf, shape=(first, *rest))

    def again() -> None:
        with contextlib.suppress(Violation):
            apply(model, structures.map_leaves(lambda leaf: batch(leaf, rows), data.x))

    part = structures.map_leaves(lambda leaf: batch(leaf, some), data.x)
    try:
        result = _as_arrays(apply(model, part), whole=True)
    except Violation as violation:
        _by_original(violation, data, replace(data, x=part))
        raise
    if rows is not None:
        current().run_again(again)
    return structures.map_leaves(whole, result)


def _as_arrays(value: Value, whole: bool) -> Value:
    """Tensors as arrays; ``whole``: of so many rows, else of more."""

    def as_array(leaf: Value) -> Value:
        if not isinstance(leaf, Tensor):
            return UNKNOWN
        return replace(leaf, shape=leaf.shape if whole or not leaf.shape else (None, *leaf.shape[1:]), kind=Kind.ARRAY)

    return structures.map_leaves(as_array, value)
