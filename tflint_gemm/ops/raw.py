"""``tf.raw_ops``: the kernels themselves, elementwise ones as families, others like the functions that call them."""

from __future__ import annotations

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import Tensor
from tflint_gemm.ops import rules
from tflint_gemm.ops.families import binary, elementwise, kernels
from tflint_gemm.ops.linalg import matmul as product
from tflint_gemm.ops.parameters import Dimension, DTypeArgument, Flag
from tflint_gemm.ops.registry import op

for _name in (
    "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Cos", "Cosh", "Digamma", "Elu", "Erf", "Erfc", "Erfinv", "Exp",
    "Expm1", "Floor", "Inv", "Invert", "Lgamma", "Log", "Log1p", "Neg", "Ndtri", "Reciprocal", "Relu", "Relu6", "Rint",
    "Rsqrt", "Selu", "Sigmoid", "Sign", "Sin", "Sinh", "Softplus", "Softsign", "Sqrt", "Square", "Tan", "Tanh",
):  # fmt: skip
    elementwise(f"raw_ops.{_name}", _name)
for _name in ("IsFinite", "IsInf", "IsNan"):
    elementwise(f"raw_ops.{_name}", _name, result=dtypes.BOOL)
for _name in (
    "Add", "AddV2", "Atan2", "Div", "DivNoNan", "FloorDiv", "FloorMod", "Maximum", "Minimum", "Mod", "Mul", "MulNoNan",
    "Pow", "RealDiv", "SquaredDifference", "Sub", "TruncateDiv", "TruncateMod", "Xdivy", "Xlogy",
):  # fmt: skip
    binary(f"raw_ops.{_name}", _name)
for _name in ("Greater", "GreaterEqual", "Less", "LessEqual"):
    binary(f"raw_ops.{_name}", _name, result=dtypes.BOOL)
for _name in ("LogicalAnd", "LogicalOr"):
    binary(f"raw_ops.{_name}", None, result=dtypes.BOOL)


def _real(name: str, allowed: frozenset[DType]) -> None:
    """Register an op that makes real numbers of complex ones, of the dtype that ``Tout`` names."""

    def model(x: Tensor, t_out: DTypeArgument = dtypes.FLOAT32) -> Tensor:
        if x.is_tensorflow:
            rules.require_dtype(x, allowed)
        return rules.like(x, dtype=rules.chosen_dtype(t_out, dtypes.FLOAT32))

    op(f"raw_ops.{name}", by_position=2)(model)


for _name in ("ComplexAbs", "Real", "Imag", "Angle"):
    _real(_name, dtypes.COMPLEX)


def _segments(name: str) -> None:
    """Register a reduction over segments, of which there are ``num_segments``."""
    allowed = kernels(name)

    def model(data: Tensor, segment_ids: Tensor, num_segments: Dimension) -> Tensor:
        if allowed and data.is_tensorflow:
            rules.require_dtype(data, allowed)
        rules.with_rank(segment_ids, 1)
        dtype = data.dtype if data.is_tensorflow else None
        return Tensor(dtype, (num_segments, *data.shape[1:]) if data.shape else None)

    op(f"raw_ops.{name}")(model)


for _name in ("SegmentMaxV2", "SegmentMinV2", "SegmentProdV2", "SegmentSumV2"):
    _segments(_name)


@op("raw_ops.MatMul")
def matmul(a: Tensor, b: Tensor, transpose_a: Flag = False, transpose_b: Flag = False) -> Tensor:
    """The product of two matrices, not of batches of them; raises as ``tf.matmul`` does."""
    for operand in (a, b):
        rules.with_rank(operand, 2)
    return product(a, b, transpose_a, transpose_b)
