"""``tf.function(input_signature=...)``: arguments must fit the shapes and dtypes that the signature promises."""

from __future__ import annotations

import ast

from tflint_gemm.domain import shapes
from tflint_gemm.domain.values import Kind, Tensor, Value
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.iteration import items_of
from tflint_gemm.interpreter.program import Scope, UserFunction
from tflint_gemm.interpreter.records import Call
from tflint_gemm.interpreter.tensor_operations import perform
from tflint_gemm.ops import conversion, structures
from tflint_gemm.ops.specs import described_structure
from tflint_gemm.ops.violations import AssignMismatch, ConversionMismatch
from tflint_gemm.replacing import replace


def check(interp: Interpreter, function: UserFunction, scope: Scope, node: ast.AST) -> None:
    """Report an argument that the signature does not allow; the body goes on with what it does allow."""
    specs = items_of(function.signature) if function.signature is not None else None
    if specs is None or isinstance(function.node, ast.Lambda) or not isinstance(node, ast.Call):
        return
    parameters = [argument.arg for argument in (*function.node.args.posonlyargs, *function.node.args.args)]
    names = parameters[1:] if function.owner is not None and function.kind != "staticmethod" else parameters
    for name, spec in zip(names, specs):
        promised, given = described_structure(spec), scope.slots.get(name)
        if structures.is_nested(promised) and given is not None:
            scope.slots[name] = structures.map_up_to(_cast, promised, given)
        if not isinstance(promised, Tensor) or given is None:
            continue
        tensor = conversion.to_tensor(given)
        if promised.kind is not Kind.TENSOR or tensor.kind in (Kind.UNKNOWN, Kind.RAGGED, Kind.SPARSE, Kind.KERAS):
            continue
        if shapes.equal(promised.shape, tensor.shape) is False or _other_dtype(tensor, promised):
            scope.slots[name] = _report(interp, node, name, tensor, promised)
        else:
            scope.slots[name] = _cast(promised, given)


def _cast(promised: Value, given: Value) -> Value:
    """The argument as the function gets it: what is no tensor yet becomes one of the dtype that is promised."""
    tensor = conversion.to_tensor(given)
    if not isinstance(promised, Tensor) or tensor.is_tensorflow or tensor.kind is Kind.UNKNOWN:
        return given
    return replace(tensor, dtype=promised.dtype, kind=Kind.TENSOR, elements=None, storage=None)


def _other_dtype(given: Tensor, promised: Tensor) -> bool:
    """Whether it is a tensor of another dtype, which is not cast; arrays and numbers are."""
    return given.is_tensorflow and None not in (given.dtype, promised.dtype) and given.dtype != promised.dtype


def _report(interp: Interpreter, node: ast.Call, name: str, given: Tensor, promised: Tensor) -> Value:
    from tflint_gemm.interpreter.calls import display_name

    display = display_name(node.func)
    record = Call(node, display, display, {name: given}, _nodes(node, name), stack=interp.stack())

    def object_to() -> Value:
        if _other_dtype(given, promised) and promised.dtype is not None:
            raise ConversionMismatch(given, promised.dtype, replace(promised, kind=Kind.TENSOR))
        raise AssignMismatch(given, promised.shape, "signature", replace(promised, kind=Kind.TENSOR))

    return perform(interp, record, object_to, [given])


def _nodes(node: ast.Call, name: str) -> dict[str, ast.expr]:
    if len(node.args) == 1 and not node.keywords:
        return {name: node.args[0]}
    return {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg == name}
