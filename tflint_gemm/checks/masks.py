"""Products with a mask, which are not what they are in NumPy: TFG222."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tflint_gemm.checks import text
from tflint_gemm.checks.text import Part
from tflint_gemm.domain.dtypes import BOOL
from tflint_gemm.domain.values import Kind, Tensor
from tflint_gemm.findings import Finding, Fix
from tflint_gemm.fixes import casts
from tflint_gemm.fixes.program import Program, every_evaluation
from tflint_gemm.interpreter.records import Call

_TIMES = ("Tensor.__mul__", "Tensor.__rmul__")
_HELD = (Kind.TENSOR, Kind.VARIABLE, Kind.ARRAY)
_LOSES = "the product becomes a number where it was a truth value"


def boolean_products(program: Program) -> Iterator[Finding]:
    """TFG222: ``numbers * mask`` is taken as int32 and made boolean, in every evaluation."""
    for calls in every_evaluation(program, lambda call: call.api in _TIMES):
        found = [_mask_and_numbers(call) for call in calls]
        if found[0] is not None and None not in found:
            yield _finding(program, *found[0])


def _mask_and_numbers(call: Call) -> tuple[Call, Part, Part] | None:
    """The mask and what it multiplies; None where the product is none of the two."""
    parts = [
        Part(value, call.nodes.get(name))
        for name, value in call.arguments.items()
        if isinstance(value, Tensor) and value.dtype is not None and value.kind in _HELD
    ]
    masks = [part for part in parts if part.tensor.dtype == BOOL]
    numbers = [part for part in parts if part.tensor.dtype != BOOL]
    result = call.result
    if len(masks) != 1 or len(numbers) != 1 or not isinstance(result, Tensor) or result.dtype != BOOL:
        return None
    return call, masks[0], numbers[0]


def _finding(program: Program, call: Call, mask: Part, numbers: Part) -> Finding:
    operands = [casts.Operand(mask.tensor, mask.node), casts.Operand(numbers.tensor, numbers.node, fixed=True)]
    advice = casts.unify(program, operands, call.stack)
    operands_shown = f"{text.with_dtype(program, numbers)} and {text.with_dtype(program, mask)}"
    message = f"{call.display} of {operands_shown} is computed in int32 and made boolean"
    fix: Fix | None = None
    if advice is not None and advice.fix is not None:
        fix = replace(advice.fix, safety="unsafe", reason=_LOSES)
    parts = [numbers, mask]
    help = advice.text if advice is not None else None
    return text.finding(program, "TFG222", call, message, text.dtype_notes(program, parts), help, fix)
