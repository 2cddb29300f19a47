"""Which dtype operands that clash are brought to: ``cast-target``, see ``docs/cast-target.md``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tflint_gemm.config import CastTarget
from tflint_gemm.domain import clash
from tflint_gemm.domain.clash import level_of
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import Kind, Tensor


def cast_target(operands: Sequence[Tensor], policy: CastTarget, program: Counter[DType]) -> DType | None:
    """The dtype for all ``operands``; None where no cast can bring them together (text and numbers).

    ``program`` counts in how many places the program gives a value each dtype.
    """
    highest = [dtype for _, dtype in clash.decisive(operands)]
    if not highest:
        return None
    if policy == "first":
        first = _first(operands)
        return first if first is not None else highest[0]
    if policy == "widest":
        return max(highest, key=lambda dtype: dtype.size)
    left = clash.candidates(operands)
    most = max(program[dtype] for dtype in left)
    return clash.settle([dtype for dtype in left if program[dtype] == most])


def _first(operands: Sequence[Tensor]) -> DType | None:
    """The first operand's dtype, unless a literal of a higher level cannot become it."""
    dtypes = [operand.dtype for operand in operands if operand.kind is not Kind.PYTHON and operand.dtype is not None]
    literals = [operand.dtype for operand in operands if operand.kind is Kind.PYTHON and operand.dtype is not None]
    fits = dtypes and level_of(dtypes[0]) >= max(map(level_of, literals), default=0)
    return dtypes[0] if fits else None
