"""``x[...]``: made-up subscripts against NumPy and TensorFlow, with each dimension known, hidden and symbolic."""

from __future__ import annotations

import ast
import random
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.values import NONE, Constant, Kind, ListValue, SliceValue, Tensor, TupleValue, Value
from tflint_gemm.ops import indexing
from tflint_gemm.ops.violations import Violation


def _value(node: ast.expr) -> Value:
    if isinstance(node, ast.Tuple):
        return TupleValue(tuple(map(_value, node.elts)))
    if isinstance(node, ast.List):
        return ListValue(TupleValue(tuple(map(_value, node.elts))))
    if isinstance(node, ast.Slice):
        return SliceValue(*(NONE if bound is None else _value(bound) for bound in (node.lower, node.upper, node.step)))
    return Constant(ast.literal_eval(node))


def _entry(pick: random.Random, size: int, array: bool) -> str:
    def number() -> str:
        return str(pick.choice([0, 1, -1, 2, -2, size - 1, -size, size, 7]))

    def bound() -> str:
        return pick.choice(["", number()])

    advanced = ["[0, 1]", "[0, -1]", "[[0, 1], [1, 0]]", "[0]"] if array else []
    stride = pick.choice(["", "", ":2", ":-1", ":-2", ":0"])
    return pick.choice([number(), number(), f"{bound()}:{bound()}{stride}", ":", "None", "...", *advanced])


@pytest.mark.parametrize("kind", [Kind.ARRAY, Kind.TENSOR])
@pytest.mark.parametrize("seed", range(8))
def test_agrees_with_the_library(kind: Kind, seed: int) -> None:
    pick = random.Random(seed)
    for _ in range(60):
        shape = tuple(pick.choice([0, 1, 2, 3, 5]) for _ in range(pick.randint(1, 3)))
        count = pick.randint(1, len(shape) + 1)
        source = ", ".join(_entry(pick, shape[i % len(shape)], kind is Kind.ARRAY) for i in range(count))
        _check(kind, shape, source)


def _check(kind: Kind, shape: tuple[int, ...], source: str) -> None:
    data = np.arange(int(np.prod(shape))).reshape(shape)
    try:
        found = eval(f"x[{source}]", {"x": data if kind is Kind.ARRAY else tf.constant(data)})
    except (IndexError, ValueError, TypeError, tf.errors.InvalidArgumentError):
        return
    index = _value(ast.parse(f"x[{source}]", mode="eval").body.slice)  # type: ignore[attr-defined]
    symbols = [dims.symbol(f"d{axis}") for axis in range(len(shape))]
    sizes = {symbol.terms[0][0][0]: size for symbol, size in zip(symbols, shape, strict=True)}
    full = Tensor(dtypes.INT64, shape, kind, tuple(data.reshape(-1).tolist()) if data.size <= 64 else None)
    bare = replace(full, elements=None)
    for tensor in (full, bare, replace(bare, shape=tuple(symbols)), replace(bare, shape=(None,) * len(shape))):
        try:
            result = indexing.subscript(tensor, index)
        except Violation as violation:
            pytest.fail(f"{tensor.shape}[{source}] objected to: {violation!r}")
        if result.shape is not None:
            inferred = tuple(dims.substitute(dim, sizes) for dim in result.shape)  # type: ignore[arg-type]
            pairs = zip(inferred, np.shape(found), strict=True)
            assert all(dim in (None, size) for dim, size in pairs), (tensor.shape, source, result.shape)
        if result.elements is not None:
            assert list(result.elements) == np.asarray(found).reshape(-1).tolist(), source


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("0", ()),
        (":-1", (2,)),
        ("1:", (2,)),
        ("::2", (2,)),
        ("-1", ()),
    ],
)
def test_a_shape_vector_keeps_its_symbols(source: str, expected: tuple[int, ...]) -> None:
    batch = dims.symbol("batch")
    vector = Tensor(dtypes.INT32, (3,), elements=(batch, 4, None))
    result = indexing.subscript(vector, _value(ast.parse(f"x[{source}]", mode="eval").body.slice))  # type: ignore[attr-defined]
    assert result.shape == expected
    assert result.elements == tuple(
        np.array(eval(f"x[{source}]", {"x": np.array([batch, 4, None], object)})).reshape(-1)
    )
