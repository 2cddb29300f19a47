"""What ``tf.function`` and the like make of a function of the program, and the concrete functions of that."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiObject,
    ApiSymbol,
    BoundMethod,
    Constant,
    Kind,
    ListValue,
    PartialValue,
    Tensor,
    TupleValue,
    Value,
)
from tflint_gemm.interpreter.imports import canonical_name
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.iteration import items_of
from tflint_gemm.interpreter.program import Scope, UserFunction
from tflint_gemm.ops import conversion, specs, structures
from tflint_gemm.ops.concrete_functions import concrete_function
from tflint_gemm.replacing import replace

if TYPE_CHECKING:
    from tflint_gemm.interpreter.calls import Given


WRAPPERS = {"custom_gradient", "recompute_grad", "py_function", "numpy_function"}
"""What calls the function that it decorates in a way of its own."""


def get_concrete_function(interp: Interpreter, function: Value, given: "Given", node: ast.Call) -> Value:
    """The function, traced with the tensors that the arguments describe."""
    from tflint_gemm.interpreter.calls import Given, call

    if not given.complete:
        return UNKNOWN
    plain = function.function if isinstance(function, BoundMethod) else function
    signature = plain.signature if isinstance(plain, UserFunction) else None
    promised = items_of(signature) if signature is not None and not given.keywords else None
    positional = tuple(_described(value) for value in given.positional or promised or ())
    keywords = {name: _described(value) for name, value in given.keywords.items()}
    call(interp, function, Given(positional, keywords), node)
    return UNKNOWN if keywords else concrete_function(function, positional)


def function(_interp: Interpreter, given: "Given") -> Value:
    """``tf.function(f)``; without ``f`` what makes a traced function of the one that it is called with."""
    function = given.positional[0] if given.positional else given.keywords.get("func", NONE)
    if function == NONE:
        return PartialValue(ApiSymbol("tensorflow.function"), (), tuple(given.keywords.items()))
    signature = given.positional[1] if len(given.positional) > 1 else given.keywords.get("input_signature", NONE)
    autograph = len(given.positional) < 3 and given.keywords.get("autograph", Constant(True)) == Constant(True)
    return _traced(function, None if signature == NONE else signature, autograph and given.complete)


def _traced(function: Value, signature: Value | None, autograph: bool) -> Value:
    if isinstance(function, UserFunction):
        return replace(function, graph=True, autograph=autograph, signature=signature)
    if isinstance(function, BoundMethod):
        return replace(function, function=_traced(function.function, signature, autograph))
    return PartialValue(function, (), ())  # it can be called as before, but is another object


def take_arguments(scope: Scope) -> None:
    """What ``tf.function`` hands on to the function: arrays as tensors, the rest as it is."""
    for name, value in scope.slots.items():
        if any(_is_array(leaf) for leaf in structures.leaves(value)):
            scope.slots[name] = structures.map_leaves(_without_array, value)


def _without_array(value: Value) -> Value:
    return conversion.as_tensor(value) if _is_array(value) else value


def _is_array(value: Value) -> bool:
    return isinstance(value, Tensor) and value.kind is Kind.ARRAY


def give_result(value: Value) -> Value:
    """What calling the traced function returns: tensors of everything but None."""
    return structures.map_leaves(conversion.as_tensor, value)


# ------------------------------------------------------------------------------------------------- other wrappers


def wrap(interp: Interpreter, given: "Given") -> Value:
    """``tf.custom_gradient(f)`` and ``tf.recompute_grad(f)``, called with a function."""
    function = given.positional[0] if given.positional else given.keywords.get("f", UNKNOWN)
    wrapper = interp.eval(given.node.func)
    if isinstance(function, UserFunction):
        return replace(function, wrapper=wrapper)
    if isinstance(function, BoundMethod) and isinstance(function.function, UserFunction):
        return replace(function, function=replace(function.function, wrapper=wrapper))
    is_recomputed = isinstance(wrapper, ApiSymbol) and wrapper.path.endswith("recompute_grad")
    return PartialValue(function, (), ()) if is_recomputed else UNKNOWN


def call_wrapped(interp: Interpreter, function: UserFunction, given: "Given", node: ast.AST) -> Value:
    """Call a function that a function of TensorFlow's has wrapped."""
    from tflint_gemm.interpreter.calls import Given, call

    plain, wrapper = replace(function, wrapper=None), function.wrapper
    if not isinstance(node, ast.Call):
        return UNKNOWN
    if isinstance(wrapper, PartialValue) and canonical_of(wrapper) in ("py_function", "numpy_function"):
        arguments = ListValue(TupleValue(given.positional))
        return call(interp, wrapper, Given((plain, arguments), {}, given.complete and not given.keywords), node)
    result = call(interp, plain, given, node)
    if wrapper is None or canonical_of(wrapper) != "custom_gradient":
        return result
    pair = result.items if isinstance(result, TupleValue) else ()
    if len(pair) != 2:
        return UNKNOWN
    made, gradient = structures.map_leaves(conversion.as_tensor, pair[0]), pair[1]
    upstream = tuple(_upstream(leaf) for leaf in structures.leaves(made))
    if not all(_is_discrete(leaf) for leaf in upstream):
        interp.call(gradient, upstream, {"variables": UNKNOWN} if _takes_variables(gradient) else {})
    return made


def _is_discrete(value: Value) -> bool:
    """Whether no gradient flows through the value: a function that returns nothing else is never asked for one."""
    dtype = value.dtype if isinstance(value, Tensor) else None
    return dtype is not None and not (dtype.is_floating or dtype.is_complex)


def _takes_variables(gradient: Value) -> bool:
    """Whether a gradient function asks for the variables that were used."""
    if not isinstance(gradient, UserFunction):
        return False
    arguments = gradient.node.args
    return "variables" in {argument.arg for argument in (*arguments.args, *arguments.kwonlyargs)}


def _upstream(value: Value) -> Value:
    """The gradient that flows back into a result."""
    return replace(value, elements=None, storage=None) if isinstance(value, Tensor) else UNKNOWN


def canonical_of(wrapper: Value) -> str | None:
    """The canonical name of a function of TensorFlow's, with arguments or without."""
    symbol = wrapper.function if isinstance(wrapper, PartialValue) else wrapper
    return canonical_name(symbol) if isinstance(symbol, ApiSymbol) else None


def _described(value: Value) -> Value:
    """The values that specifications in the argument stand for."""

    def described(leaf: Value) -> Value:
        return specs.described(leaf) if isinstance(leaf, ApiObject) and leaf.path.endswith("Spec") else leaf

    return structures.map_leaves(described, value)


METHODS: dict[str, Callable[[Interpreter, Value, "Given", ast.Call], Value]] = {
    "get_concrete_function": get_concrete_function,
}
