"""Cuts out of a file what its flagged expression needs, as a program that runs by itself."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from tflint_gemm.domain.values import UNKNOWN, Tensor, Value
from tflint_gemm.interpreter.records import Analysis, Call
from tflint_gemm.interpreter.versions import is_tensorflow_1
from tflint_gemm.syntax.source import Source
from tflint_gemm.verify.claims import OF_THE_GRAPH, Claim, Peaks
from tflint_gemm.verify.inputs import PROLOGUE, Inputs
from tflint_gemm.verify.names import ARGUMENTS, FUNCTIONS
from tflint_gemm.verify.rewriting import Missing, Rewriter
from tflint_gemm.verify.selection import Selection, Tree

TENSORFLOW_1 = """\
import sys as _tflint_sys
import tensorflow.compat.v1 as _tflint_v1
_tflint_v1.disable_v2_behavior()
_tflint_sys.modules['tensorflow'] = _tflint_v1
"""
"""What a program of TensorFlow 1 means by ``import tensorflow``, in TensorFlow 2."""


class NotSliceable(Exception):
    """Nothing that runs by itself can be cut out; the message says why."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A program; ``lines`` maps its lines to those of ``source``, ``assumptions`` what it takes for granted."""

    source: Source
    text: str
    lines: dict[int, int]
    inputs: Inputs
    assumptions: tuple[str, ...] = ()


class Slicer:
    """Slices of one file."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        self._is_old = is_tensorflow_1(analysis.source.text, analysis.tree)
        self._tree = Tree(analysis.tree, self._is_old)
        self._values = _recorded_values(analysis)
        self._broken = {record.call.node for record in analysis.violations if record.call.api not in OF_THE_GRAPH}

    def cut(self, claim: Claim) -> Slice:
        """The first of ``cuts``; raises NotSliceable."""
        return next(self.cuts(claim))

    def cuts(self, claim: Claim) -> Iterator[Slice]:
        """What running the flagged expression needs, in one way after the other; raises NotSliceable if there is none.

        The calls that led there are tried from the outermost in; at last, the function with parameters made up.
        """
        if claim.node not in self._tree.parents:
            raise NotSliceable("the flagged expression is not in the file")
        reason, found = "nothing leads to it", set[str]()
        way = (*claim.stack, claim.node)
        for index, entry in enumerate(way):
            if entry not in self._tree.parents:
                continue
            try:
                piece = self._cut(claim, entry, way[index:])
            except Missing as missing:
                reason = str(missing)
            except RecursionError:
                reason = "the program is nested too deeply"
            else:
                if piece.text not in found:
                    yield piece
                if not found and piece.inputs.counts:
                    yield self._cut(claim, entry, way[index:], one_count=True)
                if not found and f"import {ARGUMENTS}" in piece.text:
                    yield self._cut(claim, entry, way[index:], without=ARGUMENTS)
                found.add(piece.text)
        if not found:
            raise NotSliceable(reason)

    def around(self, claim: Claim, lines: Collection[int]) -> Slice:
        """The first of ``cuts`` with what stands on ``lines`` replaced by what it seems to mean: it raises here.

        Where nothing is known of that, NotSliceable is raised.
        """
        way = (*claim.stack, claim.node)
        entry = next((node for node in way if node in self._tree.parents), claim.node)
        broken = {node for node in self._tree.parents if isinstance(node, ast.Call) and node.lineno in lines}
        try:
            return self._cut(claim, entry, way, broken=broken)
        except Missing as missing:
            raise NotSliceable(str(missing)) from None

    def to_the_end(self, claim: Claim) -> Slice:
        """What the whole module does up to its end, for graphs that fail when they run; raises NotSliceable."""
        entry = next((node for node in (*claim.stack, claim.node) if node in self._tree.parents), claim.node)
        later = [
            statement for statement in _acting(self._tree.module) if statement.lineno > getattr(entry, "lineno", 0)
        ]
        try:
            return self._cut(claim, entry, (*claim.stack, claim.node), later)
        except Missing as missing:
            raise NotSliceable(str(missing)) from None

    def _cut(
        self,
        claim: Claim,
        entry: ast.AST,
        ahead: tuple[ast.AST, ...],
        later: Sequence[ast.stmt] = (),
        broken: Collection[ast.AST] = (),
        one_count: bool = False,
        without: str = "",
    ) -> Slice:
        tree = self._tree
        around = tree.functions(entry)
        if any(isinstance(function, ast.AsyncFunctionDef) for function in around):
            raise Missing("an event loop", self._analysis.source.where(around[0].lineno))
        makers = claim.expected.makers if isinstance(claim.expected, Peaks) else ()
        # Of what else is alive, only what is made on the way to the entry.
        others = [maker for maker in makers if maker in tree.parents and set(tree.functions(maker)) <= set(around)]
        selection = Selection(tree, [entry, *others, *later])
        inputs = Inputs(tree.module, claim.dtype, one_count)
        given = _values_of_call(claim.call)

        def value_of(expression: ast.AST) -> Value | None:
            return given.get(expression, self._values.get(expression))

        # What is flagged elsewhere is replaced by its plausible value, unless the way leads through it.
        way = {claim.node, *claim.stack}
        if claim.call is not None:
            way.add(claim.call.node)
        skipped = {node for node in self._broken.union(broken) if way.isdisjoint(ast.walk(node))}
        rewriter = Rewriter(
            tree, selection, claim.node, inputs, value_of, self._analysis.source.where, skipped, ahead, without
        )
        body = _calls_last(rewriter.block(tree.module.body))
        assumptions = list(dict.fromkeys(rewriter.assumptions))
        if inputs.guessed:
            assumptions.append(f"dtypes that are not known were taken to be {claim.dtype}")
        module = ast.fix_missing_locations(ast.Module(body, []))
        prologue = (TENSORFLOW_1 if self._is_old else "") + (PROLOGUE if inputs.used else "")
        return _rendered(self._analysis.source, module, prologue, inputs, tuple(assumptions))


def _acting(block: ast.AST) -> Iterator[ast.stmt]:
    """The statements that call something when the module runs."""
    for child in ast.iter_child_nodes(block):
        if isinstance(child, (*FUNCTIONS, ast.ClassDef)) or not isinstance(child, ast.stmt):
            continue
        if isinstance(child, (ast.Expr, ast.Assign)):
            if any(isinstance(node, ast.Call) for node in ast.walk(child)):
                yield child
        else:
            yield from _acting(child)


def _calls_last(body: list[ast.stmt]) -> list[ast.stmt]:
    """A function is called once everything that it may use is defined: its made-up call comes at the end."""
    for index, statement in enumerate(body[:-1]):
        following = body[index + 1]
        # Rewriting puts a call right behind the definition, with the definition's own place.
        if isinstance(statement, (*FUNCTIONS, ast.ClassDef)) and following.lineno == statement.lineno:
            return [*body[: index + 1], *body[index + 2 :], following]
    return body


def _rendered(source: Source, module: ast.Module, prologue: str, inputs: Inputs, assumptions: tuple[str, ...]) -> Slice:
    text = ast.unparse(module) + "\n"
    future = sum(
        isinstance(statement, ast.ImportFrom) and statement.module == "__future__" for statement in module.body
    )
    lines = text.splitlines(keepends=True)
    text = "".join([*lines[:future], prologue, *lines[future:]])
    added = prologue.count("\n")
    reparsed = ast.parse(text)
    shifted = [statement for index, statement in enumerate(reparsed.body) if not future <= index < future + added]
    mapping: dict[int, int] = {}
    for original, rendered in zip(module.body, shifted):
        for ours, theirs in zip(ast.walk(original), ast.walk(rendered)):
            if isinstance(ours, ast.stmt) and isinstance(theirs, ast.stmt):
                mapping.setdefault(theirs.lineno, ours.lineno)
    return Slice(source, text, mapping, inputs, assumptions)


def _values_of_call(call: Call | None) -> dict[ast.AST, Value]:
    """What was known of the operands in the evaluation that is meant."""
    if call is None:
        return {}
    values: dict[ast.AST, Value] = {}
    for name, node in call.nodes.items():
        value = call.arguments.get(name)
        if value is not None and value != UNKNOWN:
            values[node] = value
    return values


def _recorded_values(analysis: Analysis) -> dict[ast.AST, Value]:
    """What is known of each expression: the fact, or what the ops that were evaluated took and gave.

    Two evaluations that disagree leave the first: one of the ways that the program takes.
    """
    values: dict[ast.AST, Value] = {}
    for call in analysis.calls:
        if isinstance(call.result, Tensor):
            values.setdefault(call.node, call.result)
        for node, value in _values_of_call(call).items():
            values.setdefault(node, value)
    for record in analysis.violations:
        if isinstance(record.violation.result, Tensor):
            values.setdefault(record.call.node, record.violation.result)
    for node, fact in analysis.facts.items():
        # Values of one evaluation know more, but may belong to another way than the rest.
        if fact.shape is not None and (fact.dtype is not None or node not in values):
            values[node] = fact
    return values
