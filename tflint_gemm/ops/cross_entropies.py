"""Cross entropies of ``tf.nn``: labels against logits."""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import UNKNOWN, Kind, Tensor, Value
from tflint_gemm.ops import conversion, rules
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.parameters import Axis
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import BroadcastMismatch, DTypeMismatch, NoKernel, TargetMismatch
from tflint_gemm.replacing import replace

_CLASS_TYPES = frozenset({dtypes.INT32, dtypes.INT64})


def _require_float(logits: Tensor, result: Tensor) -> None:
    rules.require_dtype(logits, dtypes.FLOATING, result)


@op("nn.sigmoid_cross_entropy_with_logits")
def sigmoid_cross_entropy(labels: Tensor, logits: Tensor) -> Tensor:
    """Of each element; raises TargetMismatch, DTypeMismatch, NoKernel.  Arrays do not take the other's dtype."""
    return _elementwise(labels, logits)


@op("nn.weighted_cross_entropy_with_logits")
def weighted_cross_entropy(labels: Tensor, logits: Tensor, pos_weight: Value = UNKNOWN) -> Tensor:
    """Of each element; the weights broadcast, also to what is larger.

    Raises what ``sigmoid_cross_entropy_with_logits`` raises, and BroadcastMismatch.
    """
    result, weights = _elementwise(labels, logits), conversion.to_tensor(pos_weight)
    joined, failed = shapes.broadcast(result.shape, weights.shape)
    result = replace(result, shape=None if failed else joined)
    if failed and weights.kind is not Kind.UNKNOWN:
        raise BroadcastMismatch([weights, logits], result)
    firm = weights.is_tensorflow and logits.is_tensorflow and None not in (weights.dtype, logits.dtype)
    if firm and weights.dtype != logits.dtype:
        raise DTypeMismatch([weights, logits], "elementwise", result)
    return result


def _elementwise(labels: Tensor, logits: Tensor) -> Tensor:
    result = Tensor(logits.dtype, logits.shape)
    if shapes.equal(labels.shape, logits.shape) is False:
        raise TargetMismatch([labels, logits], "must have the shape of the logits", result)
    try:
        dtype = rules.common_dtype((logits, labels), "elementwise", "each")
    except DTypeMismatch as mismatch:
        mismatch.operands, mismatch.result = (labels, logits), result
        raise
    _require_float(logits, result)
    return Tensor(dtype, rules.merge_shapes(labels.shape, logits.shape))


@op("nn.softmax_cross_entropy_with_logits", "compat.v1.nn.softmax_cross_entropy_with_logits_v2")
def softmax_cross_entropy(labels: Tensor, logits: Tensor, axis: Axis = -1) -> Tensor:
    """Of each row; the labels are cast to the logits' dtype.  Raises NoKernel, AxisOutOfRange, TargetMismatch."""
    if logits.kind is Kind.UNKNOWN or labels.kind is Kind.UNKNOWN:
        return Tensor(logits.dtype if logits.is_tensorflow else None)
    _require_float(logits, Tensor(logits.dtype))
    if isinstance(axis, Unsure) or logits.shape is None:
        return Tensor(logits.dtype)
    where = rules.normal_axis(logits, -1 if axis is None else axis)
    rest = tuple(dim for i, dim in enumerate(logits.shape) if i != where)
    result = Tensor(logits.dtype, rest)
    if where != len(logits.shape) - 1 or not labels.shape:
        return result
    wanted, given = _as_matrix(logits.shape), _as_matrix(labels.shape)
    if any(shapes.broadcast_dim(a, b)[1] for a, b in zip(wanted, given)):
        raise TargetMismatch([labels, logits], "must have the shape of the logits", result)
    return result


def _as_matrix(shape: tuple[Dim, ...]) -> tuple[Dim, Dim]:
    """Rows and columns after all leading dimensions are made one."""
    return dims.product(shape[:-1]), shape[-1]


@op("nn.sparse_softmax_cross_entropy_with_logits")
def sparse_softmax_cross_entropy(labels: Tensor, logits: Tensor) -> Tensor:
    """Of each row, the label a class number; raises NoKernel, TargetMismatch."""
    rest: Shape = None if logits.shape is None else logits.shape[:-1]
    result = Tensor(logits.dtype, rest)
    if logits.rank == 0:
        raise TargetMismatch([labels, logits], "are compared with a scalar", result)
    if labels.rank is not None and rest is not None and labels.rank != len(rest):
        raise TargetMismatch([labels, logits], "must be of one rank less than the logits", result)
    if shapes.equal(labels.shape, rest) is False:
        raise TargetMismatch([labels, logits], "must have the shape of the logits without the last dimension", result)
    if labels.dtype is not None and labels.dtype not in _CLASS_TYPES and labels.kind is not Kind.UNKNOWN:
        raise NoKernel(labels, _CLASS_TYPES, result=result)
    _require_float(logits, result)
    return Tensor(logits.dtype, rules.merge_shapes(labels.shape, rest))
