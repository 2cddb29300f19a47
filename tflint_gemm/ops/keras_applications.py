"""``keras.applications``: known networks as models of their inputs and outputs."""

from __future__ import annotations

from collections.abc import Callable

from tflint_gemm import api
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import NONE, UNKNOWN, ApiObject, Constant, Kind, Tensor, TupleValue, Value
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import Unsure, to_shape
from tflint_gemm.ops.keras_models import symbolic_input
from tflint_gemm.ops.layers import INCOMPLETE, compute_dtype
from tflint_gemm.ops.parameters import Dimension, Flag, Text
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import InvalidArgument

_REDUCTION, _CLASSES = 32, 1000

# The channels of the last feature map, and the size of the images that the network was trained on.
_ROUNDED_UP: dict[str, tuple[int, int]] = {
    "ResNet50": (2048, 224), "ResNet101": (2048, 224), "ResNet152": (2048, 224), "ResNet50V2": (2048, 224),
    "ResNet101V2": (2048, 224), "ResNet152V2": (2048, 224), "MobileNetV2": (1280, 224), "EfficientNetB0": (1280, 224),
    "EfficientNetB1": (1280, 240), "EfficientNetB2": (1408, 260), "EfficientNetB3": (1536, 300),
    "EfficientNetB4": (1792, 380), "EfficientNetB5": (2048, 456), "EfficientNetB6": (2304, 528),
    "EfficientNetB7": (2560, 600), "EfficientNetV2B0": (1280, 224), "EfficientNetV2B1": (1280, 240),
    "EfficientNetV2B2": (1408, 260), "EfficientNetV2B3": (1536, 300), "EfficientNetV2S": (1280, 384),
    "EfficientNetV2M": (1280, 480), "EfficientNetV2L": (1280, 480), "MobileNetV3Small": (576, 224),
    "MobileNetV3Large": (960, 224),
}  # fmt: skip
_ROUNDED_DOWN: dict[str, tuple[int, int]] = {
    "VGG16": (512, 224), "VGG19": (512, 224), "MobileNet": (1024, 224), "ConvNeXtTiny": (768, 224),
    "ConvNeXtSmall": (768, 224), "ConvNeXtBase": (1024, 224), "ConvNeXtLarge": (1536, 224),
    "ConvNeXtXLarge": (2048, 224),
}  # fmt: skip
_FIRST_UP: dict[str, tuple[int, int]] = {
    "DenseNet121": (1024, 224), "DenseNet169": (1664, 224), "DenseNet201": (1920, 224),
}  # fmt: skip
"""Those that divide the size by four and round up, and then by eight and round down."""
_OTHERS: dict[str, tuple[int, int]] = {
    "Xception": (2048, 299), "InceptionV3": (2048, 299), "InceptionResNetV2": (1536, 299),
}  # fmt: skip
"""Those whose convolutions without padding leave other sizes."""
_OF_SEVERAL_SIZES = ("MobileNet", "MobileNetV2")
"""Those that were trained on images of more than one size."""
_IMAGENET = Constant("imagenet")


def _up(size: int) -> int:
    return -(-size // _REDUCTION)


def _down(size: int) -> int:
    return size // _REDUCTION


def _first_up(size: int) -> int:
    return -(-size // 4) // 8


def _open(_size: int) -> None:
    return None


def _network(channels: int, usual: int, reduced: Callable[[int], int | None], one_size: bool) -> Callable[..., Value]:
    def application(
        include_top: Flag = True,
        weights: Value = _IMAGENET,
        input_tensor: Value = NONE,
        input_shape: Value = NONE,
        pooling: Text = None,
        classes: Dimension = 1000,
    ) -> Value:
        """A model; nothing is known of it where the arguments are not."""
        if isinstance(include_top, Unsure) or isinstance(pooling, Unsure):
            return _unknown_model()
        if include_top and weights == _IMAGENET and isinstance(classes, int) and classes != _CLASSES:
            raise InvalidArgument((), f"{classes} classes for weights of {_CLASSES}", _unknown_model())
        if input_tensor == NONE:
            _check_shape(input_shape, usual if include_top and one_size else None, weights == _IMAGENET)
        inputs = _inputs(input_tensor, input_shape, usual if include_top else None)
        if inputs is None:
            return _unknown_model()
        batch, *sizes, _ = inputs.shape or (None, None, None, None)
        shape: Shape = (batch, classes) if include_top else (batch, channels)
        if not include_top and pooling is None:
            shape = (batch, *(reduced(size) if isinstance(size, int) else None for size in sizes), channels)
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


def _check_shape(shape: Value, usual: int | None, trained: bool) -> None:
    """Raise InvalidArgument for small images, and for what trained weights do not fit: other sizes, or no colour."""
    sizes = to_shape(shape)
    if shape == NONE or sizes is None or len(sizes) != 3 or current().data_format != "channels_last":
        return
    if any(isinstance(size, int) and size < _REDUCTION for size in sizes[:2]) and not (usual and trained):
        raise InvalidArgument((), f"images of fewer than {_REDUCTION} by {_REDUCTION}", _unknown_model())
    if not trained:
        return
    if isinstance(sizes[2], int) and sizes[2] != 3:
        raise InvalidArgument((), f"images of {sizes[2]} channel(s) for weights of three", _unknown_model())
    if usual is not None and any(isinstance(size, int) and size != usual for size in sizes[:2]):
        raise InvalidArgument((), f"other images than {usual} by {usual} with include_top", _unknown_model())


def _unknown_model() -> ApiObject:
    return ApiObject("keras.Model", {INCOMPLETE: UNKNOWN})


def _register(networks: dict[str, tuple[int, int]], reduced: Callable[[int], int | None]) -> None:
    for name, (channels, usual) in networks.items():
        canonical = api.resolve(f"tensorflow.keras.applications.{name}")
        if canonical is not None:
            op(canonical)(_network(channels, usual, reduced, name not in _OF_SEVERAL_SIZES))


_register(_ROUNDED_UP, _up)
_register(_ROUNDED_DOWN, _down)
_register(_FIRST_UP, _first_up)
_register(_OTHERS, _open)
