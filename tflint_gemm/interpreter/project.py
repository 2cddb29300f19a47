"""The other modules of the project: which statements of a module bind a name.

Nothing is imported or executed here; a module is parsed once as long as its file stays the same.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tflint_gemm import project_files
from tflint_gemm.kept import Kept
from tflint_gemm.syntax.source import Source, SourceError, decode
from tflint_gemm.syntax.tree import blocks, children, targets, walk
from tflint_gemm.syntax.trees import MAX_LINES_KEPT, tree_of

LIBRARIES = ("tensorflow", "numpy", "keras", "tf_keras")
_MAX_STARS = 4  # star imports through which a name may come
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_LIBRARIES = frozenset((*LIBRARIES, *sys.stdlib_module_names))
_NAMESPACES = (*_DEFINITIONS, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(eq=False)
class ModuleSource:
    """A module of the project as text and tree, with what is bound where."""

    source: Source
    tree: ast.Module
    binders: dict[str, list[ast.stmt]] = field(default_factory=dict)
    """The top-level statements that bind or change each name, in order."""
    stars: list[ast.ImportFrom] = field(default_factory=list)

    _rebound: frozenset[str] | None = None

    @property
    def rebound(self) -> frozenset[str]:
        """The names that functions of the module assign or whose values they change, at times that are not known."""
        if self._rebound is None:
            names = (n for n, everywhere in _changed_by_functions(self.tree) if self._means_the_module(n, everywhere))
            self._rebound = frozenset(names)
        return self._rebound

    def _means_the_module(self, name: str, is_global: bool) -> bool:
        return name in self.binders and (is_global or not _is_of_library(name, self.binders[name]))

    @property
    def exported(self) -> list[str] | None:
        """What ``__all__`` lists; None where it is not a plain list of names."""
        statements = self.binders.get("__all__", [])
        if len(statements) != 1 or not isinstance(statements[0], ast.Assign):
            return None
        value = statements[0].value
        if not isinstance(value, (ast.List, ast.Tuple)):
            return None
        return [item.value for item in value.elts if isinstance(item, ast.Constant) and isinstance(item.value, str)]


def load(path: str) -> ModuleSource | None:
    """The module in the file ``path``; None where it cannot be read, is not Python, or is huge."""
    content = project_files.content(path)
    if content is None:
        return None
    return _KEPT.get(content, lambda kept: kept.data.count(b"\n") + 1, lambda: _read(content))


def _read(content: project_files.Content) -> ModuleSource | None:
    try:
        source = decode(content.path, content.data)
        module = ModuleSource(source, tree_of(source))
    except SourceError:
        return None
    for statement in module.tree.body:
        for name in _bound_names(statement):
            statements = module.binders.setdefault(name, [])
            if statement not in statements:
                statements.append(statement)
        if isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*":
            module.stars.append(statement)
    return module


_KEPT: Kept[project_files.Content, ModuleSource | None] = Kept(MAX_LINES_KEPT)


def public_names(path: str, depth: int = 0) -> list[str]:
    """What ``from module import *`` brings from a module of the project."""
    module = load(path)
    if module is None:
        return []
    if module.exported is not None:
        return module.exported
    found = [name for name in module.binders if not name.startswith("_")]
    for star in module.stars if depth < _MAX_STARS else ():
        file = project_files.find_module(path, star.module or "", star.level)
        if file is not None and file != path:
            found += public_names(file, depth + 1)
    return list(dict.fromkeys(found))


def _bound_names(statement: ast.stmt) -> Iterator[str]:
    """The names of the module that a top-level statement binds, and those whose values it changes in place."""
    if isinstance(statement, _DEFINITIONS):
        yield statement.name
        return
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        if isinstance(node, _DEFINITIONS):
            yield node.name
            continue
        if isinstance(node, ast.Lambda):
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (alias.asname or alias.name.split(".", 1)[0] for alias in node.names if alias.name != "*")
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
            yield from _root(node)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            yield from _root(node.value.func)
        pending.extend(children(node))


def _is_of_library(name: str, statements: Sequence[ast.stmt]) -> bool:
    """Whether the name only ever is what libraries offer: ``np.random.seed(0)`` leaves ``np`` as it is."""
    imported = False
    for node in (node for statement in statements for node in walk(statement)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                if (alias.asname or alias.name.split(".", 1)[0]) == name:
                    path = alias.name if isinstance(node, ast.Import) else node.module or ""
                    if getattr(node, "level", 0) or path.split(".", 1)[0] not in _LIBRARIES:
                        return False
                    imported = True
        elif isinstance(node, _DEFINITIONS):
            if node.name == name:
                return False
        elif isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load):
            return False
    return imported


def _changed_by_functions(tree: ast.Module) -> Iterator[tuple[str, bool]]:
    """The names to which functions assign (True: ``global``), and those of containers that they fill (False)."""
    for statement, local in _statements(tree.body, None):
        if local is None:
            continue
        if isinstance(statement, ast.Global):
            yield from ((name, True) for name in statement.names)
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            yield from ((name, False) for name in _root(statement.value.func) if name not in local)
        for target in targets(statement):
            for node in walk(target):
                if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
                    yield from ((name, False) for name in _root(node) if name not in local)


def _statements(
    body: Sequence[ast.AST], local: frozenset[str] | None
) -> Iterator[tuple[ast.AST, frozenset[str] | None]]:
    """All statements, each with the local names of the functions around it (None outside of functions)."""
    for statement in body:
        yield statement, local
        inner = local
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            own, shared = _local_names(statement)
            inner = ((local or frozenset()) | own) - shared
        for block in blocks(statement):
            yield from _statements(block, inner)


def _local_names(function: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[frozenset[str], frozenset[str]]:
    """The parameters of a function and the names that its own statements bind; and those it declares ``global``."""
    own = {argument.arg for argument in children(function.args) if isinstance(argument, ast.arg)}
    shared: set[str] = set()
    pending: list[ast.AST] = list(function.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Global):
            shared.update(node.names)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            own.add(node.id)
        elif not isinstance(node, _NAMESPACES):
            pending.extend(children(node))
    return frozenset(own), frozenset(shared)


def _root(node: ast.expr) -> Iterator[str]:
    """``config`` of ``config.model["size"]``."""
    inner = node
    while isinstance(inner, (ast.Attribute, ast.Subscript, ast.Call)):
        inner = inner.func if isinstance(inner, ast.Call) else inner.value
    if isinstance(inner, ast.Name) and inner is not node:
        yield inner.id
