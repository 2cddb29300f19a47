"""Which results share the memory of an operand when TensorFlow runs eagerly on the CPU, besides models marked as views.

Measured with the allocator's statistics (tests/memory/test_operations.py).
"""

from __future__ import annotations

from tflint_gemm.domain.values import (
    ELLIPSIS,
    NONE,
    TRUE,
    ApiObject,
    Constant,
    Kind,
    SliceValue,
    Tensor,
    TupleValue,
    Value,
)
from tflint_gemm.interpreter.memory import nbytes
from tflint_gemm.interpreter.records import Call

ALIGNMENT = 64
"""Bytes on whose boundaries TensorFlow lets a part of another buffer begin and end."""
_OF_WEIGHTS = ("weights", "trainable_weights", "non_trainable_weights", "variables", "trainable_variables")
_SPLITTING = {"split", "unstack"}
_WHOLE = SliceValue(NONE, NONE, NONE)


def makes_no_buffer(call: Call) -> bool:
    """Whether the op only names what is there already: the variables of a layer or model, its attributes."""
    return call.api.rpartition(".")[2] in _OF_WEIGHTS and isinstance(call.arguments.get("self"), ApiObject)


def shared_operand(call: Call, result: Tensor) -> Tensor | None:
    """The operand of whose buffer the result's is a part; None where the result has a buffer of its own."""
    assigned = call.arguments.get("self") if call.api.startswith("Variable.assign") else None
    operand = next((one for one in (assigned, *call.arguments.values()) if isinstance(one, Tensor)), None)
    if operand is None or not operand.is_tensorflow or operand.kind in (Kind.SPARSE, Kind.RAGGED):
        return None
    if call.api == "Tensor.__getitem__":
        shared = _is_leading_slice(call.arguments.get("index", NONE), operand)
    elif call.api.startswith("Variable.assign"):
        shared = operand.kind is Kind.VARIABLE
    elif call.api in _SPLITTING:
        shared = call.arguments.get("axis", Constant(0)) == Constant(0) and _has_aligned_rows(operand)
    elif call.api == "cast":
        shared = operand.kind is Kind.TENSOR and operand.dtype is not None and operand.dtype == result.dtype
    elif call.api == "Variable":  # until it is assigned to
        shared = operand.kind is Kind.TENSOR and operand.dtype == result.dtype
    else:
        shared = call.api in ("convert_to_tensor", "constant") and operand.kind is Kind.TENSOR
    return operand if shared else None


def _is_leading_slice(index: Value, operand: Tensor) -> bool:
    """Whether only the first dimension is cut, where the parts are aligned: the rows that remain lie together."""
    first, *rest = index.items if isinstance(index, TupleValue) else (index,)
    if isinstance(first, SliceValue) and first.step not in (NONE, Constant(1)):
        return False
    if isinstance(first, Tensor) or first == TRUE:
        return False
    if not all(item in (_WHOLE, NONE, ELLIPSIS) for item in rest):
        return False
    if isinstance(first, SliceValue) and first != _WHOLE:
        return _is_aligned_part(first, operand) if operand.rank == 1 else _has_aligned_rows(operand)
    return first in (_WHOLE, NONE, ELLIPSIS) or _has_aligned_rows(operand)


def _has_aligned_rows(operand: Tensor) -> bool:
    """Whether every row begins on a boundary; where that is not known, a copy is made as likely as not."""
    if not operand.shape:
        return False
    row = nbytes(Tensor(operand.dtype, operand.shape[1:]))
    return isinstance(row, int) and row % ALIGNMENT == 0


def _is_aligned_part(part: SliceValue, operand: Tensor) -> bool:
    """Whether a part of a vector begins and ends on a boundary."""
    assert operand.shape
    if operand.dtype is None or not operand.dtype.size:
        return False
    ends = (part.start, part.stop if part.stop != NONE else Constant(operand.shape[0]))
    places = [end.value if isinstance(end, Constant) else None for end in ends]
    return all(
        end == NONE or (isinstance(place, int) and place * operand.dtype.size % ALIGNMENT == 0)
        for place, end in zip(places, ends)
    )
