"""``keras.ops`` that count, measure, transform and decompose: unique values, spectra, distances, factors, losses."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import FALSE, NONE, UNKNOWN, Constant, Tensor, TupleValue, Value, dim_of
from tflint_gemm.ops import conversion, rules
from tflint_gemm.ops.conversion import firm, sequence_items, to_python
from tflint_gemm.ops.indexing import subscript
from tflint_gemm.ops.keras_functions import dtype_argument, is_symbolic, keras_dtype, keras_function, operand
from tflint_gemm.ops.keras_losses import compare
from tflint_gemm.ops.keras_promotion import as_float, floatx, promote

Arguments = Mapping[str, Value]
_REAL_PART = {dtypes.COMPLEX64: dtypes.FLOAT32, dtypes.COMPLEX128: dtypes.FLOAT64}
_COMPLEX = {dtypes.FLOAT32: dtypes.COMPLEX64, dtypes.FLOAT64: dtypes.COMPLEX128}


def _floating(x: Tensor) -> DType | None:
    return x.dtype if x.dtype in dtypes.FLOATING else None


# ------------------------------------------------------------------------------------------------- counts


@keras_function("unique")
def _unique(arguments: Arguments) -> Value:
    """The values, and the indices and counts that are asked for."""
    x = operand(arguments, "x")
    wanted = [arguments.get(f"return_{name}", FALSE) for name in ("index", "inverse", "counts")]
    plain = isinstance(arguments.get("fill_value", NONE), Constant)
    if is_symbolic(x) or not plain or not all(flag in (FALSE, Constant(True)) for flag in wanted):
        return UNKNOWN
    axis, size = arguments.get("axis", NONE), arguments.get("size", NONE)
    count = dim_of(size) if size != NONE else _distinct(x, axis)
    place = dim_of(axis)
    values: Shape = (count,)
    if axis != NONE:
        known = x.shape is not None and isinstance(place, int) and -len(x.shape) <= place < len(x.shape)
        at = place % len(x.shape) if known and isinstance(place, int) and x.shape else 0
        values = (*x.shape[:at], count, *x.shape[at + 1 :]) if known and x.shape else None
    found: list[Value] = [Tensor(x.dtype, values)]
    inverse: Shape = x.shape if axis == NONE else None
    for flag, shape in zip(wanted, ((count,), inverse, (count,))):
        found += [Tensor(dtypes.INT32, shape)] if flag != FALSE else []
    return found[0] if len(found) == 1 else TupleValue(tuple(found))


def _distinct(x: Tensor, axis: Value) -> Dim:
    """The number of different elements, or of different rows, where they are known."""
    if x.elements is None or not all(isinstance(one, (bool, int, float, str, bytes)) for one in x.elements):
        return None
    if axis == NONE:
        return len(set(x.elements))
    if axis != Constant(0) or not x.shape or not isinstance(x.shape[0], int) or not x.shape[0]:
        return None
    width = len(x.elements) // x.shape[0]
    return len({x.elements[start : start + width] for start in range(0, len(x.elements), width)}) if width else None


@keras_function("bincount")
def _bincount(arguments: Arguments) -> Value:
    x, weights = operand(arguments, "x"), arguments.get("weights", NONE)
    if arguments.get("sparse", FALSE) != FALSE or is_symbolic(x) or is_symbolic(weights):
        return UNKNOWN
    dtype = dtypes.INT32 if weights == NONE else promote([firm(x), firm(conversion.to_tensor(weights))])
    if x.shape is None or len(x.shape) not in (1, 2):
        return Tensor(dtype)
    least = dim_of(arguments.get("minlength", Constant(0)))
    largest = [one for one in x.elements or () if isinstance(one, int)]
    known = bool(largest) and x.elements is not None and len(largest) == len(x.elements) and isinstance(least, int)
    count = max(max(largest) + 1, least) if known and isinstance(least, int) and min(largest) >= 0 else None
    return Tensor(dtype, (*x.shape[:-1], count))


@keras_function("histogram")
def _histogram(arguments: Arguments) -> Value:
    """Counts and edges, both of the operand's dtype."""
    x, bins = operand(arguments, "x"), dim_of(arguments.get("bins", Constant(10)))
    if is_symbolic(x):
        return UNKNOWN
    return TupleValue((Tensor(_floating(x), (bins,)), Tensor(_floating(x), (dims.add(bins, 1),))))


@keras_function("multi_hot")
def _multi_hot(arguments: Arguments) -> Value:
    """A set for each row of class numbers."""
    x, count = operand(arguments, "x", "inputs"), dim_of(arguments.get("num_classes", UNKNOWN))
    dtype = dtype_argument(arguments, floatx())
    plain = arguments.get("sparse", FALSE) == FALSE and arguments.get("axis", Constant(-1)) == Constant(-1)
    if not plain or is_symbolic(x):
        return UNKNOWN
    return Tensor(dtype, (*x.shape[:-1], count) if x.shape and len(x.shape) <= 2 else None)


@keras_function("unravel_index")
def _unravel_index(arguments: Arguments) -> Value:
    indices, shape = operand(arguments, "indices"), conversion.to_shape(arguments.get("shape", UNKNOWN))
    if shape is None or is_symbolic(arguments.get("indices", UNKNOWN)):
        return UNKNOWN
    dtype = indices.dtype if indices.is_tensorflow else None
    return TupleValue((Tensor(dtype, indices.shape),) * len(shape))


# ------------------------------------------------------------------------------------------------- elements


@keras_function("ldexp")
def _ldexp(arguments: Arguments) -> Value:
    operands = [operand(arguments, "x1"), operand(arguments, "x2")]
    if any(map(is_symbolic, operands)):
        return Tensor()
    return Tensor(as_float(promote([firm(one) for one in operands])), _broadcast(operands))


def _broadcast(operands: list[Tensor]) -> Shape:
    joined, failed = shapes.broadcast(operands[0].shape, operands[1].shape)
    return None if failed else joined


@keras_function("polar")
def _polar(arguments: Arguments) -> Value:
    size, angle = firm(operand(arguments, "abs_")), firm(operand(arguments, "angle"))
    if is_symbolic(arguments.get("abs_", UNKNOWN)) or is_symbolic(arguments.get("angle", UNKNOWN)):
        return UNKNOWN
    same = size.dtype == angle.dtype and size.dtype is not None
    return Tensor(_COMPLEX.get(size.dtype) if same and size.dtype else None, _broadcast([size, angle]))


@keras_function("real", "imag")
def _part(arguments: Arguments) -> Value:
    x = operand(arguments, "x")
    dtype = _REAL_PART.get(x.dtype) if x.dtype is not None and not is_symbolic(x) else None
    return Tensor(dtype, x.shape)


@keras_function("angle")
def _angle(arguments: Arguments) -> Value:
    x = operand(arguments, "x")
    dtype = as_float(x.dtype)
    if x.dtype is not None and x.dtype.is_complex and not is_symbolic(x):
        dtype = dtypes.FLOAT32 if x.dtype == dtypes.COMPLEX64 else None
    return Tensor(dtype, x.shape)


@keras_function("view")
def _view(arguments: Arguments) -> Value:
    """The same bytes as another dtype; the last dimension takes up the difference in size."""
    x = operand(arguments, "x")
    dtype = keras_dtype(arguments.get("dtype", NONE), x.dtype)
    if dtype is None or x.dtype is None or dtypes.BOOL in (dtype, x.dtype):
        return Tensor()
    if dtype.size == x.dtype.size:
        return Tensor(dtype, x.shape)
    if not x.shape or is_symbolic(x):
        return Tensor(dtype)
    return Tensor(dtype, (*x.shape[:-1], dims.divide_exactly(dims.multiply(x.shape[-1], x.dtype.size), dtype.size)))


@keras_function("allclose")
def _allclose(arguments: Arguments) -> Value:
    operands = [operand(arguments, "x1"), operand(arguments, "x2")]
    return Tensor() if any(map(is_symbolic, operands)) else Tensor(dtypes.BOOL, ())


@keras_function("get_item")
def _get_item(arguments: Arguments) -> Value:
    x, key = arguments.get("x", UNKNOWN), arguments.get("key", UNKNOWN)
    if not isinstance(x, Tensor) or is_symbolic(x) or not x.is_tensorflow:
        return UNKNOWN
    return subscript(x, key)


@keras_function("geomspace")
def _geomspace(arguments: Arguments) -> Value:
    bounds = [operand(arguments, "start"), operand(arguments, "stop")]
    if any(map(is_symbolic, bounds)):
        return UNKNOWN
    plain = all(one.shape == () for one in bounds)
    dtype = dtype_argument(arguments, None)
    return Tensor(dtype, (dim_of(arguments.get("num", Constant(50))),) if plain else None)


@keras_function("corrcoef")
def _corrcoef(arguments: Arguments) -> Value:
    x = operand(arguments, "x")
    if x.shape is None or len(x.shape) != 2 or is_symbolic(x):
        return Tensor()
    return Tensor(_floating(x), (x.shape[0], x.shape[0]))


@keras_function("correlate")
def _correlate(arguments: Arguments) -> Value:
    first, second = firm(operand(arguments, "x1")), firm(operand(arguments, "x2"))
    mode = to_python(arguments.get("mode", Constant("valid")))
    same = _floating(first) if first.dtype == second.dtype else None
    if first.rank != 1 or second.rank != 1 or first.shape is None or second.shape is None:
        return Tensor(same)
    (n,), (m,) = first.shape, second.shape
    if is_symbolic(first) or is_symbolic(second) or not isinstance(n, int) or not isinstance(m, int) or not n or not m:
        return Tensor(same)
    sizes = {"full": n + m - 1, "same": max(n, m), "valid": n - m + 1}
    size = sizes.get(mode) if isinstance(mode, str) else None
    return Tensor(same, None if size is None or size < 1 else (size,))


# ------------------------------------------------------------------------------------------------- spectra


def _pair(arguments: Arguments) -> tuple[DType | None, Shape] | None:
    """Dtype and shape of a pair of real and imaginary parts; None where it is none, or may be symbolic."""
    items = sequence_items(arguments.get("x", UNKNOWN))
    if items is None or len(items) != 2 or any(map(is_symbolic, items)):
        return None
    real, imaginary = (firm(conversion.to_tensor(item)) for item in items)
    dtype = real.dtype if real.dtype == imaginary.dtype and real.dtype in (dtypes.FLOAT32, dtypes.FLOAT64) else None
    return dtype, real.shape if shapes.equal(real.shape, imaginary.shape) else None


@keras_function("fft", "fft2", "ifft2")
def _fft(arguments: Arguments) -> Value:
    pair = _pair(arguments)
    return UNKNOWN if pair is None else TupleValue((Tensor(*pair),) * 2)


@keras_function("rfft")
def _rfft(arguments: Arguments) -> Value:
    x, length = operand(arguments, "x"), arguments.get("fft_length", NONE)
    if is_symbolic(arguments.get("x", UNKNOWN)):
        return UNKNOWN
    size = x.shape[-1] if x.shape and length == NONE else dim_of(length)
    wide = x.dtype == dtypes.FLOAT64 and isinstance(arguments.get("x"), Tensor) and x.is_tensorflow
    known = x.dtype if x.dtype == dtypes.FLOAT32 or wide else None
    half = None if size == 0 else dims.add(dims.floor_divide(size, 2), 1)
    return TupleValue((Tensor(known, (*x.shape[:-1], half) if x.shape else None),) * 2)


@keras_function("irfft")
def _irfft(arguments: Arguments) -> Value:
    pair, length = _pair(arguments), arguments.get("fft_length", NONE)
    if pair is None:
        return UNKNOWN
    dtype, shape = pair
    if not shape:
        return Tensor(dtype)
    size = dim_of(length)
    if length == NONE:
        size = 0 if shape[-1] == 0 else dims.multiply(dims.subtract(shape[-1], 1), 2)
    return Tensor(dtype, (*shape[:-1], size))


@keras_function("stft")
def _stft(arguments: Arguments) -> Value:
    """A row of frequencies for each frame."""
    x = operand(arguments, "x")
    names = ("sequence_length", "sequence_stride", "fft_length")
    _, step, size = (dim_of(arguments.get(name, NONE)) for name in names)
    centred = to_python(arguments.get("center", Constant(True)))
    known = x.dtype if x.dtype in (dtypes.FLOAT32, dtypes.FLOAT64) else None
    if is_symbolic(x) or not x.shape or not isinstance(size, int) or not isinstance(centred, bool):
        return UNKNOWN
    length = dims.add(x.shape[-1], size // 2 * 2) if centred else x.shape[-1]
    frames = rules.spatial_size(length, size, step, 1, "VALID")
    return TupleValue((Tensor(known, (*x.shape[:-1], frames, size // 2 + 1)),) * 2)


# ------------------------------------------------------------------------------------------------- linear algebra


@keras_function("cdist")
def _cdist(arguments: Arguments) -> Value:
    x, y = firm(operand(arguments, "x")), firm(operand(arguments, "y"))
    dtype = as_float(promote([x, y]))
    if x.shape is None or y.shape is None or len(x.shape) != 2 or len(y.shape) != 2:
        return Tensor(dtype)
    return Tensor(dtype, (x.shape[0], y.shape[0]))


def _matrix(arguments: Arguments, name: str = "x") -> tuple[DType | None, tuple[Dim, ...]] | None:
    """The dtype of a matrix of floats, and its shape with those of a batch; None where it is symbolic or unknown."""
    x = operand(arguments, name)
    if is_symbolic(x) or x.shape is None or len(x.shape) < 2:
        return None
    return _floating(x), x.shape


@keras_function("eigh")
def _eigh(arguments: Arguments) -> Value:
    found = _matrix(arguments)
    return UNKNOWN if found is None else TupleValue((Tensor(found[0], found[1][:-1]), Tensor(*found)))


@keras_function("eig")
def _eig(arguments: Arguments) -> Value:
    found = _matrix(arguments)
    if found is None:
        return UNKNOWN
    dtype = None if found[0] is None else _COMPLEX.get(found[0])
    return TupleValue((Tensor(dtype, found[1][:-1]), Tensor(dtype, found[1])))


@keras_function("svd")
def _svd(arguments: Arguments) -> Value:
    found = _matrix(arguments)
    full, vectors = (to_python(arguments.get(name, Constant(True))) for name in ("full_matrices", "compute_uv"))
    if found is None or not isinstance(full, bool) or not isinstance(vectors, bool):
        return UNKNOWN
    dtype, (*batch, rows, columns) = found
    inner = dims.minimum(rows, columns)
    values = Tensor(dtype, (*batch, inner))
    if not vectors:
        return values
    left, right = (rows, columns) if full else (inner, inner)
    return TupleValue((Tensor(dtype, (*batch, rows, left)), values, Tensor(dtype, (*batch, right, columns))))


@keras_function("lu_factor")
def _lu_factor(arguments: Arguments) -> Value:
    found = _matrix(arguments)
    return UNKNOWN if found is None else TupleValue((Tensor(*found), Tensor(dtypes.INT32, found[1][:-1])))


@keras_function("cholesky_inverse")
def _cholesky_inverse(arguments: Arguments) -> Value:
    found = _matrix(arguments)
    return Tensor() if found is None else Tensor(*found)


@keras_function("solve", "solve_triangular")
def _solve(arguments: Arguments) -> Value:
    a, b = operand(arguments, "a"), operand(arguments, "b")
    if is_symbolic(a) or is_symbolic(b):
        return Tensor()
    return Tensor(_floating(b) if a.dtype == b.dtype else None, b.shape if a.rank == 2 and b.rank in (1, 2) else None)


@keras_function("lstsq")
def _lstsq(arguments: Arguments) -> Value:
    a, b = operand(arguments, "a"), operand(arguments, "b")
    if is_symbolic(a) or is_symbolic(b) or a.rank != 2 or a.shape is None or b.shape is None:
        return Tensor()
    if not isinstance(arguments.get("rcond", NONE), Constant):
        return Tensor()
    return Tensor(_floating(a) if a.dtype == b.dtype else None, (a.shape[1], *b.shape[1:]))


@keras_function("slogdet")
def _slogdet(arguments: Arguments) -> Value:
    found = _matrix(arguments)
    return UNKNOWN if found is None else TupleValue((Tensor(found[0], found[1][:-2]),) * 2)


@keras_function("logdet")
def _logdet(arguments: Arguments) -> Value:
    found = _matrix(arguments)
    return Tensor() if found is None else Tensor(found[0], found[1][:-2])


# ------------------------------------------------------------------------------------------------- layers' functions


def _loss(name: str, per_element: bool) -> Callable[[Arguments], Value]:
    def loss(arguments: Arguments) -> Value:
        target, output = operand(arguments, "target"), operand(arguments, "output")
        dtype = _floating(output) if output.dtype == target.dtype or name.startswith("sparse") else None
        if is_symbolic(target) or is_symbolic(output) or arguments.get("axis", Constant(-1)) != Constant(-1):
            return Tensor()
        rows = compare(name, target, output, wrapped=False)
        return Tensor(dtype, output.shape if per_element else rows)

    return loss


for _name in ("binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"):
    keras_function(_name)(_loss(_name, _name == "binary_crossentropy"))


@keras_function("moments")
def _moments(arguments: Arguments) -> Value:
    """Mean and variance."""
    x, axes = operand(arguments, "x"), conversion.to_axes(arguments.get("axes", UNKNOWN))
    keepdims = conversion.to_flag(arguments.get("keepdims", FALSE))
    if is_symbolic(x) or x.shape is None or not isinstance(axes, tuple):
        return UNKNOWN
    size = len(x.shape)
    if not all(-size <= axis < size for axis in axes) or len({axis % size for axis in axes}) < len(axes):
        return UNKNOWN
    return TupleValue((Tensor(_floating(x), rules.reduce_shape(x, axes, keepdims)),) * 2)


@keras_function("batch_normalization")
def _batch_normalization(arguments: Arguments) -> Value:
    """In the shape of the operand, if the means are as many as it has along the axis; they broadcast otherwise."""
    x, mean, axis = operand(arguments, "x"), operand(arguments, "mean"), dim_of(arguments.get("axis", UNKNOWN))
    if not x.shape or mean.shape is None or not isinstance(axis, int) or not -len(x.shape) <= axis < len(x.shape):
        return Tensor(_floating(x))
    fits = len(mean.shape) == 1 and dims.equal(x.shape[axis], mean.shape[0])
    return Tensor(_floating(x), x.shape if fits else None)
