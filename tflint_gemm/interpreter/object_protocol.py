"""What a class of the program may change about its objects: how they are made, how their attributes are assigned."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiSymbol,
    BoundMethod,
    BuiltinFunction,
    Constant,
    DictValue,
    ListValue,
    PartialValue,
    Value,
)
from tflint_gemm.interpreter import assignment
from tflint_gemm.interpreter.builtins import builtin, first
from tflint_gemm.interpreter.heap import MISSING
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.program import Instance, SuperValue, UserClass, UserFunction
from tflint_gemm.interpreter.side_effects import is_foreign

if TYPE_CHECKING:
    from tflint_gemm.interpreter.calls import Given

INHERITED = frozenset({"__new__", "__setattr__", "__delattr__", "__setitem__"})
"""Methods that every object has, and every container."""
_OWN = "object's {}"


def inherited(receiver: Value, name: str) -> Value | None:
    """One of the methods that every object has, read from ``receiver``; None where the program has its own."""
    if name == "__setitem__":
        own = isinstance(receiver, (ListValue, DictValue))
        return PartialValue(BuiltinFunction("(set item)"), (receiver,), ()) if own else None
    if isinstance(receiver, SuperValue):
        cls = receiver.receiver.cls if isinstance(receiver.receiver, Instance) else receiver.receiver
        order = cls.linearization() if isinstance(cls, UserClass) else []
        behind = order[order.index(receiver.owner) + 1 :] if receiver.owner in order else []
        if any(name in ancestor.slots for ancestor in behind):
            return None
        receiver = receiver.receiver
    elif isinstance(receiver, (Instance, UserClass)):
        cls = receiver.cls if isinstance(receiver, Instance) else receiver
        if cls.lookup(name) is not None:
            return None
    elif not isinstance(receiver, (BuiltinFunction, ApiSymbol)):
        return None
    method = BuiltinFunction(_OWN.format(name))
    return PartialValue(method, (receiver,), ()) if isinstance(receiver, Instance) and name != "__new__" else method


@builtin("setattr", incomplete=True)
def _setattr(interp: Interpreter, given: "Given") -> Value:
    return _assign(interp, given, assignment.set_attribute)


@builtin(_OWN.format("__setattr__"), incomplete=True)
def _set_own(interp: Interpreter, given: "Given") -> Value:
    """``object.__setattr__(instance, name, value)``, with which a class's own ``__setattr__`` goes on."""
    return _assign(interp, given, assignment.set_own_attribute)


def _assign(interp: Interpreter, given: "Given", write: Callable[[Interpreter, Value, str, Value], None]) -> Value:
    receiver = given.positional[0] if given.positional else UNKNOWN
    name = given.positional[1] if len(given.positional) == 3 else UNKNOWN
    if isinstance(name, Constant) and isinstance(name.value, str):
        write(interp, receiver, name.value, given.positional[2])
    elif isinstance(receiver, (Instance, UserClass)):
        assignment.forget_attributes(interp, receiver)
    return NONE


@builtin("unittest.mock.patch.object", "mock.patch.object", incomplete=True)
def _patch(interp: Interpreter, given: "Given") -> Value:
    """For as long as the patch lasts the attribute is another; how long that is, is not followed."""
    holder, name = (*given.positional, *given.keywords.values(), UNKNOWN, UNKNOWN)[:2]
    if isinstance(name, Constant) and isinstance(name.value, str):
        assignment.set_own_attribute(interp, holder, name.value, UNKNOWN)
    return UNKNOWN


@builtin("delattr", _OWN.format("__delattr__"))
def _delattr(interp: Interpreter, given: "Given") -> Value:
    receiver, name = (*given.positional, UNKNOWN, UNKNOWN)[:2]
    if isinstance(receiver, Instance) and isinstance(name, Constant) and name.value in receiver.slots:
        interp.heap.write(receiver, name.value, MISSING)
    return NONE


@builtin(_OWN.format("__new__"), incomplete=True)
def _new(interp: Interpreter, given: "Given") -> Value:
    """``super().__new__(cls, ...)``: an instance on which ``__init__`` has not run."""
    cls = first(given)
    return Instance(cls) if isinstance(cls, UserClass) else UNKNOWN


# ------------------------------------------------------------------------------------------------- classes


def is_rebuilt(cls: UserClass) -> bool:
    """Whether a metaclass of the program has a say in what the class or its instances hold."""
    return any(
        isinstance(ancestor.metaclass, UserClass) and isinstance(ancestor.metaclass.lookup(name), UserFunction)
        for ancestor in cls.linearization()
        for name in ("__new__", "__init__", "__call__")
    )


def finish_class(interp: Interpreter, cls: UserClass, keywords: dict[str, Value]) -> None:
    """What Python does once a class is made: its metaclass may fill it, ``__init_subclass__`` is called."""
    cls.metaclass = keywords.pop("metaclass", None)
    if is_rebuilt(cls):
        assignment.forget_attributes(interp, cls)
    for ancestor in cls.linearization()[1:]:
        told = ancestor.slots.get("__init_subclass__")
        if isinstance(told, UserFunction):
            interp.call(told, (cls,), keywords)
            return


def is_completed_elsewhere(cls: UserClass) -> bool:
    """Whether another library has a say in what is in an instance: by a class that is inherited, or a decorator."""
    return any(
        set(ancestor.decorators) - {"dataclass"} or any(map(is_foreign, ancestor.bases))
        for ancestor in cls.linearization()
    )


def complete_elsewhere(interp: Interpreter, instance: Instance, given: "Given") -> None:
    """What stands in the class are defaults: a constructor that is not known takes others (``Config(width=3)``)."""
    own = isinstance(instance.cls.lookup("__init__"), UserFunction)
    for cls in instance.cls.linearization():
        for name, value in cls.slots.items():
            if name not in instance.slots and str(name).isidentifier() and not isinstance(value, assignment.CODE):
                passed = UNKNOWN if own else given.keywords.get(str(name), UNKNOWN)
                interp.heap.write(instance, name, passed)


def decorate_class(interp: Interpreter, cls: UserClass, decorator: ast.expr) -> Value:
    """What a decorator makes of a class: those of the program are followed, others are taken to give it back."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    function = interp.eval(called)
    if not isinstance(function, (UserFunction, BoundMethod)):
        known = isinstance(function, BuiltinFunction) or (isinstance(function, ApiSymbol) and not is_foreign(function))
        cls.decorators.extend([] if known else [getattr(called, "attr", getattr(called, "id", ""))])
        return cls
    wrapper = interp.eval(decorator) if isinstance(decorator, ast.Call) else function
    result = interp.call(wrapper, (cls,), {})
    return result if isinstance(result, (UserClass, UserFunction)) else cls
