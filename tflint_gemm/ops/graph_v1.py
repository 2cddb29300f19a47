"""Odds and ends of TensorFlow 1's graphs: sparse placeholders, templates, second derivatives."""

from __future__ import annotations

from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import NONE, UNKNOWN, Kind, ListValue, PartialValue, Tensor, TupleValue, Value
from tflint_gemm.ops.conversion import sequence_items
from tflint_gemm.ops.creation import Converted
from tflint_gemm.ops.declarations import described_shape
from tflint_gemm.ops.parameters import Dims, TensorFlowDType
from tflint_gemm.ops.registry import op


@op("compat.v1.sparse_placeholder")
def sparse_placeholder(dtype: TensorFlowDType, shape: Value = NONE) -> Tensor:
    return Tensor(dtype if isinstance(dtype, DType) else None, described_shape(shape), Kind.SPARSE)


@op("compat.v1.sparse_to_dense")
def sparse_to_dense(sparse_indices: Value, output_shape: Dims, sparse_values: Converted) -> Tensor:
    return Tensor(sparse_values.dtype if sparse_values.is_tensorflow else None, output_shape)


@op("compat.v1.count_up_to")
def count_up_to(ref: Tensor) -> Tensor:
    return Tensor(ref.dtype, ())


@op("compat.v1.make_template")
def make_template(func_: Value) -> Value:
    """The function, which will find its variables again; arguments that are bound beforehand are not known."""
    return PartialValue(func_, (), ())


@op("hessians", "compat.v1.hessians")
def hessians(ys: Value, xs: Value) -> Value:
    """For each source its shape twice."""
    items = (xs,) if isinstance(xs, Tensor) else sequence_items(xs)
    if items is None:
        return UNKNOWN
    return ListValue(TupleValue(tuple(map(_hessian, items))))


def _hessian(source: Value) -> Value:
    if not isinstance(source, Tensor) or source.kind not in (Kind.TENSOR, Kind.VARIABLE):
        return UNKNOWN
    return Tensor(source.dtype, None if source.shape is None else (*source.shape, *source.shape))


@op("compat.v1.batch_scatter_update")
def batch_scatter_update(ref: Tensor) -> Tensor:
    return Tensor(ref.dtype, ref.shape, ref.kind)
