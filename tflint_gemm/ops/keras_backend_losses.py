"""``keras.backend``'s losses."""

from __future__ import annotations

from tflint_gemm.domain import dtypes, shapes
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import NONE, Constant, Tensor, Value
from tflint_gemm.ops.keras_backend import as_tensor, backend, tensorflow
from tflint_gemm.ops.violations import TargetMismatch


def _multiplied(target: Tensor, output: Tensor) -> Tensor:
    """``target * tf.math.log(output)``: no dtype is changed.  Raises DTypeMismatch, BroadcastMismatch."""
    product = tensorflow("math.multiply", target, output)
    return product if isinstance(product, Tensor) else Tensor()


@backend("binary_crossentropy")
def _binary_crossentropy(target: Value, output: Value, from_logits: Value = NONE) -> Value:
    labels, predictions = as_tensor(target), as_tensor(output)
    if from_logits == Constant(True):
        return tensorflow("nn.sigmoid_cross_entropy_with_logits", labels, predictions)
    return _multiplied(labels, predictions)


@backend("categorical_crossentropy")
def _categorical_crossentropy(
    target: Value,
    output: Value,
    from_logits: Value = NONE,
    axis: Value = Constant(-1),  # noqa: B008
) -> Value:
    """Both of one shape, summed over ``axis``; raises TargetMismatch."""
    labels, predictions = as_tensor(target), as_tensor(output)
    if shapes.equal(labels.shape, predictions.shape) is False:
        reason = "must have the shape of the predictions"
        raise TargetMismatch([labels, predictions], reason, Tensor(predictions.dtype), "predictions")
    if from_logits == Constant(True):
        return tensorflow("nn.softmax_cross_entropy_with_logits", labels, predictions, axis)
    whole = predictions.dtype is not None and predictions.dtype.is_integer and predictions.rank != 0
    if from_logits not in (NONE, Constant(False)) or whole:
        return Tensor()
    return tensorflow("math.reduce_sum", _multiplied(labels, predictions), axis)


@backend("sparse_categorical_crossentropy")
def _sparse_categorical_crossentropy(target: Value, output: Value, axis: Value = NONE, **_: Value) -> Value:
    """One number for each label."""
    labels, predictions = as_tensor(target), as_tensor(output)
    if axis not in (NONE, Constant(-1)) or labels.rank is None or not predictions.shape:
        return Tensor(predictions.dtype)
    as_many = labels.rank == len(predictions.shape) - 1 or len(predictions.shape) >= 3
    shape: Shape = predictions.shape[:-1] if as_many else (None,)
    return Tensor(predictions.dtype, shape)


@backend("ctc_batch_cost")
def _ctc_batch_cost(y_true: Value, y_pred: Value, **_: Value) -> Value:
    """A column: one number for each row."""
    predictions = as_tensor(y_pred)
    return Tensor(dtypes.FLOAT32, (predictions.shape[0] if predictions.shape else None, 1))
