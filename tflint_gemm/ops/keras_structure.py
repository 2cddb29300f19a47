"""``keras.ops`` with shapes of their own: selections, segments, loops, linear algebra, images; and ``keras.random``."""

from __future__ import annotations

from collections.abc import Mapping

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import NONE, UNKNOWN, Constant, Kind, ListValue, Tensor, TupleValue, Value, dim_of
from tflint_gemm.ops import conversion, rules
from tflint_gemm.ops.conversion import Unsure, firm
from tflint_gemm.ops.keras_functions import dtype_argument, is_symbolic, keras_dtype, keras_function, operand
from tflint_gemm.ops.keras_promotion import as_float, floatx, promote
from tflint_gemm.ops.parameters import Dimension, Dims
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import AxisOutOfRange, BroadcastMismatch

Arguments = Mapping[str, Value]


def _flag(arguments: Arguments, name: str) -> bool | Unsure:
    value = arguments.get(name, NONE)
    return False if value == NONE else conversion.to_flag(value)


def _shape(arguments: Arguments, name: str) -> Shape:
    return conversion.to_shape(arguments.get(name, UNKNOWN))


def _replaced(x: Tensor, axis: Value, size: Dim) -> Shape:
    """The shape of ``x`` with another size along ``axis``."""
    place = dim_of(axis)
    if x.shape is None or not isinstance(place, int) or not -len(x.shape) <= place < len(x.shape):
        return None
    place %= len(x.shape)
    return (*x.shape[:place], size, *x.shape[place + 1 :])


# ------------------------------------------------------------------------------------------------- selections


@keras_function("one_hot")
def _one_hot(arguments: Arguments) -> Value:
    x, axis = operand(arguments, "x"), dim_of(arguments.get("axis", Constant(-1)))
    if _flag(arguments, "sparse") is not False:
        return UNKNOWN
    shape: Shape = None
    if x.shape is not None and isinstance(axis, int) and -len(x.shape) - 1 <= axis <= len(x.shape):
        place = axis % (len(x.shape) + 1)
        shape = (*x.shape[:place], dim_of(arguments.get("num_classes", UNKNOWN)), *x.shape[place:])
    return Tensor(dtype_argument(arguments, floatx()), shape)


@keras_function("top_k")
def _top_k(arguments: Arguments) -> Value:
    x = operand(arguments, "x")
    shape = _replaced(x, Constant(-1), dim_of(arguments.get("k", UNKNOWN)))
    return TupleValue((Tensor(x.dtype, shape), Tensor(dtypes.INT32, shape)), ("values", "indices"))


@keras_function("in_top_k")
def _in_top_k(arguments: Arguments) -> Value:
    return Tensor(dtypes.BOOL, operand(arguments, "targets").shape)


@keras_function("unstack")
def _unstack(arguments: Arguments) -> Value:
    x, axis = operand(arguments, "x"), dim_of(arguments.get("axis", Constant(0)))
    if is_symbolic(x) or not x.shape or not isinstance(axis, int) or not -len(x.shape) <= axis < len(x.shape):
        return UNKNOWN
    count = x.shape[axis % len(x.shape)]
    if not isinstance(count, int) or count > 64:
        return UNKNOWN
    item = Tensor(x.dtype, rules.reduce_shape(x, (axis,), False))
    return ListValue(TupleValue((item,) * count))


@keras_function("slice")
def _slice(arguments: Arguments) -> Value:
    x = firm(operand(arguments, "inputs"))
    wanted = _shape(arguments, "shape")
    return Tensor(x.dtype, None if wanted is None else tuple(None if dim == -1 else dim for dim in wanted))


@keras_function("slice_update", "scatter_update")
def _updated(arguments: Arguments) -> Value:
    x, updates = operand(arguments, "inputs"), operand(arguments, "updates")
    return Tensor(x.dtype if x.dtype == updates.dtype else None, x.shape)


@keras_function("scatter")
def _scatter(arguments: Arguments) -> Value:
    return Tensor(operand(arguments, "values").dtype, _shape(arguments, "shape"))


@keras_function("segment_sum", "segment_max", "segment_min", "segment_prod")
def _segments(arguments: Arguments) -> Value:
    data = operand(arguments, "data")
    count = dim_of(arguments.get("num_segments", NONE))
    return Tensor(data.dtype, None if not data.shape else (count, *data.shape[1:]))


@keras_function("logsumexp")
def _logsumexp(arguments: Arguments) -> Value:
    x = operand(arguments, "x")
    if is_symbolic(x):
        return Tensor()
    axes = conversion.to_axes(arguments.get("axis", NONE))
    return Tensor(x.dtype, _reduced(x, axes, _flag(arguments, "keepdims")))


def _reduced(x: Tensor, axes: tuple[int, ...] | None | Unsure, keepdims: bool | Unsure) -> Shape:
    try:
        return rules.reduce_shape(x, axes, keepdims)
    except AxisOutOfRange:
        return None


# ------------------------------------------------------------------------------------------------- linear algebra


@keras_function("det")
def _det(arguments: Arguments) -> Value:
    x = operand(arguments, "x")
    return Tensor(x.dtype, x.shape[:-2] if x.shape is not None and len(x.shape) >= 2 else None)


@keras_function("matrix_rank")
def _matrix_rank(arguments: Arguments) -> Value:
    x = operand(arguments, "x")
    plain = isinstance(arguments.get("tol", NONE), Constant)  # a tensor broadcasts
    return Tensor(dtypes.INT32, x.shape[:-2] if plain and x.shape is not None and len(x.shape) >= 2 else None)


@keras_function("pinv")
def _pinv(arguments: Arguments) -> Value:
    x = operand(arguments, "x")
    return Tensor(x.dtype, rules.transpose_last(x.shape) if x.rank is not None and x.rank >= 2 else None)


@keras_function("norm")
def _norm(arguments: Arguments) -> Value:
    x = operand(arguments, "x")
    axes = conversion.to_axes(arguments.get("axis", NONE))
    return Tensor(as_float(x.dtype), _reduced(x, axes, _flag(arguments, "keepdims")))


@keras_function("qr")
def _qr(arguments: Arguments) -> Value:
    x = operand(arguments, "x")
    if x.shape is None or len(x.shape) < 2 or arguments.get("mode", Constant("reduced")) != Constant("reduced"):
        return TupleValue((Tensor(x.dtype), Tensor(x.dtype)))
    *batch, rows, columns = x.shape
    inner = dims.minimum(rows, columns)
    return TupleValue((Tensor(x.dtype, (*batch, rows, inner)), Tensor(x.dtype, (*batch, inner, columns))))


# ------------------------------------------------------------------------------------------------- layers' functions


@keras_function("layer_normalization", "rms_normalization")
def _normalized(arguments: Arguments) -> Value:
    x = operand(arguments, "x")
    alone = all(arguments.get(name, NONE) == NONE for name in ("gamma", "beta", "scale"))
    if not alone:
        return UNKNOWN  # symbolic if one of these is
    return Tensor(x.dtype, x.shape or None) if x.dtype in dtypes.FLOATING else Tensor()


@keras_function("dot_product_attention")
def _attention(arguments: Arguments) -> Value:
    query, value = operand(arguments, "query"), operand(arguments, "value")
    same = query.dtype if query.dtype == value.dtype and query.dtype in dtypes.FLOATING else None
    known = query.shape is not None and len(query.shape) == 4
    return Tensor(same, query.shape if known and not is_symbolic(query) else None)


@keras_function("heaviside", "hypot")
def _float_of_both(arguments: Arguments) -> Value:
    operands = [firm(operand(arguments, "x1")), firm(operand(arguments, "x2"))]
    dtype = promote(operands)
    if any(map(is_symbolic, operands)) or dtype is None or dtype in (dtypes.INT64, dtypes.BOOL):
        return Tensor()
    try:
        return Tensor(as_float(dtype), rules.broadcast(operands))
    except BroadcastMismatch:
        return Tensor(as_float(dtype))


@keras_function("psnr")
def _psnr(arguments: Arguments) -> Value:
    operands = [firm(operand(arguments, "x1")), firm(operand(arguments, "x2"))]
    if any(map(is_symbolic, operands)):
        return Tensor()
    number = isinstance(arguments.get("max_val", UNKNOWN), Constant)
    return Tensor(promote(operands) if operands[0].dtype in dtypes.FLOATING else None, () if number else None)


_PARTS = {dtypes.COMPLEX64: dtypes.FLOAT32, dtypes.COMPLEX128: dtypes.FLOAT64}
_WHOLE = {dtypes.FLOAT32: dtypes.COMPLEX64, dtypes.FLOAT64: dtypes.COMPLEX64}


@keras_function("view_as_real")
def _view_as_real(arguments: Arguments) -> Value:
    x = operand(arguments, "x")
    dtype = None if x.dtype is None or is_symbolic(x) else _PARTS.get(x.dtype)
    return Tensor(dtype, None if x.shape is None or dtype is None else (*x.shape, 2))


@keras_function("view_as_complex")
def _view_as_complex(arguments: Arguments) -> Value:
    x = operand(arguments, "x")
    dtype = None if x.dtype is None or is_symbolic(x) else _WHOLE.get(x.dtype)
    return Tensor(dtype, x.shape[:-1] if x.shape and dtype is not None else None)


@keras_function("image.sobel_edges")
def _sobel_edges(arguments: Arguments) -> Value:
    x = firm(operand(arguments, "images", "image"))
    last = arguments.get("data_format", NONE) in (NONE, Constant("channels_last")) and not is_symbolic(x)
    known = x.dtype in dtypes.FLOATING and x.shape is not None and len(x.shape) == 4 and last
    return Tensor(x.dtype, (*x.shape, 2)) if known and x.shape is not None else Tensor()


# ------------------------------------------------------------------------------------------------- images


@keras_function(
    "image.affine_transform", "image.elastic_transform", "image.gaussian_blur", "image.perspective_transform",
    "image.hsv_to_rgb", "image.rgb_to_hsv",
)  # fmt: skip
def _filtered(arguments: Arguments) -> Value:
    images = firm(operand(arguments, "images"))
    return Tensor(images.dtype if images.dtype in dtypes.FLOATING else None, images.shape)


# ------------------------------------------------------------------------------------------------- random numbers


@op("keras.random.normal", "keras.random.truncated_normal", "keras.random.gamma", "keras.random.beta")
def random(shape: Dims, dtype: Value = NONE) -> Tensor:
    return Tensor(keras_dtype(dtype, floatx()), shape)


@op("keras.random.uniform", "keras.random.binomial")
def uniform(shape: Dims, dtype: Value = NONE) -> Tensor:
    return Tensor(keras_dtype(dtype, floatx()), shape)


@op("keras.random.randint")
def randint(shape: Dims, dtype: Value = NONE) -> Tensor:
    return Tensor(keras_dtype(dtype, dtypes.INT32), shape)


@op("keras.random.categorical")
def categorical(logits: Tensor, num_samples: Dimension, dtype: Value = NONE) -> Tensor:
    """So many class numbers for each row of logits."""
    shape = (logits.shape[0], num_samples) if logits.shape is not None and len(logits.shape) == 2 else None
    return Tensor(keras_dtype(dtype, dtypes.INT32), shape)


@op("keras.random.shuffle")
def shuffle(x: Tensor) -> Tensor:
    known = x.kind in (Kind.TENSOR, Kind.VARIABLE, Kind.ARRAY)
    return rules.like(x) if known else Tensor(kind=Kind.UNKNOWN)


@op("keras.random.dropout")
def dropout(inputs: Tensor, rate: Value, noise_shape: Value = NONE) -> Tensor:
    """What drops nothing is passed as it is."""
    held = (Kind.TENSOR,) if dim_of(rate) == 0 or rate == Constant(0.0) else (Kind.TENSOR, Kind.VARIABLE, Kind.ARRAY)
    sure = inputs.kind is Kind.TENSOR or isinstance(rate, Constant)
    if not sure or inputs.kind not in held or inputs.dtype not in dtypes.FLOATING:
        return Tensor(kind=Kind.UNKNOWN)
    return rules.like(inputs, shape=inputs.shape if noise_shape == NONE else None)
