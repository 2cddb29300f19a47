"""Reductions over axes: sums, extrema, moments, norms, and the positions of extrema."""

from __future__ import annotations

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import ANY_TENSOR, Element, Kind, Tensor
from tflint_gemm.ops import elements, rules
from tflint_gemm.ops.conversion import UNSURE, Unsure
from tflint_gemm.ops.elements import Evaluate
from tflint_gemm.ops.families import kernels
from tflint_gemm.ops.math import real_part, require_boolean
from tflint_gemm.ops.op_model import OpModel
from tflint_gemm.ops.parameters import Axes, Axis, DTypeArgument, Flag
from tflint_gemm.ops.registry import add, op
from tflint_gemm.ops.violations import NoKernel

_COMPOSITE = (Kind.RAGGED, Kind.SPARSE)


def reduced(
    operand: Tensor, axis: tuple[int, ...] | None | Unsure, keepdims: bool | Unsure, dtype: DType | None
) -> Tensor:
    """The operand reduced over ``axis``, with ``dtype``; raises AxisOutOfRange."""
    shape = rules.reduce_shape(operand, axis, keepdims)
    origin = operand.dtype_origin if dtype == operand.dtype else None
    return Tensor(dtype, shape, dtype_origin=origin)


def _reduction(
    name: str, allowed: frozenset[DType], real: bool = False, combine: Evaluate | None = None, start: Element = None
) -> None:
    """Register a reduction that takes the dtypes ``allowed`` and keeps them, or their real part if ``real``.

    ``combine`` folds the elements of a small vector of integers, from ``start`` or from the first element.
    """

    def model(input_tensor: Tensor, axis: Axes = None, keepdims: Flag = False) -> Tensor:
        if input_tensor.kind in _COMPOSITE:
            return ANY_TENSOR
        dtype = real_part(input_tensor.dtype) if real else input_tensor.dtype
        rules.require_dtype(input_tensor, allowed, Tensor(dtype))
        result = reduced(input_tensor, axis, keepdims, dtype)
        if combine is None or result.shape != ():
            return result
        return rules.like(result, elements=_folded(input_tensor, combine, start))

    add(OpModel(name, model, by_position=1))


def _folded(operand: Tensor, combine: Evaluate, start: Element) -> tuple[Element, ...] | None:
    known = operand.elements
    if known is None or operand.dtype is None or not operand.dtype.is_integer or (start is None and not known):
        return None
    value = elements.total(known, combine, start) if start is not None else elements.total(known[1:], combine, known[0])
    return elements.within((value,), operand.dtype)


_reduction("math.reduce_sum", kernels("Sum"), combine=elements.add, start=0)
_reduction("math.reduce_prod", kernels("Prod"), combine=elements.multiply, start=1)
_reduction("math.reduce_max", kernels("Max"), combine=elements.maximum)
_reduction("math.reduce_min", kernels("Min"), combine=elements.minimum)
_reduction("math.reduce_mean", kernels("Mean"))
_reduction("math.reduce_euclidean_norm", kernels("EuclideanNorm"))
_reduction("math.reduce_logsumexp", dtypes.FLOATING)
_reduction("math.reduce_std", dtypes.FLOATING | dtypes.COMPLEX, real=True)
_reduction("math.reduce_variance", dtypes.FLOATING | dtypes.COMPLEX, real=True)


@op("math.reduce_all", "math.reduce_any")
def logical_reduction(input_tensor: Tensor, axis: Axes = None, keepdims: Flag = False) -> Tensor:
    """Raises NoKernel where the operand is no boolean; arrays are made boolean.  Raises AxisOutOfRange."""
    if input_tensor.kind in _COMPOSITE:
        return ANY_TENSOR
    require_boolean(input_tensor, Tensor(dtypes.BOOL))
    return reduced(input_tensor, axis, keepdims, dtypes.BOOL)


@op("math.count_nonzero", "compat.v1.count_nonzero")
def count_nonzero(
    input: Tensor, axis: Axes = None, keepdims: Flag = False, dtype: DTypeArgument = dtypes.INT64
) -> Tensor:
    if input.kind in _COMPOSITE:
        return ANY_TENSOR
    return reduced(input, axis, keepdims, rules.chosen_dtype(dtype, None))


@op("math.zero_fraction")
def zero_fraction(value: Tensor) -> Tensor:
    return Tensor(dtypes.FLOAT32, ())


# ------------------------------------------------------------------------------------------------- positions

_INDEX_TYPES = {
    "ArgMax": frozenset({dtypes.INT16, dtypes.UINT16, dtypes.INT32, dtypes.INT64}),
    "ArgMin": frozenset({dtypes.INT32, dtypes.INT64}),
}


def _arg(operand: Tensor, axis: int | None | Unsure, output_type: DType | None | Unsure, raw_op: str) -> Tensor:
    """Positions along ``axis``, by default the first; raises NoKernel, AxisOutOfRange."""
    dtype = None if isinstance(output_type, Unsure) else output_type
    rules.require_dtype(operand, kernels(raw_op), Tensor(dtype))
    if dtype is not None and dtype not in _INDEX_TYPES[raw_op]:
        raise NoKernel(Tensor(dtype, kind=operand.kind), _INDEX_TYPES[raw_op])
    axes = UNSURE if isinstance(axis, Unsure) else (0 if axis is None else axis,)
    return Tensor(dtype, _without_one(operand, axes))


def _without_one(operand: Tensor, axes: tuple[int, ...] | Unsure) -> Shape:
    if isinstance(axes, Unsure) and operand.rank:
        return (None,) * (operand.rank - 1)
    return rules.reduce_shape(operand, axes, False)


@op("math.argmax")
def argmax(input: Tensor, axis: Axis = None, output_type: DTypeArgument = dtypes.INT64) -> Tensor:
    return _arg(input, axis, output_type, "ArgMax")


@op("math.argmin")
def argmin(input: Tensor, axis: Axis = None, output_type: DTypeArgument = dtypes.INT64) -> Tensor:
    return _arg(input, axis, output_type, "ArgMin")


@op("compat.v1.arg_max")
def arg_max(input: Tensor, dimension: Axis = None, output_type: DTypeArgument = dtypes.INT64) -> Tensor:
    return _arg(input, dimension, output_type, "ArgMax")


@op("compat.v1.arg_min")
def arg_min(input: Tensor, dimension: Axis = None, output_type: DTypeArgument = dtypes.INT64) -> Tensor:
    return _arg(input, dimension, output_type, "ArgMin")
