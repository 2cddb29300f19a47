"""What computes and is most likely wrong: accidental broadcasts (TFG220), axes of one element (TFG221)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tflint_gemm.checks import text
from tflint_gemm.checks.text import Part
from tflint_gemm.domain import dims, shapes
from tflint_gemm.domain.values import ApiSymbol, Constant, Kind, Tensor, Value
from tflint_gemm.findings import Finding
from tflint_gemm.fixes.program import Program, every_evaluation
from tflint_gemm.interpreter.records import Call
from tflint_gemm.ops.conversion import to_axes, to_tensor

# ------------------------------------------------------------------------------------------------- accidental broadcast

_DIFFERENCES = frozenset({"subtract", "squared_difference", "__sub__", "equal", "not_equal", "__eq__", "__ne__"})
_PASSING = frozenset(
    {"square", "abs", "pow", "cast", "sqrt", "power", "absolute", "astype", "__pow__", "__abs__", "log"}
)
_MAKE_COLUMNS = frozenset({"expand_dims", "reshape"})
_REDUCTIONS = frozenset({"reduce_mean", "reduce_sum", "mean", "sum", "reduce_max", "max", "count_nonzero"})


def accidental_broadcasts(program: Program) -> Iterator[Finding]:
    """TFG220: (n,) against (n, 1) makes (n, n), which is then averaged as if it were n errors."""
    consumers: dict[int, list[Call]] = {}
    for call in program.analysis.calls:
        for value in call.arguments.values():
            if isinstance(value, Tensor):
                consumers.setdefault(id(value), []).append(call)
    for call in program.analysis.calls:
        if call.api.rsplit(".", 1)[-1] not in _DIFFERENCES:
            continue
        parts = _parts(call)
        if parts is None or not _stretches(*(part.tensor for part in parts)):
            continue
        if _is_meant(parts) or not _is_averaged(call.result, consumers):
            continue
        yield _broadcast_finding(program, call, parts)


def _parts(call: Call) -> list[Part] | None:
    names = [name for name in call.arguments if "[" not in name][:2]
    tensors = [to_tensor(call.arguments[name]) for name in names]
    if len(tensors) != 2 or not isinstance(call.result, Tensor):
        return None
    return [Part(tensor, call.nodes.get(name)) for name, tensor in zip(names, tensors)]


def _stretches(one: Tensor, other: Tensor) -> bool:
    """Whether a vector of n elements, n > 1, meets a column of n."""
    vector, column = (one, other) if one.rank == 1 else (other, one)
    if vector.rank != 1 or column.rank != 2 or vector.shape is None or column.shape is None:
        return False
    size = vector.shape[0]
    return column.shape[1] == 1 and size != 1 and dims.equal(size, column.shape[0]) is True


def _is_meant(parts: list[Part]) -> bool:
    """Whether somebody made the column of the vector itself, here or a few names before: all pairs are wanted."""
    column = next(part for part in parts if part.tensor.rank == 2)
    vector = next(part for part in parts if part.tensor.rank == 1)
    if column.node is None or vector.node is None:
        return True
    if isinstance(column.node, ast.Subscript) or _called_name(column.node) in _MAKE_COLUMNS:
        return True  # in this very expression
    origin = column.tensor.shape_origin
    made = origin.node if origin is not None and isinstance(origin.node, ast.AST) else None
    return made is not None and bool(_names(made) & (_names(vector.node) | _definition(vector)))


def _called_name(node: ast.expr) -> str:
    function = node.func if isinstance(node, ast.Call) else None
    return function.attr if isinstance(function, ast.Attribute) else ""


def _definition(part: Part) -> set[str]:
    origin = part.tensor.shape_origin
    return _names(origin.node) if origin is not None and isinstance(origin.node, ast.AST) else set()


def _names(node: ast.AST) -> set[str]:
    called = {one.func for one in ast.walk(node) if isinstance(one, ast.Call)}
    roots = {id(one) for function in called for one in ast.walk(function)}
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and id(one) not in roots}


def _is_averaged(value: Value | None, consumers: dict[int, list[Call]], depth: int = 6) -> bool:
    """Whether ``value`` goes, through elementwise ops, into a reduction over everything."""
    for call in consumers.get(id(value), ()) if depth else ():
        name = call.api.rsplit(".", 1)[-1]
        result = call.result
        if name in _REDUCTIONS and isinstance(result, Tensor) and result.shape == ():
            return True
        if name in _PASSING and _is_averaged(result, consumers, depth - 1):
            return True
    return False


def _broadcast_finding(program: Program, call: Call, parts: list[Part]) -> Finding:
    assert isinstance(call.result, Tensor)
    shown = " with ".join(text.with_shape(program, part) for part in parts)
    column = next(part for part in parts if part.tensor.rank == 2)
    message = f"{call.display} broadcasts {shown} to {shapes.show(call.result.shape)}, every element with every other"
    advice = f"if element by element is meant, squeeze {text.named(program, column)}: tf.squeeze(..., axis=-1)"
    return text.finding(program, "TFG220", call, message, text.shape_notes(program, parts), advice)


# ------------------------------------------------------------------------------------------------- axes of one element

_FIRST_AXIS = frozenset({"argmax", "argmin"})
_LAST_AXIS = frozenset({"softmax", "log_softmax"})


def degenerate_axes(program: Program) -> Iterator[Finding]:
    """TFG221: argmax or softmax over an axis of size 1, in every evaluation."""
    for calls in every_evaluation(program, lambda call: _choice(call) is not None or _is_softmax_layer(call)):
        if all(_degenerate_axis(call) is not None for call in calls):
            yield _degenerate_finding(program, calls[0])


def _choice(call: Call) -> str | None:
    name = call.api.rsplit(".", 1)[-1]
    library = call.api.startswith(("math.", "nn.", "numpy.", "compat.v1.", "keras.ops.")) or "." not in call.api
    return name if library and name in _FIRST_AXIS | _LAST_AXIS else None


def _degenerate_axis(call: Call) -> int | None:
    """The axis of size 1 that the call works along, None where it has more or that is not known."""
    if _is_softmax_layer(call):
        return -1
    name, operand = _choice(call), _operand(call)
    if operand.shape is None or operand.kind is Kind.UNKNOWN or not operand.shape:
        return None
    if name in _FIRST_AXIS and call.api.startswith("numpy.") and "axis" not in call.arguments:
        return None  # NumPy's default is to look at all elements
    axis = 0 if name in _FIRST_AXIS else -1
    argument = call.arguments.get("axis", call.arguments.get("dim", call.arguments.get("dimension")))
    if argument is not None and argument != Constant(None):
        axes = to_axes(argument)
        if not isinstance(axes, tuple) or len(axes) != 1:
            return None
        axis = axes[0]
    fits = -len(operand.shape) <= axis < len(operand.shape)
    return axis if fits and operand.shape[axis] == 1 else None


def _operand(call: Call) -> Tensor:
    for value in call.arguments.values():
        tensor = to_tensor(value)
        if tensor.shape:
            return tensor
    return Tensor(kind=Kind.UNKNOWN)


def _is_softmax_layer(call: Call) -> bool:
    """Whether the call makes a Dense layer of one unit with a softmax."""
    activation = call.arguments.get("activation")
    named = activation == Constant("softmax") or (
        isinstance(activation, ApiSymbol) and activation.path.endswith((".softmax",))
    )
    return call.api == "keras.layers.Dense" and call.arguments.get("units") == Constant(1) and named


def _degenerate_finding(program: Program, call: Call) -> Finding:
    if _is_softmax_layer(call):
        message = f"{call.display} with one unit and softmax gives 1.0 whatever it is fed"
        return text.finding(program, "TFG221", call, message, help="use activation='sigmoid' for one unit")
    part = Part(_operand(call), next(iter(call.nodes.values()), None))
    constant = "0" if _choice(call) in _FIRST_AXIS else "0.0" if _choice(call) == "log_softmax" else "1.0"
    message = f"{call.display} over axis {_degenerate_axis(call)} of {text.with_shape(program, part)}, "
    message += f"which has one element: the result is always {constant}"
    default = "axis" not in call.arguments and _choice(call) in _FIRST_AXIS
    advice = "the default axis is 0, the batch; the classes are axis=-1" if default else None
    return text.finding(program, "TFG221", call, message, text.shape_notes(program, [part]), advice)
