"""What Keras reads from files and cuts into batches: images, folders of them, windows of series."""

from __future__ import annotations

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiObject,
    Constant,
    IterableValue,
    Kind,
    OfType,
    Tensor,
    TupleValue,
    Value,
    dim_of,
)
from tflint_gemm.ops import conversion
from tflint_gemm.ops.datasets import dataset
from tflint_gemm.ops.keras_functions import keras_dtype
from tflint_gemm.ops.keras_promotion import floatx
from tflint_gemm.ops.layers import INCOMPLETE
from tflint_gemm.ops.numpy_common import inexact, to_array
from tflint_gemm.ops.pictures import picture, pixels_of
from tflint_gemm.ops.registry import op

_CHANNELS = {"rgb": 3, "grayscale": 1, "rgba": 4}
_MODES = {"rgb": "RGB", "grayscale": "L", "rgba": "RGBA"}
_RGB, _INFERRED, _INT, _CATEGORICAL = map(Constant, ("rgb", "inferred", "int", "categorical"))
_TF, _BILINEAR, _32, _128 = map(Constant, ("tf", "bilinear", 32, 128))
_256 = TupleValue((Constant(256), Constant(256)))


def _channels(color_mode: Value) -> Dim:
    return _CHANNELS.get(str(color_mode.value)) if isinstance(color_mode, Constant) else None


def _pair(size: Value) -> tuple[Dim, Dim]:
    sizes = conversion.to_shape(size) if size != NONE else None
    return (sizes[0], sizes[1]) if sizes is not None and len(sizes) == 2 else (None, None)


# ------------------------------------------------------------------------------------------------- single images


@op("keras.utils.load_img")
def load_img(path: Value, color_mode: Value = _RGB, target_size: Value = NONE) -> Value:
    """An image that is no array yet."""
    mode = _MODES.get(str(color_mode.value)) if isinstance(color_mode, Constant) else None
    height, width = _pair(target_size)
    return picture(width, height, OfType("str") if mode is None else Constant(mode))


@op("keras.utils.img_to_array")
def img_to_array(img: Value, data_format: Value = NONE, dtype: Value = NONE) -> Tensor:
    """Height, width and channels; an array of two dimensions gets channels."""
    chosen = keras_dtype(dtype, floatx())
    if data_format not in (NONE, Constant("channels_last")):
        return Tensor(chosen, (None, None, None), Kind.ARRAY)
    pixels = pixels_of(img)
    if pixels is not None:
        return Tensor(chosen, pixels, Kind.ARRAY)
    if isinstance(img, Tensor) and img.shape is not None and len(img.shape) in (2, 3):
        return Tensor(chosen, img.shape if len(img.shape) == 3 else (*img.shape, 1), Kind.ARRAY)
    return Tensor(chosen, (None, None, None), Kind.ARRAY)


@op("keras.utils.normalize")
def normalize(x: Value) -> Value:
    if not isinstance(x, Tensor) or x.kind is not Kind.ARRAY:
        return UNKNOWN
    dtype = inexact(x.dtype)
    shape = (1, *x.shape) if x.shape is not None and len(x.shape) == 1 else x.shape  # a vector becomes a row
    return Tensor(dtype if dtype in (dtypes.FLOAT32, dtypes.FLOAT64) else None, shape, Kind.ARRAY)


# ------------------------------------------------------------------------------------------------- folders


def _labelled(inputs: Tensor, labels: Value, label_mode: Value, class_names: Value) -> Value:
    """An input with what the mode makes of its label."""
    if NONE in (labels, label_mode):
        return inputs
    if not isinstance(label_mode, Constant) or labels == UNKNOWN:
        return UNKNOWN
    names = conversion.sequence_items(class_names)
    kinds: dict[object, tuple[DType | None, tuple[Dim, ...]]] = {
        "int": (dtypes.INT32 if labels == _INFERRED else None, ()),
        "binary": (dtypes.FLOAT32, (1,)),
        "categorical": (dtypes.FLOAT32, (None if names is None else len(names),)),
    }
    if label_mode.value not in kinds:
        return UNKNOWN
    dtype, shape = kinds[label_mode.value]
    return TupleValue((inputs, Tensor(dtype, shape)))


def _batches(element: Value, batch_size: Value, subset: Value) -> Value:
    """Batches of which the last may be smaller; training and validation data where both are asked for."""
    if batch_size != NONE:
        certain = dim_of(batch_size) is not None or isinstance(batch_size, OfType)
        element = _grown(element, certain)
    if subset == Constant("both"):
        return TupleValue((dataset(element), dataset(element)))
    return dataset(element) if isinstance(subset, Constant) else UNKNOWN


def _grown(element: Value, certain: bool) -> Value:
    """A batch of such elements; where it is not ``certain`` that there are batches, the rank is not known."""
    if isinstance(element, TupleValue):
        return TupleValue(tuple(_grown(item, certain) for item in element.items))
    if not isinstance(element, Tensor) or element.shape is None:
        return element
    return Tensor(element.dtype, (None, *element.shape) if certain else None, element.kind)


@op("keras.utils.image_dataset_from_directory")
def image_dataset_from_directory(
    directory: Value,
    labels: Value = _INFERRED,
    label_mode: Value = _INT,
    class_names: Value = NONE,
    color_mode: Value = _RGB,
    batch_size: Value = _32,
    image_size: Value = _256,
    subset: Value = NONE,
    interpolation: Value = _BILINEAR,
    data_format: Value = NONE,
    format: Value = _TF,
) -> Value:
    if format != _TF or data_format not in (NONE, Constant("channels_last")):
        return UNKNOWN
    dtype = dtypes.FLOAT32 if isinstance(interpolation, Constant) and interpolation.value != "nearest" else None
    image = Tensor(dtype, (*_pair(image_size), _channels(color_mode)))
    return _batches(_labelled(image, labels, label_mode, class_names), batch_size, subset)


@op("keras.utils.text_dataset_from_directory")
def text_dataset_from_directory(
    directory: Value,
    labels: Value = _INFERRED,
    label_mode: Value = _INT,
    class_names: Value = NONE,
    batch_size: Value = _32,
    subset: Value = NONE,
    format: Value = _TF,
) -> Value:
    if format != _TF:
        return UNKNOWN
    text = Tensor(dtypes.STRING, ())
    return _batches(_labelled(text, labels, label_mode, class_names), batch_size, subset)


# ------------------------------------------------------------------------------------------------- generators

_GENERATOR = "keras.preprocessing.image.ImageDataGenerator"


def _dtype(self: Value) -> DType | None:
    if not isinstance(self, ApiObject) or INCOMPLETE in self.arguments:
        return None
    return keras_dtype(self.arguments.get("dtype", NONE), floatx())


def _is_last(self: Value) -> bool:
    return isinstance(self, ApiObject) and self.arguments.get("data_format", NONE) in (NONE, Constant("channels_last"))


@op(f"{_GENERATOR}.flow_from_directory", f"{_GENERATOR}.flow_from_dataframe")
def flow_from_files(
    self: Value,
    target_size: Value = _256,
    color_mode: Value = _RGB,
    classes: Value = NONE,
    class_mode: Value = _CATEGORICAL,
) -> Value:
    """Batches of images, and of labels as the class mode has them."""
    dtype, names = _dtype(self), conversion.sequence_items(classes)
    shape = (None, *_pair(target_size), _channels(color_mode)) if _is_last(self) else (None,) * 4
    images = Tensor(dtype, shape, Kind.ARRAY)
    if class_mode == NONE:
        return IterableValue(images)
    labels = {
        "categorical": Tensor(dtype, (None, None if names is None else len(names)), Kind.ARRAY),
        "binary": Tensor(dtype, (None,), Kind.ARRAY),
        "sparse": Tensor(dtype, (None,), Kind.ARRAY),
        "input": images,
    }
    known = labels.get(str(class_mode.value)) if isinstance(class_mode, Constant) else None
    return IterableValue(TupleValue((images, UNKNOWN if known is None else known)))


@op(f"{_GENERATOR}.flow")
def flow(self: Value, x: Value, y: Value = NONE, sample_weight: Value = NONE) -> Value:
    """Batches of rows of arrays."""
    if not isinstance(x, Tensor) or x.shape is None or len(x.shape) != 4 or sample_weight != NONE:
        return UNKNOWN
    images = Tensor(_dtype(self), (None, *x.shape[1:]), Kind.ARRAY)
    if y == NONE:
        return IterableValue(images)
    labels = to_array(y)
    known = labels.kind is Kind.ARRAY and bool(labels.shape)
    rows = Tensor(labels.dtype, (None, *(labels.shape or (None,))[1:]), Kind.ARRAY) if known else UNKNOWN
    return IterableValue(TupleValue((images, rows)))


# ------------------------------------------------------------------------------------------------- series


@op("keras.utils.timeseries_dataset_from_array")
def timeseries_dataset_from_array(
    data: Value,
    targets: Value,
    sequence_length: Value,
    batch_size: Value = _128,
    format: Value = _TF,
) -> Value:
    """Windows of consecutive rows, each with the target of the same number."""
    rows, arrays = to_array(data), all(isinstance(one, Tensor) or one == NONE for one in (data, targets))
    if format != _TF or rows.kind is not Kind.ARRAY or not rows.shape or batch_size == UNKNOWN or not arrays:
        return UNKNOWN
    windows = Tensor(rows.dtype, None if batch_size == NONE else (None, None, *rows.shape[1:]))
    if targets == NONE:
        return dataset(windows)
    labels = to_array(targets)
    known = labels.kind is Kind.ARRAY and bool(labels.shape) and batch_size != NONE
    shape = (None, *(labels.shape or (None,))[1:]) if known else None
    return dataset(TupleValue((windows, Tensor(labels.dtype if known else None, shape))))


# ------------------------------------------------------------------------------------------------- what fit is given


@op("keras.utils.unpack_x_y_sample_weight")
def unpack(data: Value) -> Value:
    """Inputs, labels and weights, None for what is not there."""
    items = conversion.sequence_items(data)
    if items is None:
        return TupleValue((data, NONE, NONE)) if isinstance(data, Tensor) else TupleValue((UNKNOWN,) * 3)
    if not 1 <= len(items) <= 3:
        return UNKNOWN
    return TupleValue((*items, *(NONE,) * (3 - len(items))))


@op("keras.utils.pack_x_y_sample_weight")
def pack(x: Value, y: Value = NONE, sample_weight: Value = NONE) -> Value:
    if UNKNOWN in (y, sample_weight):
        return UNKNOWN
    if y == NONE:
        return UNKNOWN if not isinstance(x, Tensor) else x
    return TupleValue((x, y) if sample_weight == NONE else (x, y, sample_weight))
