"""Keras layers that crop, resize, filter and augment images."""

from __future__ import annotations

from tflint_gemm.domain.values import UNKNOWN, ApiObject, Tensor, Value
from tflint_gemm.ops import rules
from tflint_gemm.ops.conversion import sequence_items
from tflint_gemm.ops.layers import apply, is_eager, layer
from tflint_gemm.ops.parameters import Dimension, Text
from tflint_gemm.ops.violations import LayerInputMismatch


@layer("keras.layers.CenterCrop", "keras.layers.RandomCrop", ints="cast", lists=True)
def cropping(inputs: Tensor, height: Dimension, width: Dimension, data_format: Text = None) -> Tensor:
    return resizing(inputs, height, width, data_format)


@layer("keras.layers.Resizing", lists=True)
def resizing(inputs: Tensor, height: Dimension, width: Dimension, data_format: Text = None) -> Tensor:
    shape = inputs.shape
    # Integers are kept eagerly and cast in a graph.
    result = rules.like(inputs, shape=None)
    if inputs.dtype is not None and not inputs.dtype.is_floating:
        result = rules.like(result, dtype=None)
    if shape is None or (len(shape) not in (3, 4) and not is_eager(inputs)):
        return result
    if len(shape) not in (3, 4):
        raise LayerInputMismatch(inputs, "ndim", 4, len(shape))
    if data_format is not None and data_format != "channels_last":
        return rules.like(result, shape=(None,) * len(shape))
    return rules.like(result, shape=(*shape[:-3], height, width, shape[-1]))


@layer(
    "keras.layers.AugMix",
    "keras.layers.AutoContrast",
    "keras.layers.CutMix",
    "keras.layers.MixUp",
    "keras.layers.RandAugment",
    "keras.layers.RandomColorDegeneration",
    "keras.layers.RandomColorJitter",
    "keras.layers.RandomContrast",
    "keras.layers.RandomElasticTransform",
    "keras.layers.RandomErasing",
    "keras.layers.RandomFlip",
    "keras.layers.RandomGaussianBlur",
    "keras.layers.RandomHue",
    "keras.layers.RandomInvert",
    "keras.layers.RandomPosterization",
    "keras.layers.RandomRotation",
    "keras.layers.RandomSaturation",
    "keras.layers.RandomSharpness",
    "keras.layers.RandomShear",
    "keras.layers.RandomTranslation",
    "keras.layers.RandomZoom",
    "keras.layers.Solarization",
    ints="cast",
    lists=True,
)
def augmentation(inputs: Tensor) -> Tensor:
    return rules.like(inputs)


@layer("keras.layers.Equalization", ints="cast", symbolic_keeps=True, lists=True)
def equalization(inputs: Tensor) -> Tensor:
    return rules.like(inputs)


@layer("keras.layers.RandomPerspective", ints="cast")
def random_perspective(inputs: Tensor) -> Tensor:
    return rules.like(inputs)


@layer("keras.layers.RandomGrayscale", symbolic_keeps=True)
def random_grayscale(inputs: Tensor) -> Tensor:
    return rules.like(inputs)


@layer("keras.layers.RandomBrightness", "keras.layers.ContrastLimitedAdaptiveHistogramEqualization", lists=True)
def random_brightness(inputs: Tensor) -> Tensor:
    floating = inputs.dtype is not None and inputs.dtype.is_floating
    return rules.like(inputs, dtype=inputs.dtype if floating else None)


@layer("keras.layers.Pipeline", symbolic_keeps=True, lists=True)
def pipeline(inputs: Tensor, layers: Value) -> Value:
    """One layer after the other; what they make of symbols that are no floats is traced, and not known."""
    result: Value = inputs
    for one in sequence_items(layers) or (UNKNOWN,):
        if not isinstance(one, ApiObject) or not isinstance(result, Tensor):
            return UNKNOWN
        result = apply(one, result)
    floating = inputs.dtype is not None and inputs.dtype.is_floating
    return result if floating or is_eager(inputs) or not isinstance(result, Tensor) else rules.like(result, dtype=None)


@layer("keras.layers.RandomHeight", "keras.layers.RandomWidth", ints="cast", lists=True)
def random_size(inputs: Tensor) -> Tensor:
    """Of a height or a width that is drawn when it is called."""
    if inputs.shape is None or len(inputs.shape) not in (3, 4):
        return rules.like(inputs, shape=None)
    return rules.like(inputs, shape=(*inputs.shape[:-3], None, None, inputs.shape[-1]))
