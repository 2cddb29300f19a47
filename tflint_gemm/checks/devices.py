"""Where a program places its work (TFG403), and what falls back to the CPU there (TFG105, TFG405)."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Literal

from tflint_gemm import api
from tflint_gemm.checks import text
from tflint_gemm.checks.text import Part
from tflint_gemm.domain.dtypes import ALL_DTYPES
from tflint_gemm.domain.values import Tensor
from tflint_gemm.findings import Finding
from tflint_gemm.fixes import contraction
from tflint_gemm.fixes.program import Program
from tflint_gemm.interpreter.records import Call

Device = Literal["CPU", "GPU"]
_STRATEGIES = frozenset({"MirroredStrategy", "MultiWorkerMirroredStrategy"})
_GROWTH = frozenset({
    "set_memory_growth", "TF_FORCE_GPU_ALLOW_GROWTH", "allow_growth", "per_process_gpu_memory_fraction", "memory_limit",
    "set_logical_device_configuration", "set_virtual_device_configuration", "LogicalDeviceConfiguration",
    "VirtualDeviceConfiguration", "TF_GPU_ALLOCATOR",
})  # fmt: skip


def kind_at(program: Program, call: Call) -> Device | None:
    """The device that the nearest ``tf.device`` round the call names, or round the calls that led there."""
    for node in (call.node, *reversed(call.stack)):
        for outer in program.tree.ancestors(node):
            for item in reversed(outer.items) if isinstance(outer, ast.With) else ():
                name = _device_name(program, item.context_expr)
                if name is not None:
                    return "GPU" if "GPU" in name.upper() else "CPU" if "CPU" in name.upper() else None
    return None


def _device_name(program: Program, node: ast.expr) -> str | None:
    """What ``tf.device`` is given; empty where that is no literal, None where it is another context."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "device":
        return None
    base = node.func.value
    if not isinstance(base, ast.Name) or base.id != program.library("tensorflow", node):
        return None
    given = node.args[0] if node.args else None
    return given.value if isinstance(given, ast.Constant) and isinstance(given.value, str) else ""


def mentions(program: Program, words: set[str] | frozenset[str]) -> bool:
    """Whether the file has one of ``words`` as a name, an attribute, a keyword or a string."""
    for node in ast.walk(program.tree.module):
        said = (getattr(node, "attr", None), getattr(node, "id", None), getattr(node, "arg", None))
        value = node.value if isinstance(node, ast.Constant) else node.name if isinstance(node, ast.alias) else None
        if words.intersection(word for word in (*said, value) if isinstance(word, str)):
            return True
    return False


# ------------------------------------------------------------------------------------------------- memory growth


def unlimited_memory(program: Program) -> Iterator[Finding]:
    """TFG403: the first place that gives work to a GPU, if nothing in the file limits its memory."""
    if mentions(program, _GROWTH):
        return
    for node in ast.walk(program.tree.module):
        if isinstance(node, ast.Call) and _gives_work_to_gpu(program, node):
            call = Call(node, "", "", {}, {})
            message = "TensorFlow takes nearly all memory of every GPU as soon as it uses one"
            advice = "for gpu in tf.config.list_physical_devices('GPU'): "
            advice += "tf.config.experimental.set_memory_growth(gpu, True)"
            yield text.finding(program, "TFG403", call, message, help=advice)
            return


def _gives_work_to_gpu(program: Program, node: ast.Call) -> bool:
    name = _device_name(program, node)
    if name is not None:
        return "GPU" in name.upper()
    return isinstance(node.func, ast.Attribute) and node.func.attr in _STRATEGIES


# ------------------------------------------------------------------------------------------------- kernels


def fallbacks(program: Program) -> Iterator[Finding]:
    """TFG405: under ``tf.device`` of a GPU, ops that it has no kernel for, which TensorFlow puts on the CPU."""
    yield from _without_kernel(program, "TFG405", strict=False)


def strict_placements(program: Program) -> Iterator[Finding]:
    """TFG105: the same, where soft placement has been switched off."""
    yield from _without_kernel(program, "TFG105", strict=True)


def _switches(program: Program) -> list[ast.Call]:
    """The calls that switch soft placement off, if none switches it on."""
    if "set_soft_device_placement" not in program.source.text:
        return []
    found = [
        node
        for node in ast.walk(program.tree.module)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "set_soft_device_placement"
    ]
    given = [node.args[0] if len(node.args) == 1 else None for node in found]
    off = all(isinstance(one, ast.Constant) and one.value is False for one in given)
    return found if off else []


def _is_strict(program: Program, switches: Sequence[ast.Call], call: Call) -> bool:
    """Whether a call runs with soft placement switched off for certain."""
    places = (call.node, *call.stack)
    for switch in switches:
        if not isinstance(program.tree.parent(switch), ast.Expr) or not _always_runs(program, switch):
            continue
        scope = program.tree.scope(switch)
        beside = [place for place in places if program.tree.scope(place) is scope]
        if any(_line(place) > _line(switch) for place in beside):
            return True
        if not beside and scope is program.tree.module:
            return True  # a function that nobody calls here: the module is done by then
    return False


def _always_runs(program: Program, node: ast.AST) -> bool:
    """Whether a statement runs whenever its function does, or its module as the program."""
    statement = program.tree.parent(node)
    holder = program.tree.parent(statement) if statement is not None else None
    if isinstance(holder, ast.If) and ast.unparse(holder.test).startswith("__name__ =="):
        holder = program.tree.parent(holder)
    return isinstance(holder, (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef))


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 0)


_MATRIX_PRODUCTS = {"linalg.matmul": "a", "Tensor.__matmul__": "x"}
_RENAMED = {"input_tensor": "input", "tensor": "input"}  # parameters of functions that the op behind calls otherwise


def _without_kernel(program: Program, code: str, strict: bool) -> Iterator[Finding]:
    switches = _switches(program)
    if "GPU" not in program.source.text.upper() or (strict and not switches):
        return  # nearly all files: nothing need be looked up
    seen: set[ast.AST] = set()
    for call in program.analysis.calls:
        if call.node in seen or call.api.startswith(("numpy.", "keras.")):
            continue
        found = _uncovered(call)
        if found is not None and kind_at(program, call) == "GPU" and _is_strict(program, switches, call) is strict:
            seen.add(call.node)
            yield _uncovered_finding(program, code, call, *found)


def _uncovered(call: Call) -> tuple[Part, frozenset[str]] | None:
    """An operand of a dtype for which the CPU has a kernel and the GPU none, and the dtypes for which it has one."""
    for name, operand, raw_op, attribute in _operands(call):
        if operand.dtype is None or not operand.is_tensorflow:
            continue
        here, there = api.kernel_dtypes(raw_op, "GPU", attribute), api.kernel_dtypes(raw_op, "CPU", attribute)
        defined = api.op_dtypes(raw_op, attribute)
        if not here or not there or operand.dtype.name in here or operand.dtype.name not in there:
            continue
        if defined is None or operand.dtype.name in defined:
            return Part(operand, call.nodes.get(name)), here
    return None


def _operands(call: Call) -> Iterator[tuple[str, Tensor, str, str]]:
    """The operands whose dtype chooses the kernel: parameter, value, op, and the op's attribute."""
    first = _MATRIX_PRODUCTS.get(call.api)
    for name, operand in contraction.operands(call):
        if first is not None:
            if name == first:
                yield name, operand, "MatMul", "T"
            continue
        raw_op = api.raw_op(call.api)
        inputs = api.op_inputs(raw_op) if raw_op is not None else None
        attribute = inputs.get(_RENAMED.get(name, name)) if inputs is not None else None
        if raw_op is not None and attribute is not None and attribute.isidentifier():
            yield name, operand, raw_op, attribute


def _uncovered_finding(program: Program, code: str, call: Call, part: Part, allowed: frozenset[str]) -> Finding:
    origin = text.since(program, part.tensor.dtype, part.tensor.dtype_origin, part.node)
    message = f"{text.shown_api(call.display)} has no kernel for {text.with_dtype(program, part)}{origin} on the GPU"
    if code == "TFG405":
        message += ": TensorFlow computes it on the CPU, and copies there and back"
    known = [dtype for dtype in ALL_DTYPES if dtype.name in allowed and dtype.is_numeric]
    advice = f"the GPU takes {text.listed(known, 'or')}"
    return text.finding(program, code, call, message, text.dtype_notes(program, [part]), advice)
