"""Which dtype operands that clash are meant to have: what a person would cast them to."""

from __future__ import annotations

from collections.abc import Sequence

from tflint_gemm.domain.dtypes import COMPLEX64, COMPLEX128, FLOAT32, FLOAT64, DType
from tflint_gemm.domain.values import Kind, Tensor

_LEVELS = {"bool": 0, "uint": 1, "int": 1, "float": 2, "complex": 3}
_EXPLICIT, _USUAL, _ACCIDENTAL = 2, 1, 0


def level_of(dtype: DType) -> int:
    """bool, integers, floats, complex numbers: a cast to a lower level loses more than digits.  -1: no number."""
    return _LEVELS.get(dtype.kind, -1)


def decisive(operands: Sequence[Tensor]) -> list[tuple[Tensor, DType]]:
    """The operands whose dtypes come into question, of the highest level; empty where no cast brings them together.

    A Python number takes the dtype of the tensor beside it, so it decides about the level only.
    """
    known = [(operand, operand.dtype) for operand in operands if operand.dtype is not None]
    if not known or any(level_of(dtype) < 0 for _, dtype in known):
        return []
    level = max(level_of(dtype) for _, dtype in known)
    highest = [(operand, dtype) for operand, dtype in known if level_of(dtype) == level]
    return [pair for pair in highest if pair[0].kind is not Kind.PYTHON] or highest


def candidates(operands: Sequence[Tensor]) -> list[DType]:
    """The dtypes that may stay: of the highest level, those written on purpose before defaults before NumPy's.

    More than one only where several were written on purpose.
    """
    pairs = decisive(operands)
    weights = [_weight(operand) for operand, _ in pairs]
    left = list(dict.fromkeys(d for (_, d), weight in zip(pairs, weights) if weight == max(weights)))
    return left if weights and max(weights) == _EXPLICIT else [settle(left)] if left else []


def plausible(operands: Sequence[Tensor]) -> DType | None:
    """The dtype that the result would have had; None where somebody wrote one down and another stands against it.

    Then it is open which of the two the rest of the program expects, and a guess would clash again further on.
    """
    pairs = decisive(operands)
    chosen = next(iter(candidates(operands)), None)
    if len({dtype for _, dtype in pairs}) > 1 and any(_weight(operand) == _EXPLICIT for operand, _ in pairs):
        return None
    overruled = [operand for operand in operands if operand.dtype not in (None, chosen)]
    return None if any(_weight(operand) == _EXPLICIT for operand in overruled) else chosen


def settle(dtypes: Sequence[DType]) -> DType:
    """Where nothing else decides: the usual dtype if it is one of them, else the widest."""
    usual = next((dtype for dtype in dtypes if dtype in (FLOAT32, COMPLEX64)), None)
    return usual or max(dtypes, key=lambda dtype: dtype.size)


def _weight(operand: Tensor) -> int:
    """A dtype that somebody wrote down outweighs a default; NumPy's wide default is outweighed by everything."""
    origin = operand.dtype_origin
    if origin is not None and origin.explicit:
        return _EXPLICIT
    return _ACCIDENTAL if operand.dtype in (FLOAT64, COMPLEX128) and origin is not None else _USUAL
