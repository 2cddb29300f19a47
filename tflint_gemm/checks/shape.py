"""Shapes that TensorFlow rejects: TFG201 to TFG216."""

from __future__ import annotations

import ast

from tflint_gemm.checks import text
from tflint_gemm.checks.text import Part
from tflint_gemm.domain import dims, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.findings import Edit, Finding, Fix
from tflint_gemm.fixes import transpose
from tflint_gemm.fixes.program import Program
from tflint_gemm.interpreter.records import ViolationRecord
from tflint_gemm.ops import violations as v
from tflint_gemm.syntax import edits


def _find(
    program: Program,
    code: str,
    record: ViolationRecord,
    message: str,
    advice: str | None = None,
    fix: Fix | None = None,
) -> Finding:
    notes = (*text.shape_notes(program, text.parts_of(record)), *text.cause_notes(program, record))
    return text.finding(program, code, record.call, message, notes, advice, fix)


def _pair(program: Program, record: ViolationRecord, joint: str) -> str:
    """``[2, 3] 'a' by [4, 5] 'b' ([4, 5] since np.zeros, line 3)``."""
    parts = text.parts_of(record)
    shown = f" {joint} ".join(text.with_shape(program, part) for part in parts[:2])
    return shown + _since(program, parts[-1]) if parts else shown


def _since(program: Program, part: Part) -> str:
    return text.since(program, shapes.show(part.tensor.shape), part.tensor.shape_origin, part.node)


def _dim(dim: Dim) -> str:
    return "?" if dim is None else str(dim)


# ------------------------------------------------------------------------------------------------- matrix products


def inner_dims(program: Program, record: ViolationRecord, violation: v.InnerDimMismatch) -> Finding:
    """TFG201."""
    message = f"{record.call.display} multiplies {_pair(program, record, 'by')}: "
    message += f"the inner dimensions {_dim(violation.left)} and {_dim(violation.right)} differ"
    return _find(program, "TFG201", record, message, fix=transpose.suggestion(program, record, violation))


def rank_too_low(program: Program, record: ViolationRecord, violation: v.RankTooLow) -> Finding:
    """TFG202 for a matrix product, TFG215 for other ops."""
    part = text.parts_of(record)[0]
    wanted = f"{'' if violation.exact else 'at least '}{violation.minimum} dimension{'s' * (violation.minimum != 1)}"
    wanted = wanted if violation.minimum else "a scalar"
    message = f"{record.call.display} needs {wanted}, and {text.named(program, part)} is "
    message += f"{shapes.show(part.tensor.shape)}{_since(program, part)}"
    if not violation.gemm:
        return _find(program, "TFG215", record, message)
    fix, advice = None, None
    if part.tensor.rank == 1 and violation.minimum == 2:
        fix = _as_matrix(program, record, part)
        advice = "tf.linalg.matvec multiplies a matrix by a vector, tf.tensordot(a, b, 1) a vector by a vector"
    return _find(program, "TFG202", record, message, advice, fix)


def _as_matrix(program: Program, record: ViolationRecord, part: Part) -> Fix | None:
    """A row if it is the first operand, a column if it is the second."""
    nodes = list(record.call.nodes.values())
    if part.node not in nodes[:2] or not isinstance(part.node, (ast.Name, ast.Attribute, ast.Call)):
        return None
    library = program.library("tensorflow", part.node)
    if library is None or program.tree.f_string(part.node) is not None:
        return None
    kind, index = "column", f"[:, {library}.newaxis]"
    if part.node is nodes[0]:
        kind, index = "row", f"[{library}.newaxis, :]"
    edit: Edit = edits.insertion(program.source.span(part.node), index, at_end=True)
    return Fix("suggestion", f"make {text.named(program, part)} a {kind}: {index}", (edit,))


def batch_dims(program: Program, record: ViolationRecord, violation: v.BatchMismatch) -> Finding:
    """TFG203."""
    message = f"{record.call.display} multiplies {_pair(program, record, 'by')}: the batch dimensions "
    message += f"{shapes.show(violation.left)} and {shapes.show(violation.right)} cannot be broadcast"
    return _find(program, "TFG203", record, message)


def equation(program: Program, record: ViolationRecord, violation: v.EquationMismatch) -> Finding:
    """TFG210."""
    parts = text.parts_of(record)
    shown = text.listed([text.with_shape(program, part) for part in parts])
    fits = f"does not fit {shown}" if parts else "cannot be read"
    what = "the equation" if record.call.api.endswith("einsum") else "what is asked of it"
    return _find(program, "TFG210", record, f"{record.call.display}: {what} {fits} ({_reason(violation.reason)})")


def _reason(reason: str) -> str:
    kind, _, rest = reason.partition(" ")
    if kind == "label" and len(rest) == 1:
        return f"label '{rest}' stands for two sizes"
    if kind == "rank" and rest.isdigit():
        return f"it names {rest} dimension{'s' * (rest != '1')}"
    return reason


# ------------------------------------------------------------------------------------------------- elementwise, joining


def broadcast(program: Program, record: ViolationRecord, _: v.BroadcastMismatch) -> Finding:
    """TFG204."""
    parts = text.parts_of(record)
    clash = _clash(*(part.tensor.shape for part in parts[:2])) if len(parts) > 1 else ""
    message = f"{record.call.display} cannot broadcast {_pair(program, record, 'with')}{clash}"
    return _find(program, "TFG204", record, message)


def _clash(left: Shape, right: Shape) -> str:
    for a, b in zip(reversed(left or ()), reversed(right or ())):
        if shapes.broadcast_dim(a, b)[1]:
            return f": {_dim(a)} and {_dim(b)} are neither equal nor 1"
    return ""


def concat(program: Program, record: ViolationRecord, violation: v.ConcatMismatch) -> Finding:
    """TFG206."""
    parts = text.parts_of(record)
    first, second = (part.tensor.shape or () for part in parts[:2])
    if len(first) != len(second):
        why = f"their ranks {len(first)} and {len(second)} differ"
    else:
        pairs = [(i, a, b) for i, (a, b) in enumerate(zip(first, second)) if dims.equal(a, b) is False]
        i, a, b = next((pair for pair in pairs if pair[0] != violation.axis), (0, None, None))
        where = "" if violation.axis is None else f", and only axis {violation.axis} may"
        why = f"axis {i} differs ({_dim(a)} and {_dim(b)}){where}"
    return _find(program, "TFG206", record, f"{record.call.display} joins {_pair(program, record, 'and')}: {why}")


# ------------------------------------------------------------------------------------------------- one tensor


def reshape(program: Program, record: ViolationRecord, violation: v.ReshapeCount) -> Finding:
    """TFG205."""
    part = text.parts_of(record)[0]
    target = violation.target or ()
    count, wanted = shapes.num_elements(part.tensor.shape), dims.product(tuple(d for d in target if d != -1))
    if target.count(-1) > 1:
        why = "only one dimension can be -1"
    elif -1 in target:
        why = f"{_dim(count)} elements are no multiple of {_dim(wanted)}"
    else:
        why = f"{_dim(count)} elements do not make {_dim(wanted)}"
    message = f"{record.call.display} cannot make {shapes.show(violation.target)} of "
    return _find(program, "TFG205", record, f"{message}{text.with_shape(program, part)}{_since(program, part)}: {why}")


def axis(program: Program, record: ViolationRecord, violation: v.AxisOutOfRange) -> Finding:
    """TFG211."""
    part, named = text.parts_of(record)[0], f"{record.call.display}: axis {violation.axis}"
    shown = f"{text.with_shape(program, part)}{_since(program, part)}"
    if violation.reason == "duplicate":
        message = f"{named} of {shown} is named twice"
    elif violation.reason:
        message = f"{named} of {shown} is {violation.reason}"
    else:
        rank = violation.rank
        choice = f"its axes are {-rank} to {rank - 1}" if rank else "it has none"
        message = f"{named} does not exist in {shown}: {choice}"
    return _find(program, "TFG211", record, message)


def index(program: Program, record: ViolationRecord, violation: v.IndexOutOfRange) -> Finding:
    """TFG214."""
    part = text.parts_of(record)[0]
    message = f"index {violation.index} is out of range: axis {violation.axis} of {text.with_shape(program, part)}"
    message += f"{_since(program, part)} has {violation.size} element{'s' * (violation.size != 1)}"
    return _find(program, "TFG214", record, message)


def unpacking(program: Program, record: ViolationRecord, violation: v.UnpackMismatch) -> Finding:
    """TFG216."""
    part = next(iter(text.parts_of(record)), None)
    names = f"{violation.wanted} name{'s' * (violation.wanted != 1)}"
    if part is None or record.call.arguments.get("value") is not part.tensor:
        count = f"{violation.actual} value{'s' * (violation.actual != 1)}"
        return _find(program, "TFG216", record, f"{count} cannot be unpacked into {names}")
    message = f"{text.with_shape(program, part)}{_since(program, part)} cannot be unpacked into {names}"
    if violation.actual is None:
        message += ": it is one symbolic tensor"
    elif violation.actual >= 0:
        message += f": it has {violation.actual} item{'s' * (violation.actual != 1)} along its first axis"
    return _find(program, "TFG216", record, message)


def window(program: Program, record: ViolationRecord, violation: v.WindowMismatch) -> Finding:
    """TFG207."""
    expected, actual = _dim(violation.expected), _dim(violation.actual)
    message = f"{record.call.display} slides over {_pair(program, record, 'with')}: "
    if violation.reason == "window":
        message += f"a window of {expected} does not fit into {actual}"
    elif violation.reason == "groups":
        message += f"{actual} channels are no multiple of {expected} groups"
    else:
        message += f"{violation.reason} must be {expected}, not {actual}"
    return _find(program, "TFG207", record, message)


def layer_input(program: Program, record: ViolationRecord, violation: v.LayerInputMismatch) -> Finding:
    """TFG208."""
    part = text.parts_of(record)[0]
    where = "its rank" if violation.axis is None else f"axis {violation.axis}"
    least = "at least " if violation.reason == "min_ndim" else ""
    message = f"{record.call.display} is fed {text.with_shape(program, part)}{_since(program, part)}: "
    message += f"{where} must be {least}{_dim(violation.expected)}, not {_dim(violation.actual)}"
    return _find(program, "TFG208", record, message)


def target(program: Program, record: ViolationRecord, violation: v.TargetMismatch) -> Finding:
    """TFG209."""
    message = f"{record.call.display} compares labels {_pair(program, record, f'with {violation.against}')}: "
    return _find(program, "TFG209", record, f"{message}the labels {violation.reason}")


def fed_shape(program: Program, record: ViolationRecord, violation: v.AssignMismatch) -> Finding:
    """TFG212."""
    part = text.parts_of(record)[0]
    message = f"{record.call.display} expects shape {shapes.show(violation.target)} and gets "
    return _find(program, "TFG212", record, f"{message}{text.with_shape(program, part)}{_since(program, part)}")


def loop_variable(program: Program, record: ViolationRecord, violation: v.LoopShapeMismatch) -> Finding:
    """TFG212: a variable of a graph's loop has another shape after an iteration."""
    part = text.parts_of(record)[0]
    message = f"{violation.name!r} is {shapes.show(violation.wanted)} before {record.call.display}, and "
    after = f"{shapes.show(part.tensor.shape)} after an iteration{_since(program, part)}"
    return _find(
        program,
        "TFG212",
        record,
        message + after,
        "name what varies in tf.autograph.experimental.set_loop_options(shape_invariants=...), or use TensorArray",
    )


def invalid(program: Program, record: ViolationRecord, violation: v.InvalidArgument) -> Finding:
    """TFG213."""
    shown = [text.with_shape(program, part) for part in text.parts_of(record)]
    operands = f" of {text.listed(shown)}" if shown else ""
    return _find(program, "TFG213", record, f"{record.call.display}{operands}: invalid argument, {violation.reason}")
