"""jaxtyping's annotations: ``Float[tf.Tensor, "batch 784"]`` says the kind of numbers and the shape.

A name stands for one size in all annotations of a function.  Python checks none of it unless the function is decorated
with a type checker; then an argument or a result that does not fit raises at the call.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import NamedTuple

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import ApiSymbol, Kind, Tensor, Value
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.program import Scope, UserFunction
from tflint_gemm.interpreter.records import Call
from tflint_gemm.interpreter.tensor_operations import perform
from tflint_gemm.ops.rules import merge_shapes
from tflint_gemm.ops.violations import AssignMismatch, ConversionMismatch, InvalidArgument, Violation
from tflint_gemm.replacing import replace

Names = dict[str, Dim]
ALONE, TOGETHER = "alone", "together"
"""How a checker sees a function's annotations: each by itself, or with names that they share."""
CHECKERS = {"beartype.beartype", "typeguard.typechecked"}
JAXTYPED = "jaxtyping.jaxtyped"
_GROUPS = {
    "Float": dtypes.FLOATING, "Int": dtypes.SIGNED, "UInt": dtypes.UNSIGNED, "Integer": dtypes.INTEGER,
    "Complex": dtypes.COMPLEX, "Inexact": dtypes.FLOATING | dtypes.COMPLEX, "Real": dtypes.REAL,
    "Num": dtypes.NUMERIC, "Shaped": None,
}  # fmt: skip
_SINGLE = ("Bool", "Float16", "BFloat16", "Float32", "Float64", "Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16",
           "UInt32", "UInt64", "Complex64", "Complex128")  # fmt: skip
_KINDS = {"tensorflow.Tensor": Kind.TENSOR, "numpy.ndarray": Kind.ARRAY}
_OPERATORS: dict[type[ast.operator], Callable[[Dim, Dim], Dim]] = {
    ast.Add: dims.add, ast.Sub: dims.subtract, ast.Mult: dims.multiply, ast.FloorDiv: dims.floor_divide,
}  # fmt: skip


class ArrayType(NamedTuple):
    """What such an annotation allows: dtypes (None: any), a shape, and the class of the array."""

    allowed: frozenset[DType] | None
    shape: Shape
    kind: Kind

    def value(self) -> Tensor:
        """The most that is known of a parameter annotated so, which nothing checks."""
        dtype = next(iter(self.allowed)) if self.allowed is not None and len(self.allowed) == 1 else None
        return Tensor(dtype, self.shape, Kind.UNKNOWN)


def array_type(interp: Interpreter, annotation: ast.expr | None, names: Names) -> ArrayType | None:
    """The meaning of an annotation; None for one that is not jaxtyping's.  Sizes are shared through ``names``."""
    if not isinstance(annotation, ast.Subscript) or not isinstance(annotation.slice, ast.Tuple):
        return None
    parts = annotation.slice.elts
    if len(parts) != 2:
        return None
    with interp.quiet():
        made, array = interp.eval(annotation.value), interp.eval(parts[0])
    library, _, name = made.path.rpartition(".") if isinstance(made, ApiSymbol) else ("", "", "")
    if library != "jaxtyping" or not (name in _GROUPS or name in _SINGLE):
        return None
    single = dtypes.parse_dtype(name.lower())
    allowed = _GROUPS[name] if name in _GROUPS else None if single is None else frozenset({single})
    kind = _KINDS.get(array.path, Kind.UNKNOWN) if isinstance(array, ApiSymbol) else Kind.UNKNOWN
    text = parts[1].value if isinstance(parts[1], ast.Constant) else None
    return ArrayType(allowed, _shape(text, names) if isinstance(text, str) else None, kind)


def _shape(text: str, names: Names) -> Shape:
    """The shape that a string of sizes describes; unknown where it takes any number of dimensions."""
    words = text.split()
    if any(word == "..." or word.lstrip("#?_").startswith("*") for word in words):
        return None
    return tuple(_size(word.rpartition("=")[2], names) for word in words)


def _size(word: str, names: Names) -> Dim:
    """One size: a number, a name, an expression of names; unknown for ``_``, ``#n`` (which may be 1) and the rest."""
    if not word or word.startswith(("_", "#", "?", "{")):
        return None
    try:
        return _computed(ast.parse(word, mode="eval").body, names)
    except SyntaxError:
        return None


def _computed(node: ast.expr, names: Names) -> Dim:
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return int(node.value)
    if isinstance(node, ast.Name):
        return names.setdefault(node.id, dims.symbol(node.id))
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_computed(node.left, names), _computed(node.right, names))
    return None


# ------------------------------------------------------------------------------------------------- checked calls


def check_arguments(interp: Interpreter, function: UserFunction, scope: Scope, node: ast.AST) -> Names:
    """Report the arguments that a type checker refuses, and return what the names of sizes stand for in this call."""
    names: Names = {}
    if not function.checked or isinstance(function.node, ast.Lambda) or not isinstance(node, ast.Call):
        return names
    arguments = function.node.args
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        given = scope.slots.get(argument.arg)
        if function.checked == ALONE:
            names = {}
        if isinstance(given, Tensor):
            scope.slots[argument.arg] = _checked(interp, node, argument.arg, given, argument.annotation, names)
    return names


def check_result(interp: Interpreter, function: UserFunction, names: Names, result: Value, node: ast.AST) -> Value:
    """Report a result that a type checker refuses."""
    if not isinstance(result, Tensor) or isinstance(function.node, ast.Lambda) or not isinstance(node, ast.Call):
        return result
    return _checked(interp, node, "return", result, function.node.returns, names) if function.checked else result


def _checked(
    interp: Interpreter, node: ast.Call, name: str, given: Tensor, annotation: ast.expr | None, names: Names
) -> Value:
    """``given``, with what the checker lets through known of it."""
    from tflint_gemm.interpreter.calls import display_name

    promised = array_type(interp, annotation, names)
    if promised is None or given.kind is not promised.kind or given.kind is Kind.UNKNOWN:
        return given
    wanted = _matched(promised.shape, given.shape, names)
    violation = _objection(given, promised.allowed, wanted)
    if violation is None:
        return replace(given, shape=merge_shapes(given.shape, wanted))
    display = display_name(node.func)
    record = Call(node, display, display, {name: given}, _nodes(node, name), stack=interp.stack())
    return perform(interp, record, _raising(violation), [given])


def _matched(promised: Shape, given: Shape, names: Names) -> Shape:
    """The promised shape, in which names stand for what they were first met with."""
    if promised is None or given is None or len(promised) != len(given):
        return promised
    bound: dict[dims.Symbol, Dim] = {}
    for wanted, size in zip(promised, given):
        name = next((name for name, meant in names.items() if meant == wanted), None)
        symbol = dims.single_symbol(wanted)
        if name is not None and symbol is not None and size is not None:
            bound[symbol] = names[name] = size
    return tuple(dims.substitute(wanted, bound) for wanted in promised)


def _objection(given: Tensor, allowed: frozenset[DType] | None, wanted: Shape) -> Violation | None:
    """The violation where the checker certainly refuses the value."""
    if allowed is not None and given.dtype is not None and given.dtype not in allowed:
        if len(allowed) == 1:
            return ConversionMismatch(given, next(iter(allowed)), replace(given, dtype=None, elements=None))
        return InvalidArgument([given], f"dtype {given.dtype} that the annotation does not allow", given)
    if shapes.equal(given.shape, wanted) is False:
        return AssignMismatch(given, wanted, "signature", replace(given, shape=wanted, elements=None))
    return None


def _raising(violation: Violation) -> Callable[[], Value]:
    def model() -> Value:
        raise violation

    return model


def _nodes(node: ast.Call, name: str) -> dict[str, ast.expr]:
    if len(node.args) == 1 and not node.keywords:
        return {name: node.args[0]}
    return {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg == name}
