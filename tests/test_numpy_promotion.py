"""NumPy 2's promotion (NEP 50), checked against NumPy for every pair of dtypes and every ufunc."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import Kind, Tensor
from tflint_gemm.ops.numpy_common import promote_dtypes
from tflint_gemm.ops.numpy_math import UFUNCS, apply
from tflint_gemm.ops.violations import Violation

ml_dtypes = pytest.importorskip("ml_dtypes")

STANDARD = [dtypes.BOOL, *sorted(dtypes.NUMERIC - {dtypes.BFLOAT16}, key=lambda dtype: dtype.name)]
EXTENDED = [*STANDARD, dtypes.BFLOAT16, dtypes.FLOAT8_E4M3FN, dtypes.FLOAT8_E5M2]
PYTHON = [True, 1, 1.5, 1j]
WEAK = {bool: dtypes.BOOL, int: dtypes.INT64, float: dtypes.FLOAT64, complex: dtypes.COMPLEX128}


def numpy_dtype(dtype: DType) -> np.dtype:
    return np.dtype(getattr(ml_dtypes, dtype.name, dtype.name))


def pairs(found):
    return [pytest.param(*pair, id="-".join(map(str, pair))) for pair in itertools.product(found, repeat=2)]


@pytest.mark.parametrize(("left", "right"), pairs(EXTENDED))
def test_promote_types(left, right):
    promoted = dtypes.numpy_promote(left, right)
    try:
        real = np.promote_types(numpy_dtype(left), numpy_dtype(right)).name
    except TypeError:
        assert promoted is None
        return
    assert promoted is None or promoted.name == real
    assert promoted is not None or left not in STANDARD or right not in STANDARD


@pytest.mark.parametrize("number", PYTHON, ids=str)
@pytest.mark.parametrize("dtype", EXTENDED, ids=str)
def test_python_scalars_are_weak(dtype, number):
    weak = dtypes.numpy_weak(dtype, type(number))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            real = (np.ones(2, numpy_dtype(dtype)) + number).dtype.name
        except TypeError:
            assert weak is None
            return
    assert weak is None or weak.name == real
    assert weak is not None or dtype not in STANDARD


def test_promotion_of_three_is_claimed_only_where_the_order_does_not_matter():
    for triple in itertools.combinations(STANDARD, 3):
        promoted = promote_dtypes(triple)
        real = {np.result_type(*map(numpy_dtype, order)).name for order in itertools.permutations(triple)}
        assert promoted is None or real == {promoted.name}, triple


def operand(value) -> Tensor:
    if isinstance(value, DType):
        return Tensor(value, (2,), Kind.ARRAY)
    return Tensor(WEAK[type(value)], (), Kind.PYTHON, (value,))


def example(value):
    return np.ones(2, numpy_dtype(value)) if isinstance(value, DType) else value


def check(name, *values):
    """The dtype that the ufunc is said to give is the one it gives; where NumPy has no loop, nothing is said."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        claimed = apply(UFUNCS[name], [operand(value) for value in values]).dtype
        try:
            real = getattr(np, name)(*map(example, values)).dtype.name
        except (TypeError, ValueError, OverflowError):
            return
    assert claimed is None or claimed.name == real, (name, values)
    if not any(value in EXTENDED and value not in STANDARD for value in values):
        assert claimed is not None, (name, values)


@pytest.mark.parametrize("name", UFUNCS)
def test_ufuncs(name):
    arity = getattr(np, name).nin
    operands = [*EXTENDED, *PYTHON]
    for values in itertools.product(operands, repeat=arity):
        check(name, *values)


def test_ufuncs_never_object_to_dtypes():
    for name in UFUNCS:
        for values in itertools.product([*EXTENDED, dtypes.STRING, dtypes.OBJECT, None], repeat=getattr(np, name).nin):
            try:
                apply(UFUNCS[name], [Tensor(value, (2,), Kind.ARRAY) for value in values])
            except Violation:
                pytest.fail(f"{name} objects to {values}")
