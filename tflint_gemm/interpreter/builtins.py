"""Python's built-in functions and the few of the standard library from which shapes come: the table and the call.

The functions stand in ``python_conversions``, ``python_sequences``, ``python_numbers`` and ``python_objects``.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from tflint_gemm.domain.values import (
    UNKNOWN,
    BuiltinFunction,
    Value,
)
from tflint_gemm.interpreter import containers, side_effects, tracing
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.keras_protocol import METHODS

if TYPE_CHECKING:
    from tflint_gemm.interpreter.calls import Given

Builtin = Callable[[Interpreter, "Given"], Value]
_FUNCTIONS: dict[str, Builtin] = {}
_LIBRARY: dict[str, Builtin] = {}
_INCOMPLETE: set[Builtin] = set()
"""Those that are called even where not all arguments are known."""


def builtin(*names: str, incomplete: bool = False) -> Callable[[Builtin], Builtin]:
    """Register a built-in function ("len") or, with dots, one of the standard library ("math.sqrt").

    One with ``incomplete`` is called even where ``*`` or ``**`` stands for arguments that are not known.
    """

    def register(function: Builtin) -> Builtin:
        if incomplete:
            _INCOMPLETE.add(function)
        for name in names:
            (_LIBRARY if "." in name else _FUNCTIONS)[name] = function
        return function

    return register


def call(interp: Interpreter, function: BuiltinFunction, given: "Given", node: ast.Call) -> Value:
    """Call a built-in function or a method of a built-in container."""
    if function.receiver is not None:
        protocol = METHODS.get(function.name) or tracing.METHODS.get(function.name)
        if protocol is not None:
            return protocol(interp, function.receiver, given, node)
        if not given.complete and function.name in side_effects.MUTATORS:
            side_effects.forget_contents(interp.heap, function.receiver)
            return UNKNOWN
        return containers.call_method(interp, function.receiver, function.name, given.positional, given.keywords)
    return _call_model(interp, _FUNCTIONS.get(function.name), given, node)


def is_modelled(path: str | None) -> bool:
    """Whether ``path`` is a function that needs the interpreter, be it the standard library's or another's."""
    return path in _LIBRARY


def call_standard_library(interp: Interpreter, path: str, given: "Given", node: ast.Call) -> Value:
    """Call what is no API of TensorFlow's, NumPy's or Keras's."""
    return _call_model(interp, _LIBRARY.get(path), given, node)


def _call_model(interp: Interpreter, model: Builtin | None, given: "Given", node: ast.Call) -> Value:
    if model is None or not (given.complete or model in _INCOMPLETE):
        return UNKNOWN
    given.node = node
    return model(interp, given)


def first(given: "Given") -> Value:
    """The first positional argument; Unknown where there is none."""
    return given.positional[0] if given.positional else UNKNOWN
