"""Dtypes: operands that differ (TFG101 to 103), missing kernels (TFG105), casts without effect (TFG107), impossible
conversions (TFG111)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tflint_gemm.checks import text
from tflint_gemm.checks.text import Part
from tflint_gemm.domain.dtypes import ALL_DTYPES, DType
from tflint_gemm.domain.values import Kind, Tensor, Value
from tflint_gemm.findings import Edit, Finding, Fix
from tflint_gemm.fixes import casts
from tflint_gemm.fixes.casts import Advice, Operand
from tflint_gemm.fixes.policy import cast_target
from tflint_gemm.fixes.program import Program, every_evaluation
from tflint_gemm.interpreter.records import Call, ViolationRecord
from tflint_gemm.ops.conversion import UNSURE, sequence_items, to_dtype, to_tensor
from tflint_gemm.ops.violations import (
    BranchMismatch,
    ConversionMismatch,
    DTypeMismatch,
    LoopVariableMismatch,
    NoKernel,
    ResultMismatch,
)
from tflint_gemm.syntax import edits

_CODES = {"gemm": "TFG101", "elementwise": "TFG102", "join": "TFG103"}
_JOINING = {"where": "chooses between {} and {}", "select": "chooses between {} and {}"}


# ------------------------------------------------------------------------------------------------- mixed operands


def mixed(program: Program, record: ViolationRecord, violation: DTypeMismatch) -> Finding:
    """TFG101 to TFG103: operands that must share a dtype and do not."""
    parts, call = text.parts_of(record), record.call
    advice = casts.unify(program, _operands(record), call.stack)
    shown = [text.with_dtype(program, part) for part in parts[:2]]
    offender = _offender(program, parts)
    origin = text.since(program, offender.tensor.dtype, offender.tensor.dtype_origin, offender.node)
    message = _sentence(violation, call).format(*shown) + origin + _tail(advice)
    return text.finding(
        program, _CODES[violation.family], call, message, text.dtype_notes(program, parts), fix=_fix(advice)
    )


def _sentence(violation: DTypeMismatch, call: Call) -> str:
    name = call.api.rsplit(".", 1)[-1]
    if "assign" in name or name.startswith("scatter"):
        return call.display + " mixes {} and {}"
    if violation.family == "join":
        return f"{call.display} {_JOINING.get(name, 'joins {} and {}')}"
    if violation.family == "elementwise":
        return call.display + " combines {} with {}"
    if name in ("einsum", "tensordot"):
        return call.display + " contracts {} with {}"
    return call.display + (" convolves {} with {}" if "conv" in name else " multiplies {} by {}")


def _tail(advice: Advice | None) -> str:
    return f": {advice.text}" if advice is not None else ""


def _fix(advice: Advice | None) -> Fix | None:
    return advice.fix if advice is not None else None


def _offender(program: Program, parts: list[Part]) -> Part:
    """The operand whose dtype asks for an explanation: the one that a cast would change."""
    target = cast_target([part.tensor for part in parts], program.policy, program.dtype_counts)
    return next((part for part in parts if part.tensor.dtype != target), parts[-1])


def _operands(record: ViolationRecord) -> list[Operand]:
    """The operands that clash, and those beside them that must follow: a cast of one only would move the clash."""
    call = record.call
    parts = text.parts_of(record)
    written = "assign" in call.api or "scatter_" in call.api
    variable = next((part for part in parts if written and part.tensor.kind is Kind.VARIABLE), None)
    elsewhere = any(part.node is not None for part in parts)  # what is not written here cannot be cast here
    operands = [Operand(p.tensor, p.node, p is variable or (elsewhere and p.node is None)) for p in parts]
    known = {operand.node for operand in operands}
    for tensor, node in _listed(call):
        if node not in known and tensor.is_tensorflow:
            operands.append(Operand(tensor, node))
    return operands


def _listed(call: Call) -> Iterator[tuple[Tensor, ast.expr | None]]:
    """The tensors that a call takes in a list or as ``*arguments``."""
    for name, value in call.arguments.items():
        if name.startswith("args["):
            yield to_tensor(value), call.nodes.get(name)
        for i, item in enumerate(sequence_items(value) or ()):
            if isinstance(item, Tensor):
                yield item, call.nodes.get(f"{name}[{i}]")


# ------------------------------------------------------------------------------------------------- kernels, conversions


def no_kernel(program: Program, record: ViolationRecord, violation: NoKernel) -> Finding:
    """TFG105: an op that does not compute with this dtype."""
    parts, call = text.parts_of(record), record.call
    part = parts[0]
    origin = text.since(program, part.tensor.dtype, part.tensor.dtype_origin, part.node)
    if part.tensor.dtype in violation.allowed:
        message = f"{call.display} has no kernel for this combination of dtypes, the first of which is "
        message += f"{text.with_dtype(program, part)}{origin}"
    else:
        message = f"{call.display} has no kernel for {text.with_dtype(program, part)}{origin} on the {violation.device}"
    advice = f"it takes {_dtypes(violation.allowed)}" if violation.allowed else None
    return text.finding(program, "TFG105", call, message, text.dtype_notes(program, parts), advice)


def _dtypes(allowed: frozenset[DType]) -> str:
    return text.listed([dtype for dtype in ALL_DTYPES if dtype in allowed], "or")


def conversion(program: Program, record: ViolationRecord, violation: ConversionMismatch) -> Finding:
    """TFG111: a value that cannot become the dtype which the call asks for."""
    part, call = text.parts_of(record)[0], record.call
    origin = text.since(program, part.tensor.dtype, part.tensor.dtype_origin, part.node)
    message = f"{call.display} cannot convert {text.with_dtype(program, part)}{origin} to {violation.wanted}"
    advice = None
    if part.tensor.is_tensorflow:
        wanted = Operand(Tensor(violation.wanted), None, fixed=True)
        advice = casts.unify(program, [wanted, Operand(part.tensor, part.node)], call.stack)
    return text.finding(
        program, "TFG111", call, message + _tail(advice), text.dtype_notes(program, [part]), fix=_fix(advice)
    )


def returned(program: Program, record: ViolationRecord, violation: ResultMismatch) -> Finding:
    """TFG111: a function of the program returns another dtype than the call that runs it goes on with."""
    part = Part(text.parts_of(record)[0].tensor, None)  # it stands in the function, not among the arguments
    origin = text.since(program, part.tensor.dtype, part.tensor.dtype_origin, None)
    message = f"{record.call.display} goes on with {violation.wanted}, and the function that it calls returns "
    return text.finding(
        program,
        "TFG111",
        record.call,
        f"{message}{part.tensor.dtype}{origin}",
        text.dtype_notes(program, [part]),
        f"let the function return {violation.wanted}, or state what it returns",
    )


def loop_variable(program: Program, record: ViolationRecord, violation: LoopVariableMismatch) -> Finding:
    """TFG111: a variable of a graph's loop has another dtype after an iteration."""
    part = Part(text.parts_of(record)[0].tensor, None)
    origin = text.since(program, part.tensor.dtype, part.tensor.dtype_origin, None)
    return text.finding(
        program,
        "TFG111",
        record.call,
        f"{violation.name!r} is {violation.wanted} before {record.call.display}, and {part.tensor.dtype}{origin} after "
        "an iteration",
        text.dtype_notes(program, [part]),
        f"let {violation.name} have one dtype before the loop and in it",
    )


def branches(program: Program, record: ViolationRecord, violation: BranchMismatch) -> Finding:
    """TFG111: the branches of a condition of the graph end with different dtypes."""
    one, other = text.parts_of(record)
    name = violation.name if " " in violation.name else repr(violation.name)
    origin = text.since(program, other.tensor.dtype, other.tensor.dtype_origin, None)
    return text.finding(
        program,
        "TFG111",
        record.call,
        f"{name} is {one.tensor.dtype} in one branch of {record.call.display}, "
        f"and {other.tensor.dtype}{origin} in the other",
        text.dtype_notes(program, [other]),
        f"let {violation.name} have one dtype in both branches",
    )


# ------------------------------------------------------------------------------------------------- casts without effect


def redundant_casts(program: Program) -> Iterator[Finding]:
    """TFG107: ``tf.cast`` of what has that dtype already, in every evaluation."""
    for calls in every_evaluation(program, lambda call: call.api in ("cast", "saturate_cast")):
        call, node = calls[0], calls[0].node
        inner = call.nodes.get("x") or call.nodes.get("value")
        if inner is None or not isinstance(node, ast.Call):
            continue
        if not all(_has_dtype_already(program, one, inner) for one in calls):
            continue
        part = Part(_operand(call), inner)
        origin = text.since(program, part.tensor.dtype, part.tensor.dtype_origin, inner)
        shown = text.named(program, part)
        message = f"{call.display} changes nothing: {shown} is {part.tensor.dtype} already{origin}"
        yield text.finding(program, "TFG107", call, message, fix=_without(program, node, inner, shown))


def _operand(call: Call) -> Tensor:
    value: Value | None = call.arguments.get("x") or call.arguments.get("value")
    return value if isinstance(value, Tensor) else Tensor(kind=Kind.UNKNOWN)


def _has_dtype_already(program: Program, call: Call, inner: ast.expr) -> bool:
    operand = _operand(call)
    wanted = to_dtype(call.arguments["dtype"]) if "dtype" in call.arguments else UNSURE
    # A cast also makes a tensor of an array and reads a variable; then it does something.
    if operand.kind is not Kind.TENSOR or operand.dtype is None or operand.dtype != wanted:
        return False
    # A function may be called with other dtypes from other files, whatever this file does.
    origin = operand.dtype_origin
    if origin is None or not isinstance(origin.node, ast.AST) or program.tree.parent(origin.node) is None:
        return False
    return program.tree.scope(origin.node) is program.tree.scope(inner)


def _is_only_target(statement: ast.Assign, name: str) -> bool:
    return [target.id if isinstance(target, ast.Name) else None for target in statement.targets] == [name]


def _without(program: Program, node: ast.Call, inner: ast.expr, shown: str) -> Fix | None:
    if program.tree.f_string(node) is not None:
        return None
    made: tuple[Edit, ...] = edits.unwrap(program.source, node, inner)
    statement = program.tree.parent(node)
    if isinstance(statement, ast.Assign) and isinstance(inner, ast.Name) and _is_only_target(statement, inner.id):
        block = program.tree.parent(statement)
        removal = edits.remove_statement(program.source, block, statement) if block is not None else None
        if removal is None:
            return None  # x = x would be left
        made = (removal,)
    dropped = any(edits.has_comment(program.source, edit.span) for edit in made)
    reason = "a comment would be lost" if dropped else None
    return Fix("unsafe" if dropped else "safe", f"leave {shown} as it is", made, reason)
