"""TensorFlow 1's variable scopes: which variable ``get_variable`` means, and what it is asked to share.

The scope is where the execution is, and is put back when a ``with`` is left; what variables there are is written to
the heap, where branches can be undone.
"""

from __future__ import annotations

from tflint_gemm.domain import shapes
from tflint_gemm.domain.values import FALSE, NONE, TRUE, UNKNOWN, ApiObject, ApiSymbol, Constant, Tensor, Value
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.program import VariableScope
from tflint_gemm.interpreter.records import Call
from tflint_gemm.interpreter.tensor_operations import perform
from tflint_gemm.ops.conversion import to_shape
from tflint_gemm.ops.layers import INCOMPLETE
from tflint_gemm.ops.violations import AssignMismatch

SCOPE = "compat.v1.variable_scope"
_SEVERAL_GRAPHS = ("reset_default_graph", "as_default", "custom_getter", "partitioner")


def entered(outer: VariableScope, manager: Value) -> VariableScope:
    """The scope inside ``with manager``."""
    if not isinstance(manager, ApiObject) or manager.path != SCOPE:
        return outer
    if INCOMPLETE in manager.arguments:
        return VariableScope(None, None)
    name, reuse = manager.arguments.get("name_or_scope", UNKNOWN), manager.arguments.get("reuse", NONE)
    text = _text(name)
    prefix = None if text is None or outer.prefix is None else f"{outer.prefix}{text}/"
    return VariableScope(prefix, _reuses(outer, reuse))


def _text(value: Value) -> str | None:
    return value.value if isinstance(value, Constant) and isinstance(value.value, str) else None


def _reuses(outer: VariableScope, reuse: Value) -> bool | None:
    if isinstance(reuse, ApiSymbol) and reuse.path.endswith("AUTO_REUSE"):
        return True
    if reuse == TRUE:
        return True
    return outer.reuse if reuse in (NONE, FALSE) else None


def get_variable(
    interp: Interpreter, scope: VariableScope, record: Call, name: Value, shape: Value, made: Value
) -> Value:
    """What ``get_variable(name, shape)`` made, or the variable that is there already; reports another shape."""
    if any(word in interp.source.text for word in _SEVERAL_GRAPHS) or scope.prefix is None:
        return made
    text = _text(name)
    if text is None or not isinstance(made, Tensor):
        return made
    key = f"(variable) {scope.prefix}{text}"
    before = interp.module.slots.get(key)
    if before is None or scope.reuse is not True:
        interp.heap.write(interp.module, key, made if before is None else UNKNOWN)
        return made
    if not isinstance(before, Tensor) or shape == NONE:
        return before if isinstance(before, Tensor) else made
    wanted, there = to_shape(shape), before.shape
    if shapes.equal(wanted, there) is False:
        fault = f"(variables shared by mistake) {scope.prefix}"
        if fault in interp.module.slots:
            return made
        interp.heap.write(interp.module, fault, TRUE)

        def object_to() -> Value:
            raise AssignMismatch(Tensor(made.dtype, wanted), there, "shared variable", made)

        return perform(interp, record, object_to, [])
    return before
