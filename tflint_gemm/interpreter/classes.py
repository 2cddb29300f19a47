"""Classes of the program: instances, attributes, ``super()``, and the protocol of Keras layers and ``tf.Module``."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tflint_gemm import api
from tflint_gemm.domain import dtypes
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    BoundMethod,
    BuiltinFunction,
    Constant,
    DictValue,
    Kind,
    ShapeValue,
    Tensor,
    TupleValue,
    Value,
)
from tflint_gemm.interpreter import assignment, class_kinds, generated_classes, keras_protocol, object_protocol
from tflint_gemm.interpreter.heap import BUILT
from tflint_gemm.interpreter.interpreter import ANYWHERE, Interpreter
from tflint_gemm.interpreter.keras_protocol import METHODS
from tflint_gemm.interpreter.program import Instance, SuperValue, UserClass, UserFunction
from tflint_gemm.ops import structures
from tflint_gemm.ops.conversion import sequence_items
from tflint_gemm.replacing import replace

if TYPE_CHECKING:
    from tflint_gemm.interpreter.calls import Given


def instantiate(interp: Interpreter, cls: UserClass, given: "Given", node: ast.Call) -> Value:
    """``cls(...)``: a new instance on which ``__init__`` has run."""
    from tflint_gemm.interpreter.calls import Given, call

    if class_kinds.is_enumeration(cls):
        return generated_classes.find_member(cls, given)
    if class_kinds.is_named_tuple(cls):
        return generated_classes.make_named_tuple(interp, cls, given)
    if any("configurable" in ancestor.decorators for ancestor in cls.linearization()):
        given.complete = False  # what is not given comes from a configuration
    instance: Value = Instance(cls)
    maker = cls.lookup("__new__")
    if isinstance(maker, UserFunction):
        instance = call(interp, maker, Given((cls, *given.positional), given.keywords, given.complete), node)
    if not isinstance(instance, Instance) or cls not in instance.cls.linearization():
        return instance if isinstance(instance, Instance) else UNKNOWN
    interp.instances[cls.node] = instance
    initializer = cls.lookup("__init__")
    if class_kinds.generates_initializer(cls):
        generated_classes.initialize_dataclass(interp, instance, given)
    elif isinstance(initializer, UserFunction):
        call(interp, initializer, Given((instance, *given.positional), given.keywords, given.complete), node)
    elif any(not isinstance(base, (UserClass, BuiltinFunction)) for c in cls.linearization() for base in c.bases):
        _remember_keywords(interp, instance, given)
    if object_protocol.is_completed_elsewhere(cls):
        object_protocol.complete_elsewhere(interp, instance, given)
    if object_protocol.is_rebuilt(cls):
        assignment.forget_attributes(interp, instance)
    return instance


def _remember_keywords(interp: Interpreter, instance: Instance, given: "Given") -> None:
    """A library's constructor (``name=``, ``dtype=``): what it stores is read back under the same name at most."""
    for name in ("name", "trainable"):
        if name in given.keywords:
            interp.heap.write(instance, name, given.keywords[name])
    keras_protocol.initialize(interp, instance, given, ANYWHERE)


# ------------------------------------------------------------------------------------------------- attributes


def instance_attribute(interp: Interpreter, instance: Instance, name: str) -> Value:
    """``instance.name``: its own attribute, else its class's, methods bound to it."""
    value = instance.slots.get(name)
    if instance.cls.lookup("__getattribute__") is not None:
        value = UNKNOWN if value is not None or own_method(instance, name) is None else None
    if value is not None:
        return value if interp.autocast is None else keras_protocol.autocast_weights(value, interp.autocast)
    found = instance.cls.lookup(name)
    if found is not None:
        return bind_to(interp, found, instance, instance.cls)
    if name == "__class__":
        return instance.cls
    if name == "__dict__":
        assignment.forget_attributes(interp, instance)
        return UNKNOWN
    getter = instance.cls.lookup("__getattr__")
    if isinstance(getter, UserFunction):
        return interp.call(getter, (instance, Constant(name)), {})
    return _library_attribute(interp, instance, name)


def bind_to(interp: Interpreter, found: Value, receiver: Value, cls: UserClass) -> Value:
    """A class attribute seen through an instance (or the class): properties are computed, functions bound."""
    if isinstance(found, Instance) and found.cls.lookup("__get__") is not None:
        holder = receiver if isinstance(receiver, Instance) else NONE
        return interp.call_method(found, "__get__", (holder, cls), {})
    if isinstance(found, UserFunction):
        if found.kind == "property":
            return interp.call(found, (receiver,), {}) if isinstance(receiver, Instance) else UNKNOWN
        if found.kind == "staticmethod":
            return found
        if found.kind == "classmethod":
            return BoundMethod(found, cls)
        return BoundMethod(found, receiver) if isinstance(receiver, Instance) else found
    return found


def _library_attribute(interp: Interpreter, instance: Instance, name: str) -> Value:
    """What Keras's base classes provide to the layers and models of the program."""
    if not keras_bases(instance.cls):
        return UNKNOWN
    if name in keras_protocol.DTYPES:
        dtype = keras_protocol.DTYPES[name](interp, instance)
        return UNKNOWN if dtype is None else Constant(dtype.name)
    if name == "__init__":
        return BuiltinFunction("Layer.__init__", instance)
    if name in ("add_weight", "add_variable"):
        return BuiltinFunction("Layer.add_weight", instance)
    if f"Model.{name}" in METHODS:
        return BuiltinFunction(f"Model.{name}", instance)
    model = keras_protocol.library_model(instance)
    if model is None:
        return UNKNOWN
    return model if name == "call" else interp.get_attribute(model, name, ANYWHERE)


def own_method(receiver: Value, name: str) -> Value | None:
    """A method that a class of the program has, bound to its instance; None where there is none."""
    found = receiver.cls.lookup(name) if isinstance(receiver, Instance) else None
    return BoundMethod(found, receiver) if isinstance(found, UserFunction) else None


def keras_bases(cls: UserClass) -> list[str]:
    """The canonical names of the Keras classes that ``cls`` inherits from."""
    found = (api.resolve(path) for path in cls.library_bases())
    return [name for name in found if name is not None and name.startswith("keras.")]


def super_value(interp: Interpreter, arguments: list[Value]) -> Value:
    """``super()`` and ``super(Class, self)``."""
    if len(arguments) == 2 and isinstance(arguments[0], UserClass):
        return SuperValue(arguments[0], arguments[1])
    for frame in reversed(interp.frames):
        if frame.function is not None and frame.function.owner is not None:
            return SuperValue(frame.function.owner, frame.receiver)
    return UNKNOWN


def super_attribute(interp: Interpreter, value: SuperValue, name: str) -> Value:
    """``super().name``: looked up behind the class that the method belongs to."""
    receiver = value.receiver
    cls = receiver.cls if isinstance(receiver, Instance) else receiver
    if not isinstance(cls, UserClass):
        return UNKNOWN
    order = cls.linearization()
    behind = order[order.index(value.owner) + 1 :] if value.owner in order else []
    for ancestor in behind:
        if name == "__init__" and class_kinds.gives_initializer(ancestor):
            return BuiltinFunction("dataclass.__init__", receiver)
        found = ancestor.slots.get(name)
        if found is not None:
            return bind_to(interp, found, receiver, cls)
    if isinstance(receiver, Instance):
        return _library_attribute(interp, receiver, name)
    return UNKNOWN


# ------------------------------------------------------------------------------------------------- calling


def call_instance(interp: Interpreter, instance: Instance, given: "Given", node: ast.Call) -> Value:
    """``instance(...)``: its ``__call__``; for Keras layers and models ``build`` once and then ``call``."""
    from tflint_gemm.interpreter.calls import Given, call

    own = instance.cls.lookup("__call__")
    if isinstance(own, UserFunction):
        return call(interp, own, Given((instance, *given.positional), given.keywords, given.complete), node)
    method = instance.cls.lookup("call")
    if not isinstance(method, UserFunction) or not keras_bases(instance.cls):
        model = keras_protocol.library_model(instance)
        return UNKNOWN if model is None else call(interp, model, given, node)
    if keras_protocol.is_loss(keras_bases(instance.cls)):
        return _call_loss(interp, instance, method, given, node)
    compute = keras_protocol.compute_dtype(interp, instance)
    inputs = tuple(_autocast(value, compute) for value in given.positional)
    _build(interp, instance, inputs)
    keywords = {name: _autocast(value, compute) for name, value in given.keywords.items()}
    if "training" in keywords and not _accepts(method, "training"):
        del keywords["training"]
    outer, mode = interp.autocast, interp.frame.mode
    interp.autocast = compute if compute != keras_protocol.variable_dtype(interp, instance) else None
    traced = _is_traced(interp, instance, (*inputs, *keywords.values()))
    if traced:
        inputs = tuple(_of_kind(value, Kind.KERAS, Kind.TENSOR) for value in inputs)
        keywords = {name: _of_kind(value, Kind.KERAS, Kind.TENSOR) for name, value in keywords.items()}
        interp.frame.mode = "graph"
    try:
        result = call(interp, method, Given((instance, *inputs), keywords, given.complete), node)
    finally:
        interp.autocast, interp.frame.mode = outer, mode
    return _of_kind(result, Kind.TENSOR, Kind.KERAS) if traced else result


def _is_traced(interp: Interpreter, instance: Instance, inputs: tuple[Value, ...]) -> bool:
    """Whether Keras calls a layer of the program in a graph, to know what it gives for symbolic inputs.

    It does not where the layer says so itself; a plan of the memory has symbolic steps wherever they are.
    """
    says = any(instance.cls.lookup(name) is not None for name in ("compute_output_shape", "compute_output_spec"))
    symbolic = (leaf for value in inputs for leaf in structures.leaves(value) if isinstance(leaf, Tensor))
    return not says and interp.trace is None and any(leaf.kind is Kind.KERAS for leaf in symbolic)


def _of_kind(value: Value, before: Kind, after: Kind) -> Value:
    """``value`` with each tensor of the kind ``before`` turned into one of the kind ``after``."""

    def turned(leaf: Value) -> Value:
        return replace(leaf, kind=after) if isinstance(leaf, Tensor) and leaf.kind is before else leaf

    if any(turned(leaf) is not leaf for leaf in structures.leaves(value)):
        return structures.map_leaves(turned, value)
    return value


def _call_loss(interp: Interpreter, loss: Instance, method: UserFunction, given: "Given", node: ast.Call) -> Value:
    """``loss(y_true, y_pred, sample_weight)`` of the program: its ``call``, and the mean of what that gives."""
    from tflint_gemm.interpreter.calls import Given, call

    passed = dict(zip(("y_true", "y_pred", "sample_weight"), given.positional)) | given.keywords
    operands = tuple(
        keras_protocol.loss_operand(interp, loss, passed.get(name, UNKNOWN)) for name in ("y_true", "y_pred")
    )
    values = call(interp, method, Given((loss, *operands), {}, given.complete), node)
    weighted = passed.get("sample_weight", NONE) != NONE or not given.complete
    return keras_protocol.reduced_loss(interp, loss, values, weighted)


def _accepts(method: UserFunction, name: str) -> bool:
    arguments = method.node.args
    names = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return name in names or arguments.kwarg is not None


def _build(interp: Interpreter, instance: Instance, inputs: tuple[Value, ...]) -> None:
    """Run ``build(input_shape)`` before the first call."""
    build = instance.cls.lookup("build")
    if BUILT in instance.slots or not isinstance(build, UserFunction):
        return
    before = dict(instance.slots)
    interp.heap.write(instance, BUILT, TupleValue(()))
    first = inputs[0] if inputs else UNKNOWN
    interp.call(build, (instance, _input_shape(first)), {})
    assigned = (
        TupleValue((Constant(name), value))
        for name, value in instance.slots.items()
        if isinstance(name, str) and name != BUILT and before.get(name) is not value
    )
    interp.heap.write(instance, BUILT, TupleValue(tuple(assigned)))


def _input_shape(value: Value) -> Value:
    """What ``build`` is given: the shape of a tensor, or the list of shapes of several."""
    if isinstance(value, Tensor):
        return ShapeValue(value.shape)
    items = sequence_items(value)
    if items is not None and all(isinstance(item, Tensor) for item in items):
        return TupleValue(tuple(ShapeValue(item.shape) for item in items if isinstance(item, Tensor)))
    return UNKNOWN


def _autocast(value: Value, compute: dtypes.DType | None) -> Value:
    """What ``call`` gets for an argument: the tensors in it are cast; a structure in which nothing changes stays."""
    if isinstance(value, DictValue) and not structures.is_nested(value):
        changed = any(_autocast(item, compute) is not item for item in value.slots.values())
        return UNKNOWN if changed else value
    held = list(structures.leaves(value))
    if all(_cast(leaf, compute) is leaf for leaf in held):
        return value
    return structures.map_leaves(lambda leaf: _cast(leaf, compute), value)


def _cast(value: Value, compute: dtypes.DType | None) -> Value:
    """Keras casts floating inputs of ``call`` to the compute dtype; integers stay, arrays become tensors."""
    if not isinstance(value, Tensor) or value.kind in (Kind.PYTHON, Kind.SPARSE, Kind.RAGGED):
        return value
    kind = Kind.TENSOR if value.kind is Kind.ARRAY else value.kind
    if value.dtype is None or not value.dtype.is_floating or value.dtype == compute:
        return value if kind is value.kind else replace(value, kind=kind)
    return replace(value, kind=kind, dtype=compute, dtype_origin=None)
