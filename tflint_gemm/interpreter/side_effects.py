"""What may change at a time that is not known: attributes that methods assign, what functions given away fill."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping

from tflint_gemm.domain.join import join_all
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiSymbol,
    BoundMethod,
    BuiltinFunction,
    DictValue,
    IterableValue,
    ListValue,
    Mutable,
    PartialValue,
    SetValue,
    TupleValue,
    Value,
)
from tflint_gemm.interpreter.heap import Heap
from tflint_gemm.interpreter.program import Instance, UserClass, UserFunction
from tflint_gemm.interpreter.truth import truth
from tflint_gemm.syntax.tree import once_per_node, walk

MUTATORS = {
    "append", "extend", "insert", "pop", "remove", "clear", "update", "setdefault", "sort", "reverse", "appendleft",
}  # fmt: skip
_MAX_NESTING = 4
CALLBACKS = "callbacks."


def attributes_assigned_outside(cls: UserClass, *methods: str) -> frozenset[str]:
    """The attributes that methods other than ``methods`` and ``build`` assign, in the class or its ancestors."""
    if methods not in cls.assigned_outside:
        cls.assigned_outside[methods] = frozenset(
            name
            for ancestor in cls.linearization()
            for where, names in _assigned_attributes(ancestor.node)
            if where != "build" and where not in methods
            for name in names
        )
    return cls.assigned_outside[methods]


@once_per_node
def _assigned_attributes(cls: ast.ClassDef) -> tuple[tuple[str, frozenset[str]], ...]:
    """The attributes that each method in a class's body assigns or changes in place."""
    return tuple(
        (method.name, _changed_attributes(method))
        for method in cls.body
        if isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef))
    )


def _changed_attributes(function: ast.AST) -> frozenset[str]:
    """``self.x = ...``, ``self.x[key] = ...`` and ``self.x.append(...)`` change ``x``, of whatever object."""
    return frozenset(target.attr for target in _all_changed(function) if isinstance(target, ast.Attribute))


def _changed_names(function: ast.AST) -> frozenset[str]:
    """The variables whose values a function changes in place."""
    return frozenset(target.id for target in _all_changed(function) if isinstance(target, ast.Name))


@once_per_node
def _all_changed(function: ast.AST) -> list[ast.expr]:
    """The expressions whose values are assigned or changed in place anywhere in a function."""
    return [target for node in walk(function) if (target := _changed(node)) is not None]


def _changed(node: ast.AST) -> ast.expr | None:
    """The expression whose value a node assigns or changes in place."""
    if isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, (ast.Store, ast.Del)):
        return node if isinstance(node, ast.Attribute) else node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS:
        return node.func.value
    return None


class AssumedAttributes:
    """What the attributes of an instance may be by the time that nobody knows who calls a method.

    What several methods assign may have any of their values.  Every method of a class asks, mostly about the same
    attributes: the answer is kept until one of them is written.
    """

    __slots__ = ("_assumed", "_containers", "_instance", "_written")

    def __init__(self, instance: Instance, initializers: Collection[str]) -> None:
        changed = attributes_assigned_outside(instance.cls, *initializers)
        self._instance, self._written = instance, instance.written
        # None is a place kept for what a subclass, a caller or a method puts there, in the class as well.
        self._assumed: dict[object, Value] = {
            name: UNKNOWN
            for ancestor in instance.cls.linearization()
            for name, value in ancestor.slots.items()
            if value == NONE and instance.cls.lookup(str(name)) == NONE
        }
        self._assumed |= {
            name: UNKNOWN if name in changed or value == NONE else value for name, value in instance.slots.items()
        }
        self._containers = {
            name: value for name, value in self._assumed.items() if isinstance(value, (ListValue, DictValue, SetValue))
        }

    def hold(self, instance: Instance) -> bool:
        """Whether they are what ``instance`` has by now."""
        return self._instance is instance and self._written == instance.written

    def slots(self) -> dict[object, Value]:
        """A new dictionary of them."""
        slots = self._assumed.copy()
        # An empty container is such a place too, and what is in one may change.
        slots.update((name, UNKNOWN) for name, value in self._containers.items() if truth(value) is False)
        return slots


def give_away(heap: Heap, values: Iterable[Value], depth: int = 0) -> None:
    """Forget what ``values``, which a library calls when it likes, may change: callbacks, their methods, functions."""
    for value in values if depth < _MAX_NESTING else ():
        if isinstance(value, UserFunction):
            _forget_closed_over(heap, value)
        elif isinstance(value, BoundMethod):
            give_away(heap, [value.function], depth + 1)
            if isinstance(value.receiver, Instance):
                _forget_attributes(heap, value.receiver)
        elif isinstance(value, Instance):
            if any(CALLBACKS in base for base in value.cls.library_bases()):
                _forget_attributes(heap, value)
        elif isinstance(value, TupleValue):
            give_away(heap, value.items, depth + 1)
        elif isinstance(value, (ListValue, DictValue, SetValue)):
            give_away(heap, tuple(value.slots.values()), depth + 1)
        elif isinstance(value, PartialValue):
            give_away(heap, (value.function, *value.arguments), depth + 1)


def one_of(heap: Heap, items: tuple[Value, ...]) -> Value:
    """Any of ``items``; each empty container among several is a place that may be filled from now on."""
    for item in items if len(items) > 1 else ():
        if isinstance(item, (ListValue, DictValue, SetValue)) and truth(item) is False:
            forget_contents(heap, item)
    return join_all(items)


def fill_places(heap: Heap, values: Iterable[Value]) -> None:
    """Forget each None in objects and containers that are handed to what is not known: it may put something there."""
    for value in values:
        if isinstance(value, ListValue):
            content = value.slots[ListValue.CONTENT]
            if isinstance(content, TupleValue) and NONE in content.items:
                items = tuple(UNKNOWN if item == NONE else item for item in content.items)
                heap.write(value, ListValue.CONTENT, TupleValue(items))
        elif isinstance(value, (DictValue, Instance)):
            classes = value.cls.linearization() if isinstance(value, Instance) else []
            defaults = [item for cls in classes for item in cls.slots.items() if item[0] not in value.slots]
            for name, held in [*value.slots.items(), *defaults]:
                if held == NONE:
                    heap.write(value, name, UNKNOWN)


def _forget_attributes(heap: Heap, instance: Instance) -> None:
    _forget_named(heap, instance, attributes_assigned_outside(instance.cls, "__init__"))


def _forget_named(heap: Heap, instance: Instance, names: Collection[str]) -> None:
    """Forget attributes, those that only the class has so far included."""
    for name in sorted(names):
        held = instance.slots.get(name) or instance.cls.lookup(name)
        if held is not None and not isinstance(held, UserFunction):
            _forget(heap, instance, name)


def inherited_method_called(heap: Heap, instance: Instance, running: Collection[str]) -> None:
    """A method that another library's class gave to ``instance`` may call any of the program's but those running."""
    if any(is_foreign(base) for cls in instance.cls.linearization() for base in cls.bases):
        _forget_named(heap, instance, attributes_assigned_outside(instance.cls, "__init__", *running))


def is_foreign(base: Value) -> bool:
    """Whether a class or decorator is neither the program's nor of a library that is known."""
    known = (
        "tensorflow.", "keras.", "unittest.", "absl.", "abc.", "typing.", "collections.", "enum.", "functools.",
        "dataclasses.", "six.", "numpy.",
    )  # fmt: skip
    return not isinstance(base, (UserClass, BuiltinFunction)) and not (
        isinstance(base, ApiSymbol) and base.path.startswith(known)
    )


def _forget_closed_over(heap: Heap, function: UserFunction) -> None:
    for name in sorted(_filled_names(function.node)):
        owner = next((scope for scope in function.scope.chain() if name in scope.slots), None)
        if owner is not None:
            _forget(heap, owner, name)


@once_per_node
def _filled_names(function: ast.AST) -> frozenset[str]:
    """The variables from outside that a function assigns or whose values it changes in place."""
    declared: set[str] = set()
    own: set[str] = set()
    for node in walk(function):
        if isinstance(node, ast.arg):
            own.add(node.arg)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            declared.update(node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            own.add(node.id)
    return frozenset(declared | (_changed_names(function) - own))


def _forget(heap: Heap, holder: Mutable, name: object) -> None:
    """Forget a variable or an attribute; a container stays one, of which the contents are not known."""
    value = holder.slots.get(name, UNKNOWN)
    if not forget_contents(heap, value) and not isinstance(value, UserFunction):
        heap.write(holder, name, UNKNOWN)


def forget_contents(heap: Heap, value: Value) -> bool:
    """Forget what is in a container; False for what is none."""
    if isinstance(value, ListValue):
        heap.write(value, ListValue.CONTENT, IterableValue(UNKNOWN))
    elif isinstance(value, SetValue):
        heap.write(value, SetValue.CONTENT, UNKNOWN)
    elif isinstance(value, DictValue):
        for key in (*value.slots, DictValue.REST):
            heap.write(value, key, UNKNOWN)
    else:
        return False
    return True


def not_followed(heap: Heap, function: UserFunction, arguments: Mapping[object, Value]) -> None:
    """Forget what a call may change that is not followed: its instance, its arguments, the variables around it."""
    _forget_closed_over(heap, function)
    changed = _changed_names(function.node)
    attributes = _changed_attributes(function.node)
    for name, value in arguments.items():
        if isinstance(value, Instance):
            own = attributes_assigned_outside(value.cls) if function.owner in value.cls.linearization() else frozenset()
            _forget_named(heap, value, own | attributes)
        elif name in changed:
            forget_contents(heap, value)
