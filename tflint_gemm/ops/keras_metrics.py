"""Keras's metrics: what ``result`` gives."""

from __future__ import annotations

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import NONE, UNKNOWN, ApiObject, Constant, Tensor, Value
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import Unsure, to_dtype
from tflint_gemm.ops.layers import INCOMPLETE
from tflint_gemm.ops.registry import op

_MEANS = (
    "Accuracy", "BinaryAccuracy", "BinaryCrossentropy", "CategoricalAccuracy", "CategoricalCrossentropy",
    "CategoricalHinge", "ConcordanceCorrelation", "CosineSimilarity", "Hinge", "KLDivergence", "LogCoshError", "Mean",
    "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanMetricWrapper", "MeanSquaredError",
    "MeanSquaredLogarithmicError", "PearsonCorrelation", "Poisson", "RootMeanSquaredError", "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy", "SparseTopKCategoricalAccuracy", "SquaredHinge", "Sum", "TopKCategoricalAccuracy",
)  # fmt: skip
_AREAS = (
    "AUC", "BinaryIoU", "IoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU", "PrecisionAtRecall", "RecallAtPrecision",
    "SensitivityAtSpecificity", "SpecificityAtSensitivity",
)  # fmt: skip
_COUNTS = ("FalseNegatives", "FalsePositives", "Precision", "Recall", "TrueNegatives", "TruePositives")


def _floatx() -> DType | None:
    return dtypes.parse_dtype(current().floatx)


def _dtype(metric: ApiObject) -> DType | None:
    """The dtype that a metric keeps its numbers in."""
    if INCOMPLETE in metric.arguments:
        return None
    chosen = to_dtype(metric.arguments.get("dtype", NONE))
    if isinstance(chosen, Unsure):
        return None
    return _floatx() if chosen is None else chosen


@op(*(f"keras.metrics.{_name}.result" for _name in _MEANS))
def mean_result(self: Value) -> Value:
    return Tensor(_dtype(self), ()) if isinstance(self, ApiObject) else UNKNOWN


@op(*(f"keras.metrics.{_name}.result" for _name in _AREAS))
def area_result(self: Value) -> Value:
    """These keep to Keras's default float, whatever their ``dtype``; an AUC per label is a mean still."""
    return Tensor(_floatx(), ())


@op(*(f"keras.metrics.{_name}.result" for _name in _COUNTS))
def count_result(self: Value) -> Value:
    """One number, or one for each of several thresholds."""
    if not isinstance(self, ApiObject) or INCOMPLETE in self.arguments:
        return Tensor(_floatx())
    return Tensor(_floatx(), () if isinstance(self.arguments.get("thresholds", NONE), Constant) else None)
