"""``tf.ragged``: masks, crosses, ranges, stacks, and functions applied to the values of ragged and sparse tensors."""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import NONE, UNKNOWN, Constant, Kind, Tensor, Value, dim_of
from tflint_gemm.ops import composites, conversion, rules
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.parameters import Axis, Dimension, DTypeArgument, Spread
from tflint_gemm.ops.parameters import Tensor as Operand
from tflint_gemm.ops.registry import op
from tflint_gemm.replacing import replace


def _ragged(dtype: DType | None, shape: tuple[Dim, ...] | None) -> Tensor:
    return Tensor(dtype, shape, Kind.RAGGED)


@op("ragged.boolean_mask")
def boolean_mask(data: Operand, mask: Operand) -> Value:
    """What the mask chooses: the last dimension of the mask becomes ragged."""
    if data.shape is None or not mask.shape or len(mask.shape) > len(data.shape):
        return UNKNOWN
    if Kind.UNKNOWN in (data.kind, mask.kind):
        return UNKNOWN
    if len(mask.shape) == 1:
        kind = Kind.RAGGED if data.kind is Kind.RAGGED else Kind.TENSOR
        return Tensor(data.dtype, (None, *data.shape[1:]), kind)
    inner = (None,) * (len(mask.shape) - 1)
    return _ragged(data.dtype, (data.shape[0], *inner, *data.shape[len(mask.shape) :]))


def _crossed(name: str, dtype: DType) -> None:
    """Register a cross of features, one row for each of theirs."""

    def model(inputs: Value) -> Value:
        items = conversion.sequence_items(inputs)
        if not items:
            return UNKNOWN
        first = conversion.to_tensor(items[0])
        return _ragged(dtype, (first.shape[0] if first.shape else None, None))

    op(name)(model)


_crossed("ragged.cross", dtypes.STRING)
_crossed("ragged.cross_hashed", dtypes.INT64)


@op("ragged.range")
def range_(starts: Operand, limits: Value = NONE, deltas: Value = NONE, dtype: DTypeArgument = None) -> Tensor:
    """A range in each row."""
    ends = [conversion.to_tensor(value) for value in (limits, deltas) if value not in (NONE, Constant(1))]
    known = [starts, *ends]
    common = starts.dtype if all(one.dtype == starts.dtype for one in known) else None
    if any(one.kind is Kind.UNKNOWN or one.rank is None for one in known):
        return _ragged(rules.chosen_dtype(dtype, common), (None, None))
    rows = [one.shape[0] for one in known if one.shape]
    return _ragged(rules.chosen_dtype(dtype, common), (rows[0] if rows else 1, None))


@op("ragged.row_splits_to_segment_ids")
def row_splits_to_segment_ids(splits: Operand, out_type: DTypeArgument = None) -> Tensor:
    ends = (splits.elements[0], splits.elements[-1]) if splits.elements else (None, None)
    count = ends[1] if ends[0] == 0 and isinstance(ends[1], int) else None
    return Tensor(rules.chosen_dtype(out_type, _index_dtype(splits)), (count,))


@op("ragged.segment_ids_to_row_splits")
def segment_ids_to_row_splits(
    segment_ids: Operand, num_segments: Value = NONE, out_type: DTypeArgument = None
) -> Tensor:
    count: Dim = dim_of(num_segments)
    if num_segments == NONE and segment_ids.elements:
        known = [element for element in segment_ids.elements if isinstance(element, int)]
        count = max(known) + 1 if len(known) == len(segment_ids.elements) else None
    return Tensor(rules.chosen_dtype(out_type, _index_dtype(segment_ids)), (dims.add(count, 1),))


def _index_dtype(indices: Tensor) -> DType | None:
    """Tensors keep their dtype, lists become int64."""
    if indices.is_tensorflow:
        return indices.dtype
    return dtypes.INT64 if indices.kind is Kind.PYTHON else None


@op("ragged.stack")
def stack(values: Value, axis: Axis = 0) -> Value:
    """The tensors, which may differ in size, along a new dimension."""
    items = conversion.sequence_items(values)
    if not items or not isinstance(axis, int):
        return UNKNOWN
    tensors = [conversion.to_tensor(item) for item in items]
    first = tensors[0]
    if any(one.rank != first.rank or one.dtype != first.dtype or one.kind is Kind.UNKNOWN for one in tensors):
        return UNKNOWN
    ragged = any(one.kind is Kind.RAGGED for one in tensors)
    if not first.shape or axis not in (0, 1) or (axis == 1 and not ragged):
        return UNKNOWN
    inner = first.shape[2:] if all(one.shape and one.shape[2:] == first.shape[2:] for one in tensors) else None
    rest = inner if inner is not None else (None,) * (len(first.shape) - 2)
    outer = (len(items), None) if axis == 0 else (first.shape[0], None)
    return _ragged(first.dtype, outer if first.rank == 1 else (*outer, None, *rest))


@op("ragged.stack_dynamic_partitions")
def stack_dynamic_partitions(data: Operand, partitions: Operand, num_partitions: Dimension) -> Tensor:
    """A row for each partition."""
    if data.shape is None or partitions.rank is None or Kind.UNKNOWN in (data.kind, partitions.kind):
        return _ragged(data.dtype, None)
    return _ragged(data.dtype, (num_partitions, None, *data.shape[partitions.rank :]))


# ------------------------------------------------------------------------------------------------- values alone


@op("ragged.map_flat_values")
def map_flat_values(op: Value, *args: Spread) -> Value:
    """``op`` applied to the values beneath all rows; the rows stay as they are."""
    return _mapped(op, args, Kind.RAGGED)


@op("sparse.map_values")
def map_values(op: Value, *args: Spread) -> Value:
    """``op`` applied to the values that are there."""
    return _mapped(op, args, Kind.SPARSE)


def _mapped(function: Value, arguments: tuple[Value | Unsure, ...], kind: Kind) -> Value:
    values = [argument for argument in arguments if isinstance(argument, Value)]
    composite = [value for value in values if isinstance(value, Tensor) and value.kind is kind]
    if len(values) < len(arguments) or not composite:
        return UNKNOWN
    flat = tuple(_flat(value, kind) for value in values)
    result = current().call(function, flat, {})
    if not isinstance(result, Tensor):
        return UNKNOWN
    if composites.has_parts(composite[0]) and result.kind is Kind.TENSOR:
        return composites.with_values(composite[0], result)
    same = result.rank == 1 and (kind is Kind.SPARSE or composite[0].rank == 2)
    return replace(Tensor(result.dtype, composite[0].shape if same else None), kind=kind)


def _flat(value: Value, kind: Kind) -> Value:
    """The values of a ragged or sparse tensor; a ragged one's may have inner dimensions, unless it has two only."""
    if not isinstance(value, Tensor) or value.kind is not kind:
        return value
    return composites.flat_values(value)
