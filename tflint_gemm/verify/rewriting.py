"""Copies selected statements into a program of their own: probe in place, inputs made up, foreign effects left out."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TypeVar

from tflint_gemm.domain.values import Value
from tflint_gemm.verify import names, probe
from tflint_gemm.verify.inputs import Inputs
from tflint_gemm.verify.selection import Selection, Tree, is_dispensable

ITEM = "__tflint_item"
ANY_SIZE = 16  # of what a constructor takes, most are sizes; many must divide each other
ValueOf = Callable[[ast.AST], Value | None]
Node = TypeVar("Node", bound=ast.AST)


class Missing(Exception):
    """Something that the snippet needs comes from outside, and what it would be is not known."""

    def __init__(self, what: str, where: str) -> None:
        super().__init__(f"needs {what} ({where}), of which the dtype or the shape is not known")


class Rewriter:
    """Rewrites in program order; ``foreign``: names and attributes that hold what is not there, with lines.

    ``where`` says what a person calls a line.
    ``broken`` are expressions that raise by themselves, ``way`` the calls that lead to the flagged expression.
    ``without`` is a module that is taken not to be there.
    """

    def __init__(
        self,
        tree: Tree,
        selection: Selection,
        flagged: ast.AST,
        inputs: Inputs,
        value_of: ValueOf,
        where: Callable[[int], str],
        broken: Collection[ast.AST] = (),
        way: Iterable[ast.AST] = (),
        without: str = "",
    ) -> None:
        self.tree, self.selection, self.flagged = tree, selection, flagged
        self.inputs, self._value_of, self._where, self._broken = inputs, value_of, where, broken
        self.foreign: dict[str, int] = {}
        self.assumptions: list[str] = []
        self._inside_whole = False
        self._without_module = without
        self._flagged_path = {ancestor for node in (flagged, *way) for ancestor in tree.ancestors(node)}

    # Statements

    def block(self, statements: Sequence[ast.stmt]) -> list[ast.stmt]:
        """The rewritten statements of a block, never none."""
        rewritten: list[ast.stmt] = []
        for statement in statements:
            if not self._is_kept(statement):
                continue
            for result in self._statement(statement):
                ast.copy_location(result, statement)
                rewritten.append(ast.fix_missing_locations(result))
        return rewritten or [ast.Pass()]

    def _is_kept(self, statement: ast.stmt) -> bool:
        if self._inside_whole:
            return not is_dispensable(statement) or statement in self._flagged_path
        return self.selection.keeps(statement)

    def _statement(self, statement: ast.stmt) -> list[ast.stmt]:
        handler = getattr(self, f"_{type(statement).__name__.lower()}", None)
        if statement is self.flagged:
            return self._flagged_statement(statement)
        try:
            rewritten: list[ast.stmt] = handler(statement) if handler is not None else [self._copy(statement)]
        except Missing:
            if self.selection.is_on_path(statement) or statement in self._flagged_path:
                raise
            return self._without(statement)
        if not isinstance(statement, (ast.Import, ast.ImportFrom)):
            for name in names.defines(statement):
                self.foreign.pop(name, None)
        return rewritten

    def _flagged_statement(self, statement: ast.stmt) -> list[ast.stmt]:
        copied = self._copy(statement)
        if isinstance(copied, ast.AugAssign):
            return probe.augmented(copied)
        return probe.unpacked(copied) if isinstance(copied, ast.Assign) else probe.plain(copied)

    def _without(self, statement: ast.stmt) -> list[ast.stmt]:
        """A statement that cannot run is left out; what it would have defined is not there from then on."""
        if isinstance(statement, (ast.Return, ast.Raise)):
            message = f"needs what {self._where(statement.lineno)} reads from outside"
            return [probe.statement("missing", ast.Constant(message))]
        for target in _targets(statement):
            written = names.path(target)
            if written is not None:
                self.foreign[written] = statement.lineno
        if isinstance(statement, (ast.Expr, ast.AugAssign)):
            self.assumptions.append(f"{self._where(statement.lineno)} was left out")
        return []

    def _import(self, statement: ast.Import) -> list[ast.stmt]:
        kept = []
        for alias in statement.names:
            if names.is_importable(alias.name) and alias.name != self._without_module:
                kept.append(alias)
            else:
                self.foreign[alias.asname or alias.name.split(".")[0]] = statement.lineno
        return [ast.Import(kept)] if kept else []

    def _importfrom(self, statement: ast.ImportFrom) -> list[ast.stmt]:
        kept = []
        for alias in statement.names:
            found = not statement.level and names.is_importable(f"{statement.module}.{alias.name}")
            if found and statement.module != self._without_module:
                kept.append(alias)
            else:
                self.foreign[alias.asname or alias.name] = statement.lineno
        return [ast.ImportFrom(statement.module, kept, 0)] if kept else []

    def _functiondef(self, statement: ast.FunctionDef) -> list[ast.stmt]:
        arguments = self._arguments(statement.args)
        outside, whole = dict(self.foreign), self._inside_whole
        self._inside_whole = statement not in self.selection.harnessed
        for argument in _parameters(statement.args):
            self.foreign.pop(argument.arg, None)
        call = self._harness(statement) if statement in self.selection.harnessed else None
        body = self.block(statement.body)
        self._inside_whole, self.foreign = whole, outside
        decorators = [
            copied for decorator in statement.decorator_list if (copied := self._optional(decorator)) is not None
        ]
        function = ast.FunctionDef(statement.name, arguments, body, decorators)
        function.type_params = []  # type: ignore[attr-defined]
        if call is None:
            return [function]
        if not call.complete:
            function.decorator_list = [
                item for item in decorators if names.path(item) in ("staticmethod", "classmethod", "property")
            ]
        return [function, call.statement] if self.tree.class_of(statement) is None else [function]

    def _asyncfunctiondef(self, statement: ast.AsyncFunctionDef) -> list[ast.stmt]:
        raise Missing(f"the coroutine `{statement.name}` run by an event loop", self._where(statement.lineno))

    def _classdef(self, statement: ast.ClassDef) -> list[ast.stmt]:
        bases = [self.expression(base) for base in statement.bases]
        keywords = [self._copy(keyword) for keyword in statement.keywords]
        decorators = [
            copied for decorator in statement.decorator_list if (copied := self._optional(decorator)) is not None
        ]
        whole, self._inside_whole = self._inside_whole, True
        body = self.block(statement.body)
        self._inside_whole = whole
        rewritten = ast.ClassDef(statement.name, bases, keywords, body, decorators)
        rewritten.type_params = []  # type: ignore[attr-defined]
        method = next((child for child in statement.body if child in self.selection.harnessed), None)
        if not isinstance(method, ast.FunctionDef):
            return [rewritten]
        outside = dict(self.foreign)
        call = self._method_call(statement, method)
        self.foreign = outside
        return [rewritten, call]

    def _assign(self, statement: ast.Assign) -> list[ast.stmt]:
        copied = self._copy(statement)
        for target in statement.targets:
            self.foreign.pop(names.path(target) or "", None)
        return [copied]

    def _annassign(self, statement: ast.AnnAssign) -> list[ast.stmt]:
        annotation = self._optional(statement.annotation) or ast.Name("object", ast.Load())
        value = None if statement.value is None else self.expression(statement.value)
        return [ast.AnnAssign(self._copy(statement.target), annotation, value, statement.simple)]

    def _if(self, statement: ast.If) -> list[ast.stmt]:
        test = self._optional(statement.test)
        if test is None:
            second = any(child in self._flagged_path or self.selection.is_on_path(child) for child in statement.orelse)
            self.assumptions.append(f"the condition in {self._where(statement.lineno)} was taken to be {not second}")
            test = ast.Constant(not second)
        return [ast.If(test, self.block(statement.body), self._rest(statement.orelse))]

    def _for(self, statement: ast.For) -> list[ast.stmt]:
        iterable = self._optional(statement.iter)
        if iterable is None:
            for target in _targets(statement):
                self.foreign[names.path(target) or ""] = statement.lineno
            return self._once(statement.body)
        for name in names.defines(statement):
            self.foreign.pop(name, None)
        return [
            ast.For(self._copy(statement.target), iterable, self.block(statement.body), self._rest(statement.orelse))
        ]

    def _while(self, statement: ast.While) -> list[ast.stmt]:
        test = self._optional(statement.test)
        if test is None:
            self.assumptions.append(f"the loop in {self._where(statement.lineno)} was run once")
            return self._once(statement.body)
        return [ast.While(test, self.block(statement.body), self._rest(statement.orelse))]

    def _once(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """A loop of one turn, in which ``break`` and ``continue`` stay valid."""
        return [ast.For(ast.Name(ITEM, ast.Store()), ast.List([ast.Constant(None)], ast.Load()), self.block(body), [])]

    def _with(self, statement: ast.With) -> list[ast.stmt]:
        items = []
        for item in statement.items:
            manager = self._optional(item.context_expr)
            if manager is not None:
                items.append(
                    ast.withitem(manager, None if item.optional_vars is None else self._copy(item.optional_vars))
                )
            elif item.optional_vars is not None and (written := names.path(item.optional_vars)):
                self.foreign[written] = statement.lineno
        body = probe.observed(self.block(statement.body)) if _may_suppress(statement) else self.block(statement.body)
        return [ast.With(items, body)] if items else [ast.If(ast.Constant(True), body, [])]

    def _try(self, statement: ast.Try) -> list[ast.stmt]:
        body = self.block(statement.body)
        if statement.handlers:
            body = probe.observed(body)
        handlers = []
        for handler in statement.handlers:
            kind = None if handler.type is None else self._optional(handler.type) or ast.Name("Exception", ast.Load())
            handlers.append(ast.ExceptHandler(kind, handler.name, self.block(handler.body)))
        last = self._rest(statement.finalbody)
        if not handlers and not last:
            last = [ast.Pass()]
        return [type(statement)(body, handlers, self._rest(statement.orelse), last)]

    _trystar = _try

    def _rest(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        return self.block(statements) if any(self._is_kept(statement) for statement in statements) else []

    # Calls of the functions around the flagged expression

    def _harness(self, function: ast.FunctionDef) -> Harness:
        """The call that runs a function with parameters made up, placed after its definition."""
        owner = self.tree.class_of(function)
        static = any(names.path(decorator) == "staticmethod" for decorator in function.decorator_list)
        skipped = 1 if owner is not None and not static else 0
        harness = self._call(ast.Name(function.name, ast.Load()), function, skipped, strict=False)
        if any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in ast.walk(function)):
            harness.statement = ast.For(ast.Name(ITEM, ast.Store()), harness.call, [ast.Pass()], [])
        return harness

    def _method_call(self, owner: ast.ClassDef, method: ast.FunctionDef) -> ast.stmt:
        kinds = {names.path(decorator) for decorator in method.decorator_list}
        receiver: ast.expr = ast.Name(owner.name, ast.Load())
        if not kinds & {"staticmethod", "classmethod"}:
            constructor = next(
                (child for child in owner.body if isinstance(child, ast.FunctionDef) and child.name == "__init__"), None
            )
            if method is constructor:
                return self._call(receiver, method, 1, strict=False).statement
            receiver = (
                ast.Call(receiver, [], [])
                if constructor is None
                else self._call(receiver, constructor, 1, strict=True).call
            )
        if "property" in kinds:
            return ast.Expr(ast.Attribute(receiver, method.name, ast.Load()))
        # Keras builds a layer when it is called, not when its ``call`` is.
        called = receiver if method.name == "call" and owner.bases else ast.Attribute(receiver, method.name, ast.Load())
        return self._call(called, method, 0 if "staticmethod" in kinds else 1, strict=False).statement

    def _call(self, called: ast.expr, function: ast.FunctionDef, skipped: int, strict: bool) -> Harness:
        """A call with an argument for each parameter; of what is not known there is None, or with ``strict`` a size."""
        given = function.args
        positional = [*given.posonlyargs, *given.args]
        optional = {argument.arg for argument in positional[len(positional) - len(given.defaults) :]}
        optional |= {
            argument.arg for argument, default in zip(given.kwonlyargs, given.kw_defaults) if default is not None
        }
        complete, keywords, plain = True, [], []
        for argument in [*positional[skipped:], *given.kwonlyargs]:
            made = self._argument(function, argument.arg)
            if made is None and argument.arg in optional:
                continue
            if made is None and strict:
                self.assumptions.append(f"`{argument.arg}` of {function.name}() was taken to be {ANY_SIZE}")
                made = ast.Constant(ANY_SIZE)
            elif made is None:
                complete = False
                self.foreign[argument.arg] = argument.lineno
                made = ast.Constant(None)
            if argument in given.posonlyargs:
                plain.append(made)
            else:
                keywords.append(ast.keyword(argument.arg, made))
        for variadic in (given.vararg, given.kwarg):
            if variadic is not None:
                self.foreign[variadic.arg] = variadic.lineno
        return Harness(ast.Call(called, plain, keywords), complete)

    def _argument(self, function: ast.FunctionDef, name: str) -> ast.expr | None:
        """What to pass for a parameter: made from what is known where the function first reads it."""
        for node in ast.walk(function):
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
                made = self.inputs.expression(self._value_of(node), name)
                if made is not None:
                    return made
        return None

    # Expressions

    def expression(self, node: ast.expr) -> ast.expr:
        """A copy of ``node`` that can be evaluated; raises Missing where it cannot."""
        try:
            self._check(node)
            copied = self._copy_fields(node)
        except Missing:
            made = None if node in self._flagged_path or self.selection.is_on_path(node) else self._made_up(node)
            if made is None:
                raise
            return made
        return probe.expression(copied) if node is self.flagged else copied

    def _optional(self, node: ast.expr) -> ast.expr | None:
        """A copy, None where something is missing and the flagged expression is not in it."""
        try:
            return self.expression(node)
        except Missing:
            if node in self._flagged_path or self.selection.is_on_path(node):
                raise
            return None

    def _made_up(self, node: ast.expr) -> ast.expr | None:
        return self.inputs.expression(self._value_of(node), names.path(node))

    def _check(self, node: ast.expr) -> None:
        written = names.path(node)
        if written in self.foreign and isinstance(getattr(node, "ctx", None), ast.Load):
            raise Missing(f"`{written}`", self._where(self.foreign[written]))
        if node in self._broken and node not in self._flagged_path:
            place = self._where(node.lineno)
            self.assumptions.append(f"{place}, which raises too, was replaced by what it seems to mean")
            raise Missing("the value of what itself raises", self._where(node.lineno))
        if isinstance(node, ast.Call) and (outside := self.tree.imports.reads_from_outside(node)):
            raise Missing(f"what `{outside}` reads", self._where(node.lineno))
        if isinstance(node, ast.Call) and node not in self._flagged_path and self.tree.imports.decodes(node):
            raise Missing("the bytes that are decoded", self._where(node.lineno))
        if isinstance(node, ast.Attribute) and self.tree.imports.is_gone(node):
            raise Missing(f"`{written}`", self._where(node.lineno))

    def _copy(self, node: Node) -> Node:
        if isinstance(node, ast.expr):
            return self.expression(node)  # type: ignore[return-value]
        return self._copy_fields(node)

    def _copy_fields(self, node: Node) -> Node:
        fields: dict[str, object] = {}
        for name, content in ast.iter_fields(node):
            if isinstance(content, list):
                fields[name] = self._copy_list(content)
            else:
                fields[name] = self._copy(content) if isinstance(content, ast.AST) else content
        return ast.copy_location(type(node)(**fields), node)

    def _copy_list(self, content: list[object]) -> list[object]:
        if content and isinstance(content[0], ast.stmt):
            return list(self.block(content))  # type: ignore[arg-type]
        return [self._copy(item) if isinstance(item, ast.AST) else item for item in content]

    def _arguments(self, arguments: ast.arguments) -> ast.arguments:
        """Parameters without annotations, which may name anything; a default that is not there is None."""
        bare = [
            [ast.arg(item.arg) for item in group]
            for group in (arguments.posonlyargs, arguments.args, arguments.kwonlyargs)
        ]
        variadic = [None if item is None else ast.arg(item.arg) for item in (arguments.vararg, arguments.kwarg)]
        defaults = [self._optional(default) or ast.Constant(None) for default in arguments.defaults]
        named = [
            None if default is None else self._optional(default) or ast.Constant(None)
            for default in arguments.kw_defaults
        ]
        return ast.arguments(
            posonlyargs=bare[0],
            args=bare[1],
            vararg=variadic[0],
            kwonlyargs=bare[2],
            kw_defaults=named,
            kwarg=variadic[1],
            defaults=defaults,
        )


class Harness:
    """A call that was made up; ``complete`` tells whether every argument is something real."""

    def __init__(self, call: ast.Call, complete: bool) -> None:
        self.call, self.complete = call, complete
        self.statement: ast.stmt = ast.Expr(call)


def _targets(statement: ast.stmt) -> list[ast.expr]:
    """The names, attributes and items that a statement writes to."""
    return [
        node
        for header in names.headers(statement)
        for node in ast.walk(header)
        if isinstance(node, (ast.Name, ast.Attribute)) and not isinstance(node.ctx, ast.Load)
    ]


def _parameters(arguments: ast.arguments) -> list[ast.arg]:
    extra = [item for item in (arguments.vararg, arguments.kwarg) if item is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *extra]


def _may_suppress(statement: ast.With) -> bool:
    """Whether a ``with`` may swallow what its body raises: suppress(...), raises(...), assertRaises(...)."""
    managers = (item.context_expr for item in statement.items)
    written = (names.path(item.func) or "" for item in managers if isinstance(item, ast.Call))
    return any(path.rpartition(".")[2].lower().startswith(("suppress", "raises", "assertraises")) for path in written)
