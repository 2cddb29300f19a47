"""NumPy's ways of making an array."""

from __future__ import annotations

import math

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dims import Dim, SymbolicDim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    MAX_ELEMENTS,
    NONE,
    UNKNOWN,
    Constant,
    Element,
    Tensor,
    TupleValue,
    Value,
    dim_of,
)
from tflint_gemm.ops import conversion, rules
from tflint_gemm.ops import numpy_elements as elements
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.numpy_common import (
    Array,
    OptionalArray,
    array,
    array_like,
    array_op,
    certain_sizes,
    inexact,
    promote,
    promote_dtypes,
    strong,
    to_array,
    with_origin,
)
from tflint_gemm.ops.numpy_shape import at_least
from tflint_gemm.ops.parameters import Axis, Dimension, Dims, Flag, Integer, NumpyDType, Text
from tflint_gemm.ops.violations import ConcatMismatch
from tflint_gemm.replacing import replace

ArgumentDType = DType | None | Unsure


# ------------------------------------------------------------------------------------------------- from what is there


def _as_dtype(tensor: Tensor, dtype: ArgumentDType) -> Tensor:
    """A copy of ``tensor`` of ``dtype``; its own where that is None."""
    source = strong(tensor)
    chosen = rules.chosen_dtype(dtype, source.dtype)
    if chosen == dtypes.OBJECT:
        return array(chosen, source.shape if source.shape != () else None)
    result = array(chosen, source.shape, elements.cast_all(source.elements, chosen))
    return with_origin(replace(result, shape_origin=source.shape_origin), () if dtype is not None else (source,))


def _converted(value: Value, dtype: ArgumentDType) -> Tensor:
    """``np.asarray(value, dtype)``; raises ConcatMismatch for a ragged list, unless objects are asked for."""
    if dtype == dtypes.OBJECT or isinstance(dtype, Unsure):
        try:
            result = _as_dtype(to_array(value), dtype)
        except ConcatMismatch:
            return array(rules.chosen_dtype(dtype, None), None)
        # Rows whose sizes are not known may differ in them, and are objects then.
        uniform = isinstance(value, Tensor) or shapes.is_concrete(result.shape)
        return result if uniform else replace(result, shape=None, elements=None)
    return _as_dtype(to_array(value), dtype)


@array_op("array")
def array_(object: Value, dtype: NumpyDType = None, ndmin: Integer = 0) -> Tensor:
    result = _converted(object, dtype)
    if not isinstance(ndmin, int):
        return replace(result, shape=None, elements=None)
    if result.shape is None:
        return result
    return replace(result, shape=(1,) * (ndmin - len(result.shape)) + result.shape)


@array_op("asarray", "asanyarray", "require", "asarray_chkfinite", view=True)
def asarray(a: Value, dtype: NumpyDType = None) -> Tensor:
    return _converted(a, dtype)


@array_op("ascontiguousarray", "asfortranarray", view=True)
def ascontiguousarray(a: Value, dtype: NumpyDType = None) -> Tensor:
    result = _converted(a, dtype)
    return replace(result, shape=at_least(result, 1))


@array_op("copy")
def copy(a: Array) -> Tensor:
    return _as_dtype(a, None)


def scalar_type(dtype: DType | None, value: Value) -> Tensor:
    """What calling a NumPy scalar type (``np.float32(x)``) gives; an array where ``value`` is a list or an array."""
    if dtype is None:
        return array(None, None)
    if dtype.kind == "string":
        return array(dtype, ())
    return _as_dtype(to_array(value), dtype)


# ------------------------------------------------------------------------------------------------- filled


def filled(shape: Shape, dtype: DType | None, value: Element) -> Tensor:
    """An array of ``shape`` whose elements all are ``value`` (None: not known); raises InvalidArgument."""
    sizes = elements.concrete(certain_sizes(shape))
    element = elements.cast(value, dtype)
    values = None if sizes is None or element is None else (element,) * math.prod(sizes)
    return array(dtype, shape, values)


@array_op("zeros")
def zeros(shape: Dims, dtype: NumpyDType = None) -> Tensor:
    return filled(shape, rules.chosen_dtype(dtype, dtypes.FLOAT64), 0)


@array_op("ones")
def ones(shape: Dims, dtype: NumpyDType = None) -> Tensor:
    return filled(shape, rules.chosen_dtype(dtype, dtypes.FLOAT64), 1)


@array_op("empty")
def empty(shape: Dims, dtype: NumpyDType = None) -> Tensor:
    return filled(shape, rules.chosen_dtype(dtype, dtypes.FLOAT64), None)


@array_op("full")
def full(shape: Dims, fill_value: Array, dtype: NumpyDType = None) -> Tensor:
    return filled(shape, rules.chosen_dtype(dtype, fill_value.dtype), fill_value.scalar())


def _like(a: Tensor, dtype: ArgumentDType, shape: Value, value: Element) -> Tensor:
    result = filled(a.shape if shape == NONE else conversion.to_shape(shape), rules.chosen_dtype(dtype, a.dtype), value)
    return with_origin(replace(result, shape_origin=a.shape_origin), (a,))


@array_op("zeros_like")
def zeros_like(a: Array, dtype: NumpyDType = None, shape: Value = NONE) -> Tensor:
    return _like(a, dtype, shape, 0)


@array_op("ones_like")
def ones_like(a: Array, dtype: NumpyDType = None, shape: Value = NONE) -> Tensor:
    return _like(a, dtype, shape, 1)


@array_op("empty_like", by_position=1)
def empty_like(prototype: Array, dtype: NumpyDType = None, shape: Value = NONE) -> Tensor:
    return _like(prototype, dtype, shape, None)


@array_op("full_like")
def full_like(a: Array, fill_value: Array, dtype: NumpyDType = None, shape: Value = NONE) -> Tensor:
    return _like(a, dtype, shape, fill_value.scalar())


# ------------------------------------------------------------------------------------------------- ranges


@array_op("arange", by_position=1)
def arange(
    start_or_stop: Array, stop: OptionalArray = None, step: OptionalArray = None, dtype: NumpyDType = None
) -> Tensor:
    zero, one = (to_array(Constant(number)) for number in (0, 1))
    start, end = (zero, start_or_stop) if stop is None else (start_or_stop, stop)
    pace = one if step is None else step
    # Nothing is weak here, and the default integer has a say: float32 bounds make a float64 range.
    given = [strong(bound).dtype for bound in (start_or_stop, stop, step) if bound is not None]
    chosen = rules.chosen_dtype(dtype, promote_dtypes([dtypes.INT64, *given]))
    values = (start.scalar(), end.scalar(), pace.scalar())
    size = _arange_size(*values)
    numbers: tuple[Element, ...] | None = None
    first, delta = values[0], values[2]
    if isinstance(size, int) and size <= MAX_ELEMENTS and isinstance(first, int) and isinstance(delta, int):
        numbers = elements.cast_all(tuple(first + delta * i for i in range(size)), chosen)
    return array(chosen, (size,), numbers)


def _arange_size(start: Element, stop: Element, step: Element) -> Dim:
    numbers = (start, stop, step)
    if all(isinstance(number, (int, float)) for number in numbers):
        first, last, pace = (float(number) for number in numbers if isinstance(number, (int, float)))
        if not pace or not all(map(math.isfinite, (first, last, pace))):
            return None
        if all(isinstance(number, int) for number in numbers):
            return dims.count(range(start, stop, step))  # type: ignore[arg-type]
        return max(0, math.ceil((last - first) / pace))
    if start == 0 and step == 1 and isinstance(stop, SymbolicDim):
        return stop
    return None


@array_op("linspace")
def linspace(
    start: Array,
    stop: Array,
    num: Dimension = 50,
    retstep: Flag = False,
    dtype: NumpyDType = None,
    axis: Axis = 0,
) -> Value:
    return _spaced(start, stop, num, dtype, axis, retstep)


@array_op("logspace")
def logspace(start: Array, stop: Array, num: Dimension = 50, dtype: NumpyDType = None, axis: Axis = 0) -> Value:
    return _spaced(start, stop, num, dtype, axis)


@array_op("geomspace")
def geomspace(start: Array, stop: Array, num: Dimension = 50, dtype: NumpyDType = None, axis: Axis = 0) -> Value:
    default = promote_dtypes([dtypes.FLOAT64, start.dtype, stop.dtype])
    return _spaced(start, stop, num, default if dtype is None else dtype, axis)


def _spaced(
    start: Tensor,
    stop: Tensor,
    num: Dim,
    dtype: ArgumentDType,
    axis: int | None | Unsure,
    retstep: bool | Unsure = False,
) -> Value:
    # Python numbers among the bounds leave a float32 bound its dtype: they are weak, and so is the count.
    default = inexact(promote((start, stop, to_array(Constant(1.0)))))
    bounds = rules.broadcast((start, stop))
    shape: Shape = None
    if bounds is not None and isinstance(axis, int) and -len(bounds) - 1 <= axis <= len(bounds):
        place = axis % (len(bounds) + 1)
        shape = (*bounds[:place], num, *bounds[place:])
    result = array(rules.chosen_dtype(dtype, default), shape)
    if retstep is False:
        return result
    return TupleValue((result, array(default, bounds))) if retstep is True else UNKNOWN


# ------------------------------------------------------------------------------------------------- matrices


def _square(rows: Dim, columns: Value, diagonal: int | None | Unsure, dtype: DType | None) -> Tensor:
    shape = certain_sizes((rows, rows if columns == NONE else dim_of(columns)))
    sizes = elements.concrete(shape)
    values: tuple[Element, ...] | None = None
    if sizes is not None and isinstance(diagonal, int):
        values = tuple(int(j - i == diagonal) for i, j in elements.positions(sizes))
    return array(dtype, shape, elements.cast_all(values, dtype))


@array_op("eye", by_position=2)
def eye(rows: Dimension, columns: Value = NONE, k: Integer = 0, dtype: NumpyDType = None) -> Tensor:
    return _square(rows, columns, k, rules.chosen_dtype(dtype, dtypes.FLOAT64))


@array_op("identity")
def identity(n: Dimension, dtype: NumpyDType = None) -> Tensor:
    return _square(n, NONE, 0, rules.chosen_dtype(dtype, dtypes.FLOAT64))


@array_op("tri", by_position=2)
def tri(rows: Dimension, columns: Value = NONE, dtype: NumpyDType = None) -> Tensor:
    shape = (_at_least_none(rows), _at_least_none(rows if columns == NONE else dim_of(columns)))
    return array(rules.chosen_dtype(dtype, dtypes.FLOAT64), shape)


def _at_least_none(size: Dim) -> Dim:
    return max(size, 0) if isinstance(size, int) else size


@array_op("tril", "triu")
def tril(m: Array) -> Tensor:
    shape = m.shape
    if shape is not None and len(shape) == 1:
        shape = (shape[0], shape[0])
    return array_like(strong(m), shape)


@array_op("diag")
def diag(v: Array, k: Integer = 0) -> Tensor:
    if v.shape is None or not isinstance(k, int):
        return array_like(v, (None, None) if v.rank == 1 else (None,) if v.rank == 2 else None)
    if len(v.shape) == 1:
        size = dims.add(v.shape[0], abs(k))
        return array_like(v, (size, size))
    return array_like(v, (diagonal_size(v.shape[0], v.shape[1], k),) if len(v.shape) == 2 else None)


@array_op("diagflat")
def diagflat(v: Array) -> Tensor:
    return array_like(v, (None, None))


@array_op("vander", by_position=2)
def vander(x: Array, columns: Value = NONE) -> Tensor:
    size = x.shape[0] if x.shape else None
    return array(promote_dtypes([x.dtype, dtypes.INT64]), (size, size if columns == NONE else dim_of(columns)))


def diagonal_size(rows: Dim, columns: Dim, k: int) -> Dim:
    """The length of the diagonal number ``k`` of a matrix."""
    if k == 0 and dims.equal(rows, columns):
        return rows
    if isinstance(rows, int) and isinstance(columns, int):
        return max(0, min(rows, columns - k) if k >= 0 else min(rows + k, columns))
    return None


# ------------------------------------------------------------------------------------------------- grids


@array_op("meshgrid")
def meshgrid(*xi: Array, copy: Flag = True, indexing: Text = "xy", sparse: Flag = False) -> Value:
    """A tuple, but a list where neither ``copy`` nor ``sparse=False`` makes one of it."""
    if copy is not True and sparse is not False:
        return UNKNOWN
    sizes = [shapes.num_elements(x.shape) for x in xi]
    if sparse is not False or indexing not in ("xy", "ij"):
        return TupleValue(tuple(array_like(strong(x), (None,) * len(xi)) for x in xi))
    if indexing == "xy" and len(sizes) > 1:
        sizes[0], sizes[1] = sizes[1], sizes[0]
    return TupleValue(tuple(array_like(strong(x), tuple(sizes)) for x in xi))


@array_op("indices")
def indices(dimensions: Dims, dtype: NumpyDType = None, sparse: Flag = False) -> Value:
    if sparse is not False:
        return UNKNOWN
    shape = None if dimensions is None else (len(dimensions), *dimensions)
    return array(rules.chosen_dtype(dtype, dtypes.FLOAT64), shape)


@array_op("fromfunction")
def fromfunction(function: Value, shape: Dims, dtype: NumpyDType = None) -> Value:
    if shape is None:
        return UNKNOWN
    grid = array(rules.chosen_dtype(dtype, dtypes.FLOAT64), shape)
    return current().call(function, (grid,) * len(shape), {})


# ------------------------------------------------------------------------------------------------- files and buffers


@array_op("frombuffer", by_position=1, view=True)
def frombuffer(buffer: Value, dtype: NumpyDType = None, count: Dimension = -1, offset: Dimension = 0) -> Tensor:
    read = rules.chosen_dtype(dtype, dtypes.FLOAT64)
    if count == -1 and offset == 0:
        return array(read, (rules.count_in_bytes(buffer, read, array(read, (None,))),))
    return array(read, (None if count == -1 else count,))


@array_op("fromfile", by_position=1)
def fromfile(file: Value, dtype: NumpyDType = None) -> Tensor:
    """As many numbers as there are in the file: ``count`` is only the most."""
    return array(rules.chosen_dtype(dtype, dtypes.FLOAT64), (None,))


@array_op("loadtxt", by_position=1)
def loadtxt(fname: Value, dtype: NumpyDType = None) -> Tensor:
    return replace(array(rules.chosen_dtype(dtype, dtypes.FLOAT64), None), tabular=True)
