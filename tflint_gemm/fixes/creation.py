"""Giving a value its dtype where it is made, if the dtype was only a default there and nobody else relies on it."""

from __future__ import annotations

import ast

from tflint_gemm.domain.clash import level_of
from tflint_gemm.domain.dtypes import BFLOAT16, DType
from tflint_gemm.domain.values import Kind, Tensor
from tflint_gemm.findings import Edit
from tflint_gemm.fixes.program import GROUPING, Program
from tflint_gemm.interpreter.records import Call
from tflint_gemm.syntax import edits

_TENSORFLOW = frozenset({
    "constant", "convert_to_tensor", "Variable", "zeros", "ones", "eye", "linalg.eye", "range", "random.normal",
    "random.uniform", "random.truncated_normal", "compat.v1.placeholder",
})  # fmt: skip
_NUMPY = frozenset({
    "numpy.arange", "numpy.array", "numpy.asarray", "numpy.empty", "numpy.eye", "numpy.full", "numpy.identity",
    "numpy.linspace", "numpy.ones", "numpy.zeros",
})  # fmt: skip
_HARMLESS = frozenset({"print", "len", "repr", "str", "type", "isinstance"})
_MAX_CHAIN = 6


def at_creation(program: Program, tensor: Tensor, node: ast.expr, target: DType) -> tuple[str, tuple[Edit, ...]] | None:
    """How the value of ``node`` is made with the dtype ``target`` in the first place, in words and as edits.

    None where somebody chose its dtype on purpose, where the making is out of view, or where others use the value too.
    """
    origin = tensor.dtype_origin
    if origin is None or origin.explicit or tensor.dtype is None or level_of(tensor.dtype) > level_of(target):
        return None
    made = origin.node
    if not isinstance(made, (ast.Call, ast.BinOp)) or program.tree.parent(made) is None:
        return None
    if program.tree.scope(made) is not program.tree.scope(node) or program.tree.f_string(made) is not None:
        return None
    call = next(iter(program.calls_by_node.get(made, ())), None)
    if call is None or not _serves_only(program, node, made, tensor.dtype, _MAX_CHAIN):
        return None
    return _edits(program, call, made, target)


def _edits(
    program: Program, call: Call, made: ast.Call | ast.BinOp, target: DType
) -> tuple[str, tuple[Edit, ...]] | None:
    shown = call.display if isinstance(made, ast.Call) else f"the result of '{call.display}'"
    where = f"{shown} ({program.source.where(made.lineno)})"
    if isinstance(made, ast.Call) and call.api in _TENSORFLOW and "dtype" not in call.given:
        library = program.library("tensorflow", made)
        edit = edits.add_keyword(program.source, made, "dtype", f"{library}.{target}") if library else None
        return None if edit is None else (f"pass dtype={library}.{target} to {where}", (edit,))
    result = call.result
    if not isinstance(result, Tensor) or result.kind is not Kind.ARRAY or result.shape == () or target == BFLOAT16:
        return None  # NumPy's scalars may as well be Python's, and it has no bfloat16
    library = program.library("numpy", made)
    dtype = f"{library}.{target}" if library else f'"{target}"'
    if isinstance(made, ast.Call) and call.api in _NUMPY and "dtype" not in call.given:
        edit = edits.add_keyword(program.source, made, "dtype", dtype)
        return None if edit is None else (f"pass dtype={dtype} to {where}", (edit,))
    return f"append .astype({dtype}) to {where}", edits.append_method(
        program.source, made, f".astype({dtype})", grouped=isinstance(program.tree.parent(made), GROUPING)
    )


# ------------------------------------------------------------------------------------------------- who uses it


def _serves_only(program: Program, use: ast.AST, made: ast.AST, dtype: DType, depth: int) -> bool:
    """Whether the value ``made`` gets to ``use`` through plain names, and no other use of them needs its ``dtype``."""
    if program.tree.contains(use, made):
        return True
    if depth == 0:
        return False
    names = [one for one in ast.walk(use) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)]
    for name in names:
        value = only_value(program, name)
        if value is not None and _serves_only(program, value, made, dtype, depth - 1):
            scope = program.tree.scope(name)
            others = [load for load in program.tree.loads(scope, name.id) if load is not name]
            return all(_is_indifferent(program, other, made, dtype) for other in others)
    return False


def only_value(program: Program, name: ast.Name) -> ast.expr | None:
    """What ``name`` is bound to, where its scope binds it exactly once, by a plain assignment."""
    bindings = program.tree.binds(program.tree.scope(name), name.id)
    if len(bindings) != 1:
        return None
    statement = program.tree.parent(bindings[0])
    if isinstance(statement, ast.Assign) and statement.targets == bindings:
        return statement.value
    return statement.value if isinstance(statement, ast.AnnAssign) else None


def _is_indifferent(program: Program, load: ast.Name, made: ast.AST, dtype: DType) -> bool:
    """Whether a use of the value does not care for its dtype."""
    calls = program.uses.get(load)
    if calls is not None:
        return not any(_keeps(call, made, dtype) for call in calls)
    parent = program.tree.parent(load)
    if isinstance(parent, ast.Attribute):
        return parent.attr in ("shape", "ndim", "size")
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name):
        return parent.func.id in _HARMLESS
    return isinstance(parent, ast.FormattedValue)


def _keeps(call: Call, made: ast.AST, dtype: DType) -> bool:
    """Whether another operand of ``call`` is of that dtype too, so that a change would part them."""
    tensors = [value for value in call.arguments.values() if isinstance(value, Tensor) and value.dtype == dtype]
    return any(one.dtype_origin is None or one.dtype_origin.node is not made for one in tensors)
