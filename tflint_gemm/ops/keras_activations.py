"""``keras.activations``: functions of one tensor that keep its shape."""

from __future__ import annotations

from collections.abc import Callable

from tflint_gemm import api
from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import NONE, UNKNOWN, ApiSymbol, Constant, Kind, Tensor, Value
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.keras_functions import is_plain
from tflint_gemm.ops.layers import result_kind
from tflint_gemm.ops.parameters import Axis
from tflint_gemm.ops.registry import find, op

_FLOATS = (
    "celu", "elu", "exponential", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh", "leaky_relu",
    "log_sigmoid", "log_softmax", "mish", "selu", "sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign",
    "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus", "tanh", "tanh_shrink", "threshold",
)  # fmt: skip


def _kept(x: Tensor) -> DType | None:
    """Floats stay what they are; of integers much depends on the function."""
    number = x.kind is Kind.PYTHON and x.shape == ()
    return x.dtype if x.dtype in dtypes.FLOATING and not number else None


def _result(x: Tensor, dtype: DType | None, shape: Shape) -> Tensor:
    if x.kind in (Kind.SPARSE, Kind.RAGGED):
        return Tensor(kind=Kind.UNKNOWN)
    return Tensor(dtype, shape, result_kind([x]))


def _activation(name: str) -> Callable[..., Tensor]:
    def model(x: Tensor, alpha: Value = NONE, threshold: Value = NONE, default_value: Value = NONE) -> Tensor:
        plain = all(is_plain(value) for value in (alpha, threshold, default_value))
        return _result(x, _kept(x), x.shape if plain else None)

    return model


for _name in _FLOATS:
    op(f"keras.activations.{_name}")(_activation(_name))


@op("keras.activations.relu")
def relu(x: Tensor, negative_slope: Value = NONE, max_value: Value = NONE, threshold: Value = NONE) -> Tensor:
    plain = all(is_plain(value) for value in (negative_slope, max_value, threshold))
    return _result(x, _kept(x), x.shape if plain else None)


@op("keras.activations.relu6")
def relu6(x: Tensor) -> Tensor:
    return _result(x, _kept(x), x.shape)


for _name in ("gelu", "hardshrink", "lisht", "mish", "rrelu", "snake", "softshrink", "tanhshrink"):
    op(f"tensorflow_addons.activations.{_name}")(_activation(_name))


@op("keras.activations.get")
def get(identifier: Value) -> Value:
    """The function of a name; what is a function stays."""
    if identifier == NONE:
        return ApiSymbol("tensorflow.keras.activations.linear")
    if not isinstance(identifier, Constant) or not isinstance(identifier.value, str):
        return identifier
    path = f"tensorflow.keras.activations.{identifier.value}"
    canonical = api.resolve(path)
    return UNKNOWN if canonical is None or find(canonical) is None else ApiSymbol(path)


@op("keras.activations.linear")
def linear(x: Value) -> Value:
    return x


@op("keras.activations.glu")
def glu(x: Tensor, axis: Axis = -1) -> Tensor:
    """Half as many along ``axis``."""
    return _result(x, _kept(x), halved(x.shape, axis))


def halved(shape: Shape, axis: int | None | Unsure) -> Shape:
    """``shape`` with half the size along ``axis``."""
    if shape is None or not isinstance(axis, int) or not -len(shape) <= axis < len(shape):
        return None
    size = shape[axis]
    if not isinstance(size, int) or size % 2:
        return None
    return tuple(size // 2 if place == axis % len(shape) else dim for place, dim in enumerate(shape))
