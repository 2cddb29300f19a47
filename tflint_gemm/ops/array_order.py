"""Ops that sort, rank and count: sort, argsort, top_k, searchsorted, unique."""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.values import Kind, Tensor, TupleValue, Value
from tflint_gemm.ops import rules
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.creation import Converted
from tflint_gemm.ops.families import check_kernel, kernels
from tflint_gemm.ops.parameters import Axis, Dimension, DTypeArgument, Integer, Text
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import (
    AxisOutOfRange,
    BatchMismatch,
    BroadcastMismatch,
    DTypeMismatch,
    InvalidArgument,
    RankTooLow,
)


def _named(type_name: str, fields: tuple[str, ...], *items: Value) -> TupleValue:
    return TupleValue(items, fields, type_name)


@op("sort")
def sort(values: Converted, axis: Axis = -1, direction: Text = "ASCENDING") -> Tensor:
    _check_sort(values, axis, direction)
    return rules.like(values)


@op("argsort")
def argsort(values: Converted, axis: Axis = -1, direction: Text = "ASCENDING") -> Tensor:
    _check_sort(values, axis, direction)
    return rules.like(values, dtype=dtypes.INT32)


def _check_sort(values: Tensor, axis: int | None | Unsure, direction: str | None | Unsure) -> None:
    result = rules.like(values)
    if isinstance(direction, str) and direction not in ("ASCENDING", "DESCENDING"):
        raise InvalidArgument((values,), "direction", result)
    rules.require_dtype(values, kernels("TopKV2"), result)
    if isinstance(axis, int) and values.rank is not None and not -values.rank <= axis < values.rank:
        raise AxisOutOfRange(values, axis, values.rank, result=result)


@op("searchsorted")
def searchsorted(sorted_sequence: Converted, values: Converted, out_type: DTypeArgument = dtypes.INT32) -> Tensor:
    dtype = rules.chosen_dtype(out_type, dtypes.INT32)
    result = Tensor(dtype, values.shape)
    pair = (sorted_sequence, values)
    if None not in (pair[0].dtype, pair[1].dtype) and pair[0].dtype != pair[1].dtype:
        raise DTypeMismatch(pair, "elementwise", result)
    for operand in pair:
        if operand.shape == () and operand.kind is not Kind.UNKNOWN:
            raise RankTooLow(operand, 1, result=result)
    left = None if pair[0].shape is None else dims.product(pair[0].shape[:-1])
    right = None if pair[1].shape is None else dims.product(pair[1].shape[:-1])
    if dims.equal(left, right) is False and 0 not in (shapes.num_elements(operand.shape) for operand in pair):
        raise BatchMismatch(pair, pair[0].shape, pair[1].shape, result)
    return result


# ------------------------------------------------------------------------------------------------- sets


def _require_vector(x: Tensor) -> None:
    if x.rank is not None and x.rank != 1 and x.kind is not Kind.UNKNOWN:
        raise RankTooLow(x, 1, exact=True)


@op("unique")
def unique(x: Converted, out_idx: DTypeArgument = dtypes.INT32) -> Value:
    _require_vector(x)
    index = rules.chosen_dtype(out_idx, dtypes.INT32)
    positions = Tensor(index, x.shape if x.rank == 1 else (None,))
    return _named("Unique", ("y", "idx"), rules.like(x, shape=(None,)), positions)


@op("unique_with_counts")
def unique_with_counts(x: Converted, out_idx: DTypeArgument = dtypes.INT32) -> Value:
    _require_vector(x)
    index = rules.chosen_dtype(out_idx, dtypes.INT32)
    positions = Tensor(index, x.shape if x.rank == 1 else (None,))
    found = rules.like(x, shape=(None,))
    return _named("UniqueWithCounts", ("y", "idx", "count"), found, positions, Tensor(index, (None,)))


@op("compat.v1.setdiff1d")
def setdiff1d(x: Tensor, y: Tensor, index_dtype: DTypeArgument = dtypes.INT32) -> Value:
    _require_vector(x)
    dtype = rules.common_dtype((x, y), "elementwise")
    index = rules.chosen_dtype(index_dtype, dtypes.INT32)
    return _named("ListDiff", ("out", "idx"), Tensor(dtype, (None,)), Tensor(index, (None,)))


@op("math.invert_permutation")
def invert_permutation(x: Tensor) -> Tensor:
    """Eagerly, what is no tensor yet becomes one of int32."""
    _require_vector(x)
    if x.kind in (Kind.ARRAY, Kind.UNKNOWN) and current().mode != "graph":
        same = x.dtype == dtypes.INT32 or (x.kind is Kind.ARRAY and current().mode == "eager")
        return Tensor(dtypes.INT32 if same else None, x.shape)
    rules.require_dtype(x, frozenset({dtypes.INT32, dtypes.INT64}))
    return rules.like(x)


@op("histogram_fixed_width")
def histogram_fixed_width(values: Tensor, nbins: Integer = 100, dtype: DTypeArgument = dtypes.INT32) -> Tensor:
    size = nbins if isinstance(nbins, int) else None
    return Tensor(rules.chosen_dtype(dtype, dtypes.INT32), (size,))


@op("math.top_k")
def top_k(input: Converted, k: Dimension = 1, index_type: DTypeArgument = dtypes.INT32) -> Value:
    """The ``k`` greatest along the last axis; raises NoKernel, RankTooLow, InvalidArgument."""
    check_kernel(input, "TopKV2")
    if input.rank == 0:
        raise RankTooLow(input, 1)
    last = input.shape[-1] if input.shape else None
    shape = None if input.shape is None else (*input.shape[:-1], k)
    indices = Tensor(rules.chosen_dtype(index_type, dtypes.INT32), shape)
    result = _named("TopKV2", ("values", "indices"), Tensor(input.dtype, shape), indices)
    if isinstance(k, int) and isinstance(last, int) and not 0 <= k <= last:
        raise InvalidArgument([input], f"the last axis has {last} elements, not {k}", result)
    return result


@op("math.in_top_k", "compat.v1.math.in_top_k")
def in_top_k(targets: Tensor, predictions: Tensor) -> Tensor:
    """Raises NoKernel, RankTooLow, BroadcastMismatch: one target for each row of float32 predictions."""
    result = Tensor(dtypes.BOOL, (targets.shape or (None,))[:1])
    if predictions.is_tensorflow:
        rules.require_dtype(predictions, frozenset({dtypes.FLOAT32}), result)
    rules.require_dtype(targets, kernels("InTopKV2"), result)
    rows, wanted = rules.with_rank(predictions, 2), rules.with_rank(targets, 1)
    if dims.equal(rows[0], wanted[0]) is False:
        raise BroadcastMismatch([targets, predictions], result)
    return Tensor(dtypes.BOOL, (dims.merge(rows[0], wanted[0]),))
