"""Modules of the project beside the one that is analysed: executed on demand, one top-level statement at a time.

``from layers import Block`` binds a name that is looked up only when it is read; then the statements of ``layers``
that bind ``Block`` are executed in the scope of that module, whose own names come about in the same way.  What such
code does wrong is reported where the analysed file calls it; its own top level is the business of its own check.
"""

from __future__ import annotations

import ast
import os

from tflint_gemm import project_files
from tflint_gemm.domain.values import UNKNOWN, Constant, OfType, Value
from tflint_gemm.interpreter import imports, project
from tflint_gemm.interpreter.interpreter import MIN_STEPS_A_CALL, BudgetExhausted, Interpreter
from tflint_gemm.interpreter.program import Frame, ImportedName, ProjectModule, Scope, Unit


class ModuleScope(Scope):
    """The namespace of another module of the project: a name is bound when it is first asked for."""

    __slots__ = ("_at", "_done", "_interpreter", "_module", "_running", "_unbound")

    def __init__(self, interpreter: Interpreter, module: project.ModuleSource) -> None:
        super().__init__("module", Unit(module.source))
        self._interpreter, self._module = interpreter, module
        self._done: set[ast.stmt] = set()
        self._at: int | None = None  # the line of the statement that is being executed
        self._running: set[str] = set()
        self._unbound: set[str] = set()  # names, mostly of builtins, that no statement of the module can bind
        self.slots["__name__"] = Constant(os.path.splitext(os.path.basename(module.source.path))[0])
        self.slots["__file__"] = OfType("str")

    def absent(self, name: str) -> Value | None:
        """Execute what binds ``name``; None where nothing does, or where it is being executed."""
        if name in self._running or name in self._unbound:
            return None
        statements = self._module.binders.get(name)
        if statements is not None and self._at is not None and statements[0].lineno > self._at:
            statements = None  # while the module is imported, what stands further down has not happened
        if name in self._module.rebound:
            return UNKNOWN
        self._running.add(name)
        try:
            if statements is None:
                return self._starred(name)
            self._execute([statement for statement in statements if statement not in self._done])
        finally:
            self._running.discard(name)
        return self.slots.get(name)

    def _execute(self, statements: list[ast.stmt]) -> None:
        interp = self._interpreter
        self._done.update(statements)
        # Imports happen once, before anything else and whatever path the program is on.
        journals = interp.heap.detach()
        try:
            with interp.quiet(), Elsewhere(interp, self):
                self._run(statements)
        finally:
            interp.heap.attach(journals)

    def _run(self, statements: list[ast.stmt]) -> None:
        interp = self._interpreter
        interp.frames.append(Frame(self, mode=interp.frames[0].mode, mark=interp.heap.begin()))
        try:
            for statement in statements:
                at, self._at = self._at, statement.lineno
                try:
                    reached = interp.run([statement])
                finally:
                    self._at = at
                if not reached:
                    break
        finally:
            interp.heap.commit()
            interp.frames.pop()

    def _starred(self, name: str) -> Value | None:
        """What a star import brings under ``name``."""
        path = self.unit.source.path
        offered = False
        for star in reversed(self._module.stars):
            file = project_files.find_module(path, star.module or "", star.level)
            found = None
            if file is None:
                found = imports.starred(star.module or "", name)
            elif name in project.public_names(file):
                offered = True
                found = _member(self._interpreter, ImportedName(file, name))
            if found is not None:
                return found
        if not offered:
            self._unbound.add(name)
        return None


class Elsewhere:
    """Run code of ``scope``; if it is another module's, within the steps that a file may spend in others.

    The block is left early, without an error, where those are used up.
    """

    __slots__ = ("_allowed", "_before", "_frames", "_interpreter", "_journals")

    def __init__(self, interp: Interpreter, scope: Scope) -> None:
        self._interpreter = None if scope.unit is interp.unit or not interp.at_home else interp
        self._before = self._allowed = interp.steps_left
        self._frames, self._journals = len(interp.frames), interp.heap.depth

    def __enter__(self) -> None:
        interp = self._interpreter
        if interp is not None:
            share = max(interp.steps_elsewhere // 3, MIN_STEPS_A_CALL)
            interp.steps_left = self._allowed = min(self._before, interp.steps_elsewhere, share)

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> bool:
        interp = self._interpreter
        if interp is None:
            return False
        used = self._allowed - max(interp.steps_left, 0)
        interp.steps_elsewhere = max(interp.steps_elsewhere - used, 0)
        interp.steps_left = self._before - used
        if not isinstance(error, BudgetExhausted) or self._allowed == self._before:
            return False
        interp.analysis.ended_early.add("modules")
        interp.unwind(self._frames, self._journals)
        return True


def scope_of(interp: Interpreter, path: str) -> Scope | None:
    """The namespace of the module in the file ``path``; None where it cannot be read."""
    if path not in interp.modules:
        module = project.load(path)
        interp.modules[path] = None if module is None else ModuleScope(interp, module)
    return interp.modules[path]


def read(interp: Interpreter, name: ImportedName) -> Value:
    """What an imported name means: a value or a submodule of the module, followed through re-exports."""
    value: Value | None = name
    seen: set[ImportedName] = set()
    while isinstance(value, ImportedName):
        if value in seen:  # ``from . import layers`` in the package itself
            return _submodule(value) or UNKNOWN
        seen.add(value)
        value = _member(interp, value) or _submodule(value)
    return UNKNOWN if value is None else value


def _member(interp: Interpreter, name: ImportedName) -> Value | None:
    scope = scope_of(interp, name.path)
    if scope is None:
        return None
    found = scope.slots.get(name.name)
    if found is None and interp.steps_elsewhere:
        found = scope.absent(name.name)
    return found


def _submodule(name: ImportedName) -> Value | None:
    folder, file_name = os.path.split(name.path)
    if file_name != "__init__.py":
        if file_name.endswith(".py") or not project_files.is_folder(name.path):
            return None
        folder = name.path
    file = project_files.find_in(folder, name.name)
    return None if file is None else ProjectModule(file)
