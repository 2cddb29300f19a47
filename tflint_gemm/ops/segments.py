"""Sums over segments, and counts of class numbers."""

from __future__ import annotations

from tflint_gemm import api
from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import NONE, Kind, Tensor, Value
from tflint_gemm.ops import rules
from tflint_gemm.ops.conversion import to_tensor
from tflint_gemm.ops.families import kernels
from tflint_gemm.ops.math import quotient_dtype
from tflint_gemm.ops.parameters import Dimension, DTypeArgument, Flag, OptionalTensor
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import BroadcastMismatch, InvalidArgument

_DENSE = (Kind.TENSOR, Kind.VARIABLE, Kind.ARRAY, Kind.PYTHON)
_IDS = kernels("SegmentSum", "Tindices") or frozenset({dtypes.INT32, dtypes.INT64})


def _segments(name: str, raw_op: str) -> None:
    """Register a reduction of the rows with the same number in sorted ``segment_ids``."""
    allowed = kernels(raw_op)

    def model(data: Tensor, segment_ids: Tensor) -> Tensor:
        rest = (_above(segment_ids), *data.shape[1:]) if data.shape else None
        result = Tensor(data.dtype, rest)
        rules.require_dtype(data, allowed, result)
        rules.require_dtype(segment_ids, _IDS, result)
        ids = rules.with_rank(segment_ids, 1)
        if data.shape and dims.equal(data.shape[0], ids[0]) is False:
            raise InvalidArgument([data, segment_ids], f"{ids[0]} segment ids for {data.shape[0]} rows", result)
        return result

    op(name)(model)


def _above(numbers: Tensor) -> Dim:
    """One more than the greatest of known integers."""
    known = [element for element in numbers.elements or () if isinstance(element, int)]
    return max(known) + 1 if known and len(known) == len(numbers.elements or ()) and min(known) >= 0 else None


for _name in ("segment_max", "segment_mean", "segment_min", "segment_prod", "segment_sum"):
    _segments(f"math.{_name}", api.raw_op(f"math.{_name}") or "")


def _unsorted_segments(name: str, allowed: frozenset[DType], mean: bool = False) -> None:
    """Register a reduction of the elements with the same number in ``segment_ids``, a prefix of the data's shape."""

    def model(data: Tensor, segment_ids: Tensor, num_segments: Dimension) -> Tensor:
        dtype = quotient_dtype(data.dtype) if mean else data.dtype
        ids, shape = segment_ids.shape, data.shape
        rest = None if ids is None or shape is None else (num_segments, *shape[len(ids) :])
        result = Tensor(dtype, rest)
        rules.require_dtype(data, allowed, result)
        rules.require_dtype(segment_ids, _IDS, result)
        if ids is not None and shape is not None:
            clash = len(ids) > len(shape) or any(dims.equal(a, b) is False for a, b in zip(ids, shape))
            if clash:
                raise BroadcastMismatch([data, segment_ids], result)
        return result

    op(name)(model)


_unsorted_segments("math.unsorted_segment_sum", kernels("UnsortedSegmentSum"))
_unsorted_segments("math.unsorted_segment_prod", kernels("UnsortedSegmentProd"))
_unsorted_segments("math.unsorted_segment_max", kernels("UnsortedSegmentMax"))
_unsorted_segments("math.unsorted_segment_min", kernels("UnsortedSegmentMin"))
_unsorted_segments("math.unsorted_segment_mean", dtypes.REAL, mean=True)
_unsorted_segments("math.unsorted_segment_sqrt_n", dtypes.FLOATING)


# ------------------------------------------------------------------------------------------------- counts


@op("math.bincount", "compat.v1.bincount")
def bincount(
    arr: Tensor,
    weights: OptionalTensor = None,
    dtype: DTypeArgument = dtypes.INT32,
    minlength: Value = NONE,
    maxlength: Value = NONE,
    axis: Value = NONE,
    binary_output: Flag = False,
) -> Tensor:
    """How often each number occurs; the weights' dtype wins over ``dtype``."""
    counted = rules.chosen_dtype(dtype, None) if weights is None else weights.dtype
    size = _above(arr) if (minlength, maxlength) == (NONE, NONE) and arr.kind in _DENSE else None
    if axis == NONE:
        return Tensor(counted, (size,))
    if to_tensor(axis).scalar() in (-1, 1) and arr.rank == 2 and arr.shape is not None:
        return Tensor(counted if weights is None or binary_output is False else None, (arr.shape[0], size))
    return Tensor(None)


@op("math.confusion_matrix", "compat.v1.confusion_matrix")
def confusion_matrix(
    labels: Tensor, predictions: Tensor, num_classes: Value = NONE, dtype: DTypeArgument = dtypes.INT32
) -> Tensor:
    """A row for each class of the labels, a column for each of the predictions; raises BroadcastMismatch."""
    count = to_tensor(num_classes).scalar() if num_classes != NONE else None
    size: Dim = count if isinstance(count, (int, dims.SymbolicDim)) and not isinstance(count, bool) else None
    result = Tensor(rules.chosen_dtype(dtype, None), (size, size))
    if labels.shape is None or predictions.shape is None:
        return result
    rows, columns = _without_column(labels.shape, predictions.shape), _without_column(predictions.shape, labels.shape)
    if shapes.equal(rows, columns) is False:
        raise BroadcastMismatch([labels, predictions], result)
    return result


def _without_column(shape: tuple[Dim, ...], other: tuple[Dim, ...]) -> tuple[Dim, ...]:
    """A last dimension that may be of size 1 is left out, where the other operand has one dimension less."""
    return shape[:-1] if len(shape) == len(other) + 1 and dims.equal(shape[-1], 1) is not False else shape


@op("math.lbeta")
def lbeta(x: Tensor) -> Tensor:
    rules.require_dtype(x, kernels("Lgamma"))
    return Tensor(x.dtype, None if x.shape is None else x.shape[:-1])


@op("math.is_non_decreasing", "math.is_strictly_increasing")
def is_monotonic(x: Tensor) -> Tensor:
    return Tensor(dtypes.BOOL, ())
