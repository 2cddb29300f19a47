"""``keras.ops``: shapes as NumPy's functions of the same names have them, dtypes as Keras promotes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    Constant,
    Kind,
    ListValue,
    ShapeValue,
    Tensor,
    TupleValue,
    Value,
    dim_of,
)
from tflint_gemm.ops import conversion, rules
from tflint_gemm.ops import keras_result_dtypes as becomes
from tflint_gemm.ops.conversion import UNSURE, firm
from tflint_gemm.ops.einsum import tensordot
from tflint_gemm.ops.keras_functions import (
    dtype_argument,
    is_plain,
    is_symbolic,
    keras_function,
    numpy_result,
    operand,
    retyped,
)
from tflint_gemm.ops.keras_promotion import as_float, promote
from tflint_gemm.ops.violations import BroadcastMismatch, InnerDimMismatch, Violation
from tflint_gemm.replacing import replace

Arguments = Mapping[str, Value]
ResultDType = Callable[[Sequence[Tensor]], "DType | None"]
_BOTH = "x1 x2 x y"
"""The names of the two operands, which differ from function to function."""

# ------------------------------------------------------------------------------------------------- the table


def _names(text: str, dtype: ResultDType, positional: str = "x", numpy: str = "") -> None:
    """Register functions with the shapes of NumPy's (of the name ``numpy`` if not the same) and the dtype ``dtype``."""
    order = tuple(positional.split())
    for name in text.split():
        keras_function(name)(_like_numpy(numpy or name, order, dtype))


def _like_numpy(name: str, order: tuple[str, ...], dtype: ResultDType) -> Callable[[Arguments], Value]:
    def function(arguments: Arguments) -> Value:
        given = [arguments[parameter] for parameter in order if parameter in arguments]
        if not given:
            return UNKNOWN
        operands = [conversion.to_tensor(value) for value in given if value != NONE]
        chosen = dtype_argument(arguments, dtype(operands)) if operands else None
        return retyped(numpy_result(name, arguments, order), chosen)

    return function


def _several(text: str, dtype: ResultDType, positional: str = "x", numpy: str = "") -> None:
    """Register functions that return a list."""
    order = tuple(positional.split())

    def register(name: str) -> None:
        single = _like_numpy(numpy or name, order, dtype)

        def function(arguments: Arguments) -> Value:
            items = conversion.sequence_items(single(arguments))
            return UNKNOWN if items is None else ListValue(TupleValue(items))

        keras_function(name)(function)

    for name in text.split():
        register(name)


def _elementwise(text: str, dtype: ResultDType) -> None:
    """Register functions of one operand that keep its shape."""

    def function(arguments: Arguments) -> Value:
        x = operand(arguments, "x", "inputs")
        others = [value for name, value in arguments.items() if name not in ("x", "inputs")]
        plain = all(map(is_plain, others))  # a tensor would broadcast
        return Tensor(dtype([x]), x.shape if plain else None)

    keras_function(*text.split())(function)


_elementwise(
    "sin cos tan sinh cosh tanh arcsin arccos arctan arcsinh arccosh arctanh exp exp2 expm1 log log1p log2 log10 sqrt "
    "ceil floor sinc",
    becomes.floating,
)
_elementwise("cbrt deg2rad rad2deg i0", becomes.wide_floating)
_elementwise(
    "relu relu6 silu gelu elu selu celu softplus softsign hard_sigmoid hard_silu hard_tanh hard_shrink "
    "soft_shrink tanh_shrink log_sigmoid sparse_plus sparse_sigmoid squareplus sigmoid softmax log_softmax "
    "sparsemax rsqrt erf erfinv negative copy conj conjugate sign nan_to_num bitwise_not "
    "bitwise_invert trunc inv cholesky",
    becomes.same,
)
_elementwise("erfc", becomes.floating_only)
_elementwise("square", becomes.running)
_elementwise("abs absolute", becomes.real)
_elementwise("fabs", becomes.floating)
_elementwise("leaky_relu", becomes.floating_unless_symbolic)
_elementwise("isfinite isinf isnan isneginf isposinf isreal signbit logical_not", becomes.boolean)

_names("subtract multiply maximum minimum fmax fmin floor_divide", becomes.promoted, "x1 x2")
_names("power", becomes.promoted, "x1 x2", "multiply")


@keras_function("add")
def _add(arguments: Arguments) -> Value:
    """An ``x2`` of one size beside 1 is a bias for the channels of ``x1``, wherever it stands; not so for symbols."""
    x1, x2 = operand(arguments, "x1"), operand(arguments, "x2")
    bias = False if is_symbolic(x1) or is_symbolic(x2) else _is_bias(x1.shape, x2.shape)
    dtype = becomes.promoted([x1, x2])
    if bias:
        return Tensor(dtype, x1.shape)
    try:
        result = _sum(arguments)
    except BroadcastMismatch:
        if bias is None:
            return Tensor(dtype)
        raise
    if bias is None and isinstance(result, Tensor):
        return replace(result, shape=shapes.join(result.shape, x1.shape))
    return result


_sum = _like_numpy("add", ("x1", "x2"), becomes.promoted)


def _is_bias(inputs: Shape, bias: Shape) -> bool | None:
    if inputs is None or bias is None:
        return None
    sizes = [size for size in bias if size not in (0, 1)]
    if len(inputs) < 2 or not sizes or sum(isinstance(size, int) for size in sizes) > 1:
        return False
    if len(sizes) > 1:
        return None
    verdicts = [dims.equal(sizes[0], channels) for channels in (inputs[1], inputs[-1])]
    return True if True in verdicts else None if None in verdicts else False


_names("inner outer vdot append", becomes.firmly_promoted, _BOTH)
_names("mod fmod", becomes.modulo, "x1 x2")
_names("divide true_divide", becomes.promoted_to_float, "x1 x2", "divide")
_names("divide_no_nan", becomes.promoted_to_float, "x1 x2", "divide")
_names("arctan2", becomes.angle, "x1 x2", "divide")
_names("nextafter", becomes.firmly_promoted_to_float, "x1 x2", "divide")
_names("logaddexp logaddexp2", becomes.firmly_promoted_to_float, "x1 x2")
_names("equal not_equal less less_equal greater greater_equal", becomes.boolean, "x1 x2")
_names("logical_and logical_or logical_xor isin", becomes.boolean, "x1 x2")
_names("cross", becomes.firmly_promoted, "x1 x2")

_names("sum trace", becomes.summed)
_names("nansum nanprod", becomes.summed_without_nan)
_names("mean nanmean median nanmedian", becomes.floating)
_names("std var nanstd nanvar", becomes.floating)
_names("amax amin ptp", becomes.same)
_names("nanmax nanmin", becomes.not_wide)
_names("argmax argmin nanargmax nanargmin count_nonzero argsort argpartition", becomes.index)
_names("any all", becomes.boolean)

_names("tile", becomes.same, "x repeats")

_names("transpose squeeze expand_dims swapaxes moveaxis ravel flip flipud fliplr roll", becomes.same)
_names("repeat sort pad take diag diagonal diagflat", becomes.same)
_names("vander", becomes.not_wide)


@keras_function("tensordot")
def _tensordot(arguments: Arguments) -> Value:
    """The product as TensorFlow has it, once both operands have one dtype."""
    operands = [operand(arguments, "x1"), operand(arguments, "x2")]
    dtype = becomes.firmly_promoted(operands)
    if any(map(is_symbolic, operands)):
        return retyped(numpy_result("tensordot", arguments, ("x1", "x2")), dtype)
    try:
        left, right = (Tensor(None, one.shape) for one in operands)
        result = tensordot(left, right, arguments.get("axes", Constant(2)))
    except InnerDimMismatch as mismatch:
        mismatch.operands = tuple(operands)
        mismatch.result = Tensor(dtype)
        raise
    except Violation:
        return Tensor(dtype)
    return Tensor(dtype, result.shape)


@keras_function("threshold")
def _threshold(arguments: Arguments) -> Value:
    """A choice between the operand and another, which decides what becomes of an operand that is no tensor yet."""
    x = operand(arguments, "x")
    others = [value for name, value in arguments.items() if name != "x"]
    kept = x.dtype if x.dtype in dtypes.FLOATING and (x.is_tensorflow or x.kind is Kind.KERAS) else None
    return Tensor(kept, x.shape if all(map(is_plain, others)) else None)


@keras_function("cumsum", "cumprod", "nancumsum", "nancumprod")
def _cumulated(arguments: Arguments) -> Value:
    """Truth values are counted, also where ``dtype`` asks for some."""
    chosen = dtype_argument(arguments, operand(arguments, "x").dtype)
    return retyped(numpy_result("cumsum", arguments, ("x",)), dtypes.INT32 if chosen == dtypes.BOOL else chosen)


@keras_function("reshape")
def _reshape(arguments: Arguments) -> Value:
    """Of a symbol, a tensor tells no sizes."""
    x, wanted = operand(arguments, "x"), arguments.get("newshape", UNKNOWN)
    result = retyped(numpy_result("reshape", arguments, ("x", "newshape")), x.dtype)
    if is_symbolic(x) and isinstance(wanted, Tensor) and isinstance(result, Tensor):
        return replace(result, shape=None if result.shape is None else (None,) * len(result.shape))
    return result


@keras_function("broadcast_to")
def _broadcast_to(arguments: Arguments) -> Value:
    """In a graph, TensorFlow takes -1 for the size that is there."""
    target = conversion.to_shape(arguments.get("shape", UNKNOWN))
    if target is not None:
        kept = ShapeValue(tuple(None if isinstance(size, int) and size < 0 else size for size in target))
        arguments = {**arguments, "shape": kept}
    return retyped(numpy_result("broadcast_to", arguments, ("x",)), operand(arguments, "x").dtype)


@keras_function("tril", "triu")
def _triangle(arguments: Arguments) -> Value:
    """A vector makes a matrix, but the symbol of one does not."""
    x = operand(arguments, "x")
    known = x.rank is not None and x.rank >= 2
    return Tensor(x.dtype, x.shape if known else None)


_several("split array_split hsplit vsplit dsplit", becomes.same)
_names("diff", becomes.same, "a")
_names("take_along_axis", becomes.same, "x indices axis")
_names("searchsorted", becomes.index, "sorted_sequence values")
_names("digitize", becomes.index, "x bins")


@keras_function("bitwise_and", "bitwise_or", "bitwise_xor", "gcd", "lcm")
def _bitwise(arguments: Arguments) -> Value:
    """Keras takes symbolic operands to have one shape."""
    operands = [operand(arguments, *names) for names in (("x", "x1"), ("y", "x2"))]
    if any(map(is_symbolic, operands)):
        return Tensor()
    return Tensor(becomes.firmly_promoted(operands), shapes.broadcast(operands[0].shape, operands[1].shape)[0])


@keras_function("bitwise_left_shift", "left_shift", "bitwise_right_shift", "right_shift")
def _shifted(arguments: Arguments) -> Value:
    x, y = operand(arguments, "x"), operand(arguments, "y")
    if is_symbolic(x) or is_symbolic(y):
        return Tensor()
    number = y.kind is Kind.PYTHON and y.shape == ()
    return Tensor(x.dtype if number else becomes.firmly_promoted([x, y]), shapes.broadcast(x.shape, y.shape)[0])


@keras_function("clip", "normalize", "round", "reciprocal")
def _clipped(arguments: Arguments) -> Value:
    """What depends on more than the operand: numbers other than floats, scalars and bounds that broadcast."""
    x = operand(arguments, "x")
    others = [value for name, value in arguments.items() if name != "x"]
    plain = all(map(is_plain, others))
    if is_symbolic(x) and "x_min" not in arguments:
        return Tensor()
    if x.dtype is None or not x.dtype.is_floating:
        known = "x_min" in arguments and plain and x.dtype is not None and x.dtype.is_integer
        return Tensor(x.dtype, x.shape) if known else UNKNOWN
    return Tensor(x.dtype, x.shape if plain and x.shape != () else None)


@keras_function("quantile", "percentile")
def _quantile(arguments: Arguments) -> Value:
    x, q = operand(arguments, "x"), operand(arguments, "q")
    result = retyped(numpy_result("quantile", arguments, ("x", "q")), as_float(x.dtype))
    return result if q.rank in (0, 1) else Tensor(as_float(x.dtype))


@keras_function("nanquantile", "nanpercentile")
def _quantile_without_nan(arguments: Arguments) -> Value:
    """Of no numbers it is one NaN, however many quantiles are asked for."""
    result, q = _quantile(arguments), operand(arguments, "q")
    count = shapes.num_elements(operand(arguments, "x").shape)
    some = q.rank == 0 or (isinstance(count, int) and count > 0)
    return result if some or not isinstance(result, Tensor) else replace(result, shape=None)


@keras_function("max", "min")
def _extremum(arguments: Arguments) -> Value:
    """The value to begin with broadcasts."""
    result = retyped(numpy_result("max", arguments, ("x",)), operand(arguments, "x").dtype)
    return result if arguments.get("initial", NONE) == NONE else Tensor(operand(arguments, "x").dtype)


def _unless_symbolic(name: str) -> None:
    """Register a function of which Keras says something else where its operands are symbolic."""

    def function(arguments: Arguments) -> Value:
        operands = [operand(arguments, "x1"), operand(arguments, "x2")]
        if any(map(is_symbolic, operands)):
            return Tensor()
        return retyped(numpy_result(name, arguments, ("x1", "x2")), becomes.firmly_promoted(operands))

    keras_function(name)(function)


_unless_symbolic("dot")
_unless_symbolic("kron")


@keras_function("nonzero")
def _nonzero(arguments: Arguments) -> Value:
    """A list, but a tuple of what is symbolic."""
    items = conversion.sequence_items(numpy_result("nonzero", arguments, ("x",)))
    if items is None or is_symbolic(arguments.get("x", UNKNOWN)):
        return UNKNOWN
    return ListValue(TupleValue(tuple(retyped(item, dtypes.INT32) for item in items)))


@keras_function("stop_gradient")
def _stop_gradient(arguments: Arguments) -> Value:
    variable = operand(arguments, "variable")
    return Tensor(variable.dtype, variable.shape)


@keras_function("prod")
def _prod(arguments: Arguments) -> Value:
    result = retyped(numpy_result("prod", arguments, ("x",)), becomes.summed([operand(arguments, "x")]))
    return result if arguments.get("dtype", NONE) == NONE else retyped(result, None)


@keras_function("rot90")
def _rot90(arguments: Arguments) -> Value:
    array = operand(arguments, "array")
    if is_symbolic(array):
        return Tensor(array.dtype)
    return retyped(numpy_result("rot90", arguments, ("array",)), array.dtype)


@keras_function("trapezoid")
def _trapezoid(arguments: Arguments) -> Value:
    y = operand(arguments, "y")
    dtype = as_float(y.dtype)
    plain = all(isinstance(value, Constant) for name, value in arguments.items() if name != "y")
    return retyped(numpy_result("trapezoid", arguments, ("y",)), dtype) if plain else Tensor(dtype)


@keras_function("isclose")
def _isclose(arguments: Arguments) -> Value:
    operands = [operand(arguments, "x1"), operand(arguments, "x2")]
    plain = all(isinstance(value, Constant) for name, value in arguments.items() if name not in ("x1", "x2"))
    return Tensor(dtypes.BOOL, shapes.broadcast(operands[0].shape, operands[1].shape)[0] if plain else None)


@keras_function("average")
def _average(arguments: Arguments) -> Value:
    """Weights of another rank are contracted with the operand."""
    x, weights = operand(arguments, "x"), arguments.get("weights", NONE)
    given = [arguments[name] for name in ("x", "weights") if arguments.get(name, NONE) != NONE]
    dtype = becomes.firmly_promoted_to_float([conversion.to_tensor(value) for value in given])
    if weights != NONE and (x.rank is None or conversion.to_tensor(weights).rank != x.rank):
        return Tensor(dtype)
    return retyped(numpy_result("average", arguments, ("x",)), dtype)


@keras_function("size")
def _size(arguments: Arguments) -> Value:
    x = operand(arguments, "x")
    count = shapes.num_elements(x.shape)
    return Tensor(dtypes.INT32, (), elements=None if count is None else (count,))


# ------------------------------------------------------------------------------------------------- lists of operands


def _items(arguments: Arguments, *names: str) -> list[Tensor] | None:
    value = next((arguments[name] for name in names if name in arguments), UNKNOWN)
    items = conversion.sequence_items(value)
    if items is not None and any(not isinstance(item, Tensor) for item in items):
        return None  # Keras makes tensors of the innermost items of nested lists
    return None if items is None else [firm(conversion.to_tensor(item)) for item in items]


def _joins(name: str, numpy: str) -> None:
    def function(arguments: Arguments) -> Value:
        operands = _items(arguments, "xs", "x")
        if not operands or any(one.shape == () for one in operands):
            return UNKNOWN
        order = tuple(parameter for parameter in ("xs", "x") if parameter in arguments)
        dtype = operands[0].dtype if len({one.dtype for one in operands}) == 1 else promote(operands)
        if numpy == "vstack" and not all(one.rank is not None and one.rank > 1 for one in operands):
            return Tensor(dtype)
        return retyped(numpy_result(numpy, arguments, order), dtype)

    keras_function(name)(function)


for _name in ("stack", "hstack", "vstack", "dstack"):
    _joins(_name, _name)


@keras_function("concatenate")
def _concatenate(arguments: Arguments) -> Value:
    """Raises ConcatMismatch, AxisOutOfRange."""
    operands = _items(arguments, "xs")
    if not operands or any(one.shape == () or one.kind in (Kind.SPARSE, Kind.RAGGED) for one in operands):
        return UNKNOWN
    dtype = operands[0].dtype if len({one.dtype for one in operands}) == 1 else promote(operands)
    axis = dim_of(arguments.get("axis", Constant(0)))
    return Tensor(dtype, rules.concat_shape(operands, axis if isinstance(axis, int) else UNSURE, dtype))


@keras_function("where")
def _where(arguments: Arguments) -> Value:
    condition = operand(arguments, "condition")
    if arguments.get("x1", NONE) == NONE:
        if is_symbolic(condition):
            return UNKNOWN
        items = conversion.sequence_items(numpy_result("where", arguments, ("condition",)))
        return UNKNOWN if items is None else ListValue(TupleValue(tuple(retyped(i, dtypes.INT32) for i in items)))
    chosen = [operand(arguments, "x1"), operand(arguments, "x2")]
    shape, failed = shapes.broadcast(chosen[0].shape, chosen[1].shape)
    joined, failed_too = shapes.broadcast(condition.shape, shape)
    return Tensor(promote(chosen), None if failed or failed_too else joined)


@keras_function("matmul")
def _matmul(arguments: Arguments) -> Value:
    operands = [firm(operand(arguments, "x1")), firm(operand(arguments, "x2"))]
    _check_symbolic_product(operand(arguments, "x1"), operand(arguments, "x2"))
    dtype = promote(operands)
    if all(one.dtype == dtypes.INT8 for one in operands):  # a vector stays what it is
        dtype = dtypes.INT32 if all(one.rank is not None and one.rank > 1 for one in operands) else None
    return retyped(numpy_result("matmul", arguments, ("x1", "x2")), dtype)


def _check_symbolic_product(left: Tensor, right: Tensor) -> None:
    """Raise InnerDimMismatch where Keras works out a product's shape from symbols, and the contracted sizes differ."""
    if Kind.KERAS not in (left.kind, right.kind) or not left.shape or not right.shape:
        return
    contracted = left.shape[-1], right.shape[-2 if len(right.shape) > 1 else -1]
    if dims.equal(*contracted) is False:
        raise InnerDimMismatch([left, right], *contracted, Tensor(promote([left, right]), None, Kind.KERAS))


@keras_function("einsum")
def _einsum(arguments: Arguments) -> Value:
    given = conversion.sequence_items(arguments.get("*", UNKNOWN))
    if not given or len(given) < 2:
        return UNKNOWN
    operands = [firm(conversion.to_tensor(value)) for value in given[1:]]
    small = all(one.dtype == dtypes.INT8 for one in operands)
    dtype = dtypes.INT32 if small else promote(operands)
    named = {f"x{number}": value for number, value in enumerate(given)}
    explicit = isinstance(given[0], Constant) and "->" in str(given[0].value)
    explicit = explicit and all(one.rank is not None for one in operands)  # some equations take other ranks
    return retyped(numpy_result("einsum", named, tuple(named)), dtype) if explicit else Tensor(dtype)


@keras_function("meshgrid")
def _meshgrid(arguments: Arguments) -> Value:
    given = conversion.sequence_items(arguments.get("*", UNKNOWN))
    if not given:
        return UNKNOWN
    operands = [firm(conversion.to_tensor(value)) for value in given]
    named = {f"x{number}": value for number, value in enumerate(given)}
    order = tuple(named)
    result = numpy_result("meshgrid", {**named, "indexing": arguments.get("indexing", UNKNOWN)}, order)
    items = conversion.sequence_items(result)
    if items is None or any(map(is_symbolic, operands)):
        return UNKNOWN
    return ListValue(TupleValue(tuple(retyped(item, one.dtype) for item, one in zip(items, operands))))
