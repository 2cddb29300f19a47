"""What ``tf.function`` makes of a function of the program, and the concrete functions of that."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from tflint_gemm.domain.values import NONE, UNKNOWN, ApiObject, ApiSymbol, BoundMethod, PartialValue, Value
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.program import UserFunction
from tflint_gemm.ops.concrete_functions import concrete_function

if TYPE_CHECKING:
    from tflint_gemm.interpreter.calls import Given


def get_concrete_function(interp: Interpreter, function: Value, given: "Given", node: ast.Call) -> Value:
    """The function, traced with the tensors that the arguments describe."""
    from tflint_gemm.interpreter.calls import Given, call

    if not given.complete:
        return UNKNOWN
    positional = tuple(_described(interp, value, node) for value in given.positional)
    keywords = {name: _described(interp, value, node) for name, value in given.keywords.items()}
    call(interp, function, Given(positional, keywords), node)
    return UNKNOWN if keywords else concrete_function(function, positional)


def function(_interp: Interpreter, given: "Given") -> Value:
    """``tf.function(f)``; without ``f`` what makes a traced function of the one that it is called with."""
    function = given.positional[0] if given.positional else given.keywords.get("func", NONE)
    if function == NONE:
        return PartialValue(ApiSymbol("tensorflow.function"), (), tuple(given.keywords.items()))
    signature = given.positional[1] if len(given.positional) > 1 else given.keywords.get("input_signature", NONE)
    return _traced(function, None if signature == NONE else signature)


def _traced(function: Value, signature: Value | None) -> Value:
    if isinstance(function, UserFunction):
        return replace(function, graph=True, signature=signature)
    if isinstance(function, BoundMethod):
        return replace(function, function=_traced(function.function, signature))
    return PartialValue(function, (), ())  # it can be called as before, but is another object


def _described(interp: Interpreter, value: Value, node: ast.Call) -> Value:
    """The tensor that a ``tf.TensorSpec`` stands for."""
    is_spec = isinstance(value, ApiObject) and value.path == "TensorSpec"
    return interp.get_attribute(value, "(value)", node) if is_spec else value


METHODS: dict[str, Callable[[Interpreter, Value, "Given", ast.Call], Value]] = {
    "get_concrete_function": get_concrete_function,
}
