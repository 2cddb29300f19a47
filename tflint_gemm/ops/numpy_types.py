"""What NumPy says of dtypes: their limits, kinds and promotion; and of two arrays, whether they are the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tflint_gemm.domain import dtypes, shapes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import (
    UNKNOWN,
    ApiObject,
    ApiSymbol,
    Constant,
    DTypeValue,
    Kind,
    OfType,
    Tensor,
    Value,
)
from tflint_gemm.ops import conversion, rules
from tflint_gemm.ops import numpy_elements as elements
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.numpy_common import Array, array, inexact, promote, promote_dtypes, real_part, to_array
from tflint_gemm.ops.parameters import NumpyDType, Spread, Text
from tflint_gemm.ops.registry import attribute, op

_BOOL = OfType("bool")
_NUMBERS = dtypes.NUMERIC - {dtypes.BFLOAT16} | {dtypes.BOOL}


def _asked(value: Value) -> DType | None:
    """The dtype that ``value`` names as NumPy's own number; None where it is not known or another library's."""
    if isinstance(value, DTypeValue) and value.library != "numpy":
        return None
    found = conversion.to_numpy_dtype(value)
    return found if isinstance(found, DType) and found in _NUMBERS else None


def _named(dtype: DType | None) -> Value:
    return DTypeValue(dtype, "numpy")


# ------------------------------------------------------------------------------------- limits


@dataclass(frozen=True, slots=True)
class _Format:
    """A float of IEEE 754: bits of the fraction and of the exponent, and decimal digits that survive."""

    fraction: int
    exponent: int
    digits: int

    @property
    def bias(self) -> int:
        return (1 << (self.exponent - 1)) - 1


_FORMATS = {dtypes.FLOAT16: _Format(10, 5, 3), dtypes.FLOAT32: _Format(23, 8, 6), dtypes.FLOAT64: _Format(52, 11, 15)}


def _subject(self: Value, parameter: str) -> DType | None:
    """The dtype of which an ``np.finfo`` or ``np.iinfo`` tells."""
    given = self.arguments.get(parameter, UNKNOWN) if isinstance(self, ApiObject) else UNKNOWN
    return _array_or_dtype(given).dtype


def _float_limit(names: str, compute: Callable[[_Format], float]) -> None:
    """Register attributes of ``np.finfo`` that are numbers of the dtype itself."""

    def model(self: Value) -> Value:
        dtype = real_part(_subject(self, "dtype"))
        form = None if dtype is None else _FORMATS.get(dtype)
        number = None if form is None else elements.cast(compute(form), dtype)
        return array(dtype if form is not None else None, (), None if number is None else (number,))

    attribute(*(f"numpy.finfo.{name}" for name in names.split()))(model)


def _largest(form: _Format) -> float:
    return (2 - 2.0**-form.fraction) * 2.0**form.bias


_float_limit("eps", lambda form: 2.0**-form.fraction)
_float_limit("epsneg", lambda form: 2.0 ** -(form.fraction + 1))
_float_limit("max", _largest)
_float_limit("min", lambda form: -_largest(form))
_float_limit("tiny smallest_normal", lambda form: 2.0 ** (1 - form.bias))
_float_limit("smallest_subnormal", lambda form: 2.0 ** (1 - form.bias - form.fraction))
_float_limit("resolution", lambda form: float(f"1e-{form.digits}"))


def _float_property(name: str, compute: Callable[[_Format], int]) -> None:
    """Register an attribute of ``np.finfo`` that is a Python integer."""

    def model(self: Value) -> Value:
        dtype = real_part(_subject(self, "dtype"))
        form = None if dtype is None else _FORMATS.get(dtype)
        return OfType("int") if form is None else Constant(compute(form))

    attribute(f"numpy.finfo.{name}")(model)


_float_property("bits", lambda form: form.fraction + form.exponent + 1)
_float_property("precision", lambda form: form.digits)
_float_property("nmant", lambda form: form.fraction)


@attribute("numpy.finfo.dtype")
def finfo_dtype(self: Value) -> Value:
    dtype = real_part(_subject(self, "dtype"))
    return _named(dtype if dtype in _FORMATS else None)


def _integer_property(name: str, compute: Callable[[int, bool], int]) -> None:
    """Register an attribute of ``np.iinfo``, a Python integer, by the bits and whether there is a sign."""

    def model(self: Value) -> Value:
        dtype = _subject(self, "int_type")
        if dtype is None or not dtype.is_integer:
            return OfType("int")
        return Constant(compute(8 * dtype.size, dtype.kind == "int"))

    attribute(f"numpy.iinfo.{name}")(model)


_integer_property("max", lambda bits, signed: (1 << (bits - signed)) - 1)
_integer_property("min", lambda bits, signed: -(1 << (bits - 1)) if signed else 0)
_integer_property("bits", lambda bits, signed: bits)


@attribute("numpy.iinfo.dtype")
def iinfo_dtype(self: Value) -> Value:
    dtype = _subject(self, "int_type")
    return _named(dtype if dtype is not None and dtype.is_integer else None)


# ------------------------------------------------------------------------------------- dtypes


@op("numpy.dtype")
def dtype_object(dtype: NumpyDType) -> Value:
    return _named(dtypes.FLOAT64 if dtype is None else dtype if isinstance(dtype, DType) else None)


_ABSTRACT = {
    "generic": frozenset({"bool", "int", "uint", "float", "complex"}),
    "number": frozenset({"int", "uint", "float", "complex"}),
    "integer": frozenset({"int", "uint"}),
    "signedinteger": frozenset({"int"}),
    "unsignedinteger": frozenset({"uint"}),
    "inexact": frozenset({"float", "complex"}),
    "floating": frozenset({"float"}),
    "complexfloating": frozenset({"complex"}),
    "character": frozenset[str](),
    "flexible": frozenset[str](),
}
"""NumPy's abstract scalar types: the kinds of dtypes that stand below each."""


@op("numpy.issubdtype")
def issubdtype(arg1: Value, arg2: Value) -> Value:
    below = _asked(arg1)
    if below is None:
        return _BOOL
    if isinstance(arg2, ApiSymbol):
        kinds = _ABSTRACT.get(arg2.path.removeprefix("numpy."))
        return _BOOL if kinds is None else Constant(below.kind in kinds)
    above = _asked(arg2)
    return _BOOL if above is None or isinstance(arg2, Constant) else Constant(below == above)


_WORDS = {
    "bool": "bool",
    "signed integer": "int",
    "unsigned integer": "uint",
    "integral": "int uint",
    "real floating": "float",
    "complex floating": "complex",
    "numeric": "int uint float complex",
}


@op("numpy.isdtype")
def isdtype(dtype: Value, kind: Text) -> Value:
    known = _asked(dtype)
    words = _WORDS.get(kind) if isinstance(kind, str) else None
    return _BOOL if known is None or words is None else Constant(known.kind in words.split())


@op("numpy.promote_types")
def promote_types(type1: NumpyDType, type2: NumpyDType) -> Value:
    pair = [dtype if isinstance(dtype, DType) and dtype in _NUMBERS else None for dtype in (type1, type2)]
    return _named(promote_dtypes(pair))


@op("numpy.can_cast")
def can_cast(from_: Value, to: Value, casting: Text = "safe") -> Value:
    """Safe is what promotion leaves as it is."""
    source, target = _asked(from_), _asked(to)
    if source is None or target is None or casting != "safe":
        return _BOOL
    return Constant(promote_dtypes([source, target]) == target)


def _array_or_dtype(value: Value) -> Tensor:
    if isinstance(value, (Tensor, Constant)) and not isinstance(getattr(value, "value", None), str):
        return to_array(value)
    return array(_asked(value), ())


@op("numpy.result_type")
def result_type(*arrays_and_dtypes: Spread) -> Value:
    if not arrays_and_dtypes or any(isinstance(one, Unsure) for one in arrays_and_dtypes):
        return _named(None)
    operands = [_array_or_dtype(one) for one in arrays_and_dtypes if isinstance(one, Value)]
    known = all(operand.dtype in _NUMBERS for operand in operands)
    return _named(promote(operands) if known else None)


@op("numpy.common_type")
def common_type(*arrays: Array) -> Value:
    found = [inexact(one.dtype) if one.kind is Kind.ARRAY and one.dtype != dtypes.BFLOAT16 else None for one in arrays]
    return _named(promote_dtypes(found) if found else None)


@op("numpy.min_scalar_type")
def min_scalar_type(a: Value) -> Value:
    return _named(None)


# ------------------------------------------------------------------------------------- questions about arrays


@op("numpy.iscomplexobj")
def iscomplexobj(x: Array) -> Value:
    return Constant(x.dtype.is_complex) if x.dtype in _NUMBERS and x.dtype is not None else _BOOL


@op("numpy.isrealobj")
def isrealobj(x: Array) -> Value:
    return Constant(not x.dtype.is_complex) if x.dtype in _NUMBERS and x.dtype is not None else _BOOL


@op("numpy.isscalar")
def isscalar(element: Value) -> Value:
    if isinstance(element, Constant):
        return Constant(isinstance(element.value, (int, float, complex, str, bytes)))
    if isinstance(element, Tensor) and (element.is_tensorflow or (element.rank or 0) > 0):
        return Constant(False)
    return _BOOL


@op("numpy.allclose")
def allclose(a: Array, b: Array) -> Value:
    """A Python bool; raises BroadcastMismatch."""
    rules.broadcast((a, b), dtypes.BOOL)
    return _BOOL


@op("numpy.array_equal")
def array_equal(a1: Array, a2: Array) -> Value:
    return Constant(False) if shapes.equal(a1.shape, a2.shape) is False else _BOOL


@op("numpy.array_equiv")
def array_equiv(a1: Array, a2: Array) -> Value:
    return Constant(False) if shapes.broadcast(a1.shape, a2.shape)[1] else _BOOL


@op("numpy.shares_memory", "numpy.may_share_memory")
def shares_memory(a: Value, b: Value) -> Value:
    return _BOOL


@op("numpy.isfortran")
def isfortran(a: Value) -> Value:
    return _BOOL


@op("numpy.real_if_close")
def real_if_close(a: Array) -> Tensor:
    known = a.dtype is not None and not a.dtype.is_complex and a.dtype in _NUMBERS
    return array(a.dtype if known else None, a.shape)
