"""Runs a program under TensorFlow and records the dtype and shape of every expression in it.

The program's tree is rewritten so that each expression passes through a recorder; its positions stay, and so does what
it computes.  AutoGraph cannot see the source of what is executed this way and traces functions as they are.
"""

from __future__ import annotations

import ast
import contextlib
import io
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf

from tflint_gemm.domain.values import Tensor

RECORDER = "__record__"


@dataclass(frozen=True)
class Observed:
    """What one evaluation gave: dtype name, shape with None for sizes that tracing does not know."""

    dtype: str
    shape: tuple[int | None, ...] | None


@dataclass
class Recording:
    """The expressions of a program, by number, and what each of them evaluated to."""

    nodes: list[ast.expr] = field(default_factory=list)
    observed: dict[int, set[Observed]] = field(default_factory=dict)

    def record(self, number: int, value: Any) -> Any:
        seen = observe(value)
        if seen is not None:
            self.observed.setdefault(number, set()).add(seen)
        return value


def observe(value: Any) -> Observed | None:
    """The dtype and shape of a tensor, variable or array; None for anything else."""
    if isinstance(value, (np.ndarray, np.generic)):
        return None if value.dtype.kind in "OUS" else Observed(value.dtype.name, tuple(value.shape))
    if isinstance(value, (tf.Tensor, tf.Variable)):
        return Observed(value.dtype.name, _static_shape(value.shape))
    if type(value).__name__ == "Variable" and type(value).__module__.startswith("keras."):
        return Observed(str(value.dtype), tuple(value.shape))
    return None


def _static_shape(shape: Any) -> tuple[int | None, ...] | None:
    return None if shape.rank is None else tuple(shape.as_list())


class _Instrument(ast.NodeTransformer):
    def __init__(self, recording: Recording) -> None:
        self.recording = recording

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, (ast.JoinedStr, ast.Slice, ast.Starred)) or not isinstance(node, ast.expr):
            return self._visit_others(node)
        if isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            number = len(self.recording.nodes)
            self.recording.nodes.append(node)
            recorded = ast.Call(
                func=ast.Name(id=RECORDER, ctx=ast.Load()),
                args=[
                    ast.Constant(value=number),
                    self.generic_visit(ast.copy_location(type(node)(**vars(node)), node)),
                ],
                keywords=[],
            )
            return ast.copy_location(recorded, node)
        return self.generic_visit(node)

    def _visit_others(self, node: ast.AST) -> Any:
        if isinstance(node, ast.JoinedStr):
            return node
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            node.body = [self.visit(statement) for statement in node.body]
            if isinstance(node, ast.FunctionDef):
                node.args.defaults = [self.visit(default) for default in node.args.defaults]
            return node
        if isinstance(node, ast.pattern):
            return node
        if isinstance(node, ast.AnnAssign):
            node.value = None if node.value is None else self.visit(node.value)
            return node
        return self.generic_visit(node)


def run(text: str, path: str) -> Recording:
    """Execute the program; raises what it raises."""
    recording = Recording()
    tree = ast.fix_missing_locations(_Instrument(recording).visit(ast.parse(text)))
    namespace = {"__name__": "__main__", RECORDER: recording.record}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(tree, f"<recorded {path}>", "exec"), namespace)
    return recording


def compare(inferred: Tensor, observed: Observed) -> str:
    """ "exact", "partial", "unknown" or "WRONG": what was inferred against one evaluation."""
    dtype_known = inferred.dtype is not None
    if dtype_known and inferred.dtype is not None and inferred.dtype.name != observed.dtype:
        return "WRONG"
    if inferred.shape is not None and observed.shape is not None:
        if len(inferred.shape) != len(observed.shape):
            return "WRONG"
        pairs = list(zip(inferred.shape, observed.shape))
        if any(isinstance(a, int) and b is not None and a != b for a, b in pairs):
            return "WRONG"
        if dtype_known and all(isinstance(a, int) or b is None for a, b in pairs):
            return "exact"
        return "partial"
    if dtype_known and observed.shape is None:
        return "exact"
    return "partial" if dtype_known or inferred.shape is not None else "unknown"
