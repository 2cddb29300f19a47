"""Which dtype operands that clash are brought to: ``cast-target``, see ``docs/cast-target.md``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tflint_gemm.config import CastTarget
from tflint_gemm.domain.dtypes import COMPLEX64, COMPLEX128, FLOAT32, FLOAT64, DType
from tflint_gemm.domain.values import Kind, Tensor

_LEVELS = {"bool": 0, "uint": 1, "int": 1, "float": 2, "complex": 3}
_EXPLICIT, _USUAL, _ACCIDENTAL = 2, 1, 0


def cast_target(operands: Sequence[Tensor], policy: CastTarget, program: Counter[DType]) -> DType | None:
    """The dtype for all ``operands``; None where no cast can bring them together (text and numbers).

    ``program`` counts how often the program makes tensors of each dtype.
    """
    known = [(operand, operand.dtype) for operand in operands if operand.dtype is not None]
    if not known or any(dtype.kind not in _LEVELS for _, dtype in known):
        return None
    # A Python number takes the dtype of the tensor beside it, so it decides only about the kind.
    level = max(level_of(dtype) for _, dtype in known)
    decisive = [(operand, dtype) for operand, dtype in known if operand.kind is not Kind.PYTHON] or known
    if policy == "first" and level_of(decisive[0][1]) >= max(
        (level_of(dtype) for operand, dtype in known if operand.kind is Kind.PYTHON), default=0
    ):  # no literal becomes an integer
        return decisive[0][1]
    highest = [(operand, dtype) for operand, dtype in decisive if level_of(dtype) == level] or [
        (operand, dtype) for operand, dtype in known if level_of(dtype) == level
    ]
    if policy == "widest":
        return max((dtype for _, dtype in highest), key=lambda dtype: dtype.size)
    return _majority(highest, program)


def level_of(dtype: DType) -> int:
    """bool, integers, floats, complex numbers: a cast to a lower level loses more than digits."""
    return _LEVELS.get(dtype.kind, -1)


def _majority(operands: list[tuple[Tensor, DType]], program: Counter[DType]) -> DType:
    weights = [_weight(operand) for operand, _ in operands]
    left = list(dict.fromkeys(d for (_, d), weight in zip(operands, weights) if weight == max(weights)))
    if len(left) > 1 and max(weights) == _EXPLICIT:
        most = max(program[dtype] for dtype in left)
        left = [dtype for dtype in left if program[dtype] == most]
    if len(left) == 1:
        return left[0]
    usual = next((dtype for dtype in left if dtype in (FLOAT32, COMPLEX64)), None)
    return usual or max(left, key=lambda dtype: dtype.size)


def _weight(operand: Tensor) -> int:
    """A dtype that somebody wrote down outweighs a default; NumPy's wide default is outweighed by everything."""
    origin = operand.dtype_origin
    if origin is not None and origin.explicit:
        return _EXPLICIT
    return _ACCIDENTAL if operand.dtype in (FLOAT64, COMPLEX128) and origin is not None else _USUAL
