"""The tensor flow of each function as a graph: which op's result is the operand of which other.

The interpreter hands on one object from the op that makes a value to those that take it.  So the flow is read off the
recorded evaluations by identity; nothing is recorded for it.  Where two paths meet, the joined value is a new object:
then the assignments of the variable tell.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Union

from tflint_gemm.domain import dims, shapes
from tflint_gemm.domain.join import join
from tflint_gemm.domain.values import ANY_TENSOR, Kind, ListValue, Tensor, TupleValue, Value
from tflint_gemm.interpreter.interpreter import ANYWHERE
from tflint_gemm.interpreter.records import Analysis, Call
from tflint_gemm.memory.plan import magnitude
from tflint_gemm.memory.text import size_text
from tflint_gemm.picture import Flow, FlowEdge, FlowNode, Role
from tflint_gemm.report import facts
from tflint_gemm.report.printable import one_line
from tflint_gemm.syntax.tree import Tree

FunctionNode = Union[ast.FunctionDef, ast.AsyncFunctionDef, ast.Module]
Chain = tuple[ast.AST, ...]
"""The calls of the program's functions that led to an evaluation, and its node: outermost first."""
Key = Union[ast.AST, tuple[str, str]]
"""A node of the graph: an expression, or (role, text) for a value from outside or on its way out."""

MAX_NODES = 250
MAX_ITEMS = 16  # of one list or tuple of operands
LABEL = 28
_NESTING = 3


def flows(analysis: Analysis, tree: Tree) -> dict[FunctionNode, Flow]:
    """The graph of every function (and of the module) in which an op is evaluated."""
    builder = _Builder(analysis, tree)
    failed = [record.call for record in analysis.violations]
    for call in (*failed, *analysis.calls):
        builder.add(call)
    for call in failed:  # they stand apart, so which calls took their plausible results is not known by their order
        builder.made(call)
    for call in (*analysis.calls, *failed):
        builder.link(call)
        builder.made(call)
    return {function: builder.finished(graph) for function, graph in builder.graphs.items() if graph.nodes}


@dataclass(slots=True)
class _Box:
    role: Role
    label: str
    detail: str = ""
    node: ast.AST | None = None
    result: Tensor | None = None
    repeats: bool = False


@dataclass(slots=True)
class _Graph:
    nodes: dict[Key, _Box] = field(default_factory=dict)
    edges: dict[tuple[Key, Key], Tensor] = field(default_factory=dict)

    def connect(self, source: Key, target: Key, value: Tensor) -> None:
        if source is target:
            self.nodes[target].repeats = True
            return
        known = self.edges.get((source, target))
        joined = value if known is None else join(known, value)
        self.edges[source, target] = joined if isinstance(joined, Tensor) else ANY_TENSOR


class _Builder:
    def __init__(self, analysis: Analysis, tree: Tree) -> None:
        self.analysis, self.tree, self.source = analysis, tree, analysis.source
        self.graphs: dict[FunctionNode, _Graph] = defaultdict(_Graph)
        self._made_by: dict[int, list[Chain]] = defaultdict(list)
        self._assignments: dict[tuple[FunctionNode, str], list[ast.AST]] | None = None

    # --- what is evaluated

    def add(self, call: Call) -> None:
        """Put an op into the graph of its function, if tensors have to do with it."""
        results = list(_tensors(call.result))
        is_question = not results and call.display.startswith(".")  # x.shape, x.dtype
        if results or (next(_operands(call), None) is not None and not is_question) or call.result is None:
            graph = self.graphs[self.function(call.node)]
            box = graph.nodes.setdefault(call.node, _Box("op", self._label(call), self._detail(call), call.node))
            fact = self.analysis.facts.get(call.node) if isinstance(call.node, ast.expr) else None
            box.result = fact or (results[0] if results else None)

    def link(self, call: Call) -> None:
        """Connect an evaluation with those that made its operands."""
        chain = _chain(call)
        if call.node not in self.graphs[self.function(call.node)].nodes:
            return
        for name, node, value in _operands(call):
            self._link(chain, name, node, value)

    def made(self, call: Call) -> None:
        """Remember whose results these are."""
        for result in _tensors(call.result):
            self._made_by[id(result)].append(_chain(call))

    def _label(self, call: Call) -> str:
        return "[…]" if call.display == "[]" else _cut(call.display)

    def _detail(self, call: Call) -> str:
        """The class of a layer, which its name in the program does not tell."""
        parts = call.api.split(".")
        kind = parts[-2] if len(parts) > 1 and parts[-1] == "__call__" else ""
        return kind if kind and kind.lower() not in call.display.lower() else ""

    def _link(self, chain: Chain, name: str, node: ast.expr | None, value: Tensor) -> None:
        """Draw how an operand comes to an evaluation, in every function on the way."""
        made = self._producers(chain, node, value)
        for source in made:
            self._path(source, chain, name, node, value)
        if not made:
            self._come_in(chain[-1], self._name(name, node), value)

    def _path(self, source: Chain, chain: Chain, name: str, node: ast.expr | None, value: Tensor) -> None:
        shared = 0
        while shared < min(len(source), len(chain)) - 1 and source[shared] is chain[shared]:
            shared += 1
        made, last = source[shared], len(chain) - 1
        home = self.function(made)
        for level, one in enumerate(chain[shared:], shared):
            if self.function(one) is home:
                graph = self.graphs[home]
                self._box(graph, made)
                self._box(graph, one)
                graph.connect(made, one, value)
            else:
                passed = self._name(name, node) if level == last else self._passed(one, value)
                if passed is not None:
                    self._come_in(one, passed, value)

    def _come_in(self, node: ast.AST, name: str, value: Tensor) -> None:
        graph = self.graphs[self.function(node)]
        self._box(graph, node)
        key = ("input", name)
        graph.nodes.setdefault(key, _Box("input", _cut(name)))
        graph.connect(key, node, value)

    def _box(self, graph: _Graph, node: ast.AST) -> None:
        """The box of a node that is there already, or of a call of one of the program's functions."""
        if node not in graph.nodes:
            called = node.func if isinstance(node, ast.Call) else node
            fact = self.analysis.facts.get(node) if isinstance(node, ast.expr) else None
            graph.nodes[node] = _Box("call", _cut(self._text(called)) + "(…)", "", node, fact)

    # --- where a value was made

    def _producers(self, chain: Chain, node: ast.expr | None, value: Tensor) -> list[Chain]:
        """The evaluations that gave ``value`` to the expression ``node``; more than one where paths meet."""
        known = self._made_by.get(id(value), []) if value != ANY_TENSOR else []
        graph = self.graphs[self.function(chain[-1])]
        names = self._reaching(node, {part for one in known for part in one}) if isinstance(node, ast.Name) else ()
        reaching = [(*chain[:-1], one) for one in names if one in graph.nodes]
        if len(reaching) > 1:  # what is equal on both paths stays one object
            return reaching
        if known:
            # A function that returns its argument hands on the same object: what is written decides.
            named = node.id if isinstance(node, ast.Name) else None
            exact = [one for one in known if node is not None and any(part is node for part in one)]
            exact = exact or [one for one in known if named and any(named in self._targets(part) for part in one)]
            return [(exact or known)[-1]]
        return [(*chain[:-1], node)] if node is not None and node in graph.nodes else reaching

    def _targets(self, node: ast.AST) -> set[str]:
        """The variables that the statement of ``node`` assigns."""
        statement = self.tree.statement(node)
        targets: list[ast.expr] = []
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, (ast.AnnAssign, ast.AugAssign)):
            targets = [statement.target]
        return {one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)}

    def _reaching(self, name: ast.Name, known: set[ast.AST]) -> Iterator[ast.AST]:
        """The values last assigned to a variable before ``name``, back to one that no branch passes by.

        Nor does a loop pass by one of those that are ``known`` to have made what is there.
        """
        function = self.function(name)
        around = {id(one) for one in self.tree.ancestors(name)}
        for value in reversed(self._assigned().get((function, name.id), [])):
            if getattr(value, "lineno", 0) >= name.lineno:
                continue
            yield value
            conditions = [one for one in self.tree.ancestors(value) if isinstance(one, _CONDITIONAL)]
            beside = [one for one in conditions if id(one) not in around]
            if all(value in known and isinstance(one, (ast.For, ast.AsyncFor)) for one in beside):
                return

    def _assigned(self) -> dict[tuple[FunctionNode, str], list[ast.AST]]:
        """Per function and variable the expressions (of an augmented assignment the statement) assigned to it."""
        if self._assignments is None:
            self._assignments = defaultdict(list)
            for one in ast.walk(self.analysis.tree):
                if isinstance(one, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and one.value is not None:
                    value = one if isinstance(one, ast.AugAssign) else one.value
                    for name in self._targets(one):
                        self._assignments[self.function(one), name].append(value)
            for values in self._assignments.values():
                values.sort(key=lambda value: getattr(value, "lineno", 0))
        return self._assignments

    def _passed(self, call: ast.AST, value: Tensor) -> str | None:
        """How the argument is written that carries ``value`` into a call of the program's."""
        if not isinstance(call, ast.Call):
            return None
        arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
        found = [one for one in arguments if self.analysis.facts.get(one) == value]
        return self._text(found[0]) if len(found) == 1 else None

    # --- names

    def function(self, node: ast.AST) -> FunctionNode:
        """The function (not a lambda) in whose text ``node`` stands, or the module."""
        for ancestor in self.tree.ancestors(node):
            if isinstance(ancestor, (ast.FunctionDef, ast.AsyncFunctionDef)):
                return ancestor
        return self.analysis.tree

    def _name(self, name: str, node: ast.expr | None) -> str:
        return name if node is None else self._text(node)

    def _text(self, node: ast.AST) -> str:
        return one_line(self.source.segment(self.source.span(node)))

    # --- the result

    def finished(self, graph: _Graph) -> Flow:
        self._go_out(graph)
        order = sorted(graph.nodes, key=lambda key: self._place(graph, key))
        kept = {key: index for index, key in enumerate(order[:MAX_NODES])}
        nodes = tuple(self._flow_node(graph.nodes[key]) for key in kept)
        edges = tuple(
            _edge(kept[source], kept[target], value)
            for (source, target), value in graph.edges.items()
            if source in kept and target in kept
        )
        return Flow(nodes, edges, len(order) - len(kept))

    def _go_out(self, graph: _Graph) -> None:
        """Give the results that no op takes a name: that of their variable, or ``return``."""
        used = {source for source, _ in graph.edges}
        for key, box in list(graph.nodes.items()):
            if box.node is None or key in used or box.result is None:
                continue
            statement = self.tree.statement(box.node)
            names = sorted(self._targets(box.node))
            if isinstance(statement, ast.Return):
                sink = ("output", f"return in line {statement.lineno}")
                names = ["return"]
            else:
                sink = ("output", ", ".join(names))
            if names:
                graph.nodes.setdefault(sink, _Box("output", _cut(", ".join(names))))
                graph.connect(key, sink, box.result)

    def _place(self, graph: _Graph, key: Key) -> tuple[int, int]:
        """Boxes without a place of their own stand beside the first that they are connected with."""
        node = graph.nodes[key].node
        if node is not None:
            return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
        others = [a if b == key else b for a, b in graph.edges if key in (a, b)]
        places = [graph.nodes[other].node for other in others]
        return min((getattr(one, "lineno", 0), -1) for one in places) if places else (0, 0)

    def _flow_node(self, box: _Box) -> FlowNode:
        span = None if box.node is None else self.source.span(box.node)
        return FlowNode(box.role, box.label, box.detail, span, box.repeats)


_CONDITIONAL = (ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.ExceptHandler)


def _chain(call: Call) -> Chain:
    """The calls that led to ``call``, and it: those that the text shows, which a property's is not."""
    return (*(node for node in call.stack if node is not ANYWHERE), call.node)


def _operands(call: Call) -> Iterator[tuple[str, ast.expr | None, Tensor]]:
    """The tensors and arrays among the arguments, with how each is written."""
    for name, value in call.arguments.items():
        node = call.nodes.get(name)
        items = _items(value)
        if items is None:
            yield from ((name, node, tensor) for tensor in _tensors(value))
            continue
        for index, item in enumerate(items[:MAX_ITEMS]):
            yield from ((name, call.nodes.get(f"{name}[{index}]"), tensor) for tensor in _tensors(item))


def _items(value: Value | None) -> tuple[Value, ...] | None:
    if isinstance(value, ListValue):
        value = value.slots.get(ListValue.CONTENT)
    return value.items if isinstance(value, TupleValue) else None


def _tensors(value: Value | None, nesting: int = _NESTING) -> Iterator[Tensor]:
    """The tensors and arrays that a value is or holds."""
    if isinstance(value, Tensor):
        if value.kind is not Kind.PYTHON:
            yield value
    elif nesting:
        for item in (_items(value) or ())[:MAX_ITEMS]:
            yield from _tensors(item, nesting - 1)


def _edge(source: int, target: int, value: Tensor) -> FlowEdge:
    size = None if value.dtype is None or not value.dtype.size else value.dtype.size
    nbytes = None if size is None else dims.multiply(shapes.num_elements(value.shape), size)
    return FlowEdge(source, target, facts.type_text(value), size_text(nbytes), magnitude(nbytes))


def _cut(text: str) -> str:
    return text if len(text) <= LABEL else text[: LABEL - 1] + "…"
