"""Numbers beyond what float16 holds: constants, and sums that are certain to get there (TFG108)."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator

from tflint_gemm.checks import text
from tflint_gemm.checks.text import Part
from tflint_gemm.domain import dims, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import FLOAT16
from tflint_gemm.domain.values import Constant, Kind, Tensor, Value
from tflint_gemm.findings import Finding
from tflint_gemm.fixes.program import Program
from tflint_gemm.interpreter.records import Call
from tflint_gemm.ops.conversion import to_axes, to_tensor

LARGEST, INFINITE = 65504.0, 65520.0  # the largest float16, and from where on rounding gives infinity
_HELD = (Kind.TENSOR, Kind.VARIABLE)
_MAKERS = {
    "constant": "value",
    "compat.v1.constant": "value",
    "convert_to_tensor": "value",
    "Variable": "initial_value",
}
# Only where the number is computed with: as a limit (maximum, clip_by_value, <) or a divisor infinity serves as well.
_ARITHMETIC = frozenset({
    "Tensor.__add__", "Tensor.__sub__", "Tensor.__mul__", "math.add", "math.subtract", "math.multiply", "where",
})  # fmt: skip
_FILLED = {"ones": 1.0, "ones_like": 1.0, "compat.v1.ones_like": 1.0}


def half_overflows(program: Program) -> Iterator[Finding]:
    """TFG108: known numbers of 65520 or more that become float16, and sums of known numbers that get there."""
    seen: set[ast.AST] = set()
    made = {id(call.result): call for call in program.analysis.calls if _is_half(call.result)}
    for call in program.analysis.calls:
        if call.node in seen or not _is_half(call.result):
            continue
        message = _constant(program, call) or _contraction(call, made)
        if message is not None:
            seen.add(call.node)
            yield text.finding(program, "TFG108", call, message[0], help=message[1])


def _is_half(value: Value | None) -> bool:
    return isinstance(value, Tensor) and value.dtype == FLOAT16 and value.kind in _HELD


# ------------------------------------------------------------------------------------------------- constants


def _constant(program: Program, call: Call) -> tuple[str, str] | None:
    """What is said of a number in the call that float16 does not hold."""
    if call.api in _MAKERS:
        number = _beyond(call.arguments.get(_MAKERS[call.api]))
        if number is None:
            return None
        return _says(call, number), "use tf.float16.max or tf.float16.min, or compute in float32"
    if call.api not in _ARITHMETIC:
        return None
    for name, value in call.arguments.items():
        number = _beyond(value)
        if number is None or name == "condition":
            continue
        others = ((other, one) for other, one in call.arguments.items() if other != name and _is_half(one))
        other, tensor = next(others, (None, None))
        if not isinstance(tensor, Tensor) or other is None:
            continue
        part = Part(tensor, call.nodes.get(other))
        origin = text.since(program, FLOAT16, tensor.dtype_origin, part.node)
        beside = f", the dtype of {text.named(program, part, 'its other operand')}{origin}"
        advice = "as a mask use tf.float16.min / 2, or cast the operand to float32 first"
        return _says(call, number) + beside + _product(call), advice
    return None


def _says(call: Call, number: float) -> str:
    infinity = "-inf" if number < 0 else "inf"
    return f"{text.shown_api(call.display)} makes {infinity} of {number!r}: the largest float16 is {LARGEST:g}"


def _product(call: Call) -> str:
    return "; zero times infinity is NaN" if call.api in ("Tensor.__mul__", "math.multiply") else ""


def _beyond(value: Value | None) -> float | int | None:
    """A finite number in a Python value that float16 makes infinite; tensors and arrays hold float16 already."""
    if value is None or (isinstance(value, Tensor) and value.kind is not Kind.PYTHON):
        return None
    tensor = to_tensor(value)
    if tensor.kind is not Kind.PYTHON:
        return None
    for element in tensor.elements or ():
        if isinstance(element, (int, float)) and abs(element) >= INFINITE and element not in (math.inf, -math.inf):
            return element
    return None


# ------------------------------------------------------------------------------------------------- contractions


def _contraction(call: Call, made: dict[int, Call]) -> tuple[str, str] | None:
    """What is said of a sum over known numbers that is beyond float16."""
    if call.api == "math.reduce_sum":
        operands, terms = [call.arguments.get("input_tensor")], _summed(call)
    elif call.api in ("linalg.matmul", "Tensor.__matmul__"):
        operands = [value for name, value in call.arguments.items() if name in ("a", "b", "x", "y")]
        terms = _contracted(call, operands)
    else:
        return None
    factors = [_filled_with(value, made) for value in operands]
    if not isinstance(terms, int) or not factors:
        return None
    product = 1.0
    for factor in factors:
        if factor is None:
            return None
        product *= factor
    if abs(terms * product) < INFINITE or not math.isfinite(product) or abs(product) > LARGEST:
        return None
    infinity = "-inf" if product < 0 else "inf"
    message = f"{call.display} adds {terms:,} times {product:g} in float16, which gives {infinity}"
    message += f": the largest float16 is {LARGEST:g}"
    return message, "cast the operands to float32 before they are summed"


def _summed(call: Call) -> Dim:
    """How many elements of the operand go into one of the result, None where that is not known."""
    operand = call.arguments.get("input_tensor")
    shape = operand.shape if isinstance(operand, Tensor) else None
    axis = call.arguments.get("axis", Constant(None))
    if shape is None or axis == Constant(None):
        return shapes.num_elements(shape)
    axes = to_axes(axis)
    if not isinstance(axes, tuple) or any(not -len(shape) <= one < len(shape) for one in axes):
        return None
    return dims.product(tuple(shape[one] for one in axes))


def _contracted(call: Call, operands: list[Value | None]) -> Dim:
    """The inner dimension of a plain product of matrices."""
    if len(operands) != 2 or call.given - {"a", "b", "name"}:
        return None
    first = operands[0]
    return first.shape[-1] if isinstance(first, Tensor) and first.shape else None


def _filled_with(value: Value | None, made: dict[int, Call]) -> float | None:
    """The number that all elements of a tensor are."""
    if not isinstance(value, Tensor) or value.dtype != FLOAT16:
        return None
    if value.elements:
        first = value.elements[0]
        same = isinstance(first, (int, float)) and all(one == first for one in value.elements)
        return float(first) if same and isinstance(first, (int, float)) else None
    call = made.get(id(value))
    if call is None:
        return None
    if call.api == "fill":
        filled = call.arguments.get("value")
        scalar = filled.scalar() if isinstance(filled, Tensor) else None
        return float(scalar) if isinstance(scalar, (int, float)) else None
    return _FILLED.get(call.api)
