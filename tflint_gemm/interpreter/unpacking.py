"""``a, b = value``: whether a tensor, or tensors in a sequence, come apart into as many parts as there are targets."""

from __future__ import annotations

import ast

from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import Kind, Tensor, Unknown, Value
from tflint_gemm.interpreter import refinement
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.iteration import items_of
from tflint_gemm.interpreter.records import Call
from tflint_gemm.interpreter.tensor_operations import perform, tensors_in
from tflint_gemm.ops.violations import UnpackMismatch


def checked(interp: Interpreter, target: ast.expr, value: Value, node: ast.expr) -> Value:
    """``value``, to which ``node`` evaluated; where it does not come apart into ``target``, that is reported."""
    if not isinstance(target, (ast.Tuple, ast.List)) or any(r.call.node is node for r in interp.analysis.violations):
        return value  # after a violation the value is only the most plausible one
    starred = any(isinstance(item, ast.Starred) for item in target.elts)
    wanted = len(target.elts) - starred
    violation = _of_shape(value, node, wanted, starred) or _violation(interp, value, wanted, starred)
    if violation is None:
        return value

    def unpack() -> Value:
        raise violation

    call = Call(node, "unpacking", "unpacking", {"value": value}, {"value": node}, stack=interp.stack())
    return perform(interp, call, unpack, [value])


def learn(interp: Interpreter, target: ast.expr, node: ast.expr) -> None:
    """``b, t, c = x.shape`` went well, so ``x`` has three dimensions."""
    if not isinstance(target, (ast.Tuple, ast.List)) or any(isinstance(item, ast.Starred) for item in target.elts):
        return
    asked = refinement.whole_shape(node)
    if asked is None or asked.id in {item.id for item in target.elts if isinstance(item, ast.Name)}:
        return
    known = interp.scope.slots.get(asked.id)
    rank = len(target.elts)
    if interp.sizes is not None:
        suppose(interp, asked, interp.sizes.unpacked(target.elts, asked.id))
    # Of two dimensions there are tables and sparse matrices of other libraries, whose operators mean other things.
    elif isinstance(known, Tensor) or (isinstance(known, Unknown) and rank > 2):
        refinement.refine(interp, asked.id, (None,) * rank)


def suppose(interp: Interpreter, variable: ast.Name, shape: Shape) -> None:
    """For a memory plan, the variable holds a tensor of this shape, unless more is known of it."""
    known = interp.scope.slots.get(variable.id)
    if not isinstance(known, Unknown) and not (isinstance(known, Tensor) and known.shape is None):
        return
    kind = Kind.TENSOR if isinstance(known, Unknown) else known.kind
    supposed: Value = Tensor(known.dtype if isinstance(known, Tensor) else None, shape, kind)
    if interp.trace is not None:
        supposed = interp.trace.given(supposed, variable, "argument")
    interp.heap.write(interp.scope, variable.id, supposed)


_SHAPES = ("shape", "as_list", "get_shape", "int_shape")


def _of_shape(value: Value, node: ast.expr, wanted: int, more: bool) -> UnpackMismatch | None:
    """The sizes of a shape are taken apart."""
    named = node.func if isinstance(node, ast.Call) else node
    items = items_of(value)
    if not isinstance(named, ast.Attribute) or named.attr not in _SHAPES or items is None:
        return None
    return None if len(items) == wanted or (more and len(items) > wanted) else UnpackMismatch([], wanted, len(items))


def _violation(interp: Interpreter, value: Value, wanted: int, more: bool) -> UnpackMismatch | None:
    if not isinstance(value, Tensor):
        items = items_of(value)
        if items is None or not tensors_in([value]) or len(items) == wanted or (more and len(items) > wanted):
            return None
        return UnpackMismatch(tensors_in([value])[:1], wanted, len(items))
    if value.kind is Kind.KERAS:
        return UnpackMismatch([value], wanted, None)
    # A traced function may not iterate over its tensors, but whether this one is traced is not known everywhere.
    if not (value.kind is Kind.ARRAY or (interp.call_context().mode == "eager" and value.is_tensorflow)):
        return None
    if value.kind in (Kind.SPARSE, Kind.RAGGED, Kind.UNKNOWN) or value.shape is None:
        return None
    count = value.shape[0] if value.shape else -1
    if not isinstance(count, int) or count == wanted or (more and count > wanted):
        return None
    return UnpackMismatch([value], wanted, count)
