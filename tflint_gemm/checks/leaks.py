"""NumPy's default dtype where it becomes a tensor's: float64 that nobody asked for (TFG104)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from tflint_gemm.checks import text
from tflint_gemm.checks.text import Part
from tflint_gemm.domain import shapes
from tflint_gemm.domain.dtypes import BFLOAT16, FLOAT16, FLOAT32, FLOAT64
from tflint_gemm.domain.values import Kind, Tensor, Value
from tflint_gemm.findings import Edit, Finding, Fix
from tflint_gemm.fixes.creation import at_creation
from tflint_gemm.fixes.program import GROUPING, Program
from tflint_gemm.interpreter.records import Call
from tflint_gemm.ops import structures
from tflint_gemm.ops.conversion import sequence_items
from tflint_gemm.syntax import edits

_WORTH_IT = 2**20  # bytes: below, the other half is not worth a line
_LOWER = (FLOAT32, FLOAT16, BFLOAT16)
_HELD = (Kind.TENSOR, Kind.VARIABLE)
_KEEPERS = frozenset({"data.Dataset.from_tensor_slices", "data.Dataset.from_tensors"})
_MAKERS = frozenset({"constant", "convert_to_tensor", "Variable", "compat.v1.constant"})
_OTHERS = ("numpy.", "pandas.", "sklearn.", "keras.")  # what they make of an array is no float64 tensor of TensorFlow's
# Whoever writes one of these knows of float64 and means it.
_ON_PURPOSE = frozenset({
    "float64", "double", "float_", "complex128", "cdouble", "longdouble", "set_floatx", "default_float", "floatx",
    "set_default_float", "enable_numpy_behavior", "experimental_enable_numpy_behavior",
})  # fmt: skip


@dataclass(slots=True)
class _Leak:
    """An array with a default dtype, and the calls that make tensors of it, each with what it is given."""

    array: Part
    entries: list[tuple[Call, Part]] = field(default_factory=list)


def float64_leaks(program: Program) -> Iterator[Finding]:
    """TFG104: where arrays become float64 tensors because NumPy's default is float64.

    Once one of them is worth it the others of the file are reported too: the tensors have to change together.
    """
    leaks: dict[object, _Leak] = {}
    lowered = {id(call.arguments.get("x")) for call in program.analysis.calls if _lowers(call)}
    worth_it = False
    for call in program.analysis.calls:
        for part in _entering(call):
            origin = part.tensor.dtype_origin
            assert origin is not None
            leak = leaks.setdefault(origin.node, _Leak(part))
            if all(call.node is not entry.node or part.node is not known.node for entry, known in leak.entries):
                leak.entries.append((call, part))
            worth_it = worth_it or _matters(part.tensor, is_lowered=id(call.result) in lowered)
    if worth_it and not _is_on_purpose(program.tree.module):
        for leak in leaks.values():
            yield _leak(program, leak)


def _lowers(call: Call) -> bool:
    return call.api == "cast" and isinstance(call.result, Tensor) and call.result.dtype in _LOWER


def _entering(call: Call) -> list[Part]:
    """The arrays of an unasked float64 that become tensors of float64 in the call."""
    if call.api in _KEEPERS:
        return [Part(one, node) for value, node in _components(call) for one in _arrays(value)]
    result = call.result
    if call.api.startswith(_OTHERS) or not isinstance(result, Tensor):
        return []
    if result.dtype != FLOAT64 or result.kind not in _HELD or result.dtype_origin is None:
        return []
    if result.dtype_origin.explicit or any(_is_held(value) for value in call.arguments.values()):
        return []
    given = [(value, call.nodes.get(name)) for name, value in call.arguments.items()]
    given += [item for name in call.arguments for item in _listed(call, name)]
    return [Part(one, node) for value, node in given for one in _own_array(value)]


def _listed(call: Call, name: str) -> Iterator[tuple[Value, ast.expr | None]]:
    """The arrays in a list that is given to ``tf.stack`` and ``tf.concat``."""
    items = sequence_items(call.arguments[name])
    for position, item in enumerate(items or ()):
        yield item, call.nodes.get(f"{name}[{position}]")


def _components(call: Call) -> Iterator[tuple[Value, ast.expr | None]]:
    """The arrays given to a dataset, each with its expression where that can be told."""
    value = call.arguments.get("tensors")
    items = structures.children(value) if value is not None and structures.is_nested(value) else []
    for position, item in enumerate(items):
        yield item, call.nodes.get(f"tensors[{position}]")
    if value is not None and not items:
        yield value, call.nodes.get("tensors")


def _arrays(value: Value) -> Iterator[Tensor]:
    for leaf in structures.leaves(value):
        yield from _own_array(leaf)


def _own_array(value: Value) -> Iterator[Tensor]:
    if not isinstance(value, Tensor) or value.kind is not Kind.ARRAY or value.dtype != FLOAT64:
        return
    origin = value.dtype_origin
    if origin is not None and not origin.explicit and origin.node is not None:
        yield value


def _is_held(value: Value) -> bool:
    """Whether it is a float64 tensor already: the leak, if it is one, was before."""
    return isinstance(value, Tensor) and value.is_tensorflow and value.dtype == FLOAT64


def _matters(array: Tensor, *, is_lowered: bool) -> bool:
    size = shapes.num_elements(array.shape)
    return 8 * size >= _WORTH_IT if isinstance(size, int) else is_lowered


def _is_on_purpose(module: ast.Module) -> bool:
    """Whether the file speaks of float64 anywhere."""
    for node in ast.walk(module):
        word = getattr(node, "attr", None) or getattr(node, "id", None) or getattr(node, "arg", None)
        if isinstance(node, ast.alias):
            word = node.asname or node.name
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            word = node.value
        if isinstance(word, str) and word in _ON_PURPOSE:
            return True
    return False


def _leak(program: Program, leak: _Leak) -> Finding:
    call, array = leak.entries[0][0], leak.array.tensor
    what = "a variable" if call.api == "Variable" else "a dataset" if call.api in _KEEPERS else "a tensor"
    message = f"{call.display} makes {what} of {text.with_dtype(program, leak.array)}"
    message += text.since(program, FLOAT64, array.dtype_origin, leak.array.node)
    size = shapes.num_elements(array.shape)
    saved = f": {text.bytes_text(8 * size)}, twice what float32 takes" if isinstance(size, int) else ""
    message += saved or ": twice the memory of float32"
    notes = text.dtype_notes(program, [leak.array])
    advice = "TensorFlow's own default is float32; write dtype=np.float64 where the digits are needed"
    return text.finding(program, "TFG104", call, message, notes, advice, _fix(program, leak))


def _fix(program: Program, leak: _Leak) -> Fix | None:
    array = leak.array
    made = at_creation(program, array.tensor, array.node, FLOAT32) if array.node is not None else None
    if made is None:
        found = [_at_entry(program, call, part.node) for call, part in leak.entries]
        known = [one for one in found if one is not None]
        if len(known) < len(found):
            return None
        made = known[0][0], tuple(edit for _, edits_there in known for edit in edits_there)
    return Fix("unsafe", made[0], made[1], "what is computed from it becomes float32")


def _at_entry(program: Program, call: Call, array: ast.expr | None) -> tuple[str, tuple[Edit, ...]] | None:
    """The dtype at the call that makes the tensor, or at the array that is passed there."""
    if not isinstance(call.node, ast.Call) or program.tree.f_string(call.node) is not None:
        return None
    if call.api in _MAKERS and "dtype" not in call.given:
        library = program.library("tensorflow", call.node)
        edit = edits.add_keyword(program.source, call.node, "dtype", f"{library}.float32") if library else None
        return None if edit is None else (f"pass dtype={library}.float32 to {call.display}", (edit,))
    library = program.library("numpy", call.node)
    if array is None or library is None or not program.tree.contains(call.node, array):
        return None
    grouped = isinstance(program.tree.parent(array), GROUPING)
    method = f".astype({library}.float32)"
    shown = text.named(program, Part(Tensor(), array), "the array")
    return f"append {method} to {shown}", edits.append_method(program.source, array, method, grouped=grouped)
