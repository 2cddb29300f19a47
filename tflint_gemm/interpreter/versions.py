"""Which TensorFlow a program is written for: the same names have other parameters in TensorFlow 1 than in 2."""

from __future__ import annotations

import ast
import re

from tflint_gemm import api
from tflint_gemm.syntax.tree import walk

_OLD = re.compile(
    r"\.(?:placeholder|Session|InteractiveSession|get_variable|variable_scope|contrib|layers|app|flags|truncated_normal"
    r"|random_normal|random_uniform|train|Print|global_variables|get_collection|add_to_collection|ConfigProto|examples)\b"
)
_NEW = re.compile(r"\.compat\b|\bGradientTape\b|\b(?:tf|tensorflow)\.function\b|tensorflow\.compat|\btfv1\b")
_NEW_NAMES = (".compat", "GradientTape", ".function", "tfv1")
"""One of these is in every text that it matches."""
_ROOT = "tensorflow"


def is_tensorflow_1(text: str, tree: ast.Module) -> bool:
    """Whether the program says ``import tensorflow as tf`` and uses names that only TensorFlow 1 has under ``tf``."""
    if not _OLD.search(text) or (any(name in text for name in _NEW_NAMES) and _NEW.search(text)):
        return False
    roots = _roots(tree)
    if roots is None:
        return True
    return any(_is_old(path) for node in walk(tree) if (path := _path(node, roots)) is not None)


def _roots(tree: ast.Module) -> dict[str, str] | None:
    """What names of TensorFlow's modules stand for; None where a module that is gone is imported."""
    roots: dict[str, str] = {}
    for node in walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] == _ROOT:
                    roots[alias.asname or _ROOT] = alias.name if alias.asname else _ROOT
        elif isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").partition(".")[0] == _ROOT:
            if (node.module or "").startswith((f"{_ROOT}.contrib", f"{_ROOT}.examples")):
                return None
            roots.update((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)
    return roots


def _path(node: ast.AST, roots: dict[str, str]) -> str | None:
    """The dotted path that an attribute of a module is, with TensorFlow's own name in front."""
    names: list[str] = []
    if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load):
        return None
    inner: ast.expr = node
    while isinstance(inner, ast.Attribute):
        names.append(inner.attr)
        inner = inner.value
    if not isinstance(inner, ast.Name) or inner.id not in roots:
        return None
    return ".".join([roots[inner.id], *reversed(names)])


def _is_old(path: str) -> bool:
    """Whether the name is gone from TensorFlow 2's namespace."""
    if not path.startswith(f"{_ROOT}.") or path.startswith((f"{_ROOT}.python.", f"{_ROOT}.keras.")):
        return False
    found = api.resolve(path)
    return found is not None and found.startswith(("compat.v1.", "contrib."))
