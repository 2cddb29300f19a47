"""Pillow and OpenCV: images by their size and their channels, and the arrays that are made of them."""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    FALSE,
    NONE,
    UNKNOWN,
    ApiObject,
    ApiSymbol,
    Constant,
    Kind,
    OfType,
    Tensor,
    TupleValue,
    Value,
    dim_of,
    from_dim,
)
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import AS_ARRAY, sequence_items
from tflint_gemm.ops.numpy_common import array
from tflint_gemm.ops.registry import op

IMAGE = "PIL.Image.Image"
_MODES: dict[object, tuple[DType, tuple[int, ...]]] = {
    "RGB": (dtypes.UINT8, (3,)), "YCbCr": (dtypes.UINT8, (3,)), "HSV": (dtypes.UINT8, (3,)),
    "LAB": (dtypes.UINT8, (3,)), "RGBA": (dtypes.UINT8, (4,)), "CMYK": (dtypes.UINT8, (4,)),
    "LA": (dtypes.UINT8, (2,)), "L": (dtypes.UINT8, ()), "P": (dtypes.UINT8, ()), "1": (dtypes.BOOL, ()),
    "I": (dtypes.INT32, ()), "F": (dtypes.FLOAT32, ()),
}  # fmt: skip
_ANY_MODE = OfType("str")


# ------------------------------------------------------------------------------------------------- Pillow


def picture(width: Dim, height: Dim, mode: Value) -> ApiObject:
    """An image, which NumPy makes an array of height, width and the channels of its mode."""
    made = ApiObject(IMAGE, {})
    made.slots.update(_properties(width, height, mode))
    return made


def _properties(width: Dim, height: Dim, mode: Value) -> dict[object, Value]:
    known = _MODES.get(mode.value) if isinstance(mode, Constant) else None
    pixels = array(None, None) if known is None else array(known[0], (height, width, *known[1]))
    size = TupleValue((from_dim(width), from_dim(height)))
    return {"size": size, "width": from_dim(width), "height": from_dim(height), "mode": mode, AS_ARRAY: pixels}


def _size(self: ApiObject) -> tuple[Dim, Dim]:
    return dim_of(self.slots.get("width", UNKNOWN)), dim_of(self.slots.get("height", UNKNOWN))


def _pair(size: Value) -> tuple[Dim, Dim]:
    items = sequence_items(size)
    return (dim_of(items[0]), dim_of(items[1])) if items is not None and len(items) == 2 else (None, None)


def pixels_of(image: Value) -> tuple[Dim, Dim, Dim] | None:
    """Height, width and channels, of which a grey image has one; None for what is no image of Pillow's."""
    if not isinstance(image, ApiObject) or image.path != IMAGE:
        return None
    mode = image.slots.get("mode", UNKNOWN)
    known = _MODES.get(mode.value) if isinstance(mode, Constant) else None
    width, height = _size(image)
    return height, width, None if known is None else (*known[1], 1)[0]


@op("PIL.Image.open")
def open_image(fp: Value) -> Value:
    return picture(None, None, _ANY_MODE)


@op("PIL.Image.new")
def new(mode: Value, size: Value, color: Value = NONE) -> Value:
    return picture(*_pair(size), mode)


@op("PIL.Image.fromarray")
def from_array(obj: Value, mode: Value = NONE) -> Value:
    """An image of the size of an array."""
    held = obj.shape if isinstance(obj, Tensor) and obj.kind is Kind.ARRAY else None
    height, width = held[:2] if held is not None and len(held) in (2, 3) else (None, None)
    plain = mode == NONE and isinstance(obj, Tensor) and obj.dtype == dtypes.UINT8 and held is not None
    channels = held[2] if held is not None and len(held) == 3 else None
    named = {3: "RGB", 4: "RGBA", 2: "LA"}.get(channels) if isinstance(channels, int) else None
    if plain and held is not None and len(held) == 2:
        named = "L"
    return picture(width, height, Constant(named) if plain and named is not None else _ANY_MODE)


@op(f"{IMAGE}.resize")
def resize_image(self: Value, size: Value) -> Value:
    return picture(*_pair(size), self.slots.get("mode", _ANY_MODE)) if isinstance(self, ApiObject) else UNKNOWN


@op(f"{IMAGE}.convert")
def convert(self: Value, mode: Value = NONE) -> Value:
    known = mode if isinstance(mode, Constant) and isinstance(mode.value, str) else _ANY_MODE
    return picture(*_size(self), known) if isinstance(self, ApiObject) else UNKNOWN


@op(f"{IMAGE}.crop")
def crop(self: Value, box: Value = NONE) -> Value:
    """Left, upper, right and lower bounds; what lies outside is black."""
    edges = sequence_items(box)
    if not isinstance(self, ApiObject) or edges is None or len(edges) != 4:
        return UNKNOWN
    left, upper, right, lower = map(dim_of, edges)
    mode = self.slots.get("mode", _ANY_MODE)
    return picture(dims.subtract(right, left), dims.subtract(lower, upper), mode)


@op(f"{IMAGE}.copy", f"{IMAGE}.filter")
def copy(self: Value) -> Value:
    return picture(*_size(self), self.slots.get("mode", _ANY_MODE)) if isinstance(self, ApiObject) else UNKNOWN


@op(f"{IMAGE}.rotate")
def rotate(self: Value, angle: Value, resample: Value = NONE, expand: Value = FALSE) -> Value:
    if not isinstance(self, ApiObject):
        return UNKNOWN
    keeps = isinstance(expand, Constant) and not expand.value
    return picture(*(_size(self) if keeps else (None, None)), self.slots.get("mode", _ANY_MODE))


@op(f"{IMAGE}.thumbnail", f"{IMAGE}.putalpha", f"{IMAGE}.draft")
def in_place(self: Value) -> Value:
    """Another size or other channels."""
    if isinstance(self, ApiObject):
        for name, value in _properties(None, None, _ANY_MODE).items():
            current().write(self, name, value)
    return NONE


# ------------------------------------------------------------------------------------------------- OpenCV

_READ = {"IMREAD_COLOR": (None, None, 3), "IMREAD_GRAYSCALE": (None, None), 1: (None, None, 3), 0: (None, None)}
_COLOUR = Constant(1)
_CHANNELS = {"GRAY": 0, "BGR": 3, "RGB": 3, "HSV": 3, "HLS": 3, "LAB": 3, "Lab": 3, "YUV": 3, "YCrCb": 3,
             "YCR_CB": 3, "XYZ": 3, "LUV": 3, "BGRA": 4, "RGBA": 4}  # fmt: skip


@op("cv2.imread")
def imread(filename: Value, flags: Value = _COLOUR) -> Value:
    """An array of bytes, of three channels unless the flags say otherwise."""
    named = flags.path.rpartition(".")[2] if isinstance(flags, ApiSymbol) else None
    asked = flags.value if isinstance(flags, Constant) else named
    return array(dtypes.UINT8, _READ[asked]) if asked in _READ else array(None, None)


@op("cv2.resize")
def resize(src: Value, dsize: Value = NONE, dst: Value = NONE, fx: Value = NONE, fy: Value = NONE) -> Value:
    """Width and height are asked for; a single channel is dropped."""
    if not isinstance(src, Tensor) or src.kind is not Kind.ARRAY:
        return UNKNOWN
    width, height = _pair(dsize) if dsize != NONE else (None, None)
    return array(src.dtype, _with_size(src.shape, height, width))


def _with_size(shape: Shape, height: Dim, width: Dim) -> Shape:
    if shape is None or len(shape) not in (2, 3):
        return None
    channels = shape[2:]
    if channels and not isinstance(channels[0], int):
        return None
    return (height, width, *(() if channels == (1,) else channels))


@op("cv2.cvtColor")
def convert_color(src: Value, code: Value) -> Value:
    """``COLOR_A2B`` makes as many channels as B has."""
    before, _, after = (code.path.rpartition(".COLOR_")[2] if isinstance(code, ApiSymbol) else "").partition("2")
    if not isinstance(src, Tensor) or src.kind is not Kind.ARRAY or not {before, after} <= _CHANNELS.keys():
        return UNKNOWN
    height, width = src.shape[:2] if src.shape is not None and len(src.shape) in (2, 3) else (None, None)
    made = _CHANNELS[after]
    return array(src.dtype, (height, width, made) if made else (height, width))


@op("cv2.flip", "cv2.GaussianBlur", "cv2.medianBlur", "cv2.blur")
def filtered(src: Value) -> Value:
    """The same size; a single channel is dropped."""
    if not isinstance(src, Tensor) or src.kind is not Kind.ARRAY or src.shape is None or len(src.shape) not in (2, 3):
        return UNKNOWN
    return array(src.dtype, _with_size(src.shape, *src.shape[:2]))
