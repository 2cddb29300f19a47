"""NumPy arrays that become tensors: what TensorFlow copies on the way, and how long the copies stay.

``tf.constant`` and ``tf.convert_to_tensor`` copy the array, so that nobody can change the tensor through it, and hand
the copy to the runtime, which copies it once more where it does not lie on a boundary of 64 bytes, as no large array
does.  The first copy is then let go of only when the object of some eager tensor is destroyed: the reference waits in a
queue that is looked at there (``DelayedNumpyDecref`` of TensorFlow 2.21).
"""

from __future__ import annotations

from tflint_gemm.domain import dims
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.values import Kind, Tensor
from tflint_gemm.interpreter.allocation_trace import Buffer, Step
from tflint_gemm.interpreter.memory import nbytes
from tflint_gemm.memory.operations import NEEDS_RESULT

_CONVERTING = {"constant", "convert_to_tensor"}
_COPIED_ONCE = {
    "math.exp", "math.sqrt", "math.tanh", "math.sigmoid", "math.rsqrt", "nn.relu", "nn.softmax", "identity", "reshape",
    "Variable", "concat", "expand_dims", "squeeze",
}  # fmt: skip
"""What hands the array on as it is, or returns what it was converted to."""
_UNCONVERTED = {"stack"}
_DESTROYS_NONE = frozenset(
    {
        *_CONVERTING, "linalg.matmul", "Tensor.__matmul__", "cast", "shape", "Variable", "Variable.assign", "math.sin",
        "math.cos", "math.log", "math.abs", "math.square", "math.negative", "Tensor.__neg__",
    }
    | NEEDS_RESULT
)  # fmt: skip
"""Ops that convert no Python value on the way, so that no object of a tensor comes and goes inside them."""
_OPERATORS = {"Tensor.__add__", "Tensor.__sub__", "Tensor.__mul__", "Tensor.__truediv__", "Tensor.__pow__"}
_READING = {"shape", "dtype", "numpy", "get_shape", "ndim", "rank", "device", "name", "ref", "set_shape"}


def kept_copy(step: Step) -> Buffer | None:
    """The copy that stays behind where ``step`` makes a tensor of an array."""
    source = _arrays(step)
    if step.graph or step.api not in _CONVERTING or not source or len(step.results) != 1:
        return None
    made = step.results[0]
    display = "copy kept until a tensor is destroyed"
    return Buffer(step.node, display, "array", made.dtype, made.shape, made.nbytes)


def temporaries(step: Step) -> Dim:
    """The bytes of the copies that are gone when the op is done."""
    arrays = _arrays(step)
    if step.graph or not arrays or not _makes_tensors(step) or step.api in _UNCONVERTED:
        return 0
    if step.api in _CONVERTING:  # a copy before the dtype is changed
        return sum_of([one for one in arrays if one.dtype != step.results[0].dtype])
    return dims.multiply(sum_of(arrays), 1 if step.api in _COPIED_ONCE else 2)


def releases_copies(step: Step) -> bool:
    """Whether objects of tensors come and go inside the op, besides its operands and results."""
    if step.graph or step.api.startswith("numpy.") or step.api in _DESTROYS_NONE:
        return False
    if step.api.rpartition(".")[2] in _READING and step.api.startswith(("Tensor.", "Variable.")):
        return False
    if step.api in _OPERATORS:
        return not all(isinstance(value, Tensor) and value.kind is Kind.TENSOR for value in step.arguments.values())
    return any(buffer.role != "array" for buffer in (*step.operands, *step.results))


def _arrays(step: Step) -> list[Tensor]:
    return [value for value in step.arguments.values() if isinstance(value, Tensor) and value.kind is Kind.ARRAY]


def _makes_tensors(step: Step) -> bool:
    return step.api.startswith("Variable.assign") or any(one.role in ("tensor", "variable") for one in step.results)


def sum_of(arrays: list[Tensor]) -> Dim:
    """The bytes of all; what is not known counts as nothing."""
    result: Dim = 0
    for array in arrays:
        result = dims.add(result, nbytes(array) or 0)
    return result
