"""What a dtype does not hold: lossy casts (TFG106), bytes read as another dtype (TFG109), models that end in half
precision (TFG110)."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator

from tflint_gemm.checks import text
from tflint_gemm.checks.text import Part
from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import ApiObject, ApiSymbol, ArrayBytes, Constant, Element, Kind, Tensor, Value
from tflint_gemm.findings import Edit, Finding, Fix
from tflint_gemm.fixes.creation import only_value
from tflint_gemm.fixes.program import Program, every_evaluation
from tflint_gemm.interpreter.program import Instance
from tflint_gemm.interpreter.records import Call
from tflint_gemm.ops import structures
from tflint_gemm.ops.conversion import to_tensor
from tflint_gemm.ops.keras_models import model_layers
from tflint_gemm.syntax import edits

# ------------------------------------------------------------------------------------------------- lossy casts

_CASTS = frozenset({
    "cast", "compat.v1.to_float", "compat.v1.to_int32", "compat.v1.to_int64", "compat.v1.to_bfloat16",
})  # fmt: skip
# NumPy's integers are int64 by default, so a round trip of theirs says little about how large they may be.
_ARRAY_CASTS = frozenset({"numpy.ndarray.astype"})
# The largest value, from where on it is infinite, and from where downwards it is zero.
_LIMITS = {
    dtypes.FLOAT16: (65504.0, 65520.0, 2.0**-25),
    dtypes.BFLOAT16: (3.3895e38, (2 - 2.0**-8) * 2.0**127, 2.0**-134),
    dtypes.FLOAT32: (3.4028e38, (2 - 2.0**-24) * 2.0**127, 2.0**-150),
}
_SIGNIFICANT_BITS = {dtypes.BFLOAT16: 8, dtypes.FLOAT16: 11, dtypes.FLOAT32: 24}


def lossy_casts(program: Program) -> Iterator[Finding]:
    """TFG106: a known value that the dtype does not hold; integers that go through a float of fewer digits."""
    seen: set[ast.AST] = set()
    for call in program.analysis.calls:
        reason = _lost_value(call) if call.api in _CASTS | _ARRAY_CASTS else None
        if reason is not None and call.node not in seen:
            seen.add(call.node)
            yield _lossy(program, call, *reason)
    made = {id(call.result): call for call in program.analysis.calls if _is_cast(call)}
    for calls in every_evaluation(program, _is_cast):
        inner = [made.get(id(_operand(call))) for call in calls]
        if calls[0].node in seen or inner[0] is None:
            continue
        if all(one is not None and _loses_digits(program, one, call) for one, call in zip(inner, calls)):
            yield _round_trip(program, inner[0], calls[0])


def _is_cast(call: Call) -> bool:
    return call.api in _CASTS and isinstance(call.result, Tensor)


def _operand(call: Call) -> Value | None:
    return call.arguments.get("self" if call.api in _ARRAY_CASTS else "x")


def _lost_value(call: Call) -> tuple[str, str, str] | None:
    """A known element that does not survive a cast, what becomes of it, and what the dtype holds."""
    operand, result = _operand(call), call.result
    if operand is None or not isinstance(result, Tensor) or result.dtype is None:
        return None
    for element in to_tensor(operand).elements or ():
        lost = _lost(element, result.dtype)
        if lost is not None:
            return (repr(element), *lost)
    return None


def _lost(element: Element, dtype: DType) -> tuple[str, str] | None:
    if isinstance(element, bool) or not isinstance(element, (int, float)):
        return None
    if dtype.is_integer:
        high = 2 ** (8 * dtype.size) - 1 if dtype.kind == "uint" else 2 ** (8 * dtype.size - 1) - 1
        low = 0 if dtype.kind == "uint" else -high - 1
        if not math.isfinite(element):
            return "an arbitrary number", f"{dtype} holds {low} to {high}"
        # The same bits with or without a sign (-1 as 255) are meant.
        if not -(2 ** (8 * dtype.size - 1)) - 1 < element < 2 ** (8 * dtype.size):
            wrapped = (element - low) % (high - low + 1) + low if isinstance(element, int) else "an arbitrary number"
            return str(wrapped), f"{dtype} holds {low} to {high}"
    elif dtype in _LIMITS and (isinstance(element, int) or math.isfinite(element)):
        largest, infinite, zero = _LIMITS[dtype]
        if abs(element) >= infinite:
            return f"{'-' if element < 0 else ''}inf", f"the largest {dtype} is {largest:g}"
        if 0 < abs(element) <= zero:
            return "0.0", f"the smallest {dtype} above zero is {2 * zero:.1g}"
    return None


def _lossy(program: Program, call: Call, element: str, becomes: str, why: str) -> Finding:
    result = call.result
    assert isinstance(result, Tensor)
    message = f"{call.display} makes {becomes} of {element}: {why}"
    keeps = "np.clip" if call.api in _ARRAY_CASTS else "tf.saturate_cast"
    advice = f"{keeps} keeps within the range" if result.dtype is not None and result.dtype.is_integer else None
    return text.finding(program, "TFG106", call, message, help=advice)


def _loses_digits(program: Program, inner: Call, outer: Call) -> bool:
    """Whether integers go straight through a float that has fewer digits than they may have, and back."""
    first, between, last = to_tensor(_operand(inner) or Constant(None)), inner.result, outer.result
    if not isinstance(between, Tensor) or not isinstance(last, Tensor) or first.kind in (Kind.PYTHON, Kind.UNKNOWN):
        return False
    if first.dtype is None or between.dtype is None or last.dtype is None or not last.dtype.is_integer:
        return False
    bits = _SIGNIFICANT_BITS.get(between.dtype)
    if bits is None or not first.dtype.is_integer or _digits(first.dtype) <= bits or _digits(last.dtype) <= bits:
        return False
    if first.elements is not None and all(isinstance(one, int) and abs(one) <= 2**bits for one in first.elements):
        return False
    node = outer.nodes.get("x")
    return node is inner.node or (isinstance(node, ast.Name) and only_value(program, node) is inner.node)


def _digits(dtype: DType) -> int:
    return 8 * dtype.size - (dtype.kind == "int")


def _round_trip(program: Program, inner: Call, outer: Call) -> Finding:
    between, last = inner.result, outer.result
    assert isinstance(between, Tensor)
    assert isinstance(last, Tensor)
    assert between.dtype is not None
    part = Part(to_tensor(_operand(inner) or Constant(None)), inner.nodes.get("x"))
    message = f"{text.with_dtype(program, part)} is cast to {between.dtype} and back to {last.dtype}: "
    message += f"{between.dtype} holds integers up to {2 ** _SIGNIFICANT_BITS[between.dtype]:,} only"
    return text.finding(program, "TFG106", outer, message, help="cast once, from integer to integer")


# ------------------------------------------------------------------------------------------------- bytes

_READERS = {"io.decode_raw": "input_bytes", "compat.v1.decode_raw": "input_bytes", "numpy.frombuffer": "buffer"}


def reinterpreted_buffers(program: Program) -> Iterator[Finding]:
    """TFG109: the bytes of an array read as numbers of another size."""
    seen: set[ast.AST] = set()
    for call in program.analysis.calls:
        written = call.arguments.get(_READERS.get(call.api, ""), call.arguments.get("bytes"))
        result = call.result
        if call.api not in _READERS or call.node in seen or not isinstance(written, ArrayBytes):
            continue
        if isinstance(result, Tensor) and _is_garbage(written.dtype, result.dtype):
            seen.add(call.node)
            default = call.api == "numpy.frombuffer" and "dtype" not in call.given
            message = f"{call.display} reads as {result.dtype} the bytes of {written.dtype}"
            message += ": float64 is what it reads unless told otherwise" if default else ""
            advice = f"read it as {written.dtype}; tf.cast the result if another dtype is wanted"
            yield text.finding(program, "TFG109", call, message, help=advice)


def _is_garbage(written: DType | None, read: DType | None) -> bool:
    """Whether what was written cannot be what is read: not single bytes, parts of complex numbers, or plain bits."""
    if written is None or read is None or 1 in (written.size, read.size) or not written.is_numeric:
        return False
    if not read.is_numeric or written.is_complex != read.is_complex or read.kind == "uint":
        return False
    return written.size != read.size or (written != read and written.is_floating and read.is_floating)


# ------------------------------------------------------------------------------------------------- half outputs

_LAST = frozenset({"keras.layers.Dense", "keras.layers.Activation", "keras.layers.Softmax"})


def half_outputs(program: Program) -> Iterator[Finding]:
    """TFG110: under mixed_float16, the layers that give the outputs of a model, which should work in float32."""
    made = {id(call.result): call for call in program.analysis.calls if isinstance(call.result, ApiObject)}
    half = {identity: call for identity, call in made.items() if _is_half(call)}
    if not half:  # as nearly always; what follows goes through the program once per model
        return
    compiled = set(_compiled(program))
    seen: set[ast.AST] = set()
    for call in program.analysis.calls:
        for layer, model in _last_layers(program, call):
            creation = half.get(id(layer))
            if creation is None or creation.node in seen:
                continue
            softmax = _is_softmax(layer)
            if softmax or id(model) in compiled:
                seen.add(creation.node)
                yield _half_output(program, creation, softmax=softmax)


def _compiled(program: Program) -> Iterator[int]:
    """The models that are compiled, of those with a class of the program's own the class."""
    for call in program.analysis.calls:
        if call.api == "keras.Model.compile":
            model = call.arguments.get("self")
            yield id(model.cls.node) if isinstance(model, Instance) else id(model)


def _last_layers(program: Program, call: Call) -> Iterator[tuple[ApiObject, object]]:
    """The layers that give the outputs of a model that ``call`` makes, or returns from its method; and that model."""
    model = call.result
    if call.api == "keras.Sequential" and isinstance(model, ApiObject):
        layers = model_layers(model)
        if layers and isinstance(layers[-1], ApiObject):
            yield layers[-1], model
    elif call.api == "keras.Model" and isinstance(model, ApiObject):
        outputs = call.arguments.get("outputs", call.arguments.get("args[1]"))
        wanted = {id(leaf) for leaf in structures.leaves(outputs)} if outputs is not None else set()
        for one in program.analysis.calls:
            owner = one.arguments.get("self")
            if id(one.result) in wanted and one.api.endswith(".__call__") and isinstance(owner, ApiObject):
                yield owner, model
    elif call.api.endswith(".__call__"):
        owner, cls = call.arguments.get("self"), _model_that_returns(program, call.node)
        if cls is not None and isinstance(owner, ApiObject):
            yield owner, cls


def _model_that_returns(program: Program, node: ast.AST) -> ast.ClassDef | None:
    """The subclass of keras.Model whose method ``call`` has the value of ``node`` as its only result."""
    method = program.tree.scope(node)
    cls = program.tree.parent(method)
    if not isinstance(method, ast.FunctionDef) or method.name != "call" or not isinstance(cls, ast.ClassDef):
        return None
    if not any(getattr(base, "attr", getattr(base, "id", None)) == "Model" for base in cls.bases):
        return None
    returns = [one for one in ast.walk(method) if isinstance(one, ast.Return)]
    last = method.body[-2:]
    if len(returns) != 1 or returns[0] is not last[-1]:
        return None
    value, before = returns[0].value, last[0]
    if isinstance(value, ast.Name) and isinstance(before, ast.Assign) and len(before.targets) == 1:
        target = before.targets[0]
        value = before.value if isinstance(target, ast.Name) and target.id == value.id else value
    return cls if value is node else None


def _is_half(creation: Call) -> bool:
    return creation.api in _LAST and creation.policy == "mixed_float16" and "dtype" not in creation.given


def _is_softmax(layer: ApiObject) -> bool:
    activation = layer.arguments.get("activation")
    named = isinstance(activation, ApiSymbol) and activation.path.endswith(".softmax")
    return layer.path == "keras.layers.Softmax" or activation == Constant("softmax") or named


def _half_output(program: Program, creation: Call, *, softmax: bool) -> Finding:
    what = "the probabilities of the model" if softmax else "the output of the model"
    message = f"{creation.display} gives {what} in float16, under the policy mixed_float16"
    fix: Fix | None = None
    if isinstance(creation.node, ast.Call) and program.tree.f_string(creation.node) is None:
        edit: Edit | None = edits.add_keyword(program.source, creation.node, "dtype", '"float32"')
        reason = "the output becomes float32"
        fix = Fix("unsafe", 'pass dtype="float32" to the last layer', (edit,), reason) if edit is not None else None
    return text.finding(program, "TFG110", creation, message, fix=fix)
