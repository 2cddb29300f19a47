"""Assignment to targets: names, attributes, subscripts, and unpacking."""

from __future__ import annotations

import ast

from tflint_gemm.domain.join import join, join_all
from tflint_gemm.domain.values import (
    UNKNOWN,
    ApiObject,
    ApiSymbol,
    BuiltinFunction,
    Constant,
    DictValue,
    IterableValue,
    Kind,
    ListValue,
    Mutable,
    SliceValue,
    Tensor,
    TupleValue,
    Value,
    dim_of,
)
from tflint_gemm.interpreter import modules
from tflint_gemm.interpreter.containers import as_key, is_key
from tflint_gemm.interpreter.heap import MISSING, element_of
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.iteration import items_of, iterate, slice_bounds
from tflint_gemm.interpreter.program import (
    ImportedName,
    Instance,
    Namespace,
    ProjectModule,
    Scope,
    UserClass,
    UserFunction,
)
from tflint_gemm.ops.conversion import to_shape
from tflint_gemm.replacing import replace

CODE = (UserFunction, UserClass, BuiltinFunction, ApiSymbol)
"""What is rarely replaced by anything that does something else."""


def bind(interp: Interpreter, target: ast.expr, value: Value) -> None:
    """Assign ``value`` to ``target``."""
    if isinstance(target, ast.Name):
        if interp.sizes is not None:
            value = interp.sizes.bound(target, value)
        interp.assign_name(target.id, value)
        if interp.record_facts and interp.at_home:
            interp.record_fact(target, value)
    elif isinstance(target, (ast.Tuple, ast.List)):
        _unpack(interp, target.elts, value)
    elif isinstance(target, ast.Starred):
        bind(interp, target.value, value)
    elif isinstance(target, ast.Attribute):
        set_attribute(interp, interp.eval(target.value), target.attr, value)
    elif isinstance(target, ast.Subscript):
        set_item(interp, interp.eval(target.value), interp.eval(target.slice), value)


def _unpack(interp: Interpreter, targets: list[ast.expr], value: Value) -> None:
    items = items_of(value)
    starred = next((i for i, target in enumerate(targets) if isinstance(target, ast.Starred)), None)
    if items is not None and starred is not None and len(items) >= len(targets) - 1:
        after = len(targets) - starred - 1
        middle = ListValue(TupleValue(items[starred : len(items) - after]))
        items = (*items[:starred], middle, *items[len(items) - after :])
    if items is None or len(items) != len(targets):
        element = iterate(interp, value)
        for target in targets:
            rest = isinstance(target, ast.Starred)
            bind(interp, target, ListValue(IterableValue(element)) if rest else element)
        return
    for target, item in zip(targets, items):
        bind(interp, target, item)


def set_attribute(interp: Interpreter, receiver: Value, name: str, value: Value) -> None:
    """``receiver.name = value``; on what is not understood it has no effect."""
    own = receiver.cls.lookup("__setattr__") if isinstance(receiver, Instance) else None
    if not isinstance(receiver, Instance) or not isinstance(own, UserFunction):
        set_own_attribute(interp, receiver, name, value)
        return
    before = receiver.written
    interp.call(own, (receiver, Constant(name), value), {})
    if receiver.written == before:  # it went somewhere that is not known
        interp.heap.write(receiver, name, UNKNOWN)


def set_own_attribute(interp: Interpreter, receiver: Value, name: str, value: Value) -> None:
    """``object.__setattr__(receiver, name, value)``: properties and other descriptors, else the slot."""
    if isinstance(receiver, ProjectModule):
        module = modules.scope_of(interp, receiver.path)
        if module is not None:
            interp.heap.write(module, name, value)
    elif isinstance(receiver, Instance) and (setter := receiver.cls.lookup(f"{name}.setter")) is not None:
        interp.call(setter, (receiver, value), {})
    elif isinstance(receiver, Instance) and (descriptor := _descriptor(receiver, name)) is not None:
        interp.call_method(descriptor, "__set__", (receiver, value), {})
    elif isinstance(receiver, Instance) and name == "__dict__":
        forget_attributes(interp, receiver)
    elif isinstance(receiver, (Instance, UserClass, ApiObject)):
        interp.heap.write(receiver, name, value)
    elif isinstance(receiver, Tensor) and receiver.kind in (Kind.ARRAY, Kind.UNKNOWN) and name in ("shape", "dtype"):
        _set_of_array(interp, receiver, name, value)


def _set_of_array(interp: Interpreter, array: Tensor, name: str, value: Value) -> None:
    """``array.shape = value`` and ``array.dtype = value``, behind which the array is another."""
    sizes = to_shape(value) if name == "shape" else None
    known = None if sizes is None else tuple(None if size == -1 else size for size in sizes)
    dtype = array.dtype if name == "shape" else None
    exchange(interp, array, replace(array, dtype=dtype, shape=known, elements=None, storage=None))


def _descriptor(receiver: Instance, name: str) -> Instance | None:
    """What stands in the class of ``receiver`` for the attribute and takes what is assigned to it."""
    found = receiver.cls.lookup(name)
    return found if isinstance(found, Instance) and found.cls.lookup("__set__") is not None else None


def forget_attributes(interp: Interpreter, holder: Instance | UserClass) -> None:
    """Any attribute may be assigned from now on, under a name that is not known; the class's defaults with them."""
    cls = holder.cls if isinstance(holder, Instance) else holder
    defaults = (item for ancestor in cls.linearization() for item in ancestor.slots.items())
    for name, value in [*defaults, *holder.slots.items()]:
        if str(name).isidentifier() and not isinstance(value, CODE):
            interp.heap.write(holder, name, UNKNOWN)


def set_item(interp: Interpreter, receiver: Value, key: Value, value: Value) -> None:
    """``receiver[key] = value`` for lists, dicts and instances; arrays keep their dtype and shape."""
    if isinstance(receiver, ListValue):
        _set_list_item(interp, receiver, key, value)
    elif isinstance(receiver, Namespace):
        _set_variable(interp, receiver.scope, key, value)
    elif isinstance(receiver, DictValue):
        if is_key(as_key(key)):
            interp.heap.write(receiver, as_key(key), value)
        else:
            _weaken_dict(interp, receiver, value)
    elif isinstance(receiver, (Instance, ApiObject)):
        interp.call_method(receiver, "__setitem__", (key, value), {})
    else:
        forget_elements(interp, receiver)


def _set_list_item(interp: Interpreter, receiver: ListValue, key: Value, value: Value) -> None:
    content = receiver.slots[ListValue.CONTENT]
    if isinstance(key, SliceValue):
        _set_slice(interp, receiver, key, value)
        return
    index = dim_of(key)
    if isinstance(content, TupleValue) and isinstance(index, int) and -len(content.items) <= index < len(content.items):
        items = list(content.items)
        items[index] = value
        interp.heap.write(receiver, ListValue.CONTENT, TupleValue(tuple(items)))
        return
    if isinstance(content, TupleValue):
        # Any item may be the one that changes; the length stays.
        items = [join(item, value) for item in content.items]
        interp.heap.write(receiver, ListValue.CONTENT, TupleValue(tuple(items)) if index is None else content)
        return
    element = element_of(content)
    joined = value if element is None else join(element, value)
    length = content.length if isinstance(content, IterableValue) else None
    interp.heap.write(receiver, ListValue.CONTENT, IterableValue(joined, length))


def _set_slice(interp: Interpreter, receiver: ListValue, key: SliceValue, value: Value) -> None:
    """``receiver[a:b] = value``, which may change how many items there are."""
    items, bounds, new = items_of(receiver), slice_bounds(key), items_of(value)
    if items is not None and bounds is not None and new is not None and bounds.step in (None, 1):
        changed = list(items)
        changed[bounds] = new
        interp.heap.write(receiver, ListValue.CONTENT, TupleValue(tuple(changed)))
        return
    elements = [element_of(receiver.slots[ListValue.CONTENT]), iterate(interp, value)]
    joined = join_all([element for element in elements if element is not None])
    interp.heap.write(receiver, ListValue.CONTENT, IterableValue(joined))


def _set_variable(interp: Interpreter, scope: Scope, key: Value, value: Value) -> None:
    if isinstance(key, Constant):
        interp.heap.write(scope, str(key.value), value)
    else:
        forget_variables(interp, scope)


def forget_variables(interp: Interpreter, scope: Scope) -> None:
    """Any variable may be assigned from now on, under a name that is not known."""
    for name, value in list(scope.slots.items()):
        if not isinstance(value, (*CODE, ProjectModule, ImportedName)):
            interp.heap.write(scope, name, UNKNOWN)


def _weaken_dict(interp: Interpreter, receiver: DictValue, value: Value) -> None:
    """A key that is not known was assigned: each key may hold the value now."""
    for key, held in list(receiver.slots.items()):
        interp.heap.write(receiver, key, join(held, value))
    if DictValue.REST not in receiver.slots:
        interp.heap.write(receiver, DictValue.REST, value)


def forget_elements(interp: Interpreter, array: Value) -> Value:
    """An array was changed in place: wherever a variable or an attribute holds it, its element values are gone.

    Returns what it is now, the same for all who hold it.
    """
    if not isinstance(array, Tensor) or array.elements is None:
        return array
    changed = replace(array, elements=None)
    exchange(interp, array, changed)
    return changed


def forget_shape(interp: Interpreter, array: Value) -> None:
    """``array.resize(...)``."""
    if isinstance(array, Tensor):
        exchange(interp, array, replace(array, shape=None, elements=None, storage=None))


def exchange(interp: Interpreter, array: Tensor, changed: Tensor) -> None:
    """Wherever a variable or an attribute holds ``array``, it is ``changed`` now."""
    for holder in (scope for frame in interp.frames for scope in (*frame.scope.chain(), frame.receiver)):
        if isinstance(holder, Mutable):
            for name in [name for name, value in holder.slots.items() if value is array]:
                interp.heap.write(holder, name, changed)


def delete(interp: Interpreter, target: ast.expr) -> None:
    """``del target``."""
    if isinstance(target, ast.Name):
        interp.heap.write(interp.scope.declared.get(target.id, interp.scope), target.id, MISSING)
    elif isinstance(target, (ast.Tuple, ast.List)):
        for item in target.elts:
            delete(interp, item)
    elif isinstance(target, ast.Attribute):
        receiver = interp.eval(target.value)
        if isinstance(receiver, Instance) and target.attr in receiver.slots:
            interp.heap.write(receiver, target.attr, MISSING)
    elif isinstance(target, ast.Subscript):
        _delete_item(interp, interp.eval(target.value), interp.eval(target.slice))


def _delete_item(interp: Interpreter, receiver: Value, key: Value) -> None:
    if isinstance(receiver, DictValue) and as_key(key) in receiver.slots:
        interp.heap.write(receiver, as_key(key), MISSING)
    elif isinstance(receiver, ApiObject):
        interp.call_method(receiver, "__delitem__", (key,), {})
    elif isinstance(receiver, ListValue):
        items = items_of(receiver)
        index = dim_of(key)
        if items is not None and isinstance(index, int) and -len(items) <= index < len(items):
            rest = tuple(item for i, item in enumerate(items) if i != index % len(items))
            interp.heap.write(receiver, ListValue.CONTENT, TupleValue(rest))
        else:
            interp.heap.write(receiver, ListValue.CONTENT, IterableValue(join_all(items or (UNKNOWN,))))
