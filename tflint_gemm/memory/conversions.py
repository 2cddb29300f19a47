"""What NumPy arrays that become tensors take besides the tensors, as measured under TensorFlow 2.21."""

from __future__ import annotations

from collections.abc import Iterable

from tflint_gemm.domain import dims
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.values import Tensor
from tflint_gemm.interpreter import array_copies
from tflint_gemm.interpreter.allocation_trace import Buffer, Step
from tflint_gemm.interpreter.memory import nbytes

_COPIED_ONCE = {
    "math.exp", "math.sqrt", "math.tanh", "math.sigmoid", "math.rsqrt", "nn.relu", "nn.softmax", "identity", "reshape",
    "Variable", "concat", "expand_dims", "squeeze",
}  # fmt: skip
"""What hands the array on as it is, or returns what it was converted to."""
_UNCONVERTED = {"stack"}


def kept_copy(step: Step) -> Buffer | None:
    """The copy that stays behind where ``step`` makes a tensor of an array."""
    if step.graph or step.api not in array_copies.CONVERTING or len(step.results) != 1:
        return None
    if not array_copies.arrays(step.arguments):
        return None
    made = step.results[0]
    display = "copy kept by TensorFlow until a tensor is destroyed"
    return Buffer(step.node, display, "array", made.dtype, made.shape, made.nbytes)


def temporaries(step: Step) -> Dim:
    """The bytes of the copies that are gone when the op is done."""
    arrays = array_copies.arrays(step.arguments)
    if step.graph or not arrays or not _makes_tensors(step) or step.api in _UNCONVERTED:
        return 0
    if step.api in array_copies.CONVERTING:  # a copy before the dtype is changed
        return _sum_of(one for one in arrays if one.dtype != step.results[0].dtype)
    return dims.multiply(_sum_of(arrays), 1 if step.api in _COPIED_ONCE else 2)


def releases_copies(step: Step) -> bool:
    """Whether objects of tensors come and go inside the op, besides its operands and results."""
    if step.graph or not any(buffer.role != "array" for buffer in (*step.operands, *step.results)):
        return False
    return array_copies.releases(step.api, step.arguments)


def _makes_tensors(step: Step) -> bool:
    return step.api.startswith("Variable.assign") or any(one.role in ("tensor", "variable") for one in step.results)


def _sum_of(arrays: Iterable[Tensor]) -> Dim:
    """The bytes of all; what is not known counts as nothing."""
    result: Dim = 0
    for array in arrays:
        result = dims.add(result, nbytes(array) or 0)
    return result
