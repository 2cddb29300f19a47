"""Abstract arguments as models want them: tensors, shapes, axes, dtypes, flags.

TensorFlow converts Python numbers and (nested) lists of them, and NumPy arrays, wherever it takes a tensor.  What is
converted keeps its ``Kind``, because the kind decides whose dtype wins (``rules.common_dtype``).
"""

from __future__ import annotations

from typing import Union, cast

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dims import Dim, SymbolicDim, is_assumed
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    ANY_TENSOR,
    GENERATOR,
    MAX_ELEMENTS,
    ApiObject,
    BuiltinFunction,
    Constant,
    DTypeValue,
    Element,
    IterableValue,
    Kind,
    ListValue,
    OfType,
    RangeValue,
    ShapeValue,
    Symbolic,
    Tensor,
    TupleValue,
    Value,
    dim_of,
)
from tflint_gemm.ops.context import current
from tflint_gemm.ops.numpy_elements import cast_all
from tflint_gemm.ops.violations import InvalidArgument
from tflint_gemm.replacing import replace


class Unsure:
    """The type of ``UNSURE``: an argument was given (or may have been), and its value is not known."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNSURE"

    def __bool__(self) -> bool:
        raise TypeError("an unsure argument is neither true nor false; compare with `is`")


UNSURE = Unsure()
AS_ARRAY = "__array__"
"""The slot in which an object of another library (a table, an image) has the array that NumPy makes of it."""

_PYTHON_DTYPES = {
    "int": dtypes.INT32, "float": dtypes.FLOAT32, "bool": dtypes.BOOL, "str": dtypes.STRING, "bytes": dtypes.STRING,
    "complex": dtypes.COMPLEX128,
}  # fmt: skip
_DEPTH_LIMIT = 12


def sequence_items(value: Value) -> tuple[Value, ...] | None:
    """The items of a list or tuple whose length is known, else None.

    Not those of a generator or a view, of which NumPy makes an object and which TensorFlow refuses.
    """
    if isinstance(value, TupleValue):
        return None if value.type_name == GENERATOR else value.items
    if isinstance(value, ListValue):
        content = value.slots[ListValue.CONTENT]
        return content.items if isinstance(content, TupleValue) else None
    return None


def to_tensor(value: Value, depth: int = 0) -> Tensor:
    """What ``value`` is where TensorFlow expects a tensor; ``ANY_TENSOR`` where that is not known."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, Constant):
        dtype = _constant_dtype(value)
        return ANY_TENSOR if dtype is None else Tensor(dtype, (), Kind.PYTHON, (_element(value.value),))
    if isinstance(value, Symbolic) and is_assumed(value.dim):
        return ANY_TENSOR
    if isinstance(value, Symbolic):
        return Tensor(dtypes.INT32, (), Kind.PYTHON, (value.dim,))
    if isinstance(value, OfType):
        dtype = _PYTHON_DTYPES.get(value.type_name)
        return ANY_TENSOR if dtype is None else Tensor(dtype, (), Kind.PYTHON)
    if isinstance(value, ShapeValue):
        size = None if value.shape is None else len(value.shape)
        return Tensor(dtypes.INT32, (size,), Kind.PYTHON, value.shape)
    if isinstance(value, RangeValue):
        return _range_tensor(value)
    items = sequence_items(value)
    if items is not None and depth < _DEPTH_LIMIT:
        return _row(items) or _sequence_tensor(tuple(to_tensor(item, depth + 1) for item in items))
    if isinstance(value, ListValue):
        content = value.slots[ListValue.CONTENT]
        if isinstance(content, IterableValue):
            element = to_tensor(content.element, depth + 1)
            shape = None if element.shape is None else (content.length, *element.shape)
            kind = _sequence_kind((element,))
            return Tensor(_sequence_dtype((element,), kind), shape, kind)
    held = value.slots.get(AS_ARRAY) if isinstance(value, ApiObject) else None
    return held if isinstance(held, Tensor) else ANY_TENSOR


def to_operand(value: Value) -> Tensor:
    """``to_tensor`` for an op's operand: a list of tensors is cast to the dtype on which the other operands decide."""
    tensor = to_tensor(value)
    if isinstance(value, Tensor) or not tensor.is_tensorflow:
        return tensor
    return replace(tensor, kind=Kind.UNKNOWN)


def firm(tensor: Tensor) -> Tensor:
    """``tensor`` where TensorFlow has converted it: no longer a weak Python number, an array or a variable."""
    if tensor.kind not in (Kind.PYTHON, Kind.ARRAY, Kind.VARIABLE):
        return tensor
    return replace(tensor, dtype=converted_dtype(tensor.dtype), kind=Kind.TENSOR)


def converted_dtype(dtype: DType | None) -> DType | None:
    """The dtype of a tensor made of an array of ``dtype``: of objects, only texts can be in tensors."""
    return dtypes.STRING if dtype == dtypes.OBJECT else dtype


def as_tensor(value: Value) -> Value:
    """``value`` as TensorFlow holds it, a tensor; what cannot be one stays as it is."""
    tensor = to_tensor(value)
    return value if tensor.kind is Kind.UNKNOWN else firm(tensor)


def _element(value: object) -> Element:
    return value if isinstance(value, (int, float, bool, complex, str, bytes)) else None


def _constant_dtype(value: Constant) -> DType | None:
    if isinstance(value.value, int) and not isinstance(value.value, bool):
        if -(2**31) <= value.value < 2**31:
            return dtypes.INT32
        return dtypes.INT64 if -(2**63) <= value.value < 2**63 else None
    return _PYTHON_DTYPES.get(value.type_name)


def _range_tensor(value: RangeValue) -> Tensor:
    start, stop, step = dim_of(value.start), dim_of(value.stop), dim_of(value.step)
    if isinstance(start, int) and isinstance(stop, int) and isinstance(step, int) and step:
        numbers = range(start, stop, step)
        size = dims.count(numbers)
        elements = tuple(numbers) if size <= MAX_ELEMENTS else None
        return Tensor(dtypes.INT32, (size,), Kind.PYTHON, elements)
    return Tensor(dtypes.INT32, (stop if start == 0 and step == 1 else None,), Kind.PYTHON)


def _sequence_kind(items: tuple[Tensor, ...]) -> Kind:
    kinds = {item.kind for item in items}
    if Kind.UNKNOWN in kinds:
        return Kind.UNKNOWN
    # A list of arrays is a Python value too: float64 arrays in a list do not become ints, as one array would.
    return Kind.TENSOR if kinds & {Kind.TENSOR, Kind.VARIABLE, Kind.KERAS} else Kind.PYTHON


def _row(items: tuple[Value, ...]) -> Tensor | None:
    """A list of nothing but ints or nothing but floats, at once: tables in programs consist of them."""
    elements = tuple(item.value for item in items if isinstance(item, Constant))
    types = set(map(type, elements))
    if len(elements) < len(items) or len(types) != 1 or not types <= {int, float}:
        return None
    numbers = cast("tuple[float, ...]", elements)
    if int in types and not -(2**31) <= min(numbers) <= max(numbers) < 2**31:
        return None
    dtype = dtypes.INT32 if int in types else dtypes.FLOAT32
    return Tensor(dtype, (len(items),), Kind.PYTHON, numbers if len(numbers) <= MAX_ELEMENTS else None)


def _is_table(items: tuple[Tensor, ...]) -> bool:
    """Whether all items are Python's own values of one known dtype and shape."""
    first = items[0]
    if first.kind is not Kind.PYTHON or first.dtype is None or not shapes.is_concrete(first.shape):
        return False
    return all(item.kind is Kind.PYTHON and item.dtype == first.dtype and item.shape == first.shape for item in items)


def _sequence_tensor(items: tuple[Tensor, ...]) -> Tensor:
    """A (nested) list where a tensor is expected: packed if it holds tensors, made into an array otherwise."""
    if not items:
        return Tensor(dtypes.FLOAT32, (0,), Kind.PYTHON, ())
    elements, first = _joined_elements(items), items[0]
    shape: Shape = first.shape
    if shape is not None and _is_table(items):
        return Tensor(first.dtype, (len(items), *shape), Kind.PYTHON, elements, dtype_origin=first.dtype_origin)
    for item in items[1:]:
        shape = shapes.join(shape, item.shape)
    kind = _sequence_kind(items)
    if kind is Kind.PYTHON and any(map(_may_lose_dimensions, items)):
        shape = None
    dtype = _sequence_dtype(items, kind)
    if kind is Kind.TENSOR:
        elements = cast_all(elements, dtype)
    tensor = Tensor(dtype, None if shape is None else (len(items), *shape), kind, elements)
    return replace(tensor, dtype_origin=next((item.dtype_origin for item in items if item.dtype == tensor.dtype), None))


def _joined_elements(items: tuple[Tensor, ...]) -> tuple[Element, ...] | None:
    elements: tuple[Element, ...] = ()
    for item in items:
        if item.elements is None or len(elements) + len(item.elements) > MAX_ELEMENTS:
            return None
        elements += item.elements
    return elements


def _may_lose_dimensions(item: Tensor) -> bool:
    """Whether ``item`` is an array that may be empty: in a list, its dimensions beyond one of size 0 are not seen."""
    if item.kind is not Kind.ARRAY or item.shape is None:
        return False
    return not all(isinstance(dim, int) and dim > 0 for dim in item.shape[:-1])


def _sequence_dtype(items: tuple[Tensor, ...], kind: Kind) -> DType | None:
    if kind is Kind.TENSOR:
        fixed = {item.dtype for item in items if item.is_tensorflow}
        return fixed.pop() if len(fixed) == 1 else None
    if kind is Kind.UNKNOWN or any(item.dtype is None for item in items):
        return None
    mode = current().mode
    if mode == "unknown":
        eager = eager_list_dtype(items)
        return eager if eager == graph_list_dtype(items) else None
    return eager_list_dtype(items) if mode == "eager" else graph_list_dtype(items)


def _leaf_dtype(item: Tensor) -> DType | None:
    """What eager TensorFlow makes of a leaf of a list: the width of NumPy's integers and complex numbers is lost."""
    if item.kind is not Kind.ARRAY or item.dtype is None:
        return item.dtype
    if item.dtype.is_integer:
        if item.dtype.size < 4 or item.dtype == dtypes.INT32:
            return dtypes.INT32
        known = [element for element in item.elements or () if isinstance(element, int)]
        if item.elements is None or len(known) < len(item.elements):
            return None
        return dtypes.INT32 if all(-(2**31) <= element < 2**31 for element in known) else dtypes.INT64
    return dtypes.COMPLEX128 if item.dtype.is_complex else item.dtype


def eager_list_dtype(items: tuple[Tensor, ...]) -> DType | None:
    """The dtype that eager TensorFlow gives a list without tensors: its first leaf's, but ints yield to floats."""
    count = shapes.num_elements(items[0].shape)
    if items[0].kind is Kind.ARRAY and items[0].shape != () and (not isinstance(count, int) or count == 0):
        # An empty array has no leaf, which makes the list float32.
        return dtypes.FLOAT32 if count == 0 or items[0].dtype == dtypes.FLOAT32 else None
    leaves = [_leaf_dtype(item) for item in items]
    first = leaves[0]
    kinds = {leaf.kind for leaf in leaves if leaf is not None}
    if first is None:
        return dtypes.FLOAT32 if "float" in kinds and items[0].dtype is not None and items[0].dtype.is_integer else None
    if first.kind == "int":
        if "float" in kinds:
            return dtypes.FLOAT32
        if None in leaves or not kinds <= {"int", "bool"}:
            return None
        return dtypes.INT64 if dtypes.INT64 in leaves else dtypes.INT32
    accepted = {"float": {"float", "int", "bool"}, "complex": {"complex", "float", "int"}}.get(first.kind, {first.kind})
    return first if kinds <= accepted else None


def graph_list_dtype(items: tuple[Tensor, ...]) -> DType | None:
    """The same in a graph: NumPy's promotion, then float64 becomes float32, and int64 int32 where the values fit."""
    wide = {dtypes.INT32: dtypes.INT64, dtypes.FLOAT32: dtypes.FLOAT64}
    result: DType | None = None
    for index, item in enumerate(items):
        dtype = wide.get(item.dtype, item.dtype) if item.kind is Kind.PYTHON and item.dtype is not None else item.dtype
        result = dtype if index == 0 else dtypes.numpy_promote(result, dtype)
    if result == dtypes.FLOAT64:
        return dtypes.FLOAT32
    if result == dtypes.INT64:
        narrow = all(item.dtype != dtypes.INT64 or _leaf_dtype(item) == dtypes.INT32 for item in items)
        wide_literal = any(item.kind is Kind.PYTHON and item.dtype == dtypes.INT64 for item in items)
        return dtypes.INT32 if narrow else dtypes.INT64 if wide_literal else None
    return result


def to_dtype(value: Value) -> DType | None | Unsure:
    """A dtype argument as TensorFlow reads it: None for Python's None, UNSURE where it is not known."""
    if isinstance(value, DTypeValue):
        return value.dtype if value.dtype is not None else UNSURE
    if isinstance(value, Constant):
        if value.value is None:
            return None
        if isinstance(value.value, str):
            return dtypes.parse_tensorflow_dtype(value.value) or UNSURE
        return UNSURE
    if isinstance(value, BuiltinFunction) and value.receiver is None:
        # Python's own types, as TensorFlow reads them; NumPy reads float and int as 64 bits (numpy_dtype).
        return {"float": dtypes.FLOAT32, "int": dtypes.INT32, "bool": dtypes.BOOL, "str": dtypes.STRING,
                "complex": dtypes.COMPLEX128}.get(value.name, UNSURE)  # fmt: skip
    return UNSURE


def to_numpy_dtype(value: Value) -> DType | None | Unsure:
    """A dtype argument as NumPy reads it: ``float`` is float64 and ``int`` int64."""
    if isinstance(value, BuiltinFunction) and value.receiver is None:
        wide = {"float": dtypes.FLOAT64, "int": dtypes.INT64, "object": dtypes.OBJECT}.get(value.name)
        if wide is not None:
            return wide
    if isinstance(value, Constant) and isinstance(value.value, str):
        return dtypes.parse_dtype(value.value) or UNSURE
    return to_dtype(value)


def to_tensorflow_dtype(value: Value) -> DType | None | Unsure:
    """A dtype argument as ``tf.as_dtype`` reads it, which refuses ``int`` and ``complex``: raises InvalidArgument."""
    if isinstance(value, BuiltinFunction) and value.receiver is None and value.name in ("int", "complex"):
        raise InvalidArgument((), f"dtype {value.name}")
    if isinstance(value, Constant) and type(value.value) is int:
        return dtypes.numbered(value.value) or UNSURE
    return to_dtype(value)


def to_shape(value: Value) -> Shape:
    """A shape argument: a list or tuple of integers, a TensorShape, an integer vector; None for an unknown rank."""
    if isinstance(value, ShapeValue):
        return value.shape
    if isinstance(value, Symbolic) and is_assumed(value.dim):
        return None
    if isinstance(value, (Constant, Symbolic)) or (isinstance(value, OfType) and value.type_name == "int"):
        return None if value == Constant(None) else (dim_of(value),)
    items = sequence_items(value)
    if items is not None:
        return tuple(dim_of(item) for item in items)
    if isinstance(value, Tensor):
        if value.shape == ():
            return (dim_of(value),)
        if value.elements is not None and value.rank == 1:
            return tuple(_as_dim(element) for element in value.elements)
        length = value.shape[0] if value.shape is not None and len(value.shape) == 1 else None
        if isinstance(length, int) and length < 32:
            return (None,) * length
    return None


def _as_dim(element: Element) -> Dim:
    if isinstance(element, bool) or not isinstance(element, (int, SymbolicDim)):
        return None
    return element


Scalar = Union[int, float, bool, str, bytes, complex, None]


def to_python(value: Value) -> Scalar | Unsure:
    """The Python scalar that ``value`` certainly is, else UNSURE.  A tensor of one known element counts."""
    if isinstance(value, Constant):
        return value.value if value.value is None else _known(_element(value.value))
    if isinstance(value, Tensor) and value.shape == ():
        return _known(value.scalar())
    return UNSURE


def _known(element: Element) -> Scalar | Unsure:
    return UNSURE if element is None or isinstance(element, SymbolicDim) else element


def to_flag(value: Value) -> bool | Unsure:
    """A boolean argument; numbers count by their truth, None as False."""
    python = to_python(value)
    return UNSURE if isinstance(python, Unsure) else bool(python)


def to_axes(value: Value) -> tuple[int, ...] | None | Unsure:
    """An ``axis`` argument that may be one integer, several, or None; UNSURE where any of them is not known."""
    if isinstance(value, Constant) and value.value is None:
        return None
    axes = to_shape(value)
    if axes is None:
        return UNSURE
    known = tuple(axis for axis in axes if isinstance(axis, int))
    return known if len(known) == len(axes) else UNSURE


def to_tensors(value: Value) -> tuple[Tensor, ...] | None:
    """A list of tensors; None where its length is not known."""
    items = sequence_items(value)
    return None if items is None else tuple(to_tensor(item) for item in items)
