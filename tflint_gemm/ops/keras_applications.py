"""``keras.applications``: known networks as models of their inputs and outputs."""

from __future__ import annotations

from collections.abc import Callable

from tflint_gemm import api
from tflint_gemm.domain import dims
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import NONE, UNKNOWN, ApiObject, Constant, Kind, Tensor, TupleValue, Value
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.keras_models import symbolic_input
from tflint_gemm.ops.layers import INCOMPLETE, compute_dtype
from tflint_gemm.ops.parameters import Dimension, Flag, Text
from tflint_gemm.ops.registry import op

_REDUCTION = 32

# The channels of the last feature map, and the size of the images that the network was trained on.
_ROUNDED_UP: dict[str, tuple[int, int]] = {
    "ResNet50": (2048, 224), "ResNet101": (2048, 224), "ResNet152": (2048, 224), "ResNet50V2": (2048, 224),
    "ResNet101V2": (2048, 224), "ResNet152V2": (2048, 224), "MobileNetV2": (1280, 224), "EfficientNetB0": (1280, 224),
    "EfficientNetB1": (1280, 240), "EfficientNetB2": (1408, 260), "EfficientNetB3": (1536, 300),
    "EfficientNetB4": (1792, 380),
}  # fmt: skip
_ROUNDED_DOWN: dict[str, tuple[int, int]] = {"VGG16": (512, 224), "VGG19": (512, 224), "MobileNet": (1024, 224)}


def _network(channels: int, usual: int, round_up: bool) -> Callable[..., Value]:
    def application(
        include_top: Flag = True,
        input_tensor: Value = NONE,
        input_shape: Value = NONE,
        pooling: Text = None,
        classes: Dimension = 1000,
    ) -> Value:
        """A model; nothing is known of it where the arguments are not."""
        if isinstance(include_top, Unsure) or isinstance(pooling, Unsure):
            return ApiObject("keras.Model", {INCOMPLETE: UNKNOWN})
        inputs = _inputs(input_tensor, input_shape, usual if include_top else None)
        if inputs is None:
            return ApiObject("keras.Model", {INCOMPLETE: UNKNOWN})
        batch, *sizes, _ = inputs.shape or (None, None, None, None)
        shape: Shape = (batch, classes) if include_top else (batch, channels)
        if not include_top and pooling is None:
            shape = (batch, *(_reduced(size, round_up) for size in sizes), channels)
        outputs = Tensor(compute_dtype({}), shape, Kind.KERAS)
        return ApiObject("keras.Model", {"inputs": inputs, "outputs": outputs})

    return application


def _inputs(tensor: Value, shape: Value, usual: int | None) -> Tensor | None:
    if tensor != NONE:
        return tensor if isinstance(tensor, Tensor) and tensor.kind is Kind.KERAS and tensor.rank == 4 else None
    if shape == NONE:
        size = NONE if usual is None else Constant(usual)
        shape = TupleValue((size, size, Constant(3)))
    found = symbolic_input(shape)
    return found if found.rank == 4 else None


def _reduced(size: Dim, round_up: bool) -> Dim:
    if not isinstance(size, int):
        return None
    return dims.floor_divide(size + (_REDUCTION - 1) * round_up, _REDUCTION)


def _register(networks: dict[str, tuple[int, int]], round_up: bool) -> None:
    for name, (channels, usual) in networks.items():
        canonical = api.resolve(f"tensorflow.keras.applications.{name}")
        if canonical is not None:
            op(canonical)(_network(channels, usual, round_up))


_register(_ROUNDED_UP, True)
_register(_ROUNDED_DOWN, False)
