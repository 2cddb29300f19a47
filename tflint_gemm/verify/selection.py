"""Which statements a flagged expression needs: a backward slice over the syntax tree.

Flow-insensitive within what comes before: every statement that defines or changes a needed name is kept, and what it
reads is needed in turn.  Functions and classes are kept whole; the functions that enclose the target are cut like the
module itself.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from tflint_gemm.verify.names import (
    COLLECTED,
    FUNCTIONS,
    Function,
    Imports,
    blocks,
    called_objects,
    defines,
    headers,
    is_noise,
    loads,
)

_LOOPS = (ast.For, ast.AsyncFor, ast.While)


class Tree:
    """A module with the way from each node up; built once per file."""

    def __init__(self, module: ast.Module, is_old: bool = False) -> None:
        self.module = module
        self.imports = Imports(module, is_old)
        self.parents: dict[ast.AST, ast.AST] = {}
        self.definitions: set[str] = set()
        for node in ast.walk(module):
            if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
                self.definitions.add(node.name)
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """``node`` itself, its parent, and so on up to the module."""
        yield node
        while (parent := self.parents.get(node)) is not None:
            yield parent
            node = parent

    def functions(self, node: ast.AST) -> list[Function]:
        """The functions around ``node``, outermost first; not one that has it among its defaults."""
        found: list[Function] = []
        child = node
        for ancestor in self.ancestors(node):
            if isinstance(ancestor, FUNCTIONS) and isinstance(child, ast.stmt) and child is not ancestor:
                found.append(ancestor)
            child = ancestor
        return found[::-1]

    def class_of(self, function: Function) -> ast.ClassDef | None:
        parent = self.parents[function]
        return parent if isinstance(parent, ast.ClassDef) else None


class Selection:
    """The statements to keep for some targets that stand in the same functions."""

    def __init__(self, tree: Tree, targets: Iterable[ast.AST]) -> None:
        self._tree = tree
        self.targets = tuple(targets)
        self.harnessed = frozenset(function for target in self.targets for function in tree.functions(target))
        self._path = {ancestor for target in self.targets for ancestor in tree.ancestors(target)}
        self.kept: set[ast.AST] = set()
        self._needed: set[str] = set()
        # Calling these changes nothing that they are: imported functions, functions and classes of the program.
        self._definitions = tree.imports.paths.keys() | tree.definitions
        self._candidates = list(self._reachable(tree.module.body))
        self._select()

    def keeps(self, statement: ast.stmt) -> bool:
        return statement in self.kept

    def is_on_path(self, node: ast.AST) -> bool:
        """Whether a target stands in ``node``."""
        return node in self._path

    def _reachable(self, block: list[ast.stmt]) -> Iterator[ast.stmt]:
        """The statements that may run before a target, none from inside functions and classes that are kept whole."""
        last = self._last_line(block)
        for statement in block:
            if statement.lineno > last:
                return
            yield statement
            if isinstance(statement, ast.ClassDef):
                for method in statement.body:
                    if method in self.harnessed:
                        yield from self._reachable(method.body)
            elif not isinstance(statement, FUNCTIONS) or statement in self.harnessed:
                for inner in blocks(statement):
                    yield from self._reachable(inner)

    def _last_line(self, block: list[ast.stmt]) -> float:
        """Where a block need not be read on: after its target, unless that is in a function, which is called last."""
        on_path = [statement for statement in block if statement in self._path]
        if not on_path or any(isinstance(self._tree.parents[on_path[0]], loop) for loop in _LOOPS):
            return float("inf")
        last = on_path[-1]
        if isinstance(last, (*FUNCTIONS, ast.ClassDef)) and any(function in self._path for function in self.harnessed):
            return float("inf")
        return last.end_lineno or last.lineno

    def _select(self) -> None:
        for statement in self._candidates:
            if statement in self._path or self._is_always_kept(statement):
                self._keep(statement)
                if isinstance(statement, ast.Assign) and statement not in self._path:
                    self._needed |= defines(statement)  # what the session runs, as the variables' initial values
        for target in self.targets:
            self._needed |= loads(target)
        before = -1
        while before != len(self.kept):
            before = len(self.kept)
            for statement in self._candidates:
                if statement not in self.kept and self._is_needed(statement):
                    self._keep(statement)

    def _is_always_kept(self, statement: ast.stmt) -> bool:
        if isinstance(statement, ast.ImportFrom):
            return statement.module == "__future__" or any(alias.name == "*" for alias in statement.names)
        return isinstance(statement, (ast.Global, ast.Nonlocal)) or self._tree.imports.is_setting(statement)

    def _is_needed(self, statement: ast.stmt) -> bool:
        if isinstance(statement, (ast.Break, ast.Continue)):
            loop = next(
                (ancestor for ancestor in self._tree.ancestors(statement) if isinstance(ancestor, _LOOPS)), None
            )
            return loop in self.kept
        defined = defines(statement)
        if self._tree.imports.collects(statement):
            defined.add(COLLECTED)
        if isinstance(statement, ast.Expr):
            defined -= self._tree.imports.paths.keys()  # tf.something(...) does not change tf
        elif not isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
            defined |= called_objects(statement) - self._definitions
        return bool(defined & self._needed)

    def _keep(self, statement: ast.stmt) -> None:
        """Keeps a statement, what it stands in, and asks for what it reads."""
        for ancestor in self._tree.ancestors(statement):
            if ancestor in self.kept:
                break
            if not isinstance(ancestor, ast.stmt):
                continue
            self.kept.add(ancestor)
            cut = next(blocks(ancestor), None) is not None
            if isinstance(ancestor, FUNCTIONS) and ancestor not in self.harnessed:
                cut = False
            elif isinstance(ancestor, ast.ClassDef):
                self._needed |= self._loads_of_class(ancestor)
                continue
            for part in headers(ancestor) if cut else (ancestor,):
                self._needed |= loads(part)
            self._needed -= {""}

    def _loads_of_class(self, statement: ast.ClassDef) -> set[str]:
        """What a class reads, but for the body of a method that is cut to what leads to the target."""
        found: set[str] = set()
        for child in ast.iter_child_nodes(statement):
            for part in headers(child) if child in self.harnessed else (child,):
                found |= loads(part)
        return found


def is_dispensable(statement: ast.stmt) -> bool:
    """Whether a statement of a function that is kept whole can go: it prints, trains or saves."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) and is_noise(statement.value)
