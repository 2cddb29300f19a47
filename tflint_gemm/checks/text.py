"""How findings speak of operands, of where their dtypes and shapes come from, and of bytes."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tflint_gemm import rules
from tflint_gemm.domain import shapes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.origins import Origin
from tflint_gemm.domain.values import ApiObject, Tensor
from tflint_gemm.findings import Finding, Fix, Note
from tflint_gemm.fixes.casts import name_of
from tflint_gemm.fixes.program import Program
from tflint_gemm.interpreter.interpreter import ANYWHERE
from tflint_gemm.interpreter.records import Call, Place, ViolationRecord


@dataclass(frozen=True, slots=True)
class Part:
    """An operand of a finding: what it is and the expression that it was written as."""

    tensor: Tensor
    node: ast.expr | None


def parts_of(record: ViolationRecord) -> list[Part]:
    """The operands of a violation that are tensors."""
    nodes = (*record.operand_nodes, *(None for _ in record.violation.operands))
    return [
        Part(operand, node) for operand, node in zip(record.violation.operands, nodes) if isinstance(operand, Tensor)
    ]


def with_dtype(program: Program, part: Part) -> str:
    """``float32 'a'``."""
    return _named(program, part, str(part.tensor.dtype) if part.tensor.dtype else "unknown dtype")


def with_shape(program: Program, part: Part) -> str:
    """``[2, 3] 'a'``."""
    return _named(program, part, shapes.show(part.tensor.shape))


def _named(program: Program, part: Part, what: str) -> str:
    name = name_of(program, part.node)
    return f"{what} {name}" if name else what


def named(program: Program, part: Part, otherwise: str = "the operand") -> str:
    """``'a'``, or ``otherwise`` where its text is too long to be a name."""
    return name_of(program, part.node) or otherwise


def since(program: Program, what: object, origin: Origin | None, node: ast.expr | None) -> str:
    """`` (float64 since np.random.rand, line 6)``; empty where that is not known or plain to see."""
    if origin is None or _is_plain(program, origin, node):
        return ""
    return f" ({what} since {_place(program, origin, ', ')})"


def _is_plain(program: Program, origin: Origin, node: ast.expr | None) -> bool:
    return node is not None and isinstance(origin.node, ast.AST) and program.tree.contains(node, origin.node)


def _place(program: Program, origin: Origin, before: str, after: str = "") -> str:
    where = program.source.where(origin.line)
    if origin.path != program.source.path:
        where = f"line {origin.line} of {_relative(program, origin.path)}"
    return f"{shown_api(origin.api)}{before}{where}{after}"


def shown_api(display: str) -> str:
    """What a person calls an op: its name, an operator in quotes."""
    return display if any(character.isalnum() for character in display) else f"'{display}'"


def dtype_notes(program: Program, parts: Iterable[Part]) -> tuple[Note, ...]:
    """One note per operand: its dtype and since when it has it."""
    return tuple(_note(program, part, part.tensor.dtype or "unknown dtype", part.tensor.dtype_origin) for part in parts)


def shape_notes(program: Program, parts: Iterable[Part]) -> tuple[Note, ...]:
    """One note per operand: its shape and since when it has it."""
    return tuple(_note(program, part, shapes.show(part.tensor.shape), part.tensor.shape_origin) for part in parts)


def _note(program: Program, part: Part, what: DType | str, origin: Origin | None) -> Note:
    source = f", since {_place(program, origin, ' (', ')')}" if origin is not None else ""
    return Note(program.span(part.node) if part.node is not None else None, f"{what}{source}")


def cause_notes(program: Program, record: ViolationRecord) -> tuple[Note, ...]:
    """The layer, or the declared input, elsewhere in the program that the operands do not fit."""
    cause = record.violation.cause
    if isinstance(cause, Tensor):
        origin = cause.shape_origin
        node = origin.node if origin is not None and origin.path == program.source.path else None
        if not isinstance(node, ast.AST):
            return ()
        return (Note(program.span(node), f"the input is declared as {shapes.show(cause.shape)}"),)
    made = next((call for call in program.analysis.calls if call.result is cause), None) if cause is not None else None
    if made is None or made.node is record.call.node or not isinstance(cause, ApiObject):
        return ()
    return (Note(program.span(made.node), f"this {cause.path.rpartition('.')[2]} was made for other inputs"),)


def call_notes(program: Program, stack: Sequence[ast.AST]) -> tuple[Note, ...]:
    """The calls of the program's functions on the way to the finding, outermost first, where the text shows them."""
    shown = (node for node in stack if node is not ANYWHERE)
    calls = [(node, line) for node in shown if isinstance(line := getattr(node, "lineno", None), int)]
    return tuple(
        Note(program.span(node), f"reached by the call in {program.source.where(line)}") for node, line in calls
    )


def finding(
    program: Program,
    code: str,
    call: Call,
    message: str,
    notes: tuple[Note, ...] = (),
    help: str | None = None,
    fix: Fix | None = None,
) -> Finding:
    """A finding of the rule ``code`` at ``call``."""
    rule = rules.rule(code)
    notes = (*notes, *call_notes(program, call.stack))
    return Finding(
        program.source.path, program.span(call.node), code, rule.name, rule.severity, message, notes, help, fix
    )


def found_elsewhere(program: Program, found: Finding, place: Place) -> Finding:
    """The finding at a call that leads to a fault in another module: it says where, and cannot be repaired here."""
    where = f"in {_relative(program, place.path)}, line {place.line}, which is called here"
    return replace(found, message=f"{found.message}, {where}", fix=None)


def _relative(program: Program, path: str) -> str:
    """The path of another module of the project as seen from the file."""
    return os.path.relpath(path, os.path.dirname(os.path.abspath(program.source.path)))


def listed(items: Sequence[object], last: str = "and") -> str:
    """``a, b and c``."""
    words = [str(item) for item in items]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}" if words else ""


_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB")


def bytes_text(nbytes: int) -> str:
    """``762.9 MiB``."""
    value, unit = float(nbytes), 0
    while value >= 1024 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{value:.1f} {_UNITS[unit]}" if unit else f"{nbytes} bytes"
