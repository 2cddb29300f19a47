"""Which classes of the program Python makes in a way of its own: data classes, named tuples, enumerations."""

from __future__ import annotations

import ast

from tflint_gemm.domain.values import UNKNOWN, ApiSymbol, BuiltinFunction, Value
from tflint_gemm.interpreter.program import Instance, UserClass, UserFunction

ENUMERATIONS = {"enum.Enum", "enum.Flag"}
NUMBER_ENUMERATIONS = {"enum.IntEnum", "enum.IntFlag", "enum.StrEnum"}


def is_dataclass(cls: UserClass) -> bool:
    """Whether the class or an ancestor is decorated with ``@dataclass``, so that its ``__init__`` is generated."""
    for decorator in (decorator for ancestor in cls.linearization() for decorator in ancestor.node.decorator_list):
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
