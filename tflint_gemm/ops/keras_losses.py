"""Keras's losses, as functions and as objects: labels against predictions.

Labels that do not fit raise TargetMismatch.  What a loss makes of them depends on its kind: a distribution of exactly
the shape of the predictions, a class number for each of their rows, or anything that broadcasts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Union

from tflint_gemm import api
from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import NONE, UNKNOWN, ApiObject, ApiSymbol, Constant, Kind, OfType, Tensor, Value
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import UNSURE, Unsure, to_axes, to_tensor
from tflint_gemm.ops.layers import INCOMPLETE, compute_dtype
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import NoKernel, TargetMismatch
from tflint_gemm.replacing import replace

Summed = Union[tuple[int, ...], None, Unsure]
"""The axes that a loss is summed over; None means all."""

EXACT = "must have the shape of the predictions"
SPARSE = "must be class numbers, one for each row of the predictions"
BROADCAST = "cannot be broadcast with the predictions"

_EXACT = ("binary_crossentropy", "categorical_crossentropy", "binary_focal_crossentropy")
_SPARSE = ("sparse_categorical_crossentropy",)
_FITTED = (
    "mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_logarithmic_error",
    "huber", "log_cosh", "cosine_similarity",
)  # fmt: skip
"""What broadcasts after a last dimension of 1 was added or dropped."""
_BROADCAST = (
    "hinge", "squared_hinge", "categorical_hinge", "kl_divergence", "poisson", "categorical_focal_crossentropy",
)  # fmt: skip
_WHOLE = ("dice", "tversky")
"""What is one number for all, unless it is told the axes to sum over."""
_FUNCTIONS = (*_EXACT, *_SPARSE, *_FITTED, *_BROADCAST, *_WHOLE)
_NORMED = ("cosine_similarity", "categorical_focal_crossentropy")
"""What divides by the predictions' own sum before it broadcasts."""
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
    "CosineSimilarity": "cosine_similarity",
    "Hinge": "hinge",
    "SquaredHinge": "squared_hinge",
    "CategoricalHinge": "categorical_hinge",
    "KLDivergence": "kl_divergence",
    "Poisson": "poisson",
    "BinaryFocalCrossentropy": "binary_focal_crossentropy",
    "CategoricalFocalCrossentropy": "categorical_focal_crossentropy",
    "Dice": "dice",
    "Tversky": "tversky",
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


LAST: Summed = (-1,)


def compare(name: str, labels: Tensor, predictions: Tensor, wrapped: bool, axes: Summed = LAST) -> Shape:
    """The shape of the loss function ``name``, one number per row; raises TargetMismatch.

    ``wrapped``: called through a loss object or by ``fit``, where a last dimension of 1 comes and goes.  ``axes`` are
    what the loss is summed over, None for all of them.
    """
    true, predicted = labels.shape, predictions.shape
    if wrapped or name in _FITTED:
        fitted = same_rank(true, predicted)
        if fitted is None:
            return None
        true, predicted = fitted
    if true is None or predicted is None:
        return None
    if name in _SPARSE:
        return _compare_rows(labels, predictions, true, predicted) if axes == LAST else None
    if name in _EXACT:
        return _without(_compare_all(labels, predictions, true, predicted), axes)
    joined, failed = shapes.broadcast(true, predicted)
    if failed:
        raise TargetMismatch([labels, predictions], BROADCAST, against="predictions")
    if name in _WHOLE or (name in _NORMED and axes != LAST):  # what is summed before it is multiplied must be alike
        return _without(joined, axes) if axes is None or shapes.equal(true, predicted) else None
    return _without(joined, axes)


def _without(shape: Shape, axes: Summed) -> Shape:
    """``shape`` less ``axes``; None where they are not known or ``shape`` does not have them."""
    if axes is None:
        return ()
    if isinstance(axes, Unsure) or not shape or not all(-len(shape) <= axis < len(shape) for axis in axes):
        return None
    gone = {axis % len(shape) for axis in axes}
    return tuple(dim for axis, dim in enumerate(shape) if axis not in gone)


def same_rank(true: Shape, predicted: Shape) -> tuple[Shape, Shape] | None:
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
    return tuple(dims.merge(a, b) for a, b in zip(true, predicted))


# ------------------------------------------------------------------------------------------------- functions


def _kind(*tensors: Tensor) -> Kind:
    kinds = {tensor.kind for tensor in tensors}
    return Kind.KERAS if Kind.KERAS in kinds else Kind.UNKNOWN if Kind.UNKNOWN in kinds else Kind.TENSOR


def _default_axis(name: str) -> Value:
    return NONE if name in _WHOLE else Constant(-1)


def _function(name: str) -> None:
    default = _default_axis(name)

    def model(y_true: Tensor, y_pred: Tensor, axis: Value = default, alpha: Value = NONE, beta: Value = NONE) -> Tensor:
        dtype = y_pred.dtype if y_pred.dtype is not None and y_pred.dtype.is_floating else None
        kind = _kind(y_true, y_pred)
        arrays = [one for one in (y_true, y_pred) if one.kind is Kind.ARRAY]
        wide = any(one.dtype == dtypes.BFLOAT16 for one in arrays) or (
            dtype == dtypes.BFLOAT16 and not y_true.is_tensorflow
        )
        if y_pred.kind is Kind.UNKNOWN or wide:
            dtype = None
        if kind is not Kind.TENSOR:
            return Tensor(dtype, None, kind)
        check_kernel(name, y_pred)
        try:
            shape = compare(name, y_true, y_pred, False, to_axes(axis))
            plain = name not in _WHOLE or all(isinstance(factor, (Constant, OfType)) for factor in (alpha, beta))
            return Tensor(dtype, shape if plain else None, kind)
        except TargetMismatch as mismatch:
            mismatch.result = Tensor(dtype)
            raise

    op(*(f"{module}.{name}" for module in ("keras.metrics", "keras.losses") if _exists(f"{module}.{name}")))(model)


def check_kernel(name: str, predictions: Tensor) -> None:
    """Raise NoKernel where a loss multiplies its integer predictions by fractions."""
    if name == "log_cosh" and predictions.dtype is not None and predictions.dtype.is_integer:
        raise NoKernel(predictions, dtypes.FLOATING, result=Tensor())


def _exists(canonical: str) -> bool:
    return api.entry(canonical) is not None


for _name in _FUNCTIONS:
    _function(_name)


# ------------------------------------------------------------------------------------------------- objects


def _object(cls: str, name: str) -> None:
    def call(self: Value, y_true: Tensor, y_pred: Tensor, sample_weight: Value = NONE) -> Value:
        arguments: Mapping[str, Value] = self.arguments if isinstance(self, ApiObject) else {INCOMPLETE: UNKNOWN}
        dtype = _loss_dtype(arguments)
        kind = _kind(y_true, y_pred)
        if kind is not Kind.TENSOR:
            return Tensor(dtype, None, kind)
        try:
            rows = compare(name, y_true, y_pred, True, _axes_of(name, arguments))
        except TargetMismatch as mismatch:
            mismatch.result = Tensor(dtype, _reduced(arguments, None))
            raise
        empty = rows is None and 0 in (*(y_true.shape or ()), *(y_pred.shape or ()))  # perhaps nothing is reduced
        plain = name not in _WHOLE or all(
            to_tensor(arguments.get(factor, Constant(0.5))).shape == () for factor in ("alpha", "beta")
        )
        return Tensor(dtype, _reduced(arguments, _weighted(rows, sample_weight)) if plain and not empty else None)

    op(f"keras.losses.{cls}.__call__")(call)


def _axes_of(name: str, arguments: Mapping[str, Value]) -> Summed:
    """The axes that a loss object was made for."""
    if INCOMPLETE in arguments and "axis" not in arguments:
        return UNSURE
    return to_axes(arguments.get("axis", _default_axis(name)))


def _weighted(rows: Shape, weights: Value) -> Shape:
    """The shape of a loss of shape ``rows`` after ``sample_weight`` has been multiplied in."""
    if weights == NONE:
        return rows
    fitted = same_rank(rows, to_tensor(weights).shape)
    if fitted is None:
        return None
    joined, failed = shapes.broadcast(*fitted)
    return None if failed else joined


def _loss_dtype(arguments: Mapping[str, Value]) -> DType | None:
    """Losses compute in ``floatx``, whatever the policy."""
    if INCOMPLETE in arguments:
        return None
    if arguments.get("dtype", NONE) == NONE:
        return dtypes.parse_dtype(current().floatx)
    return compute_dtype(arguments)


def _reduced(arguments: Mapping[str, Value], rows: Shape) -> Shape:
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
    if name is not None:
        axes = _axes_of(name, loss.arguments) if isinstance(loss, ApiObject) else to_axes(_default_axis(name))
        compare(name, labels, replace(predictions, kind=Kind.TENSOR), True, axes)
