"""What becomes a constant of a graph: arrays, which it holds as protocol buffers of less than 2 GiB, and no tensor."""

from __future__ import annotations

from tflint_gemm import api
from tflint_gemm.domain import shapes
from tflint_gemm.domain.values import Kind, Tensor, Value
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.interpreter.records import Call
from tflint_gemm.ops.violations import ConstantTooLarge, InvalidArgument

LIMIT = 2**31  # bytes; TensorFlow raises from here on
_CONVERTS = frozenset({
    "constant", "compat.v1.constant", "convert_to_tensor", "compat.v1.convert_to_tensor", "Variable",
    "compat.v1.Variable", "compat.v1.get_variable", "identity", "data.Dataset.from_tensor_slices",
    "data.Dataset.from_tensors", "linalg.matmul",
})  # fmt: skip
_WITHOUT_EAGER = ("disable_eager_execution", "disable_v2_behavior")
_OPS = ("math.", "linalg.", "nn.")


def check(interp: Interpreter, call: Call, result: Value) -> None:
    """Raise ConstantTooLarge where ``call`` puts an array into a graph that is too large for one.

    Raise InvalidArgument where it is to make a constant of a tensor of the graph itself, which has no value yet.
    """
    value = call.arguments.get("value") if call.api == "constant" else None
    if isinstance(value, Tensor) and _is_symbolic(value) and _is_in_graph(interp):
        raise InvalidArgument((value,), "tensor as a constant in a graph", result)
    if not _converts(call):
        return
    for name, value in call.arguments.items():
        if not isinstance(value, Tensor) or value.kind is not Kind.ARRAY:
            continue
        nbytes = _nbytes(call, name, value, result)
        if nbytes is not None and nbytes >= LIMIT and _is_in_graph(interp):  # which reads the file: asked last
            raise ConstantTooLarge(value, nbytes, result=result)


def _is_symbolic(tensor: Tensor) -> bool:
    return tensor.kind is Kind.TENSOR and tensor.storage is not None and tensor.storage.symbolic


def _is_in_graph(interp: Interpreter) -> bool:
    """Whether it is certain that a graph is being built: by ``tf.function``, or by a program that says so."""
    said = interp.source.text
    if "init_scope" in said or "run_functions_eagerly" in said:  # which leave the graph, and build none
        return False
    if interp.graph_only:
        return interp.tensorflow_1 or any(word in said for word in _WITHOUT_EAGER)
    return interp.frame.mode == "graph"


def _converts(call: Call) -> bool:
    """Whether the call makes tensors of the arrays that it is given."""
    if call.api in _CONVERTS or call.api.startswith(("Tensor.__", "math.reduce_")):
        return True
    return call.api.startswith(_OPS) and api.raw_op(call.api) is not None


def _nbytes(call: Call, name: str, array: Tensor, result: Value) -> int | None:
    """The bytes of the constant: what is converted on the way counts as what it becomes."""
    dtype = array.dtype
    if "dtype" in call.given:
        dtype = result.dtype if isinstance(result, Tensor) else None
    count = shapes.num_elements(array.shape)
    if dtype is None or not dtype.size or not isinstance(count, int) or name in ("index", "shape"):
        return None
    return count * dtype.size
