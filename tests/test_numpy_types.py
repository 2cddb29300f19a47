"""What is said of NumPy's dtypes, checked against NumPy for every pair of them."""

from __future__ import annotations

import numpy as np
import pytest

from tflint_gemm import ops
from tflint_gemm.domain import dtypes
from tflint_gemm.domain.values import ApiSymbol, BuiltinFunction, Constant, DTypeValue, Value
from tflint_gemm.ops import registry

ops.load()
NUMBERS = sorted(dtype.name for dtype in dtypes.NUMERIC - {dtypes.BFLOAT16} | {dtypes.BOOL})
ABSTRACT = ("generic", "number", "integer", "signedinteger", "unsignedinteger", "inexact", "floating", "character")
WORDS = (
    "bool", "signed integer", "unsigned integer", "integral", "real floating", "complex floating", "numeric",
)  # fmt: skip


def dtype(name: str) -> Value:
    return DTypeValue(dtypes.parse_dtype(name), "numpy")


def said(function: str, *arguments: Value) -> object:
    """What the model gives: a Python bool, or the name of a dtype."""
    model = registry.find(f"numpy.{function}")
    assert model is not None
    arguments_bound = registry.bind(f"numpy.{function}", model, arguments, {})
    assert arguments_bound is not None
    found = registry.invoke(model, arguments_bound)
    return found.value if isinstance(found, Constant) else found.dtype.name


@pytest.mark.parametrize("left", NUMBERS)
@pytest.mark.parametrize("right", NUMBERS)
def test_pairs(left: str, right: str) -> None:
    pair = dtype(left), dtype(right)
    assert said("issubdtype", *pair) == bool(np.issubdtype(left, np.dtype(right).type))
    assert said("can_cast", *pair) == bool(np.can_cast(left, right))
    assert said("promote_types", *pair) == np.promote_types(left, right).name
    assert said("result_type", *pair) == np.result_type(left, right).name


@pytest.mark.parametrize("name", NUMBERS)
def test_kinds(name: str) -> None:
    for abstract in ABSTRACT:
        kind = ApiSymbol(f"numpy.{abstract}")
        assert said("issubdtype", dtype(name), kind) == bool(np.issubdtype(name, getattr(np, abstract))), abstract
    for python in (float, int, bool, complex):
        assert said("issubdtype", dtype(name), BuiltinFunction(python.__name__)) == bool(np.issubdtype(name, python))
    for word in WORDS:
        assert said("isdtype", dtype(name), Constant(word)) == bool(np.isdtype(np.dtype(name), word)), word
    for number in (3, 3.0, 3j):
        assert said("result_type", dtype(name), Constant(number)) == np.result_type(name, number).name
