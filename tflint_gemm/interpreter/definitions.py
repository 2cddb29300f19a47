"""Function and class definitions, and what decorators make of them."""

from __future__ import annotations

import ast

from tflint_gemm.domain.values import NONE, UNKNOWN, ApiSymbol, BuiltinFunction, Constant, PartialValue, Value
from tflint_gemm.interpreter import array_types, generated_classes, parametrization, tracing
from tflint_gemm.interpreter.imports import canonical_name
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.object_protocol import decorate_class, finish_class
from tflint_gemm.interpreter.program import Scope, UserClass, UserFunction
from tflint_gemm.replacing import replace

TRACING = {"function", "tensorflow.function", "compat.v1.function", "autograph.experimental.do_not_convert"}
TRANSPARENT = {
    "functools.wraps", "functools.lru_cache", "functools.cache", "contextlib.contextmanager", "abc.abstractmethod",
    "typing.overload", "typing.no_type_check", "unittest.skip", "function", "Module.with_name_scope",
    "autograph.experimental.do_not_convert", "keras.saving.register_keras_serializable", "typing.override",
    "keras.utils.register_keras_serializable", "__internal__.tf2.enabled", "RegisterGradient",
    *(f"tensorflow.python.util.{name}" for name in (
        "deprecation.deprecated", "deprecation.deprecated_args", "deprecation.deprecated_arg_values",
        "deprecation.deprecated_endpoints", "tf_export.tf_export", "tf_export.keras_export",
        "dispatch.add_dispatch_support", "dispatch.add_type_based_api_dispatcher",
    )),
}  # fmt: skip


def define_function(interp: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Value:
    """The value of a ``def``: the function, as its decorators leave it."""
    defaults = tuple(interp.eval(default) for default in node.args.defaults)
    keywords = tuple(
        (argument.arg, interp.eval(default))
        for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults)
        if default is not None
    )
    owner = interp.classes_open[-1] if interp.classes_open and interp.scope is interp.classes_open[-1].scope else None
    interp.scope.capture()
    function = UserFunction(node, interp.scope, defaults, keywords, owner)
    value: Value = function
    for decorator in reversed(node.decorator_list):
        value = _decorate(interp, decorator, value)
    if interp.at_home:  # the functions of other modules are looked at when their own file is
        interp.functions[node] = value if isinstance(value, UserFunction) and value.node is node else function
        interp.defined.append(node)
    return value


def _decorate(interp: Interpreter, decorator: ast.expr, decorated: Value) -> Value:
    """One decorator applied; an unknown one keeps the function but makes what calling it returns unknown."""
    if isinstance(decorator, ast.Attribute) and decorator.attr in ("setter", "getter", "deleter"):
        return replace(decorated, kind=decorator.attr) if isinstance(decorated, UserFunction) else decorated
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    function = interp.eval(called)
    if not isinstance(decorated, UserFunction):
        return decorated
    if isinstance(function, BuiltinFunction) and function.name in ("property", "staticmethod", "classmethod"):
        return replace(decorated, kind=function.name)
    if isinstance(function, PartialValue) and isinstance(function.function, ApiSymbol):
        function = function.function
    if isinstance(function, ApiSymbol):
        return _decorate_with_api(interp, decorator, function, decorated)
    if isinstance(function, UserFunction):
        wrapper = interp.eval(decorator) if isinstance(decorator, ast.Call) else function
        result = interp.call(wrapper, (decorated,), {})
        return result if isinstance(result, UserFunction) else replace(decorated, decorated=True)
    return replace(decorated, decorated=True)


def _decorate_with_api(
    interp: Interpreter, decorator: ast.expr, api: ApiSymbol, function: UserFunction
) -> UserFunction:
    name = canonical_name(api) or api.path
    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
    if name in TRACING:
        signature, autograph = None, True
        for keyword in keywords:
            value = interp.eval(keyword.value)
            if keyword.arg == "input_signature":
                signature = value
            elif keyword.arg in ("autograph", None):
                autograph = value == Constant(True)
        return replace(function, graph=True, autograph=autograph, signature=signature)
    if name in tracing.WRAPPERS:
        options = tuple((keyword.arg, interp.eval(keyword.value)) for keyword in keywords if keyword.arg is not None)
        return replace(function, wrapper=PartialValue(api, (), options))
    if name in array_types.CHECKERS:
        return replace(function, checked=function.checked or array_types.ALONE)
    if name == array_types.JAXTYPED:
        checkers = [interp.eval(keyword.value) for keyword in keywords if keyword.arg == "typechecker"]
        checked = function.checked or any(checker not in (NONE, UNKNOWN) for checker in checkers)
        return replace(function, checked=array_types.TOGETHER) if checked else function
    if name in ("functools.cached_property", "abc.abstractproperty"):
        return replace(function, kind="property")
    if name in parametrization.DECORATORS:
        cases = parametrization.cases_of(interp, name, decorator, function)
        return replace(function, decorated=True) if cases is None else replace(function, cases=cases)
    return function if name in TRANSPARENT else replace(function, decorated=True)


def define_class(interp: Interpreter, node: ast.ClassDef) -> Value:
    """The value of a ``class``: its body is executed in a scope whose names become the class's attributes."""
    bases = tuple(interp.eval(base) for base in node.bases)
    keywords = {keyword.arg: interp.eval(keyword.value) for keyword in node.keywords}
    scope = Scope("class", interp.scope)
    cls = UserClass(node, bases, scope)
    interp.classes[node] = cls
    outer = interp.frame.scope
    interp.frame.scope = scope
    interp.classes_open.append(cls)
    try:
        interp.run(node.body)
    finally:
        interp.classes_open.pop()
        interp.frame.scope = outer
    for name, value in scope.slots.items():
        interp.heap.write(cls, name, value)
    generated_classes.enumerate_members(interp, cls)
    finish_class(interp, cls, {name: value for name, value in keywords.items() if name is not None})
    made: Value = cls
    for decorator in reversed(node.decorator_list):
        if isinstance(made, UserClass):
            made = decorate_class(interp, made, decorator)
    return made
