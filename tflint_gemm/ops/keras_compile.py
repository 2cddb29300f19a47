"""What ``compile`` was given, and how ``fit`` holds it against outputs and labels: one loss and one label per output.

Functions and losses of the program are called with the labels and predictions of a batch, as Keras traces them.
"""

from __future__ import annotations

from collections.abc import Sequence

from tflint_gemm.domain import shapes
from tflint_gemm.domain.dtypes import DType, parse_dtype
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiObject,
    ApiSymbol,
    Constant,
    DictValue,
    Kind,
    ListValue,
    Mutable,
    Tensor,
    TupleValue,
    Unknown,
    Value,
)
from tflint_gemm.ops import keras_metrics, structures
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import sequence_items
from tflint_gemm.ops.keras_inputs import entries, names_of
from tflint_gemm.ops.keras_losses import check_training, loss_name, same_rank
from tflint_gemm.ops.violations import InvalidArgument, TargetMismatch
from tflint_gemm.replacing import replace

LOSS, METRICS, EAGER = "(compiled loss)", "(compiled metrics)", "(run eagerly)"  # no attribute can be called so

_LIBRARY = (ApiObject, ApiSymbol, Constant)

Triple = tuple[Value, Value, Value]
"""A loss, the labels and the predictions that it compares."""


def remember(model: Value, loss: Value, metrics: Value, run_eagerly: Value) -> None:
    """Note what ``compile`` was given."""
    if isinstance(model, Mutable):
        for name, value in ((LOSS, loss), (METRICS, metrics), (EAGER, run_eagerly)):
            current().write(model, name, value)


def compiled(model: Value, name: str) -> Value:
    """What ``compile`` was given as LOSS, METRICS or EAGER; Unknown where it was not called or is not known."""
    return model.slots.get(name, UNKNOWN) if isinstance(model, Mutable) else UNKNOWN


# ------------------------------------------------------------------------------------------------- pairing


def compare(model: Value, labels: Value, predictions: Value) -> None:
    """Hold labels against predictions as the compiled losses and metrics do; raises what they raise."""
    outputs = model.arguments.get("outputs", UNKNOWN) if isinstance(model, ApiObject) else UNKNOWN
    eager = compiled(model, EAGER) == Constant(True)
    loss = compiled(model, LOSS)
    if labels == NONE and loss_name(loss) is not None and isinstance(predictions, Tensor):
        raise InvalidArgument((), "no labels, which the loss compares with the predictions")
    if labels == NONE or isinstance(labels, Unknown):
        return
    for one, true, predicted in _paired(loss, labels, predictions, names_of(outputs)):
        _apply_loss(one, true, predicted, eager)
    if isinstance(labels, Tensor) and isinstance(predictions, Tensor):
        for metric in sequence_items(compiled(model, METRICS)) or ():
            _apply_metric(metric, labels, predictions, eager)


def _paired(loss: Value, labels: Value, predictions: Value, names: list[str] | None) -> list[Triple]:
    """Which loss compares which label with which output; nothing where that is not known."""
    if isinstance(predictions, Tensor):
        return _for_single(loss, labels, predictions)
    if isinstance(predictions, DictValue):
        return _by_key(loss, labels, predictions)
    outputs = sequence_items(predictions)
    if outputs is None or len(outputs) < 2:
        return []
    losses = _losses(loss, len(outputs), names)
    if losses is None:
        return []
    true = _labels(labels, len(outputs), names)
    if true is not None:
        return list(zip(losses, true, outputs))
    used = len(outputs) - losses.count(NONE)
    count = 1 if isinstance(labels, Tensor) else len(sequence_items(labels) or ())
    if count and count != used and UNKNOWN not in losses:
        raise _structure(labels, outputs)
    return []


def _structure(labels: Value, outputs: Sequence[Value]) -> TargetMismatch:
    """As many labels as there are outputs are needed, and no others."""
    tensors = [leaf for one in (labels, *outputs) for leaf in structures.leaves(one) if isinstance(leaf, Tensor)]
    wanted = f"a list of {len(outputs)}, one for each output" if len(outputs) > 1 else "those of the only output"
    return TargetMismatch([*tensors[:1], *tensors[-1:]], f"must be {wanted} of the model", against="predictions")


def _for_single(loss: Value, labels: Value, predictions: Tensor) -> list[Triple]:
    items = sequence_items(labels)
    named = entries(loss)
    if items is not None and len(items) == 1:
        labels = items[0]
    elif entries(labels) or (items and named is None and sequence_items(loss) is None and loss_name(loss)):
        raise _structure(labels, (predictions,))
    several = [*named.values()] if named is not None and len(named) == 1 else sequence_items(loss)
    return [(one, labels, predictions) for one in ((loss,) if several is None else several)]


def _losses(loss: Value, count: int, names: list[str] | None) -> list[Value] | None:
    """One loss for each output; raises InvalidArgument for names that the model does not have."""
    named, several = entries(loss), sequence_items(loss)
    if named is not None:
        if names is None:
            return None
        if set(named) != set(names):
            raise InvalidArgument((), f"losses for {sorted(named)}, where the outputs are {names}")
        return [named[name] for name in names]
    if several is not None:
        return list(several) if len(several) == count else None
    return None if isinstance(loss, (Unknown, DictValue, ListValue)) else [loss] * count


def _labels(labels: Value, count: int, names: list[str] | None) -> list[Value] | None:
    named, several = entries(labels), sequence_items(labels)
    if named is not None:
        return [named[name] for name in names] if names is not None and set(named) == set(names) else None
    return list(several) if several is not None and len(several) == count else None


def _by_key(loss: Value, labels: Value, predictions: DictValue) -> list[Triple]:
    true, predicted, losses = entries(labels), entries(predictions), entries(loss)
    if true is None or predicted is None or set(true) != set(predicted):
        return []
    if losses is None:
        plain = not isinstance(loss, (Unknown, DictValue, ListValue, TupleValue))
        losses = dict.fromkeys(predicted, loss) if plain else {}
    return [(one, true[key], predicted[key]) for key, one in losses.items() if key in predicted]


# ------------------------------------------------------------------------------------------------- one comparison


def _apply_loss(loss: Value, labels: Value, predictions: Value, eager: bool) -> None:
    if not isinstance(labels, Tensor) or not isinstance(predictions, Tensor) or loss == NONE:
        return
    if isinstance(loss, _LIBRARY) and (loss_name(loss) is not None or not isinstance(loss, ApiSymbol)):
        check_training(loss, labels, predictions)
        return
    own = current().method(loss, "call")
    floatx = parse_dtype(current().floatx)
    true, predicted = _as_traced(labels, floatx), _as_traced(predictions, floatx)
    if own is None:
        fitted = same_rank(true.shape, predicted.shape)
        pair = (None, None) if fitted is None else fitted
        true, predicted = replace(true, shape=pair[0]), replace(predicted, shape=pair[1])
    _call(loss if own is None else own, true, predicted, eager)


def _apply_metric(metric: Value, labels: Tensor, predictions: Tensor, eager: bool) -> None:
    """A function of the program as a metric: nothing is cast."""
    if isinstance(metric, ApiObject) and metric.path.startswith("keras.metrics."):
        keras_metrics.check(metric, labels, predictions)
        if keras_metrics.counts(metric):
            _check_counted(labels, predictions)
    if isinstance(metric, Constant) and str(metric.value).replace("_", "").lower() in _COUNTING:
        _check_counted(labels, predictions)
    if not isinstance(metric, _LIBRARY) and current().method(metric, "update_state") is None:
        _call(metric, _as_traced(labels, labels.dtype), _as_traced(predictions, predictions.dtype), eager)


_COUNTING = ("precision", "recall", "auc", "truepositives", "falsepositives", "truenegatives", "falsenegatives")
"""The metrics, named by a string, that count over all numbers of a batch: as many labels as predictions."""


def _check_counted(labels: Tensor, predictions: Tensor) -> None:
    fitted = same_rank(labels.shape, predictions.shape)
    if fitted is None or not fitted[0] or not fitted[1]:
        return
    counts = [shapes.num_elements(shape[1:]) for shape in fitted if shape]
    if all(isinstance(count, int) for count in counts) and counts[0] != counts[1]:
        raise TargetMismatch([labels, predictions], keras_metrics.COUNTED, against="predictions")


def _call(function: Value, labels: Tensor, predictions: Tensor, eager: bool) -> None:
    current().call_as("eager" if eager else "graph", function, (labels, predictions), {})


def _as_traced(tensor: Tensor, dtype: DType | None) -> Tensor:
    return replace(tensor, dtype=dtype, kind=Kind.TENSOR, elements=None, storage=None)
