"""Which classes of the program Python makes in a way of its own: data classes, named tuples, enumerations."""

from __future__ import annotations

import ast

from tflint_gemm.domain.values import UNKNOWN, ApiSymbol, BuiltinFunction, Value
from tflint_gemm.interpreter.program import Instance, UserClass, UserFunction

ENUMERATIONS = {"enum.Enum", "enum.Flag"}
NUMBER_ENUMERATIONS = {"enum.IntEnum", "enum.IntFlag", "enum.StrEnum"}


def is_dataclass(cls: UserClass) -> bool:
    """Whether the class or an ancestor is decorated with ``@dataclass``."""
    return any(map(_is_decorated, cls.linearization()))


def generates_initializer(cls: UserClass) -> bool:
    """Whether the ``__init__`` of a class is one that ``@dataclass`` generates, for it or for an ancestor."""
    return any(gives_initializer(ancestor) for ancestor in _with_initializer(cls)[:1])


def gives_initializer(cls: UserClass) -> bool:
    """Whether ``@dataclass`` generates an ``__init__`` for this very class."""
    return _is_decorated(cls) and "__init__" not in cls.slots


def _with_initializer(cls: UserClass) -> list[UserClass]:
    return [found for found in cls.linearization() if "__init__" in found.slots or _is_decorated(found)]


def _is_decorated(cls: UserClass) -> bool:
    for decorator in cls.node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
        if name == "dataclass":
            return True
    return False


def is_named_tuple(cls: UserClass) -> bool:
    """Whether ``cls`` is a ``typing.NamedTuple``."""
    return "typing.NamedTuple" in cls.library_bases()


def field_names(cls: UserClass) -> list[str]:
    """The fields of a data class or named tuple in the order of their annotations, bases first."""
    fields = [
        statement.target.id
        for ancestor in reversed(cls.linearization())
        for statement in ancestor.node.body
        if isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and "ClassVar" not in ast.dump(statement.annotation)
    ]
    return list(dict.fromkeys(fields))


def initial_names(cls: UserClass) -> list[str]:
    """The fields that are only handed on to ``__post_init__``: those annotated as ``InitVar``."""
    return [
        statement.target.id
        for ancestor in reversed(cls.linearization())
        for statement in ancestor.node.body
        if isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and "InitVar" in ast.dump(statement.annotation)
    ]


def named_tuple_items(value: Value) -> tuple[Value, ...] | None:
    """The items of an instance of a named tuple."""
    if not isinstance(value, Instance) or not is_named_tuple(value.cls):
        return None
    return tuple(value.slots.get(name, UNKNOWN) for name in field_names(value.cls))


def is_enumeration(cls: UserClass) -> bool:
    """Whether ``cls`` is an ``enum.Enum`` of some kind."""
    return bool(set(cls.library_bases()) & (ENUMERATIONS | NUMBER_ENUMERATIONS))


def member_values(cls: UserClass) -> dict[str, Value]:
    """The members of an enumeration, by name, in order."""
    others = (UserFunction, UserClass, BuiltinFunction, ApiSymbol)
    return {
        str(name): value
        for name, value in cls.slots.items()
        if not str(name).startswith("_") and not isinstance(value, others)
    }
