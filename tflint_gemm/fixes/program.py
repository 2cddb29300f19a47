"""What checks and fixes ask about an analysed file: its tree, its events by place, the names of its libraries."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cached_property

from tflint_gemm.config import CastTarget, Config
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import Tensor
from tflint_gemm.findings import Span
from tflint_gemm.interpreter.interpreter import MAX_CALLS_PER_NODE
from tflint_gemm.interpreter.records import Analysis, Call
from tflint_gemm.syntax.source import Source
from tflint_gemm.syntax.tree import Tree

GROUPING = (
    ast.AnnAssign, ast.Assign, ast.Attribute, ast.AugAssign, ast.BinOp, ast.Compare, ast.Return, ast.Subscript,
    ast.UnaryOp,
)  # fmt: skip
"""Nodes round an expression whose parentheses, if it has any, do nothing but group."""


class Program:
    """An analysis and its configuration, with what is derived from them on first use."""

    def __init__(self, analysis: Analysis, config: Config) -> None:
        self.analysis, self.config = analysis, config
        self.source: Source = analysis.source
        self.tree = Tree(analysis.tree)

    @property
    def policy(self) -> CastTarget:
        return self.config.cast_target

    @cached_property
    def calls_by_node(self) -> dict[ast.AST, list[Call]]:
        """The evaluations of each expression, those that failed included."""
        found: dict[ast.AST, list[Call]] = {}
        for call in (*self.analysis.calls, *(record.call for record in self.analysis.violations)):
            found.setdefault(call.node, []).append(call)
        return found

    @cached_property
    def uses(self) -> dict[ast.AST, list[Call]]:
        """The evaluations that an expression is an argument of."""
        found: dict[ast.AST, list[Call]] = {}
        for calls in self.calls_by_node.values():
            for call in calls:
                for node in call.nodes.values():
                    found.setdefault(node, []).append(call)
        return found

    @cached_property
    def dtype_counts(self) -> Counter[DType]:
        """In how many places of the file a value is given each dtype; what is computed from it does not count."""
        results = (call.result for call in self.analysis.calls)
        made = {
            (result.dtype_origin.line, id(result.dtype_origin.node), result.dtype)
            for result in results
            if isinstance(result, Tensor) and result.dtype is not None and result.dtype_origin is not None
        }
        return Counter(dtype for _, _, dtype in made)

    def span(self, node: ast.AST) -> Span:
        """The place of a node; inside an f-string that of the f-string, since positions within one are not reliable."""
        return self.source.span(self.tree.f_string(node) or node)

    def library(self, name: str, place: ast.AST) -> str | None:
        """How code at ``place`` refers to a library ("tensorflow", "numpy"); None if it cannot, or if it is hidden."""
        local = self.analysis.tensorflow_names.get(name)
        if local is None:
            return None
        scope = self.tree.visible(place, local)
        if scope is None:
            return None
        return local if all(self._imports(binding) for binding in self.tree.binds(scope, local)) else None

    def _imports(self, binding: ast.AST) -> bool:
        """Whether a binding is an import, or the ``tf = None`` of a program that does without."""
        statement = self.tree.parent(binding)
        value = statement.value if isinstance(statement, ast.Assign) else None
        return isinstance(binding, ast.alias) or (isinstance(value, ast.Constant) and value.value is None)


def every_evaluation(program: Program, concerns: Callable[[Call], bool]) -> Iterator[list[Call]]:
    """The evaluations of each expression whose calls concern the asker, if none was left out of the records."""
    found: dict[ast.AST, list[Call]] = {}
    for call in program.analysis.calls:
        if concerns(call):
            found.setdefault(call.node, []).append(call)
    for calls in found.values():
        if len(calls) < MAX_CALLS_PER_NODE:
            yield calls
