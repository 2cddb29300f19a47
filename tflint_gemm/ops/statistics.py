"""Moments with weights, isotonic regression, quasi-random numbers, the largest elements found approximately."""

from __future__ import annotations

from tflint_gemm.domain import dtypes, shapes
from tflint_gemm.domain.values import NONE, UNKNOWN, Kind, Tensor, TupleValue, Value
from tflint_gemm.ops import rules
from tflint_gemm.ops.parameters import Axes, Axis, Dimension, DTypeArgument, Flag, OptionalTensor
from tflint_gemm.ops.parameters import Tensor as Operand
from tflint_gemm.ops.registry import op


@op("nn.weighted_moments")
def weighted_moments(
    x: Operand, axes: Axes = None, frequency_weights: OptionalTensor = None, keepdims: Flag = False
) -> Value:
    """Mean and variance; the weights are broadcast against ``x``."""
    if frequency_weights is None:
        return TupleValue((Tensor(), Tensor()))
    joined, failed = shapes.broadcast(x.shape, frequency_weights.shape)
    unique = not isinstance(axes, tuple) or len(set(axes)) == len(axes)
    wider = x.rank is None or frequency_weights.rank is None or frequency_weights.rank > x.rank
    if failed or wider or not unique or Kind.UNKNOWN in (x.kind, frequency_weights.kind):
        return TupleValue((Tensor(), Tensor()))
    same = x.is_tensorflow and (not frequency_weights.is_tensorflow or frequency_weights.dtype == x.dtype)
    moment = Tensor(x.dtype if same else None, rules.reduce_shape(rules.like(x, shape=joined), axes, keepdims))
    return TupleValue((moment, moment))


@op("nn.sufficient_statistics")
def sufficient_statistics(x: Operand, axes: Axes = None, shift: Value = NONE, keepdims: Flag = False) -> Value:
    """The count, the sum and the sum of squares, and the shift that was given."""
    unique = not isinstance(axes, tuple) or len(set(axes)) == len(axes)
    if x.kind is Kind.UNKNOWN or shift != NONE or not unique:
        return TupleValue((Tensor(), Tensor(), Tensor(), NONE if shift == NONE else UNKNOWN))
    dtype = x.dtype if x.is_tensorflow else None
    total = Tensor(dtype, rules.reduce_shape(x, axes, keepdims))
    return TupleValue((Tensor(dtype, ()), total, total, NONE))


@op("nn.isotonic_regression")
def isotonic_regression(inputs: Operand, axis: Axis = -1) -> Value:
    """The fitted values, and to which segment each belongs."""
    if inputs.kind is Kind.UNKNOWN:
        return TupleValue((Tensor(), Tensor(dtypes.INT32)))
    dtype = inputs.dtype if inputs.dtype in (dtypes.FLOAT32, dtypes.FLOAT64) else None
    fitted = rules.like(inputs, dtype=dtype)
    return TupleValue((fitted, rules.like(inputs, dtype=dtypes.INT32)))


@op("math.sobol_sample")
def sobol_sample(dim: Dimension, num_results: Dimension, dtype: DTypeArgument = dtypes.FLOAT32) -> Tensor:
    return Tensor(rules.chosen_dtype(dtype, dtypes.FLOAT32), (num_results, dim))


@op("histogram_fixed_width_bins")
def histogram_bins(values: Operand) -> Tensor:
    """The bin of each value, in int32 whatever is asked for."""
    return Tensor(dtypes.INT32, values.shape if values.kind is not Kind.UNKNOWN else None)


@op("edit_distance")
def edit_distance(hypothesis: Operand, truth: Operand) -> Tensor:
    """One number for each pair of sequences, which are the last dimension of the sparse operands."""
    shape = hypothesis.shape or truth.shape
    return Tensor(dtypes.FLOAT32, (None,) * (len(shape) - 1) if shape else None)


@op("timestamp")
def timestamp() -> Tensor:
    return Tensor(dtypes.FLOAT64, ())


@op("nn.normalize_moments")
def normalize_moments(counts: Operand, mean_ss: Operand, variance_ss: Operand) -> Value:
    """Mean and variance of sufficient statistics."""
    operands = (counts, mean_ss, variance_ss)
    same = all(one.is_tensorflow and one.dtype == mean_ss.dtype for one in operands[1:])
    shape = shapes.broadcast(mean_ss.shape, counts.shape)[0] if same else None
    mean = Tensor(mean_ss.dtype if same else None, shape)
    return TupleValue((mean, Tensor(mean.dtype, shapes.broadcast(shape, variance_ss.shape)[0])))


@op("nn.compute_accidental_hits")
def accidental_hits() -> Value:
    """Which rows and which candidates hit, and what is added to their logits."""
    return TupleValue(tuple(Tensor(dtype, (None,)) for dtype in (dtypes.INT32, dtypes.INT64, dtypes.FLOAT32)))
