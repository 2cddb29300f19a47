"""Calls: of the program's functions and classes, of library functions, of methods, of builtins."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from tflint_gemm import api
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiMethod,
    ApiObject,
    ApiSymbol,
    BoundMethod,
    BuiltinFunction,
    Constant,
    DictValue,
    DTypeValue,
    PartialValue,
    Value,
)
from tflint_gemm.interpreter import (
    builtins,
    classes,
    configuration,
    functions,
    graph_runs,
    oracle,
    refinement,
    side_effects,
    variable_scopes,
)
from tflint_gemm.interpreter.assignment import forget_attributes, forget_elements, forget_shape
from tflint_gemm.interpreter.containers import shuffle
from tflint_gemm.interpreter.imports import canonical_name
from tflint_gemm.interpreter.interpreter import ANYWHERE, Interpreter, expression
from tflint_gemm.interpreter.iteration import items_of
from tflint_gemm.interpreter.program import Instance, UserClass, UserFunction
from tflint_gemm.interpreter.records import Call
from tflint_gemm.interpreter.tensor_operations import perform
from tflint_gemm.ops import registry
from tflint_gemm.ops.layers import constructor_arguments
from tflint_gemm.ops.op_model import OpModel, constant_model
from tflint_gemm.ops.violations import Violation
from tflint_gemm.replacing import replace
from tflint_gemm.syntax.tree import once_per_node

OTHER_LIBRARIES = ("sklearn", "pandas", "PIL", "cv2", "tensorflow_addons")
"""Libraries without an API table of which some functions have op models."""
IN_PLACE = {
    "numpy.ndarray.fill", "numpy.ndarray.sort", "numpy.ndarray.partition", "numpy.ndarray.put", "numpy.ndarray.resize",
    "numpy.random.shuffle", "numpy.random.RandomState.shuffle", "numpy.random.Generator.shuffle", "numpy.copyto",
    "numpy.fill_diagonal", "numpy.put", "numpy.place", "numpy.putmask",
}  # fmt: skip
"""What changes its first argument (or its receiver); of a generator's ``shuffle`` the first argument too."""
_REFINING = {"Tensor.set_shape", "Variable.set_shape", "sparse.SparseTensor.set_shape"}
"""What tells the shape of its receiver."""


@dataclass(slots=True)
class Given:
    """The arguments of a call as written: ``complete`` is False after an unknown ``*`` or ``**``."""

    positional: tuple[Value, ...] = ()
    keywords: dict[str, Value] = field(default_factory=dict)
    complete: bool = True
    positional_nodes: tuple[ast.expr, ...] = ()
    keyword_nodes: dict[str, ast.expr] = field(default_factory=dict)
    node: ast.Call = ANYWHERE


@expression(ast.Call)
def _call(interp: Interpreter, node: ast.Call) -> Value:
    if isinstance(node.func, ast.Name) and node.func.id == "super" and interp.lookup("super") is None:
        return classes.super_value(interp, [interp.eval(argument) for argument in node.args])
    function = interp.eval(node.func)
    given = _given(interp, node)
    if function is UNKNOWN and isinstance(node.func, ast.Attribute):
        _call_unknown_method(interp, node.func, given)
    return call(interp, function, given, node)


def _call_unknown_method(interp: Interpreter, method: ast.Attribute, given: Given) -> None:
    """What a method of an object that is not known, or of another library's, may do to objects of the program."""
    receiver = interp.lookup(method.value.id) if isinstance(method.value, ast.Name) else None
    if isinstance(receiver, Instance):
        running = {frame.function.name for frame in interp.frames if frame.function and frame.receiver is receiver}
        side_effects.inherited_method_called(interp.heap, receiver, sorted(running))
    elif method.attr == "resize" and receiver is not None:  # of an array
        forget_shape(interp, receiver)
    elif method.attr == "setattr":  # pytest's monkeypatch
        call(interp, BuiltinFunction("setattr"), given, given.node)


def _given(interp: Interpreter, node: ast.Call) -> Given:
    positional: list[Value] = []
    nodes: list[ast.expr] = []
    given = Given()
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            value = interp.eval(argument.value)
            items = items_of(value)
            if items is None:
                given.complete = False
                continue
            positional.extend(items)
            nodes.extend([argument.value] * len(items))
        elif given.complete:
            positional.append(interp.eval(argument))
            nodes.append(argument)
        else:
            interp.eval(argument)
    for keyword in node.keywords:
        value = interp.eval(keyword.value)
        if keyword.arg is not None:
            given.keywords[keyword.arg] = value
            given.keyword_nodes[keyword.arg] = keyword.value
        elif isinstance(value, DictValue) and all(isinstance(key, Constant) for key in value.slots):
            given.keywords.update(
                (str(key.value), item) for key, item in value.slots.items() if isinstance(key, Constant)
            )
        else:
            given.complete = False
    given.positional, given.positional_nodes = tuple(positional), tuple(nodes)
    return given


def call(interp: Interpreter, function: Value, given: Given, node: ast.Call) -> Value:
    """Call ``function``; Unknown for what is not understood."""
    if isinstance(function, UserFunction):
        return functions.call_function(interp, function, given, node)
    if isinstance(function, BoundMethod):
        bound = Given((function.receiver, *given.positional), given.keywords, given.complete)
        return call(interp, function.function, bound, node)
    if isinstance(function, ApiSymbol):
        return call_api(interp, function, given, node)
    if isinstance(function, ApiMethod):
        return call_api_method(interp, function, given, node)
    if isinstance(function, BuiltinFunction):
        return builtins.call(interp, function, given, node)
    if isinstance(function, UserClass):
        return classes.instantiate(interp, function, given, node)
    if isinstance(function, Instance):
        return classes.call_instance(interp, function, given, node)
    if isinstance(function, ApiObject):
        return call_api_method(interp, ApiMethod(f"{function.path}.__call__", function), given, node)
    if isinstance(function, PartialValue):
        keywords = {**dict(function.keywords), **given.keywords}
        return call(
            interp, function.function, Given((*function.arguments, *given.positional), keywords, given.complete), node
        )
    if isinstance(function, DTypeValue):
        return _call_dtype(interp, function, given, node)
    _give_away(interp, given)
    side_effects.fill_places(interp.heap, (*given.positional, *given.keywords.values()))
    return UNKNOWN


def _call_dtype(interp: Interpreter, dtype: DTypeValue, given: Given, node: ast.Call) -> Value:
    """``np.float32(x)``: NumPy's scalar types convert."""
    from tflint_gemm.ops.numpy_creation import scalar_type

    if dtype.library != "numpy" or dtype.dtype is None or len(given.positional) != 1:
        return UNKNOWN
    arguments = {"x": given.positional[0]}
    record = Call(
        node,
        f"numpy.{dtype.dtype.name}",
        display_name(node.func),
        arguments,
        {},
        frozenset({"dtype"}),
        stack=interp.stack(),
    )
    numpy_dtype, value = dtype.dtype, given.positional[0]
    return perform(interp, record, lambda: scalar_type(numpy_dtype, value), [value])


# ------------------------------------------------------------------------------------------------- library calls


def call_api(interp: Interpreter, symbol: ApiSymbol, given: Given, node: ast.Call) -> Value:
    """A library function or class called: its model's result, an object of the class, or Unknown."""
    canonical = canonical_name(symbol)
    if canonical is not None and canonical.startswith("keras.") and builtins.is_modelled(canonical):
        return builtins.call_standard_library(interp, canonical, given, node)
    if canonical is None or builtins.is_modelled(symbol.path):
        return _call_other_library(interp, symbol.path, given, node)
    if canonical.startswith("contrib.layers.") and "arg_scope" in interp.source.text:
        given.complete = False  # a scope may have changed what is not given
    if canonical.endswith("Variable") and "variable_creator_scope" in interp.source.text:
        given.complete = False  # a creator may do without an initial value
    if given.positional and _is_unbound_method(canonical):
        bound = replace(given, positional=given.positional[1:], positional_nodes=given.positional_nodes[1:])
        return call_api_method(interp, ApiMethod(canonical, given.positional[0]), bound, node)
    name, model, arguments = _resolve(symbol, canonical, given)
    entry = api.entry(name)
    if entry is not None and entry.kind == "dtype":
        return UNKNOWN
    if model is None:
        answer = oracle.consult(interp, name, given)
        if answer is not None and arguments is not None:
            return _perform_model(interp, name, constant_model(name, answer), arguments, given, node)
        if not registry.has_members(name):
            interp.analysis.unmodelled[name] += 1
        _give_away(interp, given)
        if entry is None or entry.kind != "class":
            return UNKNOWN
        return _construct(interp, name, arguments, given, node)
    if arguments is None or (arguments.missing and given.complete):
        return UNKNOWN  # Python raises TypeError
    return _perform_model(interp, name, model, arguments, given, node)


def _call_other_library(interp: Interpreter, path: str, given: Given, node: ast.Call) -> Value:
    """A function of a library that has no API table: a model of the interpreter's, or an op model of that path."""
    modelled = path.split(".", 1)[0] in OTHER_LIBRARIES and not builtins.is_modelled(path)
    model = registry.find(path) if modelled else None  # Python's own math.log1p is not TensorFlow's
    if model is None:
        if not builtins.is_modelled(path):
            _give_away(interp, given)
            side_effects.fill_places(interp.heap, (*given.positional, *given.keywords.values()))
        return builtins.call_standard_library(interp, path, given, node)
    arguments = registry.bind(path, model, given.positional, given.keywords)
    return UNKNOWN if arguments is None else _perform_model(interp, path, model, arguments, given, node)


def _is_unbound_method(canonical: str) -> bool:
    """Whether it is a method read from its class, as in ``tf.data.Dataset.batch(dataset, 2)``."""
    model = registry.find(canonical)
    if model is None or model.property or not model.parameters or model.parameters[0].name != "self":
        return False
    owner = api.entry(canonical.rpartition(".")[0])
    return owner is not None and owner.kind == "class"


def _construct(
    interp: Interpreter, name: str, arguments: registry.Arguments | None, given: Given, node: ast.Call
) -> Value:
    """An object of a library class, which remembers what it was made with."""
    made = ApiObject(name, constructor_arguments(arguments))
    if interp.trace is not None:
        interp.trace.constructed(made, node)
    if arguments is not None:
        passed = {key: value for key, value in arguments.values.items() if key in arguments.given}
        nodes = _argument_nodes(passed, given, None)
        record = Call(node, name, display_name(node.func), passed, nodes, arguments.given, made, interp.stack())
        record.policy = configuration.setting(interp, configuration.POLICY)
        interp.record_call(record)
        if name.startswith("keras.layers.") and not record.display.startswith("tf_keras."):
            _check_sizes(interp, record)
    return made


def _check_sizes(interp: Interpreter, record: Call) -> None:
    """Report a layer that cannot be made with these sizes."""
    from tflint_gemm.ops import keras_building  # with all that layers need, which many programs do not

    try:
        keras_building.require_integers(record.api, record.arguments)
    except Violation as violation:
        interp.report(violation, record, ())


def _resolve(symbol: ApiSymbol, canonical: str, given: Given) -> tuple[str, OpModel | None, registry.Arguments | None]:
    """The model and the bound arguments; arguments that only TensorFlow 1's signature takes are bound by that one."""
    model = registry.find(canonical)
    arguments = registry.bind(canonical, model, given.positional, given.keywords)
    if arguments is None and not symbol.v1 and symbol.path.startswith("tensorflow."):
        old = api.resolve(symbol.path, True)
        if old is not None and old != canonical:
            old_model = registry.find(old)
            old_arguments = registry.bind(old, old_model, given.positional, given.keywords)
            if old_arguments is not None:
                canonical, model, arguments = old, old_model, old_arguments
    if arguments is not None:
        arguments.complete = given.complete
    return canonical, model, arguments


def _perform_model(
    interp: Interpreter,
    name: str,
    model: OpModel,
    arguments: registry.Arguments,
    given: Given,
    node: ast.Call,
    receiver_node: ast.expr | None = None,
) -> Value:
    if not given.complete:
        # Defaults that may have been overridden are no more known than what was passed.
        kept = {key: value for key, value in arguments.values.items() if key in arguments.given}
        arguments = registry.Arguments(kept, False, arguments.extra, arguments.given, arguments.names)
    values = {key: value for key, value in arguments.values.items() if key in arguments.given}
    values.update((f"args[{i}]", value) for i, value in enumerate(arguments.extra))
    nodes = _argument_nodes(values, given, receiver_node)
    record = Call(node, name, display_name(node.func), values, nodes, arguments.given, stack=interp.stack())
    bound = arguments
    if name in IN_PLACE and values:
        _change_in_place(interp, name, values)
    receiver = values.get("self") if receiver_node is not None else None

    def invoke() -> Value:
        return oracle.completed(interp, name, given, registry.invoke(model, bound), receiver)

    def again(changed: Mapping[str, Value]) -> object:
        return registry.invoke(model, replace(bound, values={**bound.values, **changed}))

    result = perform(interp, record, invoke, list(values.values()), model.view, None if bound.extra else again)
    if name in graph_runs.RUNS:
        fetches = bound.values.get("self" if "fetches" not in bound.values else "fetches", UNKNOWN)
        return graph_runs.run(interp, record, fetches, bound.values.get("feed_dict", NONE), result)
    if name == "compat.v1.summary.merge_all":
        return graph_runs.merged_summaries(interp, record)
    if name in _REFINING and isinstance(receiver_node, ast.Name):
        refinement.refine_told(interp, receiver_node.id, values.get("self", UNKNOWN), values.get("shape", UNKNOWN))
    if given.complete:
        refinement.learn(interp, name, values, nodes)
    if name == "compat.v1.get_variable" and given.complete:
        asked = (bound.values.get("name", UNKNOWN), bound.values.get("shape", NONE))
        return variable_scopes.get_variable(interp, interp.variable_scope, record, *asked, result)
    return result


def _change_in_place(interp: Interpreter, name: str, arguments: Mapping[str, Value]) -> None:
    """What is known no more of what a function of ``IN_PLACE`` changes; NumPy shuffles lists as well."""
    if not name.endswith(".shuffle"):
        forget_elements(interp, next(iter(arguments.values())))
        return
    shuffled = arguments.get("x", UNKNOWN)
    forget_elements(interp, shuffled)
    shuffle(interp, shuffled)


def _argument_nodes(values: Mapping[str, Value], given: Given, receiver_node: ast.expr | None) -> dict[str, ast.expr]:
    """The expression behind each bound argument, and behind the items of list displays."""
    written: dict[int, list[ast.expr]] = {}
    for value, argument in zip(given.positional, given.positional_nodes):
        written.setdefault(id(value), []).append(argument)
    for key, argument in given.keyword_nodes.items():
        written.setdefault(id(given.keywords[key]), []).append(argument)
    nodes: dict[str, ast.expr] = {}
    taken: set[ast.expr] = set()
    for name, value in values.items():
        node = next((one for one in written.get(id(value), ()) if one not in taken), None)
        if node is None and name == "self":
            node = receiver_node
        if node is None:
            continue
        nodes[name] = node
        taken.add(node)
        if isinstance(node, (ast.List, ast.Tuple, ast.Dict)):
            items = node.values if isinstance(node, ast.Dict) else node.elts
            nodes.update((f"{name}[{i}]", item) for i, item in enumerate(items))
    return nodes


def call_api_method(interp: Interpreter, method: ApiMethod, given: Given, node: ast.Call) -> Value:
    """A method of a tensor or of a library object."""
    model = registry.find(method.path)
    if model is None:
        answer = oracle.consult(interp, method.path, given, method.receiver)
        if answer is not None:
            passed = {"self": method.receiver, **given.keywords}
            bound = registry.Arguments(passed, True, given.positional, frozenset(passed))
            answered = constant_model(method.path, answer)
            return _perform_model(interp, method.path, answered, bound, given, node)
        interp.analysis.unmodelled[method.path] += 1
        _give_away(interp, given)
        return UNKNOWN
    arguments = registry.bind_method(method.path, model, method.receiver, given.positional, given.keywords)
    if arguments is None:
        return UNKNOWN
    arguments.complete = given.complete
    receiver_node = node.func.value if isinstance(node.func, ast.Attribute) else None
    result = _perform_model(interp, method.path, model, arguments, given, node, receiver_node)
    if isinstance(filled := given.keywords.get("namespace"), (Instance, UserClass)):  # of an argument parser
        forget_attributes(interp, filled)
    if method.path.startswith("keras.Model."):
        _give_away(interp, given)
    return result


def _give_away(interp: Interpreter, given: Given) -> None:
    """The library calls what it was given when it likes."""
    side_effects.give_away(interp.heap, (*given.positional, *given.keywords.values()))


@once_per_node
def display_name(function: ast.expr) -> str:
    """How the program writes the called function: ``tf.matmul``, ``.astype`` for a method of an expression.

    A layer that is called where it is made is ``Dense(...)``.
    """
    if isinstance(function, ast.Call):
        made = display_name(function.func)
        return made if made == "call" else f"{made}(...)"
    parts: list[str] = []
    while isinstance(function, ast.Attribute):
        parts.append(function.attr)
        function = function.value
    if isinstance(function, ast.Name):
        return ".".join([function.id, *reversed(parts)])
    return "." + parts[0] if parts else "call"
