"""Values that are pieces of the program: its scopes, functions, classes, instances, and its other modules by name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Union

from tflint_gemm.domain.values import UNKNOWN, ApiSymbol, ListValue, Mutable, Tensor, Value
from tflint_gemm.interpreter.heap import Delta
from tflint_gemm.ops.context import Mode
from tflint_gemm.syntax.source import Source

FunctionNode = Union[ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda]
Case = dict[str, Value]
"""What a test is called with in one of its runs, by parameter."""


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """A module as a piece of text: what stands in it has its lines there."""

    source: Source


class Scope(Mutable):
    """A namespace: its slots are the variables.

    ``declared`` maps names to the scope that a ``global`` or ``nonlocal`` statement means, ``unit`` is the module in
    whose text it stands.
    """

    __slots__ = ("captured", "declared", "inline", "kind", "parent", "unit")

    def __init__(self, kind: str, parent: "Scope | Unit") -> None:
        super().__init__()
        self.kind = kind  # "module", "function" or "class"
        self.unit: Unit = parent if isinstance(parent, Unit) else parent.unit
        self.parent = None if isinstance(parent, Unit) else parent
        self.captured = False  # whether a function closes over it
        self.declared: dict[str, Scope] = {}
        self.inline = False  # whether it is a comprehension's, in which ``:=`` binds in the scope around it

    @property
    def is_local(self) -> bool:  # type: ignore[override]
        return self.kind == "function" and not self.captured

    def capture(self) -> None:
        """A function closes over it and over the scopes around it."""
        for scope in self.chain():
            scope.captured = True

    def find(self, name: str) -> Value | None:
        """The value that ``name`` has as seen from here; a class's names are not seen from its methods."""
        scope: Scope | None = self.declared.get(name, self)
        while scope is not None:
            value = scope.slots.get(name)
            if value is not None:
                return value
            if scope.parent is None:
                return scope.absent(name)
            scope = scope.parent
            while scope is not None and scope.kind == "class":
                scope = scope.parent
        return None

    def absent(self, _name: str) -> Value | None:
        """The value of a name that is not bound in a module so far: None, unless the module is executed on demand."""
        return None

    def chain(self) -> Iterator["Scope"]:
        """This scope and those around it, innermost first."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def module(self) -> "Scope":
        return list(self.chain())[-1]


@dataclass(frozen=True, slots=True, eq=False)
class UserFunction(Value):
    """A function or lambda of the program with the scope it closes over.

    ``graph`` tells whether ``tf.function`` traces it, ``autograph`` whether that turns its loops into the graph's;
    ``signature`` is its ``input_signature``.
    ``wrapper`` is a function of TensorFlow's that calls it in a way of its own (``tf.custom_gradient``).
    ``checked`` tells how a runtime type checker sees its annotations (``array_types``), "" where none does.
    ``decorated`` tells that a decorator which is not understood may have changed what calling it does.
    ``cases`` are the runs of a test that its decorators prescribe (``parametrization``).
    """

    node: FunctionNode
    scope: Scope
    defaults: tuple[Value, ...] = ()
    keyword_defaults: tuple[tuple[str, Value], ...] = ()
    owner: "UserClass | None" = None
    kind: str = "function"  # "function", "staticmethod", "classmethod" or "property"
    graph: bool = False
    autograph: bool = False
    signature: Value | None = None
    wrapper: Value | None = None
    checked: str = ""
    decorated: bool = False
    cases: tuple[Case, ...] = ()

    @property
    def name(self) -> str:
        return "<lambda>" if isinstance(self.node, ast.Lambda) else self.node.name


class UserClass(Mutable):
    """A class of the program; its slots are its attributes."""

    __slots__ = ("_linearization", "assigned_outside", "bases", "decorators", "metaclass", "node", "scope")

    def __init__(self, node: ast.ClassDef, bases: tuple[Value, ...], scope: Scope) -> None:
        super().__init__()
        self.node, self.bases, self.scope = node, bases, scope
        self.metaclass: Value | None = None
        self.decorators: list[str] = []  # the names of those of other libraries, which may make another class of it
        found: dict[UserClass, None] = {self: None}
        for base in bases:
            for ancestor in base.linearization() if isinstance(base, UserClass) else ():
                found.pop(ancestor, None)
                found[ancestor] = None
        self._linearization = list(found)
        self.assigned_outside: dict[tuple[str, ...], frozenset[str]] = {}
        """What methods other than some assign, for those that somebody has asked about (``side_effects``)."""

    @property
    def name(self) -> str:
        return self.node.name

    def linearization(self) -> list["UserClass"]:
        """The class and its ancestors in the program, nearest first (depth first; diamonds keep the last place)."""
        return self._linearization

    def library_bases(self) -> list[str]:
        """The paths of the library classes among its ancestors ("tensorflow.keras.Model")."""
        bases = (base for cls in self.linearization() for base in cls.bases)
        return [base.path for base in bases if isinstance(base, ApiSymbol)]

    def is_closed(self) -> bool:
        """Whether all its ancestors are classes of the program, so that an attribute it lacks does not exist."""
        return all(isinstance(base, UserClass) for cls in self.linearization() for base in cls.bases)

    def lookup(self, name: str) -> Value | None:
        """The class attribute ``name``, its own or inherited from a class of the program."""
        for cls in self.linearization():
            value = cls.slots.get(name)
            if value is not None:
                return value
        return None


class Instance(Mutable):
    """An instance of a class of the program; its slots are its attributes.

    ``partial`` marks one that was made up to look at methods nobody calls: what its constructor left may have been
    changed since.
    """

    __slots__ = ("cls", "partial")

    def __init__(self, cls: UserClass, partial: bool = False) -> None:
        super().__init__()
        self.cls, self.partial = cls, partial

    def sibling(self, other: Mutable) -> Mutable | None:
        return Instance(self.cls, self.partial) if isinstance(other, Instance) and other.cls is self.cls else None


@dataclass(frozen=True, slots=True, eq=False)
class Namespace(Value):
    """``globals()``: the variables of a module as a dictionary."""

    scope: Scope


@dataclass(frozen=True, slots=True)
class ProjectModule(Value):
    """Another module of the project, by its file (a package without ``__init__.py`` by its folder)."""

    path: str


@dataclass(frozen=True, slots=True)
class ImportedName(Value):
    """A name imported from such a module, not looked up yet."""

    path: str
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class SuperValue(Value):
    """``super()`` inside a method: attributes are looked up behind ``owner`` in the class of ``receiver``."""

    owner: UserClass
    receiver: Value


@dataclass(frozen=True, slots=True)
class VariableScope:
    """Where TensorFlow 1's ``get_variable`` makes variables; ``prefix`` and ``reuse`` are None where not known."""

    prefix: str | None = ""
    reuse: bool | None = False


@dataclass(slots=True, eq=False)
class Loop:
    """A loop being run: where it began on the heap, and the states in which it is left or begun anew."""

    mark: int
    body_mark: int = 0
    breaks: list[Delta] = field(default_factory=list)
    continues: list[Delta] = field(default_factory=list)
    steps: int = 0
    """The length of the allocation trace before it."""
    node: ast.stmt | None = None
    faults: int = 0
    carried: dict[str, Tensor] = field(default_factory=dict)
    """What goes round by name, as it is before the loop, where that becomes one of a graph (``graph_loops``)."""
    keeps_shapes: bool = True
    """Whether what goes round must keep its shape, too."""


@dataclass(slots=True, eq=False)
class Try:
    """A try statement whose body is being run: where it began, and the states in which the body raised."""

    mark: int
    raises: list[Delta] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Frame:
    """A running function (or the module): what it returned so far, and the states in which it did.

    ``yields`` is what a generator yields on this path, ``given`` all that it yields on any.
    """

    scope: Scope
    function: UserFunction | None = None
    receiver: Value = UNKNOWN
    mode: Mode = "eager"
    mark: int = 0
    arguments: dict[object, Value] = field(default_factory=dict)
    returns: list[Value] = field(default_factory=list)
    exits: list[Delta] = field(default_factory=list)
    yields: ListValue | None = None
    given: list[Value] = field(default_factory=list)
    pauses: list[Delta] = field(default_factory=list)
    """The states in which a generator waits for being resumed: its caller sees each of them."""
    loops: list[Loop] = field(default_factory=list)
    tries: list[Try] = field(default_factory=list)
    other_returns: dict[ast.Return, tuple[ast.If, Value]] = field(default_factory=dict)
    """What a branch of the graph has returned, where this statement is its other branch (``graph_branches``)."""
    undecided: int = 0
    """How many branches that may not be taken at all are being run."""

    @property
    def is_certain(self) -> bool:
        """Whether every call of the function gets to where it is now."""
        return not (self.undecided or self.exits or any(loop.continues or loop.breaks for loop in self.loops))
