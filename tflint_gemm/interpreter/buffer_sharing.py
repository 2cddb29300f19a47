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
from tflint_gemm.interpreter.records import Call

_OF_WEIGHTS = ("weights", "trainable_weights", "non_trainable_weights", "variables", "trainable_variables")
_SPLITTING = {"split", "unstack"}
_WHOLE = SliceValue(NONE, NONE, NONE)


def makes_no_buffer(call: Call) -> bool:
    """Whether the op only names what is there already: the variables of a layer or model, its attributes."""
    return call.api.rpartition(".")[2] in _OF_WEIGHTS and isinstance(call.arguments.get("self"), ApiObject)


def shared_operand(call: Call, result: Tensor) -> Tensor | None:
    """The operand of whose buffer the result's is a part; None where the result has a buffer of its own."""
    operand = next((value for value in call.arguments.values() if isinstance(value, Tensor)), None)
    if operand is None or not operand.is_tensorflow or operand.kind in (Kind.SPARSE, Kind.RAGGED):
        return None
    if call.api == "Tensor.__getitem__":
        shared = _is_leading_slice(call.arguments.get("index", NONE))
    elif call.api.startswith("Variable.assign"):
        shared = operand.kind is Kind.VARIABLE
    elif call.api in _SPLITTING:
        shared = call.arguments.get("axis", Constant(0)) == Constant(0)
    elif call.api == "cast":
        shared = operand.kind is Kind.TENSOR and operand.dtype is not None and operand.dtype == result.dtype
    elif call.api == "Variable":  # until it is assigned to
        shared = operand.kind is Kind.TENSOR and operand.dtype == result.dtype
    else:
        shared = call.api in ("convert_to_tensor", "constant") and operand.kind is Kind.TENSOR
    return operand if shared else None


def _is_leading_slice(index: Value) -> bool:
    """Whether only the first dimension is cut: the rows that remain lie together."""
    first, *rest = index.items if isinstance(index, TupleValue) else (index,)
    if isinstance(first, SliceValue) and first.step not in (NONE, Constant(1)):
        return False
    if isinstance(first, Tensor) or first == TRUE:
        return False
    return all(item in (_WHOLE, NONE, ELLIPSIS) for item in rest)
