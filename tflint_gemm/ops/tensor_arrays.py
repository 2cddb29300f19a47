"""``tf.TensorArray``: a list of tensors of one dtype and, unless ``infer_shape`` is false, of one shape.

Run at once, writing changes the array itself; in a graph the array that ``write`` returns is another.  Programs that
work in both ways go on with what it returns, so that one abstract array stands for both.
"""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    FALSE,
    NONE,
    UNKNOWN,
    ApiObject,
    Constant,
    DTypeValue,
    IterableValue,
    Kind,
    ListValue,
    ShapeValue,
    Tensor,
    TupleValue,
    Value,
    dim_of,
    from_dim,
)
from tflint_gemm.ops import conversion, rules
from tflint_gemm.ops.context import current
from tflint_gemm.ops.creation import convert
from tflint_gemm.ops.declarations import described_shape
from tflint_gemm.ops.parameters import TensorFlowDType
from tflint_gemm.ops.registry import attribute, op
from tflint_gemm.ops.violations import AssignMismatch, ConversionMismatch

PATH = "TensorArray"
_DTYPE, _SHAPE, _SIZE, _UNIFORM = "(dtype)", "(shape)", "(size)", "(uniform)"  # no attribute can be called so


def _made(dtype: DType | None, shape: Value, size: Dim, uniform: Value, grows: Value) -> ApiObject:
    """``shape`` is the common shape of the elements, NONE until one is written.

    It is kept in a list, so that of two paths the one on which nothing is written has no say in it.
    """
    made = ApiObject(PATH, {"dynamic_size": grows})
    written = ListValue(TupleValue(()) if shape == NONE else IterableValue(shape))
    made.slots.update({_DTYPE: DTypeValue(dtype), _SHAPE: written, _SIZE: from_dim(size), _UNIFORM: uniform})
    return made


@op(PATH)
def tensor_array(
    dtype: TensorFlowDType,
    size: Value = NONE,
    dynamic_size: Value = NONE,
    infer_shape: Value = NONE,
    element_shape: Value = NONE,
) -> Value:
    shape = NONE if element_shape == NONE else ShapeValue(described_shape(element_shape))
    uniform = Constant(True) if infer_shape == NONE else infer_shape
    grows = FALSE if dynamic_size == NONE else dynamic_size
    return _made(dtype if isinstance(dtype, DType) else None, shape, dim_of(size), uniform, grows)


@attribute("TensorArraySpec.(value)")
def described_array(self: Value) -> Value:
    if not isinstance(self, ApiObject):
        return UNKNOWN
    shape = self.arguments.get("element_shape", NONE)
    dtype = rules.chosen_dtype(conversion.to_dtype(self.arguments.get("dtype", NONE)), dtypes.FLOAT32)
    known = NONE if shape == NONE else ShapeValue(described_shape(shape))
    return _made(dtype, known, None, self.arguments.get("infer_shape", Constant(True)), UNKNOWN)


# ------------------------------------------------------------------------------------------------- what is in it


def _slot(self: Value, name: str) -> Value:
    return self.slots.get(name, UNKNOWN) if isinstance(self, ApiObject) else UNKNOWN


def _common_shape(self: Value) -> Value:
    """The shape of the elements, NONE before one is written."""
    shapes_seen = _slot(self, _SHAPE)
    content = shapes_seen.slots[ListValue.CONTENT] if isinstance(shapes_seen, ListValue) else UNKNOWN
    return content.element if isinstance(content, IterableValue) else NONE if content == TupleValue(()) else UNKNOWN


def _set_shape(self: ApiObject, shape: Shape) -> None:
    written = _slot(self, _SHAPE)
    if isinstance(written, ListValue):
        current().write(written, ListValue.CONTENT, IterableValue(ShapeValue(shape)))


def _dtype(self: Value) -> DType | None:
    known = _slot(self, _DTYPE)
    return known.dtype if isinstance(known, DTypeValue) else None


def _shape(self: Value) -> Shape:
    known = _common_shape(self)
    return known.shape if isinstance(known, ShapeValue) else None


def _size(self: Value) -> Dim:
    return dim_of(_slot(self, _SIZE))


def _grows(self: Value) -> bool:
    """Whether writing may make the array longer."""
    return not isinstance(self, ApiObject) or self.arguments.get("dynamic_size", UNKNOWN) != FALSE


def _tensor(self: Value, *sizes: Dim) -> Tensor:
    """So many elements of the array."""
    shape = _shape(self)
    return Tensor(_dtype(self), None if shape is None else (*sizes, *shape))


# ------------------------------------------------------------------------------------------------- writing


def _put(self: Value, value: Value, size: Dim) -> None:
    """Write an element; raises where the array is of another dtype, or has elements of another shape."""
    wanted = _dtype(self)
    tensor = conversion.to_tensor(value)
    if tensor.kind is Kind.UNKNOWN:
        _remember(self, Tensor(), size)
        return
    if not tensor.is_tensorflow:
        tensor = convert(value, wanted)
    _remember(self, tensor, size)
    if None not in (wanted, tensor.dtype) and wanted != tensor.dtype and wanted is not None:
        raise ConversionMismatch(tensor, wanted, self)


def _remember(self: Value, element: Tensor, size: Dim) -> None:
    """Note an element's shape, and how many there are; raises AssignMismatch."""
    if not isinstance(self, ApiObject):
        return
    shape = element.shape
    known, uniform = _common_shape(self), _slot(self, _UNIFORM)
    current().write(self, _SIZE, from_dim(size))
    clash = isinstance(known, ShapeValue) and _incompatible(known.shape, shape)
    if uniform == FALSE:
        before = known.shape if isinstance(known, ShapeValue) else None
        _set_shape(self, shape if known == NONE else shapes.join(before, shape))
        return
    if clash and uniform == Constant(True) and isinstance(known, ShapeValue):
        raise AssignMismatch(element, known.shape, "element of a TensorArray", self)
    if shape is not None and not (isinstance(known, ShapeValue) and shapes.is_concrete(known.shape)):
        _set_shape(self, shape)


def _incompatible(known: Shape, shape: Shape) -> bool:
    return shapes.equal(known, shape) is False


def _check_index(index: Value, result: Value) -> None:
    """A graph takes tensors of int32 only, and no fraction is an index anywhere; raises ConversionMismatch."""
    tensor = conversion.to_tensor(index)
    if tensor.dtype is None or tensor.kind is Kind.UNKNOWN or tensor.kind is Kind.ARRAY:
        return
    other = tensor.is_tensorflow and tensor.dtype != dtypes.INT32 and current().mode == "graph"
    if other or tensor.dtype.is_floating or (tensor.is_tensorflow and tensor.dtype == dtypes.BOOL):
        raise ConversionMismatch(tensor, dtypes.INT32, result)


@op(f"{PATH}.write")
def write(self: Value, index: Value, value: Value) -> Value:
    """Raises what says that the element does not fit, or that the index is none."""
    size, place = _size(self), dim_of(conversion.to_tensor(index) if isinstance(index, Constant) else index)
    if _grows(self):
        both = isinstance(size, int) and isinstance(place, int)
        size = max(size, place + 1) if both else None  # type: ignore[operator, type-var]
    _put(self, value, size)
    _check_index(index, self)
    return self


def _parts(value: Value, wanted: DType | None) -> Tensor:
    tensor = conversion.to_tensor(value)
    return tensor if tensor.is_tensorflow or tensor.kind is Kind.UNKNOWN else convert(value, wanted)


def _one_of(parts: Tensor) -> Tensor:
    return Tensor(parts.dtype, parts.shape[1:] if parts.shape else None)


@op(f"{PATH}.unstack")
def unstack(self: Value, value: Value) -> Value:
    """An element for each part along the first dimension."""
    parts = _parts(value, _dtype(self))
    _remember(self, _one_of(parts), parts.shape[0] if parts.shape else None)
    return self


@op(f"{PATH}.scatter")
def scatter(self: Value, indices: Value, value: Value) -> Value:
    parts = _parts(value, _dtype(self))
    _remember(self, _one_of(parts), None if _grows(self) else _size(self))
    return self


@op(f"{PATH}.split")
def split(self: Value, value: Value, lengths: Value) -> Value:
    """Elements of so many rows each."""
    parts, counts = _parts(value, _dtype(self)), conversion.to_shape(lengths)
    rows = counts[0] if counts and len(set(counts)) == 1 else None
    if isinstance(self, ApiObject):
        shape = None if not parts.shape else (rows, *parts.shape[1:])
        _set_shape(self, shape)
        current().write(self, _SIZE, from_dim(None if counts is None else len(counts)))
    return self


# ------------------------------------------------------------------------------------------------- reading


@op(f"{PATH}.read")
def read(self: Value, index: Value) -> Value:
    _check_index(index, _tensor(self))
    return _tensor(self)


@op(f"{PATH}.stack")
def stack(self: Value) -> Value:
    return _tensor(self, _size(self))


@op(f"{PATH}.gather")
def gather(self: Value, indices: Value) -> Value:
    chosen = conversion.to_tensor(indices)
    return _tensor(self, chosen.shape[0] if chosen.shape else None)


@op(f"{PATH}.concat")
def concat(self: Value) -> Value:
    """The elements joined along their first dimension."""
    shape = _shape(self)
    if not shape:
        return Tensor(_dtype(self))
    return Tensor(_dtype(self), (dims.multiply(_size(self), shape[0]), *shape[1:]))


@op(f"{PATH}.size")
def size(self: Value) -> Value:
    return Tensor(dtypes.INT32, (), elements=(_size(self),))


@op(f"{PATH}.identity", f"{PATH}.grad")
def identity(self: Value) -> Value:
    return self


@op(f"{PATH}.close")
def close(self: Value) -> Value:
    return NONE


@attribute(f"{PATH}.dtype")
def array_dtype(self: Value) -> Value:
    return DTypeValue(_dtype(self))


@attribute(f"{PATH}.element_shape")
def element_shape(self: Value) -> Value:
    return ShapeValue(_shape(self))


@attribute(f"{PATH}.dynamic_size")
def dynamic_size(self: Value) -> Value:
    return self.arguments.get("dynamic_size", UNKNOWN) if isinstance(self, ApiObject) else UNKNOWN
