"""Methods and attributes of NumPy's arrays, scalars and dtypes."""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ArrayBytes,
    Constant,
    DTypeValue,
    Element,
    OfType,
    Symbolic,
    Tensor,
    TupleValue,
    Value,
    from_dim,
)
from tflint_gemm.ops import conversion, rules
from tflint_gemm.ops import numpy_elements as elements
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.numpy_common import Array, array, array_like, array_list, array_op, real_part
from tflint_gemm.ops.numpy_join import repeated
from tflint_gemm.ops.numpy_math import clip_result, given_out, round_result
from tflint_gemm.ops.numpy_products import dot_result
from tflint_gemm.ops.numpy_reductions import METHODS, Accumulator, accumulate, reduced, traced
from tflint_gemm.ops.numpy_select import along, as_vector, positions, taken
from tflint_gemm.ops.numpy_shape import flattened, reshaped, shape_value, squeezed, swapped, transposed
from tflint_gemm.ops.parameters import Axes, Axis, Flag, NumpyDType, Spread
from tflint_gemm.ops.registry import attribute, op
from tflint_gemm.replacing import replace

# ------------------------------------------------------------------------------------- attributes


@attribute("numpy.ndarray.shape")
def shape(self: Array) -> Value:
    return shape_value(self.shape)


@attribute("numpy.ndarray.dtype")
def dtype(self: Array) -> Value:
    return DTypeValue(self.dtype, "numpy")


@attribute("numpy.ndarray.ndim")
def ndim(self: Array) -> Value:
    return from_dim(self.rank)


@attribute("numpy.ndarray.size")
def size(self: Array) -> Value:
    return from_dim(shapes.num_elements(self.shape))


def _width(dtype: DType | None) -> int | None:
    """Bytes per element; unknown for strings, whose width is that of the longest."""
    return dtype.size if dtype is not None and dtype.size else None


@attribute("numpy.ndarray.itemsize")
def itemsize(self: Array) -> Value:
    return from_dim(_width(self.dtype))


@attribute("numpy.ndarray.nbytes")
def nbytes(self: Array) -> Value:
    return from_dim(dims.multiply(shapes.num_elements(self.shape), _width(self.dtype)))


@attribute("numpy.ndarray.T", view=True)
def t(self: Array) -> Tensor:
    return transposed(self, None)


@attribute("numpy.ndarray.mT", view=True)
def matrix_transposed(self: Array) -> Tensor:
    return array_like(self, rules.transpose_last(self.shape))


@attribute("numpy.ndarray.real", "numpy.ndarray.imag", view=True)
def real(self: Array) -> Tensor:
    return array(real_part(self.dtype), self.shape)


_KIND_LETTERS = {"float": "f", "int": "i", "uint": "u", "complex": "c", "bool": "b"}


def _standard(value: Value) -> DType | None:
    """The dtype of a dtype object, where it is one of NumPy's own numbers."""
    found = value.dtype if isinstance(value, DTypeValue) else None
    return None if found is None or found.kind not in _KIND_LETTERS or found == dtypes.BFLOAT16 else found


@attribute("numpy.dtype.name")
def dtype_name(self: Value) -> Value:
    found = _standard(self)
    return OfType("str") if found is None else Constant(found.name)


@attribute("numpy.dtype.kind")
def dtype_kind(self: Value) -> Value:
    found = _standard(self)
    return OfType("str") if found is None else Constant(_KIND_LETTERS[found.kind])


@attribute("numpy.dtype.itemsize")
def dtype_itemsize(self: Value) -> Value:
    return from_dim(_width(_standard(self)))


@attribute("numpy.dtype.type")
def dtype_type(self: Value) -> Value:
    return self


# ------------------------------------------------------------------------------------- rearranging


def _spread(values: tuple[Value | Unsure, ...]) -> Value:
    """Dimensions or axes given one by one or as one list."""
    if len(values) == 1:
        return UNKNOWN if isinstance(values[0], Unsure) else values[0]
    return TupleValue(tuple(value for value in values if isinstance(value, Value)))


@array_op("ndarray.reshape", view=True)
def reshape(self: Array, *shape: Spread, order: Value = NONE) -> Tensor:
    plain = order in (NONE, Constant("C"))
    return reshaped(self, conversion.to_shape(_spread(shape)), "C" if plain else None)


@array_op("ndarray.transpose", view=True)
def transpose(self: Array, *axes: Spread) -> Tensor:
    return transposed(self, conversion.to_axes(_spread(axes)) if axes else None)


@array_op("ndarray.flatten")
def flatten(self: Array, order: Value = NONE) -> Tensor:
    return flattened(self, "C" if order in (NONE, Constant("C")) else None)


@array_op("ndarray.ravel", view=True)
def ravel(self: Array, order: Value = NONE) -> Tensor:
    return flattened(self, "C" if order in (NONE, Constant("C")) else None)


@array_op("ndarray.squeeze", view=True)
def squeeze(self: Array, axis: Axes = None) -> Tensor:
    return squeezed(self, axis)


@array_op("ndarray.swapaxes", view=True)
def swapaxes(self: Array, axis1: Axis, axis2: Axis) -> Tensor:
    return swapped(self, axis1, axis2)


# ------------------------------------------------------------------------------------- copies


@array_op("ndarray.astype")
def astype(self: Array, dtype: NumpyDType) -> Tensor:
    chosen = rules.chosen_dtype(dtype, dtypes.FLOAT64)
    cast = array(chosen, self.shape, elements.cast_all(self.elements, chosen))
    return replace(cast, shape_origin=self.shape_origin, tabular=self.tabular)


@array_op("ndarray.copy")
def copy(self: Array) -> Tensor:
    return array_like(self, self.shape, self.elements)


@array_op("ndarray.view", view=True)
def view(self: Array, *types: Spread, dtype: Value = NONE) -> Tensor:
    """The same bytes as another dtype: the last dimension grows or shrinks with the width of an element."""
    return _viewed(self, conversion.to_numpy_dtype(_spread(types) if types else dtype))


def _viewed(self: Tensor, dtype: DType | None | Unsure) -> Tensor:
    if dtype is None:
        return array_like(self, self.shape, self.elements)
    if isinstance(dtype, Unsure) or self.dtype is None or self.shape is None or not (dtype.size and self.dtype.size):
        return array(rules.chosen_dtype(dtype, None), None)
    if dtype.size == self.dtype.size:
        return array(dtype, self.shape)
    if not self.shape:
        return array(dtype, None)
    width = dims.divide_exactly(dims.multiply(self.shape[-1], self.dtype.size), dtype.size)
    return array(dtype, (*self.shape[:-1], width))


# ------------------------------------------------------------------------------------- to Python


def python_value(dtype: DType | None, element: Element) -> Value:
    """The Python number that ``.item()`` makes of an element."""
    if isinstance(element, (bool, int, float, complex, str, bytes)):
        return Constant(element)
    if element is not None:
        return Symbolic(element)
    if dtype is None or dtype == dtypes.BFLOAT16 or dtype.kind not in _KIND_LETTERS:
        return UNKNOWN
    return OfType("int" if dtype.is_integer else dtype.kind)


@op("numpy.ndarray.item")
def item(self: Array) -> Value:
    return python_value(self.dtype, self.scalar())


@op("numpy.ndarray.tolist")
def tolist(self: Array) -> Value:
    sizes = elements.concrete(self.shape)
    if self.shape is None:
        return UNKNOWN
    if sizes is None or self.elements is None:
        return OfType("list") if self.shape else python_value(self.dtype, None)
    return _nested(sizes, [python_value(self.dtype, element) for element in self.elements])


def _nested(sizes: tuple[int, ...], values: list[Value]) -> Value:
    if not sizes:
        return values[0]
    step = len(values) // sizes[0] if sizes[0] else 0
    return array_list([_nested(sizes[1:], values[i * step : (i + 1) * step]) for i in range(sizes[0])])


@op("numpy.ndarray.tobytes")
def tobytes(self: Array) -> Value:
    count = shapes.num_elements(self.shape)
    nbytes = count * self.dtype.size if isinstance(count, int) and self.dtype is not None else None
    return ArrayBytes("bytes", self.dtype, nbytes)


@op("numpy.ndarray.fill", "numpy.ndarray.sort", "numpy.ndarray.partition", "numpy.ndarray.put")
def in_place(self: Array) -> Value:
    return NONE


# ------------------------------------------------------------------------------------- reductions


def _register_reduction(name: str, accumulator: Accumulator, typed: bool) -> None:
    def model(self: Array, axis: Axes = None, keepdims: Flag = False, out: Value = NONE) -> Tensor:
        return given_out(out, reduced(name, accumulator, self, axis, keepdims))

    def typed_model(
        self: Array, axis: Axes = None, dtype: NumpyDType = None, keepdims: Flag = False, out: Value = NONE
    ) -> Tensor:
        return given_out(out, reduced(name, accumulator, self, axis, keepdims, dtype))

    array_op(f"ndarray.{name}")(typed_model if typed else model)


for _name, (_accumulator, _typed) in METHODS.items():
    _register_reduction(_name, _accumulator, _typed)


@array_op("ndarray.cumsum", "ndarray.cumprod")
def cumsum(self: Array, axis: Axis = None, dtype: NumpyDType = None) -> Tensor:
    return accumulate(self, axis, dtype)


@array_op("ndarray.trace")
def trace(self: Array, axis1: Axis = 0, axis2: Axis = 1, dtype: NumpyDType = None) -> Tensor:
    return traced(self, axis1, axis2, dtype)


# ------------------------------------------------------------------------------------- the rest


@array_op("ndarray.dot", by_position=2)
def dot(self: Array, other: Array) -> Tensor:
    return dot_result(self, other)


@array_op("ndarray.clip")
def clip(self: Array, min: Value = NONE, max: Value = NONE, out: Value = NONE) -> Tensor:
    return given_out(out, clip_result(self, (min, max)))


@array_op("ndarray.round")
def round_(self: Array) -> Tensor:
    return round_result(self)


@array_op("ndarray.conj", "ndarray.conjugate")
def conj(self: Array) -> Tensor:
    return array_like(self, self.shape)


@array_op("ndarray.repeat")
def repeat(self: Array, repeats: Value, axis: Axis = None) -> Tensor:
    return repeated(self, repeats, axis)


@array_op("ndarray.take")
def take(self: Array, indices: Array, axis: Axis = None) -> Tensor:
    return taken(self, indices, axis)


@array_op("ndarray.argsort")
def argsort(self: Array, axis: Axis = -1) -> Tensor:
    return array(dtypes.INT64, along(as_vector(self, axis), axis))


@array_op("ndarray.searchsorted")
def searchsorted(self: Array, v: Array) -> Tensor:
    return array(dtypes.INT64, v.shape)


@array_op("ndarray.nonzero")
def nonzero(self: Array) -> Value:
    return positions(self)
