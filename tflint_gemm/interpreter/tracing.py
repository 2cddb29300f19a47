"""What ``tf.function`` gives a function of the program: concrete functions."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from tflint_gemm.domain.values import UNKNOWN, ApiObject, Value
from tflint_gemm.interpreter.interpreter import Interpreter
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


def _described(interp: Interpreter, value: Value, node: ast.Call) -> Value:
    """The tensor that a ``tf.TensorSpec`` stands for."""
    is_spec = isinstance(value, ApiObject) and value.path == "TensorSpec"
    return interp.get_attribute(value, "(value)", node) if is_spec else value


METHODS: dict[str, Callable[[Interpreter, Value, "Given", ast.Call], Value]] = {
    "get_concrete_function": get_concrete_function,
}
