"""TensorFlow 1's functional layers (``tf.layers.dense``): Keras's shapes, in the dtype of the inputs."""

from __future__ import annotations

from collections.abc import Callable

from tflint_gemm.domain import dims
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.values import NONE, UNKNOWN, ApiObject, Kind, Tensor, Value
from tflint_gemm.ops import registry, rules
from tflint_gemm.ops.context import current
from tflint_gemm.ops.keras_conv import convolution, pooling
from tflint_gemm.ops.keras_layers import activate, flatten
from tflint_gemm.ops.layers import INCOMPLETE, per_axis
from tflint_gemm.ops.parameters import Dimension, Text
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import LayerInputMismatch, WindowMismatch
from tflint_gemm.replacing import replace


def _floating(inputs: Tensor) -> Tensor:
    """``inputs`` with the dtype of the result: that of floats, else not known."""
    floating = inputs.dtype is not None and inputs.dtype.is_floating
    return inputs if floating else replace(inputs, dtype=None)


def _require_rank(inputs: Tensor, rank: int) -> None:
    """Raise LayerInputMismatch for inputs of fewer dimensions."""
    if inputs.rank is not None and inputs.rank < rank:
        raise LayerInputMismatch(inputs, "min_ndim", rank, inputs.rank, result=Tensor(_floating(inputs).dtype))


@op("compat.v1.layers.dense")
def dense(inputs: Tensor, units: Dimension, activation: Value = NONE) -> Value:
    """A product with the last dimension; raises LayerInputMismatch."""
    _require_rank(inputs, 2)
    shape = None if inputs.shape is None else (*inputs.shape[:-1], units)
    return activate(activation, rules.like(_floating(inputs), shape=shape))


@op("compat.v1.layers.flatten")
def flatten_v1(inputs: Tensor) -> Tensor:
    """Rows of what is in each sample; how many rows is lost where samples are empty."""
    rows: Tensor = flatten(inputs)
    return replace(rows, shape=(None, 0)) if rows.shape is not None and rows.shape[1] == 0 else rows


@op("compat.v1.layers.dropout", "compat.v1.layers.batch_normalization")
def same(inputs: Tensor) -> Tensor:
    return rules.like(_floating(inputs))


def _where_it_fits(slide: Callable[[], Value], inputs: Tensor) -> Value:
    """What ``slide`` gives; eagerly, what is left of a window that does not fit may be empty, which is no error."""
    try:
        return slide()
    except WindowMismatch:
        if current().mode == "graph":
            raise
        return Tensor(inputs.dtype)


def _conv(count: int) -> Callable[..., Value]:
    slide = convolution(count)

    def conv(
        inputs: Tensor,
        filters: Dimension,
        kernel_size: Value,
        strides: Value,
        padding: Text,
        data_format: Text,
        dilation_rate: Value,
        activation: Value = NONE,
    ) -> Value:
        known = _floating(inputs)
        _require_rank(inputs, count + 2)
        if inputs.rank != count + 2:  # later versions take more dimensions of batches
            return Tensor(known.dtype if inputs.rank is None else None)
        return _where_it_fits(
            lambda: slide(
                NONE, known, filters, kernel_size, strides, padding, data_format, dilation_rate, 1, activation
            ),
            known,
        )

    return conv


def _pool(count: int) -> Callable[..., Value]:
    slide = pooling(count)

    def pool(inputs: Tensor, pool_size: Value, strides: Value, padding: Text, data_format: Text) -> Value:
        if inputs.rank not in (None, count + 2):
            raise LayerInputMismatch(inputs, "ndim", count + 2, inputs.rank, result=Tensor(_floating(inputs).dtype))
        known = _floating(inputs)
        if current().mode == "graph":
            known = replace(known, kind=Kind.KERAS)  # a graph objects to a window that does not fit
        return _where_it_fits(lambda: slide(known, pool_size, strides, padding, data_format), known)

    return pool


for _count in (1, 2, 3):
    op(f"compat.v1.layers.conv{_count}d")(_conv(_count))
    op(f"compat.v1.layers.max_pooling{_count}d")(_pool(_count))
    op(f"compat.v1.layers.average_pooling{_count}d")(_pool(_count))
op("compat.v1.layers.separable_conv2d")(_conv(2))


# ------------------------------------------------------------------------------------------------- transposed


def _transposed(count: int) -> Callable[..., Value]:
    def conv(
        inputs: Tensor, filters: Dimension, kernel_size: Value, strides: Value, padding: Text, data_format: Text
    ) -> Value:
        """As many times larger as the strides say, where the padding is "same"."""
        known = _floating(inputs)
        steps = per_axis(strides, count)
        if inputs.shape is None or len(inputs.shape) != count + 2 or data_format != "channels_last":
            return Tensor(known.dtype)
        spatial: tuple[Dim, ...] = (None,) * count
        if isinstance(padding, str) and padding.lower() == "same":
            spatial = tuple(dims.multiply(size, step) for size, step in zip(inputs.shape[1:-1], steps))
        return rules.like(known, shape=(inputs.shape[0], *spatial, filters))

    return conv


op("compat.v1.layers.conv2d_transpose")(_transposed(2))
op("compat.v1.layers.conv3d_transpose")(_transposed(3))


# ------------------------------------------------------------------------------------------------- as objects

_CLASSES = {
    "Dense": "dense", "Flatten": "flatten", "Dropout": "dropout", "BatchNormalization": "batch_normalization",
    "Conv1D": "conv1d", "Conv2D": "conv2d", "Conv3D": "conv3d", "SeparableConv2D": "separable_conv2d",
    "Conv2DTranspose": "conv2d_transpose", "Conv3DTranspose": "conv3d_transpose", "MaxPooling1D": "max_pooling1d",
    "MaxPooling2D": "max_pooling2d", "MaxPooling3D": "max_pooling3d", "AveragePooling1D": "average_pooling1d",
    "AveragePooling2D": "average_pooling2d", "AveragePooling3D": "average_pooling3d",
}  # fmt: skip


def _object(cls: str, function: str) -> None:
    """A layer as an object, which is called with the inputs that the function takes first."""

    def call(self: Value, inputs: Value) -> Value:
        model = registry.find(f"compat.v1.layers.{function}")
        if model is None or not isinstance(self, ApiObject) or INCOMPLETE in self.arguments:
            return UNKNOWN
        result: Value = registry.invoke(model, registry.Arguments({**self.arguments, "inputs": inputs}))
        return result

    op(f"compat.v1.layers.{cls}.__call__", f"compat.v1.layers.{cls}.apply")(call)


for _class, _function in _CLASSES.items():
    _object(_class, _function)
