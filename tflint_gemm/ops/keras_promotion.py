"""How ``keras.ops`` promotes dtypes: JAX's lattice, in which Python's int and float are nodes of their own."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import Kind, Tensor
from tflint_gemm.ops.context import current

_ABOVE = {
    "bool": "int", "uint8": "int16 uint16", "uint16": "int32 uint32", "uint32": "int64 uint64", "uint64": "float",
    "int": "uint8 int8", "int8": "int16", "int16": "int32", "int32": "int64", "int64": "float",
    "float": "bfloat16 float16", "bfloat16": "float32", "float16": "float32", "float32": "float64", "float64": "",
}  # fmt: skip
"""What stands directly above each dtype; "int" and "float" are Python's numbers."""


_NARROWED: dict[DType | None, DType] = {dtypes.UINT64: dtypes.UINT32, dtypes.COMPLEX128: dtypes.COMPLEX64}


@functools.cache
def _bounds(name: str) -> frozenset[str]:
    """The dtype and all that stand above it."""
    return frozenset({name}).union(*(_bounds(above) for above in _ABOVE[name].split()))


@functools.cache
def _join(names: frozenset[str]) -> str:
    common = frozenset.intersection(*map(_bounds, names))
    return next(name for name in common if common <= _bounds(name))


def floatx() -> DType | None:
    """Keras's default float."""
    return dtypes.parse_dtype(current().floatx)


def promote(operands: Iterable[Tensor]) -> DType | None:
    """``keras.backend.result_type`` of tensors and Python numbers; None where it is not known."""
    operands = list(operands)
    names = {_name(operand) for operand in operands}
    if len({operand.dtype for operand in operands}) == 1 and not names <= {"int", "float"}:
        return _NARROWED.get(operands[0].dtype, operands[0].dtype)
    if None in names or not names:
        return None
    joined = _join(frozenset(name for name in names if name is not None))
    if joined == "int":
        return dtypes.INT32
    result = floatx() if joined == "float" else dtypes.BY_NAME[joined]
    return _NARROWED.get(result, result)


def _name(operand: Tensor) -> str | None:
    if operand.dtype is None or operand.kind is Kind.UNKNOWN or operand.dtype.name not in _ABOVE:
        return None
    weak = operand.kind is Kind.PYTHON and operand.shape == () and operand.dtype != dtypes.BOOL
    return ("float" if operand.dtype.is_floating else "int") if weak else operand.dtype.name


def as_float(dtype: DType | None) -> DType | None:
    """The float in which Keras computes functions of ``dtype``: a float is kept; not known for complex numbers."""
    if dtype is None or dtype.is_floating:
        return dtype
    return floatx() if dtype.is_integer or dtype == dtypes.BOOL else None
