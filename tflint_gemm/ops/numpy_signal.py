"""NumPy's signals: windows, slopes, correlations, and transforms along several axes."""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import FALSE, NONE, UNKNOWN, Kind, OfType, Tensor, TupleValue, Value, dim_of
from tflint_gemm.ops import conversion
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.numpy_common import Array, array, array_like, array_op, inexact, promote, real_part, strong
from tflint_gemm.ops.numpy_reductions import accumulated
from tflint_gemm.ops.parameters import Axes, Axis, Spread, Text

_REAL = dtypes.REAL - {dtypes.BFLOAT16}
_COMPLEX_OF = {dtypes.FLOAT32: dtypes.COMPLEX64, dtypes.FLOAT64: dtypes.COMPLEX128}

# ------------------------------------------------------------------------------------- windows and functions


@array_op("bartlett", "blackman", "hamming", "hanning")
def window(M: Value) -> Tensor:  # noqa: N803
    return array(dtypes.FLOAT64, (_length(M),))


@array_op("kaiser")
def kaiser(M: Value, beta: Array) -> Tensor:  # noqa: N803
    return array(dtypes.FLOAT64 if beta.rank == 0 else None, (_length(M),) if beta.rank == 0 else None)


def _length(count: Value) -> Dim:
    size = dim_of(count)
    return max(size, 0) if isinstance(size, int) else size


@array_op("i0", "sinc", by_position=1)
def sinc(x: Array) -> Tensor:
    known = x.dtype in _REAL and x.dtype is not None and x.kind is Kind.ARRAY
    return array(inexact(x.dtype) if known else None, x.shape)


@array_op("angle")
def angle(z: Array) -> Tensor:
    known = z.dtype in _COMPLEX_OF.values() or (z.kind is Kind.ARRAY and z.dtype in (dtypes.FLOAT32, dtypes.FLOAT64))
    return array(real_part(z.dtype) if known else None, z.shape)


@array_op("iscomplex", "isneginf", "isposinf", by_position=1)
def is_of_kind(x: Array) -> Tensor:
    return array(dtypes.BOOL, x.shape)


@array_op("isreal")
def isreal(x: Array) -> Value:
    """Of a Python number a Python bool."""
    if x.kind is Kind.UNKNOWN or x.dtype == dtypes.STRING:
        return UNKNOWN
    return OfType("bool") if x.kind is Kind.PYTHON else array(dtypes.BOOL, x.shape)


@array_op("sort_complex")
def sort_complex(a: Array) -> Tensor:
    return array(None, a.shape)


# ------------------------------------------------------------------------------------- along an axis


@array_op("gradient")
def gradient(f: Array, *varargs: Spread, axis: Axes = None) -> Value:
    """An array of the same shape for each axis: alone if there is one, in a tuple if there are several."""
    dtype = inexact(f.dtype) if f.dtype in _REAL and all(map(_is_plain, varargs)) else None
    result = array(dtype, f.shape)
    if isinstance(axis, Unsure) or (axis is None and f.rank is None):
        return UNKNOWN
    count = f.rank if axis is None else len(axis)
    return result if count == 1 else TupleValue((result,) * (count or 0))


def _is_plain(spacing: object) -> bool:
    """Whether a distance is a number of Python's, which changes no dtype."""
    tensor = conversion.to_tensor(spacing) if isinstance(spacing, Value) else None
    return tensor is not None and tensor.kind is Kind.PYTHON and tensor.shape == ()


@array_op("unwrap")
def unwrap(p: Array, discont: Value = NONE, axis: Axis = -1) -> Tensor:
    plain = p.dtype in (dtypes.FLOAT32, dtypes.FLOAT64) and p.kind is Kind.ARRAY
    return array(p.dtype if plain else None, p.shape)


@array_op("correlate")
def correlate(a: Array, v: Array, mode: Text = "valid") -> Tensor:
    dtype = promote([strong(a), strong(v)])
    known = dtype in (dtypes.FLOAT32, dtypes.FLOAT64)
    left, right = (one.shape[0] if one.shape is not None and len(one.shape) == 1 else None for one in (a, v))
    return array(dtype if known else None, (_overlap(left, right, mode),))


def _overlap(left: Dim, right: Dim, mode: object) -> Dim:
    if mode == "full":
        return dims.subtract(dims.add(left, right), 1)
    if not isinstance(left, int) or not isinstance(right, int):
        return None
    longer, shorter = max(left, right), min(left, right)
    return longer - shorter + 1 if mode == "valid" else longer if mode == "same" else None


@array_op("apply_along_axis")
def apply_along_axis(func1d: Value, axis: Axis, arr: Array) -> Tensor:
    return array(None, None)


@array_op("apply_over_axes")
def apply_over_axes(func: Value, a: Array) -> Tensor:
    """The function keeps the number of dimensions, or they are put back."""
    return array(None, None if a.rank is None else (None,) * a.rank)


# ------------------------------------------------------------------------------------- transforms


def _precision(a: Tensor) -> DType | None:
    if a.dtype in (dtypes.FLOAT32, dtypes.COMPLEX64):
        return dtypes.FLOAT32
    double = a.dtype in (dtypes.FLOAT64, dtypes.COMPLEX128) or (a.dtype is not None and a.dtype.is_integer)
    return dtypes.FLOAT64 if double else None


def _resized(shape: Shape, sizes: Value, axes: Axes) -> tuple[Shape, int | None]:
    """The shape whose ``axes`` have the sizes that are asked for, and the last of these axes."""
    if shape is None or isinstance(axes, Unsure) or sizes != NONE:
        return None if shape is None else (None,) * len(shape), None
    chosen = tuple(range(len(shape))) if axes is None else axes
    inside = all(-len(shape) <= axis < len(shape) for axis in chosen)
    if not chosen or not inside or len({axis % len(shape) for axis in chosen}) < len(chosen):
        return (None,) * len(shape), None
    return shape, chosen[-1] % len(shape)


def _transform(name: str, default: Axes, real_input: bool = False, real_result: bool = False) -> None:
    def model(a: Array, s: Value = NONE, axes: Axes = default) -> Tensor:
        some = axes != () and (s == NONE or bool(conversion.to_shape(s)))  # along no axis nothing is transformed
        real = _precision(a) if a.rank and some else None
        shape, last = _resized(a.shape, s, axes)
        if shape is not None and last is not None and (real_input or real_result):
            half = dims.floor_divide(shape[last], 2)
            size = dims.add(half, 1) if real_input else dims.multiply(dims.subtract(shape[last], 1), 2)
            shape = (*shape[:last], size, *shape[last + 1 :])
        elif last is None and (real_input or real_result) and shape is not None:
            shape = (None,) * len(shape)
        return array(real if real is None or real_result else _COMPLEX_OF[real], shape)

    array_op(f"fft.{name}")(model)


for _suffix, _default in (("2", (-2, -1)), ("n", None)):
    _transform(f"fft{_suffix}", _default)
    _transform(f"ifft{_suffix}", _default)
    _transform(f"rfft{_suffix}", _default, real_input=True)
    _transform(f"irfft{_suffix}", _default, real_result=True)


@array_op("fft.fftshift", "fft.ifftshift", by_position=1)
def shifted(x: Array) -> Tensor:
    return array_like(strong(x), x.shape)


@array_op("fft.hfft")
def hfft(a: Array, n: Value = NONE, axis: Axis = -1) -> Tensor:
    return array(_precision(a), None if a.rank is None else (None,) * a.rank)


@array_op("fft.ihfft")
def ihfft(a: Array, n: Value = NONE, axis: Axis = -1) -> Tensor:
    real = _precision(a)
    return array(None if real is None else _COMPLEX_OF[real], None if a.rank is None else (None,) * a.rank)


@array_op("fft.fftfreq")
def fftfreq(n: Value) -> Tensor:
    return array(dtypes.FLOAT64, (dim_of(n),))


@array_op("fft.rfftfreq")
def rfftfreq(n: Value) -> Tensor:
    return array(dtypes.FLOAT64, (dims.add(dims.floor_divide(dim_of(n), 2), 1),))


# ------------------------------------------------------------------------------------- windows that slide


@array_op("lib.stride_tricks.sliding_window_view", view=True)
def sliding_window_view(x: Array, window_shape: Value, axis: Axes = None) -> Tensor:
    """The windows' places in the first dimensions, the windows themselves in the last."""
    window_sizes = conversion.to_shape(window_shape)
    x = strong(x)
    if x.shape is None or window_sizes is None or isinstance(axis, Unsure):
        return array_like(x, None)
    axes = tuple(range(len(x.shape))) if axis is None else axis
    if len(axes) != len(window_sizes) or any(not -len(x.shape) <= one < len(x.shape) for one in axes):
        return array_like(x, None)
    places = list(x.shape)
    for one, size in zip(axes, window_sizes):
        places[one] = dims.subtract(places[one], dims.subtract(size, 1))
    return array_like(x, (*places, *window_sizes))


@array_op("lib.stride_tricks.as_strided", view=True)
def as_strided(x: Array, shape: Value = NONE) -> Tensor:
    x = strong(x)
    return array_like(x, x.shape if shape == NONE else conversion.to_shape(shape))


# ------------------------------------------------------------------------------------- bits


@array_op("packbits", "unpackbits", by_position=1)
def packbits(a: Array, axis: Axis = None) -> Tensor:
    rank = 1 if axis is None else a.rank
    return array(dtypes.UINT8, None if rank is None or isinstance(axis, Unsure) else (None,) * max(rank, 1))


@array_op("cumulative_sum", "cumulative_prod", by_position=1)
def cumulative(x: Array, axis: Axis = None, dtype: Value = NONE, include_initial: Value = NONE) -> Tensor:
    plain = dtype == NONE and include_initial in (NONE, FALSE)
    shape = (1,) if x.shape == () else x.shape
    return array(accumulated("wide", x.dtype) if plain else None, shape if plain else None)
