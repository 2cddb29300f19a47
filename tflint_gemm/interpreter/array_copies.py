"""NumPy arrays that become tensors: which copies TensorFlow takes, and when it lets go of them.

``tf.constant`` and ``tf.convert_to_tensor`` copy the array, so that nobody can change the tensor through it, and hand
the copy to the runtime, which copies it once more where it does not begin on a boundary of 64 bytes, as no large array
does.  The first copy is let go of only when the object of some eager tensor is destroyed: the reference waits in a
queue that is looked at there (``DelayedNumpyDecref`` of TensorFlow 2.21).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tflint_gemm.domain.values import Kind, Storage, Tensor, Value

CONVERTING = {"constant", "convert_to_tensor"}
_DESTROYS_NONE = {
    *CONVERTING, "linalg.matmul", "Tensor.__matmul__", "cast", "shape", "Variable", "Variable.assign", "math.sin",
    "math.cos", "math.log", "math.abs", "math.square", "math.negative", "Tensor.__neg__", "math.sqrt", "math.exp",
    "math.rsqrt", "math.sigmoid", "math.tanh", "nn.relu", "nn.softmax", "nn.elu", "nn.selu", "nn.relu6",
}  # fmt: skip
"""Ops that convert no Python value on the way, so that no object of a tensor comes and goes inside them."""
_OPERATORS = {"Tensor.__add__", "Tensor.__sub__", "Tensor.__mul__", "Tensor.__truediv__", "Tensor.__pow__"}
_READING = {"shape", "dtype", "numpy", "get_shape", "ndim", "rank", "device", "name", "ref", "set_shape"}


def arrays(arguments: Mapping[str, Value]) -> list[Tensor]:
    """The arrays among the arguments of a call."""
    return [value for value in arguments.values() if isinstance(value, Tensor) and value.kind is Kind.ARRAY]


def releases(api: str, arguments: Mapping[str, Value]) -> bool:
    """Whether objects of eager tensors come and go inside the op, besides its operands and results."""
    if api.startswith("numpy.") or api in _DESTROYS_NONE:
        return False
    if api.rpartition(".")[2] in _READING and api.startswith(("Tensor.", "Variable.")):
        return False
    if api in _OPERATORS:
        return not all(isinstance(value, Tensor) and value.kind is Kind.TENSOR for value in arguments.values())
    return True


class KeptCopies:
    """The copies that wait at one time; ``alive`` are given as storages that somebody can reach."""

    def __init__(self) -> None:
        self.waiting: list[Storage] = []
        self._tensors: dict[int, Storage] = {}

    def keep(self, copy: Storage, alive: Iterable[Storage]) -> None:
        """An array was converted while these were alive, its tensor among them."""
        self.waiting.append(copy)
        self.made(alive)

    def made(self, storages: Iterable[Storage]) -> None:
        """Tensors whose end will let go of the copies."""
        if self.waiting:
            self._tensors.update((id(storage), storage) for storage in storages if not storage.host)

    def look(self, alive: Iterable[Storage]) -> None:
        """Let go of the copies if one of the tensors is gone."""
        if self.waiting and not self._tensors.keys() <= {id(storage) for storage in alive}:
            self.release()

    def release(self) -> None:
        """An object of a tensor was destroyed."""
        self.waiting, self._tensors = [], {}
