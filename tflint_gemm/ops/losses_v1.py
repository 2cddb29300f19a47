"""TensorFlow 1's ``tf.losses``, sampled losses and ``contrib.seq2seq``: labels against logits or predictions."""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import NONE, ApiSymbol, Constant, Kind, Tensor, Value
from tflint_gemm.ops import rules
from tflint_gemm.ops.conversion import to_tensor
from tflint_gemm.ops.cross_entropies import sparse_softmax_cross_entropy
from tflint_gemm.ops.parameters import Axis, Dimension, Flag
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import InnerDimMismatch, NoKernel, TargetMismatch

_LOSSES = "compat.v1.losses"
_REDUCED = ("weighted_sum", "weighted_mean", "weighted_sum_over_batch_size", "weighted_sum_by_nonzero_weights")


def _reduced(reduction: Value, rows: Shape) -> Shape:
    """The shape of a loss: a scalar unless it is asked for each element's."""
    if isinstance(reduction, ApiSymbol) and ".Reduction." in reduction.path:
        return rows if reduction.path.endswith(".NONE") else ()
    if reduction == NONE or not isinstance(reduction, Constant):
        return () if reduction == NONE else None
    return () if reduction.value in _REDUCED else rows if reduction.value == "none" else None


def _check_weights(weights: Value, losses: Shape, result: Value, losses_operand: Tensor) -> None:
    """Weights are a scalar, or of the losses' rank with sizes that are theirs or 1; raises TargetMismatch."""
    given = to_tensor(weights)
    if not given.shape or losses is None or given.kind is Kind.UNKNOWN:
        return
    fits = len(given.shape) == len(losses)
    if not fits or any(a != 1 and dims.equal(a, b) is False for a, b in zip(given.shape, losses)):
        raise TargetMismatch([given, losses_operand], "need weights that broadcast to the losses", result, "losses")


def _exact(labels: Tensor, predictions: Tensor, against: str) -> Shape:
    """The common shape; raises TargetMismatch."""
    if shapes.equal(labels.shape, predictions.shape) is False:
        reason = f"must have the shape of the {against}"
        raise TargetMismatch([labels, predictions], reason, against=against)
    if labels.shape is None or predictions.shape is None:
        return labels.shape or predictions.shape
    return tuple(dims.merge(a, b) for a, b in zip(labels.shape, predictions.shape))


@op(
    f"{_LOSSES}.mean_squared_error",
    f"{_LOSSES}.absolute_difference",
    f"{_LOSSES}.huber_loss",
    f"{_LOSSES}.log_loss",
)
def elementwise(labels: Tensor, predictions: Tensor, weights: Value = NONE, reduction: Value = NONE) -> Tensor:
    """A float32 loss; nothing but weights is broadcast.  Raises TargetMismatch."""
    result = _loss(labels, predictions, reduction, "predictions")
    _check_weights(weights, _exact(labels, predictions, "predictions"), result, predictions)
    return result


@op(f"{_LOSSES}.hinge_loss")
def hinge(labels: Tensor, logits: Tensor, reduction: Value = NONE) -> Tensor:
    return _loss(labels, logits, reduction, "logits")


def _loss(labels: Tensor, predictions: Tensor, reduction: Value, against: str) -> Tensor:
    try:
        rows = _exact(labels, predictions, against)
    except TargetMismatch as mismatch:
        mismatch.result = Tensor(dtypes.FLOAT32, _reduced(reduction, None))
        raise
    return Tensor(dtypes.FLOAT32, _reduced(reduction, rows))


@op(f"{_LOSSES}.compute_weighted_loss")
def compute_weighted_loss(losses: Tensor, weights: Value = NONE, reduction: Value = NONE) -> Tensor:
    """The losses times weights, in the dtype of the losses; raises TargetMismatch."""
    losses = rules.like(losses, kind=losses.kind)
    result = Tensor(losses.dtype, _reduced(reduction, losses.shape))
    _check_weights(weights, losses.shape, result, losses)
    return result


@op(f"{_LOSSES}.cosine_distance")
def cosine_distance(labels: Tensor, predictions: Tensor, axis: Axis = None, reduction: Value = NONE) -> Tensor:
    """One minus the product along ``axis``, which remains as 1."""
    result = _loss(labels, predictions, reduction, "predictions")
    return result if result.shape == () else Tensor(result.dtype, None)


@op(f"{_LOSSES}.mean_pairwise_squared_error")
def mean_pairwise_squared_error(labels: Tensor, predictions: Tensor) -> Tensor:
    return _loss(labels, predictions, NONE, "predictions")


@op(f"{_LOSSES}.softmax_cross_entropy")
def softmax(onehot_labels: Tensor, logits: Tensor, reduction: Value = NONE) -> Tensor:
    return _with_logits(onehot_labels, logits, reduction)


@op(f"{_LOSSES}.sigmoid_cross_entropy")
def sigmoid(multi_class_labels: Tensor, logits: Tensor, reduction: Value = NONE) -> Tensor:
    return _with_logits(multi_class_labels, logits, reduction)


def _with_logits(labels: Tensor, logits: Tensor, reduction: Value) -> Tensor:
    """The labels are cast to the logits' dtype, so that only shapes can differ."""
    result = Tensor(logits.dtype, _reduced(reduction, None))
    if shapes.equal(labels.shape, logits.shape) is False:
        raise TargetMismatch([labels, logits], "must have the shape of the logits", result)
    return result


@op(f"{_LOSSES}.sparse_softmax_cross_entropy")
def sparse_softmax(labels: Tensor, logits: Tensor, reduction: Value = NONE) -> Tensor:
    """Labels may have a last dimension of 1 more; raises TargetMismatch, NoKernel."""
    result = Tensor(logits.dtype, _reduced(reduction, None))
    fitted = _without_last(labels, logits)
    if fitted is None:
        return result
    try:
        sparse_softmax_cross_entropy(fitted, logits)
    except (TargetMismatch, NoKernel) as violation:
        violation.operands = tuple(labels if operand is fitted else operand for operand in violation.operands)
        violation.result = result
        raise
    return result


def _without_last(labels: Tensor, logits: Tensor) -> Tensor | None:
    """``labels`` less a last dimension of 1 where they have the logits' rank; None where that is not known."""
    if labels.shape is None or logits.shape is None or len(labels.shape) != len(logits.shape) or not labels.shape:
        return labels
    last: Dim = labels.shape[-1]
    if not isinstance(last, int):
        return None
    return Tensor(labels.dtype, labels.shape[:-1], labels.kind) if last == 1 else labels


# ------------------------------------------------------------------------------------------------- sampled losses


@op("nn.nce_loss", "nn.sampled_softmax_loss", "compat.v1.nn.nce_loss", "compat.v1.nn.sampled_softmax_loss")
def sampled(
    weights: Value, labels: Tensor, inputs: Tensor, num_true: Dimension = 1, sampled_values: Value = NONE
) -> Tensor:
    """One number per row; the labels are a column for each true class, the weights a row for each class.

    Raises TargetMismatch, InnerDimMismatch.
    """
    batch = inputs.shape[0] if inputs.shape else None
    result = Tensor(inputs.dtype, (batch,))
    if sampled_values == NONE and labels.kind is not Kind.UNKNOWN and labels.rank not in (None, 2):
        reason = f"must be of rank 2, with {num_true if isinstance(num_true, int) else 'num_true'} classes in each row"
        raise TargetMismatch([labels, inputs], reason, result, against="inputs")
    rows = to_tensor(weights)
    if rows.kind not in (Kind.TENSOR, Kind.VARIABLE) or rows.rank != 2 or inputs.rank != 2:
        return result
    width, wanted = (inputs.shape or (None,))[-1], (rows.shape or (None,))[-1]
    if dims.equal(width, wanted) is False:
        raise InnerDimMismatch([inputs, rows], width, wanted, result)
    return result


# ------------------------------------------------------------------------------------------------- sequences


@op("contrib.seq2seq.sequence_loss")
def sequence_loss(
    logits: Tensor,
    targets: Tensor,
    weights: Tensor,
    average_across_timesteps: Flag = True,
    average_across_batch: Flag = True,
) -> Tensor:
    """Logits of rank 3, targets and weights of rank 2; raises TargetMismatch."""
    every = average_across_timesteps is True and average_across_batch is True
    result = Tensor(logits.dtype, () if every else None)
    if targets.rank not in (None, 2):
        raise TargetMismatch([targets, logits], "must be of rank 2: batch and steps", result)
    if weights.rank not in (None, 2):
        raise TargetMismatch([weights, logits], "need weights of rank 2: batch and steps", result)
    return result
