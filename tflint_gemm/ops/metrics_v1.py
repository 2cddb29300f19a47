"""TensorFlow 1's ``tf.metrics``: pairs of a value and the op that updates it."""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import Kind, Tensor, TupleValue, Value, dim_of
from tflint_gemm.ops.conversion import sequence_items, to_tensor
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import TargetMismatch

_METRICS = "compat.v1.metrics"


def _pair(dtype: DType, shape: Shape = (), updated: Kind = Kind.TENSOR) -> Value:
    return TupleValue((Tensor(dtype, shape), Tensor(dtype, shape, updated)))


def _names(*names: str) -> tuple[str, ...]:
    return tuple(f"{_METRICS}.{name}" for name in names)


@op(*_names("mean", "percentage_below"), by_position=1)
def mean(values: Tensor) -> Value:
    return _pair(dtypes.FLOAT32)


@op(f"{_METRICS}.mean_tensor")
def mean_tensor(values: Tensor) -> Value:
    return _pair(dtypes.FLOAT32, values.shape)


@op(*_names("accuracy", "mean_absolute_error", "mean_squared_error", "root_mean_squared_error"))
def compared(labels: Tensor, predictions: Tensor) -> Value:
    """Labels and predictions have one shape but for a last dimension of 1; raises TargetMismatch."""
    result = _pair(dtypes.FLOAT32)
    if _certainly_differ(labels.shape, predictions.shape):
        raise TargetMismatch([labels, predictions], "must have the shape of the predictions", result, "predictions")
    return result


def _certainly_differ(labels: Shape, predictions: Shape) -> bool:
    if labels is None or predictions is None:
        return False
    labels, predictions = _squeezed(labels, predictions), _squeezed(predictions, labels)
    if len(labels) != len(predictions):
        return True
    return any(dims.equal(a, b) is False for a, b in zip(labels, predictions))


def _squeezed(shape: tuple[Dim, ...], other: tuple[Dim, ...]) -> tuple[Dim, ...]:
    """``shape`` less a last dimension that may be 1, where it has one more than ``other``."""
    longer = len(shape) == len(other) + 1
    return shape[:-1] if longer and dims.equal(shape[-1], 1) is not False else shape


@op(*_names("auc", "precision", "recall", "sensitivity_at_specificity", "specificity_at_sensitivity"))
@op(*_names("mean_cosine_distance", "mean_relative_error"))
def scalar(labels: Value, predictions: Value) -> Value:
    return _pair(dtypes.FLOAT32)


@op(*_names("false_negatives", "false_positives", "true_negatives", "true_positives"))
def counted(labels: Value, predictions: Value) -> Value:
    return _pair(dtypes.FLOAT32, (), Kind.VARIABLE)


def _thresholds(thresholds: Value) -> Shape:
    items = sequence_items(thresholds)
    given = to_tensor(thresholds)
    if items is not None:
        return (len(items),)
    return given.shape if given.rank == 1 else (None,)


@op(
    *_names(
        "false_negatives_at_thresholds", "false_positives_at_thresholds", "true_negatives_at_thresholds",
        "true_positives_at_thresholds",
    )
)  # fmt: skip
def counted_at_thresholds(labels: Value, predictions: Value, thresholds: Value) -> Value:
    return _pair(dtypes.FLOAT32, _thresholds(thresholds), Kind.VARIABLE)


@op(*_names("precision_at_thresholds", "recall_at_thresholds"))
def at_thresholds(labels: Value, predictions: Value, thresholds: Value) -> Value:
    return _pair(dtypes.FLOAT32, _thresholds(thresholds))


@op(f"{_METRICS}.mean_iou")
def mean_iou(labels: Value, predictions: Value, num_classes: Value) -> Value:
    """The update gives the confusion matrix."""
    size = dim_of(num_classes)
    return TupleValue((Tensor(dtypes.FLOAT32, ()), Tensor(dtypes.FLOAT64, (size, size), Kind.VARIABLE)))


@op(f"{_METRICS}.mean_per_class_accuracy")
def mean_per_class_accuracy(labels: Value, predictions: Value, num_classes: Value) -> Value:
    return TupleValue((Tensor(dtypes.FLOAT32, ()), Tensor(dtypes.FLOAT32, (dim_of(num_classes),))))


@op(
    *_names(
        "average_precision_at_k", "precision_at_k", "recall_at_k", "sparse_average_precision_at_k",
        "sparse_precision_at_k", "precision_at_top_k", "recall_at_top_k",
    )
)  # fmt: skip
def at_k(labels: Value) -> Value:
    return _pair(dtypes.FLOAT64)
