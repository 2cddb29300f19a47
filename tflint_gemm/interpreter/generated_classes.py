"""Instances of classes whose making is Python's: data classes, named tuples, enumerations."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiObject,
    Constant,
    DictValue,
    OfType,
    TupleValue,
    Value,
)
from tflint_gemm.interpreter.builtins import builtin, first
from tflint_gemm.interpreter.class_kinds import (
    ENUMERATIONS,
    NUMBER_ENUMERATIONS,
    field_names,
    gives_initializer,
    initial_names,
    is_dataclass,
    member_values,
)
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.keras_protocol import METHODS
from tflint_gemm.interpreter.program import Instance, UserClass, UserFunction

if TYPE_CHECKING:
    from tflint_gemm.interpreter.calls import Given

_FIELD = "dataclasses.field"


def initialize_dataclass(interp: Interpreter, instance: Instance, given: "Given") -> None:
    """A generated ``__init__``: that of the nearest class that has one."""
    cls = next(filter(gives_initializer, instance.cls.linearization()), instance.cls)
    values = _field_values(interp, cls, field_names(cls), given)
    handed_on = [values.pop(name) for name in dict.fromkeys(initial_names(cls))]
    for name, value in values.items():
        interp.heap.write(instance, name, value)
    if (finish := instance.cls.lookup("__post_init__")) is not None:
        interp.call(finish, (instance, *handed_on), {})


def inherited_initializer(interp: Interpreter, instance: Value, given: "Given", _node: ast.Call) -> Value:
    """``super().__init__(...)`` that leads to a generated ``__init__``."""
    if isinstance(instance, Instance):
        initialize_dataclass(interp, instance, given)
    return NONE


METHODS["dataclass.__init__"] = inherited_initializer


def make_named_tuple(interp: Interpreter, cls: UserClass, given: "Given") -> Value:
    """An instance of a named tuple; one whose class has methods is an ordinary instance, which can be iterated."""
    fields = field_names(cls)
    values = _field_values(interp, cls, fields, given)
    if not any(
        isinstance(value, UserFunction) for ancestor in cls.linearization() for value in ancestor.slots.values()
    ):
        return TupleValue(tuple(values[name] for name in fields), tuple(fields), cls.name)
    instance = Instance(cls)
    for name, value in values.items():
        interp.heap.write(instance, name, value)
    return instance


def _field_values(interp: Interpreter, cls: UserClass, fields: list[str], given: "Given") -> dict[str, Value]:
    values: dict[str, Value] = dict(zip(fields, given.positional)) if given.complete else {}
    values.update((name, value) for name, value in given.keywords.items() if name in fields)
    for name in fields:
        if name not in values:
            values[name] = _default(interp, cls.lookup(name)) if given.complete else UNKNOWN
    return {name: values[name] for name in fields}


def _default(interp: Interpreter, declared: Value | None) -> Value:
    """The value of a field that is not given: its default, or what ``field(default_factory=...)`` makes."""
    if not isinstance(declared, ApiObject) or declared.path != _FIELD:
        return UNKNOWN if declared is None else declared
    if "default_factory" in declared.arguments:
        return interp.call(declared.arguments["default_factory"], (), {})
    return declared.arguments.get("default", UNKNOWN)


@builtin("dataclasses.field")
def _field(_interp: Interpreter, given: "Given") -> Value:
    return ApiObject(_FIELD, dict(given.keywords))


@builtin("dataclasses.replace")
def _replace(interp: Interpreter, given: "Given") -> Value:
    """A copy of an instance with some fields changed."""
    original = first(given)
    if not isinstance(original, Instance) or not is_dataclass(original.cls):
        return UNKNOWN
    copied = Instance(original.cls, original.partial)
    for name in field_names(original.cls):
        value = given.keywords.get(name, original.slots.get(name, UNKNOWN))
        interp.heap.write(copied, name, value)
    return copied


@builtin("dataclasses.asdict")
def _as_dict(_interp: Interpreter, given: "Given") -> Value:
    instance = first(given)
    if not isinstance(instance, Instance) or not is_dataclass(instance.cls):
        return UNKNOWN
    names = field_names(instance.cls)
    return DictValue((Constant(name), _plain(instance.slots.get(name, UNKNOWN))) for name in names)


def _plain(value: Value) -> Value:
    """A field's value as ``asdict`` copies it."""
    return value if isinstance(value, (Constant, TupleValue, OfType)) else UNKNOWN


# ------------------------------------------------------------------------------------------------- enumerations


def enumerate_members(interp: Interpreter, cls: UserClass) -> None:
    """Make the members of an enumeration of the values in its body; those of ``IntEnum`` are the values themselves."""
    bases = set(cls.library_bases())
    if not bases & (ENUMERATIONS | NUMBER_ENUMERATIONS):
        return
    made: dict[Value, Instance] = {}
    for number, (name, value) in enumerate(member_values(cls).items(), start=1):
        if value is UNKNOWN and not bases & {"enum.Flag", "enum.IntFlag", "enum.StrEnum"}:
            value = Constant(number) if _is_automatic(cls, name) else UNKNOWN
        if not bases & ENUMERATIONS:
            interp.heap.write(cls, name, value)
            continue
        member = made.get(value)
        if member is None:
            member = Instance(cls)
            interp.heap.write(member, "value", value)
            interp.heap.write(member, "name", Constant(name))
        if isinstance(value, Constant):  # another name for the same value is another name for the member
            made[value] = member
        interp.heap.write(cls, name, member)


def _is_automatic(cls: UserClass, name: str) -> bool:
    """Whether every member so far is numbered with ``auto()``."""
    for statement in cls.node.body:
        if isinstance(statement, ast.Assign):
            if not isinstance(statement.value, ast.Call) or "auto" not in ast.dump(statement.value.func):
                return False
            if any(isinstance(target, ast.Name) and target.id == name for target in statement.targets):
                return True
    return False


def find_member(cls: UserClass, given: "Given") -> Value:
    """``Color(value)``: the member that has the value."""
    value = first(given)
    members = list(member_values(cls).values())
    if set(cls.library_bases()) & ENUMERATIONS:
        found = [member for member in members if isinstance(member, Instance) and member.slots.get("value") == value]
        return found[0] if found else UNKNOWN
    return value if value in members else OfType("str" if "enum.StrEnum" in cls.library_bases() else "int")
