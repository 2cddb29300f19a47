"""Keras's metrics: what ``update_state`` takes, what ``result`` and a call give; and accuracies as functions."""

from __future__ import annotations

from collections.abc import Callable

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import NONE, UNKNOWN, ApiObject, Constant, Kind, Tensor, Value, dim_of, from_dim
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import Unsure, to_axes, to_dtype
from tflint_gemm.ops.keras_losses import BROADCAST, check_kernel, compare, same_rank
from tflint_gemm.ops.layers import INCOMPLETE
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import TargetMismatch

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


# ------------------------------------------------------------------------------------------------- results

_CLASSES_SEEN = "number of classes"


def _mean_result(self: ApiObject) -> Value:
    return Tensor(_dtype(self), ())


def _area_result(self: ApiObject) -> Value:
    """These keep to Keras's default float, whatever their ``dtype``; an AUC per label is a mean still."""
    return Tensor(_floatx(), ())


def _count_result(self: ApiObject) -> Value:
    """One number, or one for each of several thresholds."""
    if INCOMPLETE in self.arguments:
        return Tensor(_floatx())
    return Tensor(_floatx(), () if isinstance(self.arguments.get("thresholds", NONE), Constant) else None)


def _averaged(argument: str, single: frozenset[str]) -> Callable[[ApiObject], Value]:
    """The result of a metric that averages over the classes, or over the outputs, in one of the ways of ``single``."""

    def result(self: ApiObject) -> Value:
        dtype = _dtype(self)
        how = self.arguments.get(argument, UNKNOWN if INCOMPLETE in self.arguments else NONE)
        if isinstance(how, Constant) and how.value in single:
            return Tensor(dtype, ())
        seen = self.slots.get(_CLASSES_SEEN)
        return Tensor(dtype, (dim_of(seen),) if how == NONE and seen is not None else None)

    return result


_f_score = _averaged("average", frozenset({"micro", "macro", "weighted"}))
_aggregated = _averaged("class_aggregation", frozenset({"uniform_average", "variance_weighted_average"}))


def _r2_score(self: ApiObject) -> Value:
    """In the dtype of the metric, or in float32."""
    score = _aggregated(self)
    return score if not isinstance(score, Tensor) or score.dtype == dtypes.FLOAT32 else Tensor(None, score.shape)


_RESULTS: dict[str, Callable[[ApiObject], Value]] = {
    **dict.fromkeys(_MEANS, _mean_result),
    **dict.fromkeys(_AREAS, _area_result),
    **dict.fromkeys(_COUNTS, _count_result),
    **dict.fromkeys(("F1Score", "FBetaScore"), _f_score),
    "R2Score": _r2_score,
}


# ------------------------------------------------------------------------------------------------- updates

_FUNCTIONS = {
    "BinaryCrossentropy": "binary_crossentropy",
    "CategoricalCrossentropy": "categorical_crossentropy",
    "SparseCategoricalCrossentropy": "sparse_categorical_crossentropy",
    "CategoricalHinge": "categorical_hinge",
    "Hinge": "hinge",
    "SquaredHinge": "squared_hinge",
    "KLDivergence": "kl_divergence",
    "Poisson": "poisson",
    "LogCoshError": "log_cosh",
    "MeanAbsoluteError": "mean_absolute_error",
    "MeanAbsolutePercentageError": "mean_absolute_percentage_error",
    "MeanSquaredError": "mean_squared_error",
    "MeanSquaredLogarithmicError": "mean_squared_logarithmic_error",
}
"""The metrics that are the mean of a loss function."""
_ELEMENTWISE = frozenset({
    "Accuracy", "BinaryAccuracy", "ConcordanceCorrelation", "CosineSimilarity", "PearsonCorrelation",
    "RootMeanSquaredError",
})  # fmt: skip
"""The metrics that compare labels and predictions number by number."""
_THRESHOLDS = frozenset({
    "AUC", "PrecisionAtRecall", "RecallAtPrecision", "SensitivityAtSpecificity", "SpecificityAtSensitivity",
})  # fmt: skip
"""The metrics that count above each of many thresholds."""
_SCORES = frozenset({"F1Score", "FBetaScore"})
"""The metrics that want a column for each class."""
_MATRICES = frozenset({"BinaryIoU", "IoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU"})
"""The metrics that keep a confusion matrix."""


def _update(name: str, self: ApiObject, y_true: Tensor, y_pred: Tensor) -> Value:
    """What ``update_state`` returns; raises TargetMismatch, NoKernel."""
    if y_true.kind in _HELD and y_pred.kind in _HELD:
        check(self, y_true, y_pred)
    if name in _MATRICES:
        return _confusion_matrix(name, self)
    if name in (*_SCORES, "R2Score") and _CLASSES_SEEN not in self.slots:  # the first update decides
        columns = y_pred.shape[1] if y_pred.shape is not None and len(y_pred.shape) == 2 else None
        current().write(self, _CLASSES_SEEN, from_dim(columns))
    function = _FUNCTIONS.get(name)
    if function is not None and y_true.kind in _HELD and y_pred.kind in _HELD:
        check_kernel(function, y_pred)
        axis = self.arguments.get("axis", UNKNOWN if INCOMPLETE in self.arguments else Constant(-1))
        compare(function, y_true, y_pred, False, to_axes(axis))
    return NONE


def check(metric: ApiObject, y_true: Tensor, y_pred: Tensor) -> None:
    """Raise TargetMismatch where the metric certainly cannot hold these labels against these predictions."""
    name, true, predicted = metric.path.rpartition(".")[2], y_true.shape, y_pred.shape
    if true is None or predicted is None:
        return
    if name in _SCORES and _CLASSES_SEEN not in metric.slots and not len(true) == len(predicted) == 2:
        raise TargetMismatch([y_true, y_pred], "must be a matrix with a column for each class", against="predictions")
    if not true or not predicted:
        return
    if counts(metric) and _numbers_differ(true, predicted, name in _THRESHOLDS and _is_even(metric)):
        raise TargetMismatch([y_true, y_pred], COUNTED, against="predictions")
    shape_of = _of_elements if name in _ELEMENTWISE else _ACCURACIES.get(name)
    if shape_of is not None and shape_of(true, predicted)[1]:
        raise TargetMismatch([y_true, y_pred], BROADCAST, against="predictions")


COUNTED = "must be as many numbers as the predictions"


def counts(metric: ApiObject) -> bool:
    """Whether a metric holds all numbers of the labels against all of the predictions, whatever their shapes."""
    chosen = [metric.arguments.get(option, NONE) for option in ("class_id", "top_k", "multi_label", INCOMPLETE)]
    sparse = [metric.arguments.get(option, NONE) for option in ("sparse_y_true", "sparse_y_pred")]
    plain = all(option in (NONE, Constant(False)) for option in chosen)
    name = metric.path.rpartition(".")[2]
    if name.startswith("OneHot") or not all(option in (NONE, Constant(True)) for option in sparse):
        return False
    return plain and (name in _THRESHOLDS or name in _COUNTS or name in _MATRICES)


def _is_even(metric: ApiObject) -> bool:
    """Whether the thresholds are those that Keras puts at equal distances."""
    return all(metric.arguments.get(option, NONE) == NONE for option in ("thresholds", "num_thresholds"))


def _numbers_differ(true: tuple[Dim, ...], predicted: tuple[Dim, ...], exactly: bool) -> bool:
    """Whether there are certainly not as many labels as predictions; one alone is repeated, unless ``exactly``."""
    fitted = same_rank(true, predicted)
    sizes = [shapes.num_elements(shape) for shape in fitted or ()]
    return len(sizes) == 2 and dims.equal(*sizes) is False and (exactly or 1 not in sizes)


_HELD = (Kind.TENSOR, Kind.ARRAY, Kind.PYTHON, Kind.VARIABLE)


def _confusion_matrix(name: str, self: ApiObject) -> Value:
    """The counts so far, a row and a column for each class."""
    if INCOMPLETE in self.arguments:
        return Tensor()
    chosen = to_dtype(self.arguments.get("dtype", NONE))
    dtype = None if isinstance(chosen, Unsure) else dtypes.INT64 if chosen is None else chosen
    count = 2 if name == "BinaryIoU" else dim_of(self.arguments.get("num_classes", NONE))
    return Tensor(dtype, (count, count))


def _register(name: str) -> None:
    result = _RESULTS[name]

    def result_of(self: Value) -> Value:
        return result(self) if isinstance(self, ApiObject) else UNKNOWN

    def update(self: Value, y_true: Tensor, y_pred: Tensor) -> Value:
        return _update(name, self, y_true, y_pred) if isinstance(self, ApiObject) else UNKNOWN

    def call(self: Value, y_true: Tensor, y_pred: Tensor) -> Value:
        update(self, y_true, y_pred)
        return result_of(self)

    op(f"keras.metrics.{name}.result")(result_of)
    if name in ("Mean", "Sum"):
        op(f"keras.metrics.{name}.__call__")(_call_on_values(result_of))
        return
    op(f"keras.metrics.{name}.__call__")(call)
    if name != "MeanMetricWrapper":
        op(f"keras.metrics.{name}.update_state")(update)


def _call_on_values(result_of: Callable[[Value], Value]) -> Callable[[Value, Value], Value]:
    def call(self: Value, values: Value) -> Value:
        return result_of(self)

    return call


for _name in _RESULTS:
    _register(_name)


# ------------------------------------------------------------------------------------------------- accuracies


def _accuracy(shape_of: Callable[[tuple[Dim, ...], tuple[Dim, ...]], tuple[Shape, bool]]) -> Callable[..., Tensor]:
    """An accuracy of each row; ``shape_of`` gives its shape, and whether labels and predictions cannot be compared."""

    def model(y_true: Tensor, y_pred: Tensor) -> Tensor:
        if y_true.kind not in _HELD or y_pred.kind not in _HELD:
            return Tensor(kind=Kind.UNKNOWN)
        result = Tensor(_floatx())
        if not y_true.shape or not y_pred.shape:
            return result
        shape, failed = shape_of(y_true.shape, y_pred.shape)
        if failed:
            raise TargetMismatch([y_true, y_pred], BROADCAST, result, against="predictions")
        return Tensor(_floatx(), shape)

    return model


def _of_elements(true: tuple[Dim, ...], predicted: tuple[Dim, ...]) -> tuple[Shape, bool]:
    fitted = same_rank(true, predicted)
    return (None, False) if fitted is None else shapes.broadcast(*fitted)


def _of_rows(true: tuple[Dim, ...], predicted: tuple[Dim, ...]) -> tuple[Shape, bool]:
    if len(true) == len(predicted) + 1:
        return None, False  # a last dimension of 1 goes
    joined, failed = shapes.broadcast(true[:-1], predicted[:-1])
    return (joined if len(true) == len(predicted) else None), failed


def _of_numbers(true: tuple[Dim, ...], predicted: tuple[Dim, ...]) -> tuple[Shape, bool]:
    """Class numbers: one for each row, or in a column of their own."""
    rank = len(true)
    if len(true) == len(predicted):
        if true[-1] is None or dims.equal(true[-1], 1) is None:
            return None, False
        if dims.equal(true[-1], 1):
            true = true[:-1]
    joined, failed = shapes.broadcast(true, predicted[:-1])
    if len(predicted) == 1 == rank or (len(true) > 1 and true[-1] in (1, None)):
        return None, failed
    return (joined if shapes.equal(true, predicted[:-1]) else None), failed


_ACCURACIES = {"CategoricalAccuracy": _of_rows, "SparseCategoricalAccuracy": _of_numbers}


op("keras.metrics.binary_accuracy")(_accuracy(_of_elements))
op("keras.metrics.categorical_accuracy")(_accuracy(_of_rows))
op("keras.metrics.sparse_categorical_accuracy")(_accuracy(_of_numbers))


@op("keras.metrics.top_k_categorical_accuracy")
def top_k_accuracy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """One number for each row of the labels."""
    known = y_true.kind in _HELD and y_pred.kind in _HELD
    if not known:
        return Tensor(kind=Kind.UNKNOWN)
    return Tensor(_floatx(), y_true.shape[:-1] if y_true.shape and y_true.rank == y_pred.rank else None)


@op("keras.metrics.sparse_top_k_categorical_accuracy")
def sparse_top_k_accuracy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """One number for each label."""
    known = y_true.kind in _HELD and y_pred.kind in _HELD
    return Tensor(_floatx(), y_true.shape) if known else Tensor(kind=Kind.UNKNOWN)
