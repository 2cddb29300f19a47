"""Bringing operands to one dtype: a cast round the operand, or a dtype at the call that made it, as a person would."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from tflint_gemm.domain.clash import level_of
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import Kind, Tensor
from tflint_gemm.findings import Edit, Fix
from tflint_gemm.fixes import creation
from tflint_gemm.fixes.policy import cast_target
from tflint_gemm.fixes.program import GROUPING, Program
from tflint_gemm.syntax import edits

_SHORT = 40


@dataclass(frozen=True, slots=True)
class Operand:
    """A tensor that clashes with others, the expression it was written as, and whether its dtype is settled (``fixed``:
    the variable that is assigned to)."""

    tensor: Tensor
    node: ast.expr | None
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do about a clash in words, and the fix that does it where there is one."""

    text: str
    fix: Fix | None = None


def unify(program: Program, operands: Sequence[Operand], stack: Sequence[ast.AST] = ()) -> Advice | None:
    """How ``operands`` come to share a dtype under the configured policy; None where no cast helps.

    ``stack`` is the chain of calls through which the interpreter reached them.
    """
    settled = next((operand.tensor.dtype for operand in operands if operand.fixed), None)
    tensors = [operand.tensor for operand in operands]
    target = settled or cast_target(tensors, program.policy, program.dtype_counts)
    if target is None:
        return None
    changing = [one for one in operands if not one.fixed and one.tensor.dtype not in (target, None)]
    if not changing or any(level_of(one.tensor.dtype) < 0 for one in changing if one.tensor.dtype is not None):
        return None
    done = [_change(program, operand, target, stack) for operand in changing]
    text = " and ".join(text for text, _ in done)
    found: list[Edit] = []
    for _, made in done:
        if made is None:
            return Advice(text)
        found.extend(edit for edit in made if edit not in found)
    lossy = [one for one in changing if one.tensor.dtype is not None and level_of(one.tensor.dtype) > level_of(target)]
    reason = f"a cast from {lossy[0].tensor.dtype} to {target} drops part of each value" if lossy else None
    return Advice(text, Fix("unsafe" if reason else "safe", text, tuple(found), reason))


def _change(
    program: Program, operand: Operand, target: DType, stack: Sequence[ast.AST]
) -> tuple[str, tuple[Edit, ...] | None]:
    """How one operand comes to be of ``target``, in words and as edits (None where they cannot be made)."""
    shown = name_of(program, operand.node) or "the operand"
    library = program.library("tensorflow", operand.node) if operand.node is not None else None
    cast = f"cast {shown} to {library or 'tf'}.{target}"
    if operand.node is None or not _editable(program, operand.node) or operand.tensor.is_symbolic:
        return cast, None  # tf.cast takes no symbolic Keras tensor
    if operand.tensor.kind is Kind.PYTHON:
        if operand.tensor.dtype is not None and level_of(operand.tensor.dtype) > level_of(target):
            return cast, None  # tf.constant takes no float as an integer
        return f"make {shown} a tf.constant of dtype {target}", _call_around(
            program, operand.node, "constant", f", dtype={{tf}}.{target}"
        )
    node = _caller_argument(program, operand.node, stack) or operand.node
    made = creation.at_creation(program, operand.tensor, node, target)
    if made is not None:
        return made
    if node is not operand.node:
        cast = f"cast {name_of(program, node) or 'the argument'} to {library or 'tf'}.{target}"
    return cast, _call_around(program, node, "cast", f", {{tf}}.{target}")


def _editable(program: Program, node: ast.expr) -> bool:
    if program.tree.parent(node) is None or program.tree.f_string(node) is not None:
        return False
    # The target of an augmented assignment is an operand, but no place for a call.
    return not isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)) and not isinstance(node, ast.Starred)


def _call_around(program: Program, node: ast.expr, function: str, arguments: str) -> tuple[Edit, ...] | None:
    """Make ``node`` the first argument of one of TensorFlow's functions, under the name by which it is known here."""
    if not _editable(program, node):
        return None
    library = program.library("tensorflow", node)
    extra: tuple[Edit, ...] = ()
    if library is None:
        library = "tf"
        if program.tree.visible(node, library) is not None:
            return None
        extra = (edits.add_import(program.source, program.tree.module, "import tensorflow as tf"),)
    grouped = isinstance(program.tree.parent(node), GROUPING)
    wrapped = edits.wrap(program.source, node, f"{library}.{function}", arguments.format(tf=library), grouped=grouped)
    return (*wrapped, *extra)


def _caller_argument(program: Program, node: ast.expr, stack: Sequence[ast.AST]) -> ast.expr | None:
    """The expression that the only caller of a function passes for the parameter ``node``.

    The function itself is left alone: whoever else calls it may pass what it was written for.
    """
    if not stack or not isinstance(node, ast.Name) or not isinstance(stack[-1], ast.Call):
        return None
    scope, call = program.tree.scope(node), stack[-1]
    if not isinstance(scope, ast.FunctionDef) or scope.args.vararg is not None:
        return None
    if [type(binding) for binding in program.tree.binds(scope, node.id)] != [ast.arg]:
        return None
    if not _is_only_call(program, scope.name, call) or any(isinstance(one, ast.Starred) for one in call.args):
        return None
    names = [one.arg for one in (*scope.args.posonlyargs, *scope.args.args)]
    static = any(isinstance(one, ast.Name) and one.id == "staticmethod" for one in scope.decorator_list)
    if isinstance(program.tree.parent(scope), ast.ClassDef) and not static:
        names = names[1:]
    given = dict(zip(names, call.args)) | {one.arg: one.value for one in call.keywords if one.arg is not None}
    return given.get(node.id)


def _is_only_call(program: Program, name: str, call: ast.Call) -> bool:
    mentions = [
        node
        for node in ast.walk(program.tree.module)
        if (isinstance(node, ast.Name) and node.id == name) or (isinstance(node, ast.Attribute) and node.attr == name)
    ]
    return len(mentions) == 1 and mentions[0] is call.func


def name_of(program: Program, node: ast.AST | None) -> str | None:
    """The text of a short expression in quotes, for messages; None where it is too long to be a name."""
    if node is None or program.tree.f_string(node) is not None or not hasattr(node, "lineno"):
        return None
    text = program.source.segment(program.source.span(node))
    return f"'{text}'" if len(text) <= _SHORT and "\n" not in text and "\r" not in text else None
