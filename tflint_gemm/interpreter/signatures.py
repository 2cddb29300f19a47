"""``tf.function(input_signature=...)``: arguments must fit the shapes that the signature promises."""

from __future__ import annotations

import ast
from dataclasses import replace

from tflint_gemm.domain import shapes
from tflint_gemm.domain.values import ApiObject, Kind, Tensor, Value
from tflint_gemm.interpreter.interpreter import ANYWHERE, Interpreter
from tflint_gemm.interpreter.iteration import items_of
from tflint_gemm.interpreter.program import Scope, UserFunction
from tflint_gemm.interpreter.records import Call
from tflint_gemm.interpreter.tensor_operations import perform
from tflint_gemm.ops.violations import AssignMismatch


def check(interp: Interpreter, function: UserFunction, scope: Scope, node: ast.AST) -> None:
    """Report the first argument whose shape the signature does not allow; the body goes on with what it does allow."""
    specs = items_of(function.signature) if function.signature is not None else None
    if specs is None or isinstance(function.node, ast.Lambda) or not isinstance(node, ast.Call):
        return
    parameters = [argument.arg for argument in (*function.node.args.posonlyargs, *function.node.args.args)]
    names = parameters[1:] if function.owner is not None and function.kind != "staticmethod" else parameters
    for name, spec in zip(names, specs):
        promised = interp.get_attribute(spec, "(value)", ANYWHERE) if isinstance(spec, ApiObject) else spec
        given = scope.slots.get(name)
        if not isinstance(promised, Tensor) or not isinstance(given, Tensor) or given.kind is Kind.PYTHON:
            continue
        if shapes.equal(promised.shape, given.shape) is False:
            scope.slots[name] = _report(interp, node, name, given, promised)


def _report(interp: Interpreter, node: ast.Call, name: str, given: Tensor, promised: Tensor) -> Value:
    from tflint_gemm.interpreter.calls import display_name

    display = display_name(node.func)
    record = Call(node, display, display, {name: given}, _nodes(node, name), stack=interp.stack())

    def object_to() -> Value:
        raise AssignMismatch(given, promised.shape, "signature", replace(promised, kind=Kind.TENSOR))

    return perform(interp, record, object_to, [given])


def _nodes(node: ast.Call, name: str) -> dict[str, ast.expr]:
    if len(node.args) == 1 and not node.keywords:
        return {name: node.args[0]}
    return {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg == name}
