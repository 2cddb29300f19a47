"""``keras.ops`` that make tensors: of a shape, of a range, of other things; and that say what a tensor is."""

from __future__ import annotations

from collections.abc import Mapping

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    Constant,
    Kind,
    Symbolic,
    Tensor,
    TupleValue,
    Value,
    dim_of,
    from_dim,
)
from tflint_gemm.ops import conversion, rules
from tflint_gemm.ops.keras_functions import (
    dtype_argument,
    is_symbolic,
    keras_function,
    numpy_result,
    operand,
    retyped,
)
from tflint_gemm.ops.keras_promotion import as_float, floatx, promote
from tflint_gemm.ops.numpy_common import to_array
from tflint_gemm.ops.numpy_elements import cast_all

Arguments = Mapping[str, Value]

# ------------------------------------------------------------------------------------------------- creation


def _default_float(arguments: Arguments) -> DType | None:
    return dtype_argument(arguments, floatx())


@keras_function("ones", "zeros", "empty", "full")
def _filled(arguments: Arguments) -> Value:
    return Tensor(_default_float(arguments), conversion.to_shape(arguments.get("shape", UNKNOWN)))


@keras_function("ones_like", "zeros_like", "empty_like")
def _filled_like(arguments: Arguments) -> Value:
    x = operand(arguments, "x")
    return Tensor(dtype_argument(arguments, x.dtype), x.shape)


@keras_function("full_like")
def _full_like(arguments: Arguments) -> Value:
    """Wide numbers become half as wide, but for symbols."""
    x = operand(arguments, "x")
    dtype = dtype_argument(arguments, x.dtype)
    return Tensor(None if dtype in (dtypes.UINT64, dtypes.COMPLEX128) else dtype, x.shape)


@keras_function("eye", "identity", "tri")
def _eye(arguments: Arguments) -> Value:
    size = arguments.get("N", arguments.get("n", UNKNOWN))
    if arguments.get("k", Constant(0)) != Constant(0):
        return Tensor(_default_float(arguments))
    columns = arguments.get("M", NONE)
    return Tensor(_default_float(arguments), (dim_of(size), dim_of(size if columns == NONE else columns)))


@keras_function("arange")
def _arange(arguments: Arguments) -> Value:
    bounds = [arguments[name] for name in ("start", "stop", "step") if arguments.get(name, NONE) != NONE]
    dtype = dtype_argument(arguments, promote([conversion.to_tensor(bound) for bound in bounds]))
    if arguments.get("stop", NONE) == NONE and len(bounds) == 2:
        bounds.insert(0, Constant(0))
    named = {f"x{number}": bound for number, bound in enumerate(bounds)}
    result = retyped(numpy_result("arange", named, tuple(named)), dtype)
    whole = all(one.dtype is not None and not one.dtype.is_floating for one in map(conversion.to_tensor, bounds))
    if not whole and arguments.get("dtype", NONE) != NONE and isinstance(result, Tensor):
        return Tensor(dtype, (None,))  # the bounds are cast first
    return result


@keras_function("linspace")
def _linspace(arguments: Arguments) -> Value:
    bounds = [operand(arguments, "start"), operand(arguments, "stop")]
    symbolic = any(bound.kind is Kind.KERAS for bound in bounds)
    dtype = dtype_argument(arguments, as_float(promote(bounds[:1] if symbolic else bounds)))
    if any(map(is_symbolic, bounds)) and as_float(dtype) != dtype:  # only symbolic ones make a float of it
        dtype = as_float(dtype) if symbolic else None
    result = numpy_result("linspace", arguments, ("start", "stop"))
    if arguments.get("retstep", Constant(False)) == Constant(False):
        return retyped(result, dtype)
    return TupleValue((retyped(result.items[0], dtype), UNKNOWN)) if isinstance(result, TupleValue) else UNKNOWN


@keras_function("logspace")
def _logspace(arguments: Arguments) -> Value:
    bounds = [operand(arguments, "start"), operand(arguments, "stop")]
    if any(map(is_symbolic, bounds)):
        return Tensor()
    dtype = as_float(promote(bounds))
    return retyped(numpy_result("linspace", arguments, ("start", "stop")), dtype_argument(arguments, dtype))


@keras_function("bartlett", "blackman", "hamming", "hanning", "kaiser")
def _taper(arguments: Arguments) -> Value:
    if conversion.to_tensor(arguments.get("beta", Constant(0))).shape != ():  # it broadcasts
        return Tensor(floatx())
    size = arguments.get("x", UNKNOWN)
    return Tensor(
        floatx(), (dim_of(size),) if isinstance(size, (Constant, Symbolic)) or isinstance(dim_of(size), int) else None
    )


# ------------------------------------------------------------------------------------------------- conversion


@keras_function("convert_to_tensor", "array")
def _converted(arguments: Arguments) -> Value:
    if arguments.get("sparse", NONE) != NONE or arguments.get("ragged", NONE) != NONE:
        return UNKNOWN
    value = arguments.get("x", UNKNOWN)
    x = conversion.to_tensor(value)
    dtype = dtype_argument(arguments, x.dtype)
    return rules.like(x, dtype=dtype, elements=x.elements if dtype == x.dtype else cast_all(x.elements, dtype))


@keras_function("cast", "saturate_cast")
def _cast(arguments: Arguments) -> Value:
    x = operand(arguments, "x")
    return Tensor(dtype_argument(arguments, None), x.shape)


@keras_function("convert_to_numpy")
def _to_numpy(arguments: Arguments) -> Value:
    x = to_array(arguments.get("x", UNKNOWN))
    return Tensor(None if x.dtype in (None, dtypes.STRING) else x.dtype, x.shape, Kind.ARRAY, x.elements)


@keras_function("shape")
def _shape(arguments: Arguments) -> Value:
    x = operand(arguments, "x")
    return UNKNOWN if x.shape is None else TupleValue(tuple(map(from_dim, x.shape)))


@keras_function("dtype")
def _dtype(arguments: Arguments) -> Value:
    dtype = operand(arguments, "x").dtype
    return UNKNOWN if dtype is None else Constant(dtype.name)


@keras_function("ndim")
def _ndim(arguments: Arguments) -> Value:
    x = arguments.get("x", UNKNOWN)
    rank = operand(arguments, "x").rank
    return UNKNOWN if rank is None or is_symbolic(x) else Constant(rank)
