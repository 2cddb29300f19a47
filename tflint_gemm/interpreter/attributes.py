"""Attribute access and subscripts."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from tflint_gemm.domain.dims import SymbolicDim
from tflint_gemm.domain.join import join_all
from tflint_gemm.domain.values import (
    UNKNOWN,
    ApiMethod,
    ApiObject,
    ApiSymbol,
    BoundMethod,
    BuiltinFunction,
    Constant,
    DefaultDictValue,
    DictValue,
    DTypeValue,
    IterableValue,
    Kind,
    ListValue,
    OfType,
    RangeValue,
    ShapeValue,
    SliceValue,
    Tensor,
    TupleValue,
    Value,
    dim_of,
    from_dim,
)
from tflint_gemm.interpreter import classes, configuration, containers, object_protocol, tracing
from tflint_gemm.interpreter.assignment import forget_variables
from tflint_gemm.interpreter.class_kinds import named_tuple_items
from tflint_gemm.interpreter.heap import element_of
from tflint_gemm.interpreter.imports import member
from tflint_gemm.interpreter.interpreter import Interpreter, expression
from tflint_gemm.interpreter.iteration import python_range, slice_bounds
from tflint_gemm.interpreter.program import (
    ImportedName,
    Instance,
    Namespace,
    ProjectModule,
    SuperValue,
    UserClass,
    UserFunction,
)
from tflint_gemm.interpreter.records import Call
from tflint_gemm.interpreter.side_effects import MUTATORS, one_of
from tflint_gemm.interpreter.sizes import SizeNames, indexed_rank
from tflint_gemm.interpreter.tensor_operations import perform
from tflint_gemm.interpreter.truth import truth
from tflint_gemm.interpreter.unpacking import suppose
from tflint_gemm.ops import registry
from tflint_gemm.ops.conversion import sequence_items
from tflint_gemm.ops.violations import AxisOutOfRange

_TENSOR_CLASSES = {
    Kind.TENSOR: ("Tensor",),
    Kind.KERAS: ("keras.KerasTensor", "Tensor"),
    Kind.VARIABLE: ("Variable", "Tensor"),
    Kind.ARRAY: ("numpy.ndarray",),
    Kind.SPARSE: ("sparse.SparseTensor",),
    Kind.RAGGED: ("RaggedTensor",),
}


@expression(ast.Attribute)
def _attribute(interp: Interpreter, node: ast.Attribute) -> Value:
    value = get_attribute(interp, interp.eval(node.value), node.attr, node)
    return value if interp.sizes is None or node.attr == "shape" else interp.sizes.member(node.attr, value)


def get_attribute(interp: Interpreter, receiver: Value, name: str, node: ast.expr) -> Value:
    """``receiver.name``; Unknown where it is not known."""
    if name in object_protocol.INHERITED and (found := object_protocol.inherited(receiver, name)) is not None:
        return found
    if isinstance(receiver, ApiSymbol):
        flag = configuration.flag(interp, name) if configuration.is_flags(receiver.path) else None
        return member(receiver, name) if flag is None else flag
    if isinstance(receiver, Tensor):
        return _tensor_attribute(interp, receiver, name, node)
    if isinstance(receiver, Instance):
        return classes.instance_attribute(interp, receiver, name)
    if isinstance(receiver, ProjectModule):
        return interp.imported(ImportedName(receiver.path, name))
    if isinstance(receiver, UserClass):
        found = Constant(receiver.name) if name == "__name__" else receiver.lookup(name)
        return UNKNOWN if found is None else classes.bind_to(interp, found, receiver, receiver)
    if isinstance(receiver, SuperValue):
        return classes.super_attribute(interp, receiver, name)
    if isinstance(receiver, ApiObject):
        return _object_attribute(interp, receiver, name, node)
    if isinstance(receiver, Namespace) and name in MUTATORS:
        forget_variables(interp, receiver.scope)
    if isinstance(receiver, ShapeValue):
        return _modelled(interp, ("TensorShape",), receiver, name, node)
    if isinstance(receiver, DTypeValue):
        return _modelled(
            interp,
            ("dtypes.DType" if receiver.library == "tensorflow" else "numpy.dtype", "DType"),
            receiver,
            name,
            node,
        )
    if name == "value" and isinstance(dim_of(receiver), (int, SymbolicDim)) and not isinstance(receiver, Tensor):
        return receiver  # numbers have no value: this one is a Dimension of TensorFlow 1
    if isinstance(receiver, TupleValue) and name in receiver.fields:
        return receiver.items[receiver.fields.index(name)]
    if name == "__name__" and isinstance(receiver, (UserFunction, BoundMethod)):
        return _name_of(receiver.function if isinstance(receiver, BoundMethod) else receiver)
    if containers.has_method(receiver, name) or (
        isinstance(receiver, (UserFunction, BoundMethod)) and name in tracing.METHODS
    ):
        return BuiltinFunction(name, receiver)
    return UNKNOWN


def _name_of(function: Value) -> Value:
    """``function.__name__``, which ``functools.wraps`` and unknown decorators change."""
    if not isinstance(function, UserFunction) or function.decorated:
        return UNKNOWN
    for decorator in getattr(function.node, "decorator_list", ()):
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if "wraps" in (getattr(called, "attr", ""), getattr(called, "id", "")):
            return UNKNOWN
    return Constant(function.name)


def _tensor_attribute(interp: Interpreter, tensor: Tensor, name: str, node: ast.expr) -> Value:
    if tensor.kind in _TENSOR_CLASSES:
        return _modelled(interp, _TENSOR_CLASSES[tensor.kind], tensor, name, node)
    if tensor.kind is Kind.UNKNOWN and name in ("dtype", "shape"):
        return DTypeValue(tensor.dtype) if name == "dtype" else ShapeValue(tensor.shape)
    return UNKNOWN


def _modelled(interp: Interpreter, owners: tuple[str, ...], receiver: Value, name: str, node: ast.expr) -> Value:
    """An attribute that op models know: a property is computed, a method bound."""
    model = next((found for owner in owners if (found := registry.find(f"{owner}.{name}")) is not None), None)
    if model is None:
        interp.analysis.unmodelled[f"{owners[0]}.{name}"] += 1
        return UNKNOWN
    if not model.property:
        return ApiMethod(model.name, receiver)
    prop = model
    nodes = {"self": node.value} if isinstance(node, ast.Attribute) else {}
    call = Call(node, prop.name, f".{name}", {"self": receiver}, nodes, stack=interp.stack())
    arguments = registry.Arguments({prop.parameters[0].name: receiver})
    return perform(interp, call, lambda: registry.invoke(prop, arguments), [receiver], prop.view)


def _object_attribute(interp: Interpreter, receiver: ApiObject, name: str, node: ast.expr) -> Value:
    """An attribute of a library object: what the program or a model stored, else a modelled member."""
    stored = receiver.slots.get(name)
    if stored is not None:
        return stored
    # TensorFlow 1's class of the name has methods that TensorFlow 2's lacks.
    owners = (receiver.path, *containers.library_bases(receiver.path), f"compat.v1.{receiver.path}")
    value = _modelled(interp, owners, receiver, name, node)
    if value is not UNKNOWN:
        return value
    given = receiver.arguments.get(name, UNKNOWN)
    # What a layer was given as an array it keeps in a shape of its own.
    own = receiver.path.startswith("keras.layers.") and isinstance(given, (Tensor, ListValue))
    return UNKNOWN if own else given


# ------------------------------------------------------------------------------------------------- subscripts


@expression(ast.Subscript)
def _subscript(interp: Interpreter, node: ast.Subscript) -> Value:
    if interp.sizes is not None and isinstance(node.value, ast.Name):
        _suppose_rank(interp, interp.sizes, node.value, node.slice)
    receiver = interp.eval(node.value)
    key = interp.eval(node.slice)
    value = get_item(interp, receiver, key, node)
    if interp.sizes is not None and isinstance(key, Constant) and isinstance(key.value, str):
        return interp.sizes.member(key.value, value)
    return value


def _suppose_rank(interp: Interpreter, sizes: SizeNames, variable: ast.Name, index: ast.expr) -> None:
    rank = indexed_rank(index)
    if rank is not None:
        suppose(interp, variable, sizes.unnamed(rank, variable.id, variable))


def get_item(interp: Interpreter, receiver: Value, key: Value, node: ast.expr) -> Value:
    """``receiver[key]``; Unknown where it is not known."""
    if isinstance(receiver, Tensor) and receiver.kind is not Kind.PYTHON:
        from tflint_gemm.ops.indexing import subscript

        tensor = receiver
        library = "numpy.ndarray" if receiver.kind is Kind.ARRAY else "Tensor"
        nodes = {"self": node.value, "index": node.slice} if isinstance(node, ast.Subscript) else {}
        call = Call(node, f"{library}.__getitem__", "[]", {"self": receiver, "index": key}, nodes, stack=interp.stack())

        def again(changed: Mapping[str, Value]) -> Value:
            operand = changed["self"]
            return subscript(operand, changed["index"]) if isinstance(operand, Tensor) else UNKNOWN

        view = receiver.kind is Kind.ARRAY
        return perform(interp, call, lambda: subscript(tensor, key), [receiver], view, again)
    if receiver == ApiSymbol("numpy.c_"):
        return _columns(interp, key, node)
    if isinstance(receiver, ShapeValue):
        return _shape_item(interp, receiver, key, node)
    if isinstance(receiver, Namespace):
        found = receiver.scope.find(key.value) if isinstance(key, Constant) and isinstance(key.value, str) else None
        return UNKNOWN if found is None or isinstance(found, ImportedName) else found
    if isinstance(receiver, DictValue):
        return _dict_item(interp, receiver, key)
    if isinstance(receiver, (TupleValue, ListValue)):
        items = None if isinstance(key, SliceValue) or isinstance(dim_of(key), int) else sequence_items(receiver)
        return _sequence_item(receiver, key) if items is None else one_of(interp.heap, items)
    if isinstance(receiver, RangeValue):
        return _range_item(receiver, key)
    if isinstance(receiver, Constant) and isinstance(receiver.value, str):
        return _string_item(receiver.value, key)
    if isinstance(receiver, ApiSymbol) and receiver.path in ("numpy.mgrid", "numpy.ogrid"):
        from tflint_gemm.ops.numpy_grids import grid

        return grid(receiver.path, key)
    if isinstance(receiver, IterableValue):
        return receiver.element
    if isinstance(receiver, OfType) and receiver.type_name == "str":
        return receiver
    if isinstance(receiver, Instance) and (items := named_tuple_items(receiver)) is not None:
        return _sequence_item(TupleValue(items), key)
    if isinstance(receiver, (Instance, ApiObject)):
        return interp.call_method(receiver, "__getitem__", (key,), {})
    return UNKNOWN


def _columns(interp: Interpreter, key: Value, node: ast.expr) -> Value:
    """``np.c_[a, b]``: what ``np.column_stack`` makes of arrays of rank 1 and 2."""
    parts = key if isinstance(key, TupleValue) else TupleValue((key,))
    model = registry.find("numpy.column_stack")
    if model is None or not all(isinstance(part, Tensor) and part.rank in (1, 2) for part in parts.items):
        return UNKNOWN
    call = Call(node, "numpy.c_", "np.c_", {"tup": parts}, {}, stack=interp.stack())
    arguments = registry.Arguments({"tup": parts})
    return perform(interp, call, lambda: registry.invoke(model, arguments), list(parts.items))


def _sequence_item(receiver: TupleValue | ListValue, key: Value) -> Value:
    items = sequence_items(receiver)
    content: Value = receiver.slots[ListValue.CONTENT] if isinstance(receiver, ListValue) else receiver
    element = element_of(content)
    if isinstance(key, SliceValue):
        bounds = slice_bounds(key)
        if items is not None and bounds is not None:
            part = TupleValue(items[bounds])
            return ListValue(part) if isinstance(receiver, ListValue) else part
        rest = IterableValue(UNKNOWN if element is None else element)
        return ListValue(rest) if isinstance(receiver, ListValue) else OfType("tuple")
    index = dim_of(key)
    if items is not None and isinstance(index, int):
        return items[index] if -len(items) <= index < len(items) else UNKNOWN
    return UNKNOWN if element is None else element


def _range_item(receiver: RangeValue, key: Value) -> Value:
    numbers, index = python_range(receiver), dim_of(key)
    if isinstance(key, SliceValue):
        bounds = slice_bounds(key)
        if numbers is None or bounds is None:
            return IterableValue(OfType("int"))
        part = numbers[bounds]
        return RangeValue(Constant(part.start), Constant(part.stop), Constant(part.step))
    if numbers is None or not isinstance(index, int):
        return OfType("int")
    try:
        return Constant(numbers[index])
    except IndexError:
        return UNKNOWN


def _shape_item(interp: Interpreter, receiver: ShapeValue, key: Value, node: ast.expr) -> Value:
    if isinstance(key, SliceValue):
        bounds = slice_bounds(key)
        return ShapeValue(None if receiver.shape is None or bounds is None else receiver.shape[bounds])
    index = dim_of(key)
    if receiver.shape is None or not isinstance(index, int):
        return UNKNOWN
    rank = len(receiver.shape)
    if not -rank <= index < rank:
        return _missing_axis(interp, Tensor(None, receiver.shape), index, node)
    dim = receiver.shape[index]
    return UNKNOWN if dim is None else from_dim(dim)  # TensorFlow gives None where the size is not known


def _missing_axis(interp: Interpreter, whole: Tensor, axis: int, node: ast.expr) -> Value:
    """``x.shape[axis]`` where ``x`` has fewer dimensions."""
    named = node.value if isinstance(node, ast.Subscript) else node
    if isinstance(named, ast.Attribute):
        with interp.quiet():  # it has been evaluated before
            holder = interp.eval(named.value)
        named, whole = named.value, holder if isinstance(holder, Tensor) and holder.shape == whole.shape else whole

    def read() -> Value:
        raise AxisOutOfRange(whole, axis, len(whole.shape or ()))

    call = Call(node, "shape.__getitem__", f"shape[{axis}]", {"self": whole}, {"self": named}, stack=interp.stack())
    return perform(interp, call, read, [whole])


def _dict_item(interp: Interpreter, receiver: DictValue, key: Value) -> Value:
    key = containers.as_key(key)
    if key in receiver.slots:
        return receiver.slots[key]
    if isinstance(receiver, DefaultDictValue) and containers.is_key(key) and DictValue.REST not in receiver.slots:
        made = interp.call(receiver.factory, (), {})
        interp.heap.write(receiver, key, made)
        return made
    if containers.is_key(key):
        return receiver.slots.get(DictValue.REST, UNKNOWN)
    # An accumulator that is got by a key that is not known may be filled through what is got.
    for name, held in list(receiver.slots.items()):
        if isinstance(held, (ListValue, DictValue)) and truth(held) is not True:
            interp.heap.write(receiver, name, UNKNOWN)
    if isinstance(receiver, DefaultDictValue):
        interp.heap.write(receiver, DictValue.REST, UNKNOWN)
    values = list(receiver.slots.values())
    return join_all(values) if values else UNKNOWN


def _string_item(text: str, key: Value) -> Value:
    index = dim_of(key)
    bounds = slice_bounds(key) if isinstance(key, SliceValue) else None
    if bounds is not None:
        return Constant(text[bounds])
    if isinstance(index, int) and -len(text) <= index < len(text):
        return Constant(text[index])
    return OfType("str")
