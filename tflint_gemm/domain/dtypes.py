"""TensorFlow's and NumPy's element types, and NumPy 2's promotion between them (NEP 50)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DType:
    """An element type; ``size`` is bytes per element, 0 where TensorFlow has no fixed size (string, resource)."""

    name: str
    size: int
    kind: str  # "float", "int", "uint", "complex", "bool", "string", "quantized" or "other"

    def __repr__(self) -> str:
        return self.name

    @property
    def is_floating(self) -> bool:
        return self.kind == "float"

    @property
    def is_complex(self) -> bool:
        return self.kind == "complex"

    @property
    def is_integer(self) -> bool:
        """Signed or unsigned integer, bool excluded, as ``tf.DType.is_integer``."""
        return self.kind in ("int", "uint")

    @property
    def is_numeric(self) -> bool:
        return self.kind in ("float", "int", "uint", "complex")


FLOAT16 = DType("float16", 2, "float")
BFLOAT16 = DType("bfloat16", 2, "float")
FLOAT32 = DType("float32", 4, "float")
FLOAT64 = DType("float64", 8, "float")
FLOAT8_E4M3FN = DType("float8_e4m3fn", 1, "float")
FLOAT8_E5M2 = DType("float8_e5m2", 1, "float")
INT4 = DType("int4", 1, "int")
INT8 = DType("int8", 1, "int")
INT16 = DType("int16", 2, "int")
INT32 = DType("int32", 4, "int")
INT64 = DType("int64", 8, "int")
UINT4 = DType("uint4", 1, "uint")
UINT8 = DType("uint8", 1, "uint")
UINT16 = DType("uint16", 2, "uint")
UINT32 = DType("uint32", 4, "uint")
UINT64 = DType("uint64", 8, "uint")
COMPLEX64 = DType("complex64", 8, "complex")
COMPLEX128 = DType("complex128", 16, "complex")
BOOL = DType("bool", 1, "bool")
STRING = DType("string", 0, "string")
RESOURCE = DType("resource", 0, "other")
VARIANT = DType("variant", 0, "other")
OBJECT = DType("object", 8, "other")
QINT8 = DType("qint8", 1, "quantized")
QINT16 = DType("qint16", 2, "quantized")
QINT32 = DType("qint32", 4, "quantized")
QUINT8 = DType("quint8", 1, "quantized")
QUINT16 = DType("quint16", 2, "quantized")

ALL_DTYPES = (
    FLOAT16, BFLOAT16, FLOAT32, FLOAT64, FLOAT8_E4M3FN, FLOAT8_E5M2, INT4, INT8, INT16, INT32, INT64,
    UINT4, UINT8, UINT16, UINT32, UINT64, COMPLEX64, COMPLEX128, BOOL, STRING, RESOURCE, VARIANT, OBJECT,
    QINT8, QINT16, QINT32, QUINT8, QUINT16,
)  # fmt: skip
BY_NAME = {dtype.name: dtype for dtype in ALL_DTYPES}

FLOATING = frozenset({FLOAT16, BFLOAT16, FLOAT32, FLOAT64})
SIGNED = frozenset({INT8, INT16, INT32, INT64})
UNSIGNED = frozenset({UINT8, UINT16, UINT32, UINT64})
INTEGER = SIGNED | UNSIGNED
COMPLEX = frozenset({COMPLEX64, COMPLEX128})
REAL = FLOATING | INTEGER
NUMERIC = REAL | COMPLEX

# NumPy's spellings of its types, as strings and as attributes; aliases that differ by platform take Linux's meaning.
_NUMPY_ALIASES = {
    "float": FLOAT64, "float_": FLOAT64, "double": FLOAT64, "f8": FLOAT64, "d": FLOAT64, "longdouble": None,
    "single": FLOAT32, "f4": FLOAT32, "f": FLOAT32, "half": FLOAT16, "f2": FLOAT16, "e": FLOAT16,
    "int": INT64, "int_": INT64, "long": INT64, "longlong": INT64, "intp": INT64, "i8": INT64, "l": INT64,
    "intc": INT32, "i4": INT32, "i": INT32, "short": INT16, "i2": INT16, "byte": INT8, "i1": INT8,
    "uint": UINT64, "u8": UINT64, "uintp": UINT64, "ulong": UINT64, "uintc": UINT32, "u4": UINT32,
    "ushort": UINT16, "u2": UINT16, "ubyte": UINT8, "u1": UINT8, "B": UINT8,
    "complex": COMPLEX128, "complex_": COMPLEX128, "cdouble": COMPLEX128, "c16": COMPLEX128,
    "csingle": COMPLEX64, "c8": COMPLEX64, "bool_": BOOL, "?": BOOL, "object_": OBJECT, "O": OBJECT,
    "str": STRING, "str_": STRING, "bytes_": STRING, "S": STRING, "U": STRING,
}  # fmt: skip


_TENSORFLOW_ALIASES = {"float": FLOAT32, "double": FLOAT64, "half": FLOAT16}


def parse_tensorflow_dtype(name: str) -> DType | None:
    """The dtype that ``tf.as_dtype`` understands by ``name``, to which "float" is float32; None if it refuses."""
    return BY_NAME.get(name) or _TENSORFLOW_ALIASES.get(name)


_NUMBERED = (
    None, FLOAT32, FLOAT64, INT32, UINT8, INT16, INT8, STRING, COMPLEX64, INT64, BOOL, None, None, None, BFLOAT16, None,
    None, UINT16, COMPLEX128, FLOAT16, None, None, UINT32, UINT64,
)  # fmt: skip
"""TensorFlow's own enumeration; quantized and other odd dtypes are left out."""


def numbered(number: int) -> DType | None:
    """The dtype that ``tf.as_dtype`` understands by a number (``tf.ones(2, 3)`` is int32); None if it is not known."""
    return _NUMBERED[number] if 0 < number < len(_NUMBERED) else None


def parse_dtype(name: str) -> DType | None:
    """The dtype that NumPy understands by ``name`` ("f4", "<f4"; "float" is float64), or a name of TensorFlow's."""
    stripped = name[1:] if name[:1] in "<>=|" and len(name) > 1 else name
    return BY_NAME.get(stripped) or _NUMPY_ALIASES.get(stripped)


_LEVELS: dict[str, int] = {"bool": 0, "uint": 1, "int": 1, "float": 2, "complex": 3}
# bfloat16, float8 and int4 come from another package, with promotions of their own.
_NUMPYS_OWN = (NUMERIC - {BFLOAT16}) | {BOOL}


def numpy_promote(left: DType | None, right: DType | None) -> DType | None:
    """``np.promote_types`` for the types that TensorFlow shares with NumPy; None where unknown or undefined."""
    if left is None or right is None:
        return None
    if left == right:
        return left
    if left not in _NUMPYS_OWN or right not in _NUMPYS_OWN:
        return OBJECT if OBJECT in (left, right) else None
    low, high = sorted((left, right), key=lambda dtype: (_LEVELS[dtype.kind], dtype.size))
    if low.kind == "bool":
        return high
    if high.kind in ("int", "uint"):
        return _promote_integers(low, high)
    if high.kind == "float":
        return high if low.kind == "float" else _wide_enough_float(low, high)
    if low.kind == "complex":
        return high
    real = low if low.kind == "float" else _wide_enough_float(low, FLOAT16)
    return COMPLEX128 if FLOAT64 in (real, None) or high == COMPLEX128 else COMPLEX64


def _promote_integers(low: DType, high: DType) -> DType:
    if low.kind == high.kind:
        return high
    signed, unsigned = (low, high) if low.kind == "int" else (high, low)
    if signed.size > unsigned.size:
        return signed
    return {1: INT16, 2: INT32, 4: INT64, 8: FLOAT64}[unsigned.size]


def _wide_enough_float(integer: DType, floating: DType) -> DType:
    """The smallest float that holds ``integer`` exactly (as NumPy counts it) and is no smaller than ``floating``."""
    needed = {1: FLOAT16, 2: FLOAT32}.get(integer.size, FLOAT64)
    return needed if needed.size > floating.size else floating


def numpy_weak(array: DType | None, python_type: type) -> DType | None:
    """The result dtype of an array of ``array`` with a Python scalar, which is weak in NumPy 2 (NEP 50)."""
    if array not in _NUMPYS_OWN:
        return None
    if python_type is bool:
        return array
    if python_type is int:
        return INT64 if array == BOOL else array
    if python_type is float:
        return FLOAT64 if array.kind in ("bool", "int", "uint") else array
    if python_type is complex:
        if array.kind == "complex":
            return array
        return COMPLEX64 if array in (FLOAT16, FLOAT32) else COMPLEX128
    return None
