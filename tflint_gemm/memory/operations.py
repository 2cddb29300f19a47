"""What ops take besides their results: temporaries while they run, what the backward pass needs of them.

The figures are multiples of an op's results or of its largest operand, measured under TensorFlow 2.21 with the
statistics of its CPU allocator (``tests/memory/test_operations.py`` measures them again).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tflint_gemm.domain import dims
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.values import NONE, Constant, Value
from tflint_gemm.interpreter.allocation_trace import Buffer
from tflint_gemm.memory.plan import magnitude

TEMPORARIES_OF_RESULT = {
    "random.normal": 2, "random.truncated_normal": 2, "linspace": 2, "nn.gelu": 2, "nn.silu": 1, "clip_by_value": 1,
    "sort": 2, "nn.dropout": 2, "nn.batch_normalization": 1, "keras.activations.gelu": 2, "keras.activations.silu": 1,
    "signal.stft": 1, "map_fn": 1, "scan": 1, "TensorArray.stack": 1, "TensorArray.concat": 1,
    "image.per_image_standardization": 1, "image.convert_image_dtype": 1,
}  # fmt: skip
TEMPORARIES_OF_OPERAND = {
    "math.reduce_std": 2, "math.reduce_variance": 2, "math.reduce_logsumexp": 2, "nn.moments": 1, "norm": 1,
    "linalg.norm": 1, "keras.metrics.mean_squared_error": 2, "keras.losses.huber": 6,
    "nn.sparse_softmax_cross_entropy_with_logits": 1, "nn.softmax_cross_entropy_with_logits": 1,
    "keras.losses.MeanSquaredError.__call__": 2, "numpy.var": 1, "numpy.std": 1,
    "linalg.svd": 8, "linalg.pinv": 10, "linalg.qr": 2, "linalg.cholesky": 1, "linalg.inv": 3, "linalg.det": 3,
    "linalg.slogdet": 3, "linalg.solve": 2, "linalg.cholesky_solve": 1, "linalg.lstsq": 3, "linalg.eigh": 1,
}  # fmt: skip
"""Buffers that an op makes and frees before it returns, beyond its result."""

_ADDING = {
    "Tensor.__add__", "Tensor.__sub__", "Tensor.__radd__", "Tensor.__rsub__", "math.add", "math.subtract", "math.add_n",
    "nn.bias_add", "keras.layers.Add.__call__", "add",
}  # fmt: skip
NEEDS_NOTHING = {
    "math.negative", "Tensor.__neg__", "transpose", "stack", "math.cumsum", "nn.bias_add", "identity", "reshape",
    "expand_dims", "squeeze", "split", "unstack",
}  # fmt: skip
"""Ops whose gradient needs neither operands nor result, so that a tape keeps neither."""

NEEDS_RESULT = {
    "math.sqrt", "math.exp", "math.rsqrt", "math.sigmoid", "math.tanh", "nn.relu", "nn.softmax", "nn.log_softmax",
    "nn.elu", "nn.selu", "nn.relu6", "keras.activations.relu", "keras.activations.softmax",
    "keras.activations.tanh", "keras.activations.sigmoid",
}  # fmt: skip
"""Ops whose gradient needs the result alone."""

_SHAPE_ONLY = {
    "math.reduce_sum", "math.reduce_mean", "concat", "tile", "pad", "cast", "Tensor.__getitem__", "slice",
    "broadcast_to", "repeat", "gather", "nn.avg_pool2d",
}  # fmt: skip
"""Ops whose gradient needs the shapes of the operands: an eager tape keeps the operands for that, a graph does not."""

KEPT_OF_RESULT = {"nn.gelu": 4, "nn.silu": 1, "clip_by_value": 1, "nn.dropout": 1, "math.l2_normalize": 1}
KEPT_OF_OPERAND = {
    "math.reduce_variance": 2, "math.reduce_std": 2, "keras.metrics.mean_squared_error": 2,
    "keras.losses.MeanSquaredError.__call__": 2, "nn.sparse_softmax_cross_entropy_with_logits": 1,
    "nn.softmax_cross_entropy_with_logits": 1,
}  # fmt: skip
"""Buffers inside an op that a tape keeps, beyond operands and result."""

BACKWARD_OF_OPERAND = {
    "nn.softmax": 1, "nn.log_softmax": 2, "Tensor.__truediv__": 1, "math.divide": 1, "math.square": 1, "math.log": 1,
    "math.abs": 1, "math.softplus": 1, "Tensor.__pow__": 3, "math.pow": 3, "math.squared_difference": 1,
    "nn.silu": 3, "clip_by_value": 2,
}  # fmt: skip
"""Temporaries of an op's gradient, beyond the gradients themselves."""


def temporaries(
    api: str, results: Sequence[Buffer], operands: Sequence[Buffer], arguments: Mapping[str, Value] | None = None
) -> Dim:
    """The bytes that the op takes while it runs, beyond its results."""
    if api == "random.uniform" and results and results[0].dtype is not None and results[0].dtype.is_floating:
        return dims.multiply(results[0].nbytes, _bounds(arguments or {}))
    return _times(api, TEMPORARIES_OF_RESULT, TEMPORARIES_OF_OPERAND, results, operands)


def _bounds(arguments: Mapping[str, Value]) -> int:
    """How many of its bounds ``random.uniform`` applies, one after the other, to what it has drawn."""
    if arguments.get("minval", Constant(0)) not in (NONE, Constant(0)):
        return 2
    return int(arguments.get("maxval", NONE) not in (NONE, Constant(1)))


def kept(api: str, results: Sequence[Buffer], operands: Sequence[Buffer]) -> Dim:
    """The bytes inside the op that an eager tape keeps for the backward pass."""
    return _times(api, KEPT_OF_RESULT, KEPT_OF_OPERAND, results, operands)


def of_gradient(api: str, operands: Sequence[Buffer]) -> Dim:
    """The bytes that the op's gradient takes while it runs, beyond the gradients of the operands."""
    return _times(api, {}, BACKWARD_OF_OPERAND, (), operands)


def _times(
    api: str,
    of_result: dict[str, int],
    of_operand: dict[str, int],
    results: Sequence[Buffer],
    operands: Sequence[Buffer],
) -> Dim:
    if api in of_result and results:
        return dims.multiply(results[0].nbytes, of_result[api])
    if api in of_operand and operands:
        largest = max(operands, key=lambda buffer: magnitude(buffer.nbytes))  # not the labels of a loss
        return dims.multiply(largest.nbytes, of_operand[api])
    return 0


def needed(api: str, results: Sequence[Buffer], operands: Sequence[Buffer], graph: bool) -> tuple[Buffer, ...]:
    """The operands and results that stay alive for the op's gradient."""
    if api in NEEDS_NOTHING or (graph and (api in _ADDING or api in _SHAPE_ONLY)):
        return ()
    if api in NEEDS_RESULT:
        return tuple(results)
    both = "pool" in api or api.endswith(("reduce_max", "reduce_min"))
    return (*operands, *results) if both else tuple(operands)


def hands_on_gradient(api: str) -> bool:
    """Whether the gradient of the operands is that of the result, without a buffer of its own."""
    return api in _ADDING or api in ("identity", "reshape", "expand_dims", "squeeze")


_IN_PLACE = (*_ADDING, *NEEDS_RESULT, "Tensor.__mul__", "Tensor.__rmul__", "Tensor.__truediv__", "math.multiply",
             "math.square", "math.log", "math.negative", "Tensor.__neg__", "math.divide", "math.maximum")  # fmt: skip


_COMMUTATIVE = {"numpy.ndarray.__add__", "numpy.ndarray.__mul__"}
_ELIDING = {
    *_COMMUTATIVE, "numpy.ndarray.__sub__", "numpy.ndarray.__truediv__", "numpy.ndarray.__pow__",
    "numpy.ndarray.__neg__",
}  # fmt: skip


def elided(api: str, operands: Sequence[Buffer | None]) -> Sequence[Buffer | None]:
    """The operands into which NumPy writes the result of an operator where they are temporaries, from left to right."""
    if api not in _ELIDING:
        return ()
    return operands if api in _COMMUTATIVE else operands[:1]


def can_reuse(api: str) -> bool:
    """Whether a graph writes the op's result into the buffer of an operand that nobody needs any more."""
    return api in _IN_PLACE
