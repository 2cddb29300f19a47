"""Keras's losses, as functions and as objects: labels against predictions.

Labels that do not fit raise TargetMismatch.  What a loss makes of them depends on its kind: a distribution of exactly
the shape of the predictions, a class number for each of their rows, or anything that broadcasts.
"""

from __future__ import annotations

from dataclasses import replace

from tflint_gemm import api
from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import NONE, UNKNOWN, ApiObject, ApiSymbol, Constant, Kind, Tensor, Value
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import to_python
from tflint_gemm.ops.layers import INCOMPLETE, compute_dtype
from tflint_gemm.ops.parameters import Axis
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import TargetMismatch

EXACT = "must have the shape of the predictions"
SPARSE = "must be class numbers, one for each row of the predictions"
BROADCAST = "cannot be broadcast with the predictions"

_EXACT = ("binary_crossentropy", "categorical_crossentropy")
_SPARSE = ("sparse_categorical_crossentropy",)
_BROADCAST = (
    "mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_logarithmic_error",
    "huber", "log_cosh",
)  # fmt: skip
_FUNCTIONS = (*_EXACT, *_SPARSE, *_BROADCAST)
_CLASSES = {
    "BinaryCrossentropy": "binary_crossentropy",
    "CategoricalCrossentropy": "categorical_crossentropy",
    "SparseCategoricalCrossentropy": "sparse_categorical_crossentropy",
    "MeanSquaredError": "mean_squared_error",
    "MeanAbsoluteError": "mean_absolute_error",
    "MeanAbsolutePercentageError": "mean_absolute_percentage_error",
    "MeanSquaredLogarithmicError": "mean_squared_logarithmic_error",
    "Huber": "huber",
    "LogCosh": "log_cosh",
}
_SHORT = {
    "mse": "mean_squared_error", "mae": "mean_absolute_error", "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error", "bce": "binary_crossentropy",
}  # fmt: skip


def loss_name(loss: Value) -> str | None:
    """The function behind a ``loss=`` argument: a string, a function or an object of a class; None where not known."""
    if isinstance(loss, ApiObject):
        return _CLASSES.get(loss.path.rpartition(".")[2]) if loss.path.startswith("keras.losses.") else None
    if isinstance(loss, ApiSymbol):
        canonical = api.resolve(loss.path, loss.v1) or ""
        name = canonical.rpartition(".")[2]
        return name if canonical.startswith(("keras.losses.", "keras.metrics.")) and name in _FUNCTIONS else None
    if isinstance(loss, Constant) and isinstance(loss.value, str):
        name = loss.value if loss.value in _CLASSES else loss.value.lower()
        name = _CLASSES.get(name, _SHORT.get(name, name))
        return name if name in _FUNCTIONS else None
    return None


# ------------------------------------------------------------------------------------------------- shapes


def compare(name: str, labels: Tensor, predictions: Tensor, wrapped: bool) -> Shape:
    """The shape of the loss function ``name``, one number per row; raises TargetMismatch.

    ``wrapped``: called through a loss object or by ``fit``, where a last dimension of 1 comes and goes.
    """
    true, predicted = labels.shape, predictions.shape
    if wrapped or name in _BROADCAST:
        fitted = _same_rank(true, predicted)
        if fitted is None:
            return None
        true, predicted = fitted
    if true is None or predicted is None:
        return None
    if name in _SPARSE:
        return _compare_rows(labels, predictions, true, predicted)
    if name in _EXACT:
        return _compare_all(labels, predictions, true, predicted)
    joined, failed = shapes.broadcast(true, predicted)
    if failed:
        raise TargetMismatch([labels, predictions], BROADCAST, against="predictions")
    return joined[:-1] if joined else None


def _same_rank(true: Shape, predicted: Shape) -> tuple[Shape, Shape] | None:
    """Both shapes after Keras has added or dropped a last dimension of 1; None where that is not known."""
    if true is None or predicted is None or abs(len(true) - len(predicted)) != 1:
        return true, predicted
    longer, shorter = (true, predicted) if len(true) > len(predicted) else (predicted, true)
    if longer[-1] is None or dims.equal(longer[-1], 1) is None:
        return None
    if dims.equal(longer[-1], 1):
        if len(shorter) == 1:
            shorter = (*shorter, 1)
        else:
            longer = longer[:-1]
    return (longer, shorter) if len(true) > len(predicted) else (shorter, longer)


def _compare_rows(labels: Tensor, predictions: Tensor, true: tuple[Dim, ...], predicted: tuple[Dim, ...]) -> Shape:
    if not predicted:
        return None
    if len(true) == len(predicted):
        if true[-1] is None or dims.equal(true[-1], 1) is None:
            return None
        if dims.equal(true[-1], 1):
            true = true[:-1]
    if len(true) != len(predicted) - 1 or shapes.equal(true, predicted[:-1]) is False:
        raise TargetMismatch([labels, predictions], SPARSE, against="predictions")
    return tuple(dims.merge(a, b) for a, b in zip(true, predicted))


def _compare_all(labels: Tensor, predictions: Tensor, true: tuple[Dim, ...], predicted: tuple[Dim, ...]) -> Shape:
    if len(true) != len(predicted) or shapes.equal(true, predicted) is False:
        raise TargetMismatch([labels, predictions], EXACT, against="predictions")
    return tuple(dims.merge(a, b) for a, b in zip(true, predicted))[:-1]


# ------------------------------------------------------------------------------------------------- functions


def _kind(*tensors: Tensor) -> Kind:
    kinds = {tensor.kind for tensor in tensors}
    return Kind.KERAS if Kind.KERAS in kinds else Kind.UNKNOWN if Kind.UNKNOWN in kinds else Kind.TENSOR


def _function(name: str) -> None:
    def model(y_true: Tensor, y_pred: Tensor, axis: Axis = -1) -> Tensor:
        dtype = y_pred.dtype if y_pred.dtype is not None and y_pred.dtype.is_floating else None
        kind = _kind(y_true, y_pred)
        wide = any(one.kind is Kind.ARRAY and one.dtype == dtypes.BFLOAT16 for one in (y_true, y_pred))
        if y_pred.kind is Kind.UNKNOWN or wide:
            dtype = None
        if axis != -1 or kind is not Kind.TENSOR:
            return Tensor(dtype, None, kind)
        try:
            return Tensor(dtype, compare(name, y_true, y_pred, wrapped=False), kind)
        except TargetMismatch as mismatch:
            mismatch.result = Tensor(dtype)
            raise

    op(*(f"{module}.{name}" for module in ("keras.metrics", "keras.losses") if _exists(f"{module}.{name}")))(model)


def _exists(canonical: str) -> bool:
    return api.entry(canonical) is not None


for _name in _FUNCTIONS:
    _function(_name)


# ------------------------------------------------------------------------------------------------- objects


def _object(cls: str, name: str) -> None:
    def call(self: Value, y_true: Tensor, y_pred: Tensor, sample_weight: Value = NONE) -> Value:
        arguments: dict[str, Value] = self.arguments if isinstance(self, ApiObject) else {INCOMPLETE: UNKNOWN}
        dtype = _loss_dtype(arguments)
        kind = _kind(y_true, y_pred)
        if kind is not Kind.TENSOR or to_python(arguments.get("axis", Constant(-1))) != -1:
            return Tensor(dtype, None, kind)
        try:
            rows = compare(name, y_true, y_pred, wrapped=True)
        except TargetMismatch as mismatch:
            mismatch.result = Tensor(dtype, _reduced(arguments, None))
            raise
        return Tensor(dtype, _reduced(arguments, rows if sample_weight == NONE else None))

    op(f"keras.losses.{cls}.__call__")(call)


def _loss_dtype(arguments: dict[str, Value]) -> DType | None:
    """Losses compute in ``floatx``, whatever the policy."""
    if INCOMPLETE in arguments:
        return None
    if arguments.get("dtype", NONE) == NONE:
        return dtypes.parse_dtype(current().floatx)
    return compute_dtype(arguments)


def _reduced(arguments: dict[str, Value], rows: Shape) -> Shape:
    reduction = arguments.get("reduction", UNKNOWN)
    if rows is not None and 0 in rows:
        return None  # nothing to reduce
    if isinstance(reduction, Constant) and reduction.value in ("sum_over_batch_size", "sum", "mean"):
        return ()
    return rows if reduction in (NONE, Constant("none")) else None


for _class, _name in _CLASSES.items():
    _object(_class, _name)


def check_training(loss: Value, labels: Value, predictions: Value) -> None:
    """What ``fit`` does with a model's output and its labels under ``compile(loss=...)``; raises TargetMismatch."""
    if not isinstance(labels, Tensor) or not isinstance(predictions, Tensor):
        return
    name = loss_name(loss)
    if isinstance(loss, ApiObject) and (
        INCOMPLETE in loss.arguments or to_python(loss.arguments.get("axis", Constant(-1))) != -1
    ):
        return
    if name is not None:
        compare(name, labels, replace(predictions, kind=Kind.TENSOR), wrapped=True)
