"""Matrix products and what goes with them."""

from __future__ import annotations

from tflint_gemm.domain.values import Tensor
from tflint_gemm.ops import rules
from tflint_gemm.ops.parameters import Flag
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import DTypeMismatch


@op("linalg.matvec")
def matvec(a: Tensor, b: Tensor, transpose_a: Flag = False, adjoint_a: Flag = False) -> Tensor:
    dtype = rules.common_dtype((a, b), "gemm", "first")
    matrix = rules.transpose_last(rules.with_rank_at_least(a, 2, gemm=True), when=transpose_a or adjoint_a)
    vector = rules.with_rank_at_least(b, 1, gemm=True)
    column = None if vector is None else (*vector, 1)
    shape = rules.matmul_shape(a, b, matrix, column, dtype)
    return Tensor(dtype, None if shape is None else shape[:-1])


__all__ = ["DTypeMismatch", "matvec"]
