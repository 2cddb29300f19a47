"""NumPy itself is the oracle: every expression here is run, and the models must agree with what came out.

An expression that raises must not be claimed to succeed with another shape, and a model objects only where NumPy raises.
"""

from __future__ import annotations

import ast
import operator
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tflint_gemm import api
from tflint_gemm.domain import dtypes
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiObject,
    BuiltinFunction,
    Constant,
    DTypeValue,
    Kind,
    ListValue,
    OfType,
    Tensor,
    TupleValue,
    Value,
)
from tflint_gemm.ops import (
    numpy_creation,
    numpy_linalg,
    numpy_math,
    numpy_members,
    numpy_random,
    numpy_shape,
    registry,
)
from tflint_gemm.ops.conversion import sequence_items, to_tensor
from tflint_gemm.ops.violations import Violation

_FAMILIES = (numpy_creation, numpy_linalg, numpy_math, numpy_members, numpy_random, numpy_shape)
_SYMBOLS: dict[type, str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.MatMult: "@", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>",
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.USub: "-", ast.UAdd: "+", ast.Invert: "~",
}  # fmt: skip
_PYTHON: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "**": operator.pow,
}  # fmt: skip


def infer(node: ast.expr) -> Value:
    """A small evaluator of the expressions below over abstract values."""
    if isinstance(node, ast.Constant):
        return Constant(node.value)
    if isinstance(node, (ast.List, ast.Tuple)):
        items = TupleValue(tuple(infer(item) for item in node.elts))
        return items if isinstance(node, ast.Tuple) else ListValue(items)
    if isinstance(node, ast.UnaryOp):
        operand = infer(node.operand)
        if isinstance(operand, Constant):
            return Constant(-operand.value)  # type: ignore[operator]
        return numpy_math.unary_operator(_SYMBOLS[type(node.op)], to_tensor(operand))
    if isinstance(node, ast.BinOp):
        return _binary(_SYMBOLS[type(node.op)], infer(node.left), infer(node.right))
    if isinstance(node, ast.Compare):
        return _binary(_SYMBOLS[type(node.ops[0])], infer(node.left), infer(node.comparators[0]))
    if isinstance(node, ast.Name):
        return BuiltinFunction(node.id)
    if isinstance(node, ast.Attribute):
        return _attribute(node)
    if isinstance(node, ast.Subscript):
        items, index = sequence_items(infer(node.value)), infer(node.slice)
        return items[index.value] if items is not None and isinstance(index, Constant) else UNKNOWN  # type: ignore[index]
    assert isinstance(node, ast.Call), ast.dump(node)
    return _call(node)


def _path(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return "numpy" if node.id == "np" else None
    if isinstance(node, ast.Attribute):
        owner = _path(node.value)
        return f"{owner}.{node.attr}" if owner is not None else None
    return None


def _attribute(node: ast.Attribute) -> Value:
    path = _path(node)
    if path is not None:
        entry = api.entry(api.resolve(path) or "")
        assert entry is not None, path
        return DTypeValue(dtypes.parse_dtype(str(entry.value)), "numpy") if entry.kind == "dtype" else Constant(entry.value)
    receiver = infer(node.value)
    model = registry.MODELS.get(f"numpy.ndarray.{node.attr}")
    if not isinstance(receiver, Tensor) or model is None:
        return UNKNOWN
    result = model.function(receiver)
    assert isinstance(result, Value)
    return result


def _binary(symbol: str, left: Value, right: Value) -> Value:
    if isinstance(left, Tensor) or isinstance(right, Tensor):
        return numpy_math.operator(symbol, to_tensor(left), to_tensor(right))
    if isinstance(left, Constant) and isinstance(right, Constant):
        return Constant(_PYTHON[symbol](left.value, right.value))
    return UNKNOWN


def _call(node: ast.Call) -> Value:
    assert isinstance(node.func, ast.Attribute), ast.dump(node)
    positional = tuple(infer(argument) for argument in node.args)
    keywords = {keyword.arg or "": infer(keyword.value) for keyword in node.keywords}
    path, receiver = _path(node.func), None
    if path is None:
        receiver = infer(node.func.value)
        owner = f"{receiver.path}" if isinstance(receiver, ApiObject) else "numpy.ndarray"
        if not isinstance(receiver, (Tensor, ApiObject)):
            return UNKNOWN
        path = f"{owner}.{node.func.attr}"
    canonical = api.resolve(path)
    assert canonical is not None, path
    entry = api.entry(canonical)
    if entry is not None and entry.kind == "dtype":
        return numpy_creation.scalar_type(dtypes.parse_dtype(str(entry.value)), positional[0])
    model = registry.find(canonical)
    if model is None:
        return UNKNOWN
    arguments = registry.bind(canonical, model, positional, keywords)
    assert arguments is not None, canonical
    if receiver is not None:
        arguments.values["self"] = receiver
    result = registry.invoke(model, arguments)
    assert isinstance(result, Value), canonical
    return result


def contradiction(claimed: Value, real: Any) -> str | None:
    """What the model says that is not so."""
    if isinstance(claimed, Tensor):
        return _array_contradiction(claimed, real)
    if isinstance(claimed, (TupleValue, ListValue)):
        items = sequence_items(claimed)
        if not isinstance(real, (tuple, list)):
            return f"a sequence, really {type(real).__name__}"
        if items is None:
            return None
        if len(items) != len(real):
            return f"{len(items)} items, really {len(real)}"
        return next((found for found in map(contradiction, items, real) if found), None)
    if isinstance(claimed, Constant) and claimed.value is not real and claimed.value != real:
        return f"{claimed.value!r}, really {real!r}"
    if isinstance(claimed, OfType) and type(real).__name__ != claimed.type_name:
        return f"{claimed.type_name}, really {type(real).__name__}"
    if isinstance(claimed, DTypeValue) and claimed.dtype is not None and str(real) != claimed.dtype.name:
        return f"{claimed.dtype}, really {real}"
    return None


def _array_contradiction(claimed: Tensor, real: Any) -> str | None:
    if not isinstance(real, (np.ndarray, np.generic)):
        return f"an array, really {type(real).__name__}"
    if claimed.kind is not Kind.ARRAY:
        return f"kind {claimed.kind}"
    name = "string" if real.dtype.kind in "US" else real.dtype.name
    if claimed.dtype is not None and claimed.dtype.name != name:
        return f"{claimed.dtype}, really {name}"
    if claimed.shape is None:
        return None
    if len(claimed.shape) != real.ndim or any(a != b for a, b in zip(claimed.shape, real.shape) if a is not None):
        return f"{claimed.shape}, really {real.shape}"
    if claimed.elements is None:
        return None
    flat = real.reshape(-1).tolist()
    if len(flat) != len(claimed.elements):
        return f"{len(claimed.elements)} elements, really {len(flat)}"
    if any(known is not None and (known != value or type(known) is not type(value)) for known, value in zip(claimed.elements, flat)):
        return f"{claimed.elements}, really {flat}"
    return None


def is_precise(claimed: Value) -> bool:
    """Whether nothing of what is claimed is unknown, apart from element values."""
    if isinstance(claimed, Tensor):
        return claimed.dtype is not None and claimed.shape is not None and None not in claimed.shape
    items = sequence_items(claimed)
    if items is not None:
        return all(map(is_precise, items))
    return claimed is not UNKNOWN


def compare(expression: str) -> tuple[str | None, bool]:
    """What is wrong with the model of ``expression`` (None: nothing), and whether all was known."""
    violation: Violation | None = None
    claimed: Value = UNKNOWN
    try:
        claimed = infer(ast.parse(expression, mode="eval").body)
    except Violation as found:
        violation = found
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            real = eval(expression, {"np": np})
        except (ValueError, TypeError, IndexError, OverflowError, np.linalg.LinAlgError) as error:
            return None, violation is not None or f"{type(error).__name__}: {error}" == ""
    if violation is not None:
        return f"{type(violation).__name__}, but it runs", False
    return contradiction(claimed, real), is_precise(claimed)


# Precise: dtype and shape are known where it runs, and a violation is raised where it does not.
PRECISE = """
np.array([1, 2, 3])
np.array([[1, 2], [3, 4.5]])
np.array([True, 1])
np.array([np.float32(1), 2.0])
np.array([np.ones(2, np.float32), np.ones(2, np.float32)])
np.array([], dtype=np.float32)
np.array(5, ndmin=2)
np.array([1.7, 2.2], dtype=np.int32)
np.array((1, 2), dtype=float)
np.array([[]])
np.asarray([1, 2], dtype='f4')
np.zeros((2, 3))
np.zeros(3, dtype=int)
np.ones([2, 3], np.float32)
np.full((2, 2), 7)
np.full((2, 2), 7.0, dtype=np.float16)
np.zeros_like(np.ones((2, 3), np.int32))
np.full_like(np.arange(3), 2.5)
np.arange(5)
np.arange(2, 10, 3)
np.arange(0, 1, 0.1)
np.arange(5.0)
np.arange(3, dtype=np.float32)
np.arange(np.int32(3))
np.linspace(0, 1)
np.linspace(0, 1, 11, dtype=np.float32)
np.linspace(np.zeros(3), 1, 4)
np.linspace(0, 1, 5, retstep=True)
np.logspace(0, 3, 4)
np.eye(3)
np.eye(2, 3, k=1, dtype=np.int8)
np.identity(2)
np.tri(3)
np.tril(np.ones((3, 4)))
np.diag(np.ones(3))
np.diag(np.ones((3, 5)), 2)
np.diag(np.arange(3), k=-1)
np.meshgrid(np.arange(3), np.linspace(0, 1, 4))
np.meshgrid(np.arange(3), np.arange(4), np.arange(5), indexing='ij')
np.indices((2, 3))
np.float32(3)
np.float32(3) * 2.5
np.float32(3) * np.float64(2)
np.int64(2.7)
np.float32([1, 2])
np.random.rand(2, 3)
np.random.rand()
np.random.randn(4)
np.random.random((2, 2))
np.random.random_sample()
np.random.normal(size=(2, 3))
np.random.normal(0.0, 1.0, 5)
np.random.normal(np.zeros(3), 1.0)
np.random.uniform(-1, 1, (2,))
np.random.uniform()
np.random.randint(10)
np.random.randint(0, 10, size=(3,))
np.random.randint(0, 10, (3,), dtype=np.int32)
np.random.choice(5)
np.random.choice(5, 3)
np.random.choice(np.array([1.0, 2.0]), (2, 2))
np.random.permutation(5)
np.random.permutation(np.ones((3, 2)))
np.random.RandomState(0).randn(2, 3)
np.random.RandomState(0).normal(size=(2,))
np.random.RandomState(0).randint(0, 3, (4,))
np.random.RandomState(0).uniform(0, 1, 4)
np.random.default_rng(1).normal(size=3)
np.random.default_rng(1).integers(0, 5, size=(2, 2))
np.random.default_rng(1).random((2, 2), dtype=np.float32)
np.random.default_rng().standard_normal((3, 1))
np.random.default_rng().choice(np.ones((3, 4)), 2, axis=1)
np.random.multivariate_normal(np.zeros(2), np.eye(2), 5)
np.random.beta(1.0, 2.0, size=2)
np.random.binomial(1, 0.5, (2, 3))
np.random.poisson(3.0, 4)
np.random.seed(0)
np.random.rand(2, 3).astype(np.float32)
np.random.rand(2, 3).astype('float32')
np.random.rand(2, 3).astype(int)
np.random.rand(2, 3).astype(dtype=float)
np.zeros((2, 3)).T
np.arange(6).reshape(2, 3)
np.arange(6).reshape((3, -1))
np.arange(6).reshape(-1)
np.arange(6).reshape(-1, 1)
np.arange(6).reshape(4, 2)
np.arange(6).reshape(2, 3).T
np.zeros((2, 3)).shape
np.zeros((2, 3)).dtype
np.zeros((2, 3)).ndim
np.zeros((2, 3)).size
np.zeros((2, 3), np.float32).nbytes
np.zeros((2, 3)).itemsize
np.zeros((2, 3)).transpose(1, 0)
np.zeros((2, 3, 4)).transpose((2, 0, 1))
np.zeros((2, 3, 4)).transpose()
np.zeros((2, 3)).flatten()
np.zeros((2, 1)).squeeze()
np.zeros((2, 1)).squeeze(0)
np.zeros((2, 1)).squeeze(axis=1)
np.expand_dims(np.ones(3), 0)
np.expand_dims(np.ones(3), (0, -1))
np.expand_dims(np.ones(3), 2)
np.transpose(np.ones((2, 3)))
np.swapaxes(np.ones((2, 3, 4)), 0, -1)
np.reshape(np.ones(6), [2, 3])
np.ones((2, 3)) + np.ones(3, np.float32)
np.ones((2, 3)) + np.ones(2)
np.ones((2, 3)) == np.ones(2)
np.zeros(3, np.uint8) / 255.0
np.zeros(3, np.float16) / 2
np.zeros(3, np.int32) * 2.5
np.zeros(3, bool) * 2
np.zeros(3, np.float32) * np.int64(3)
np.arange(4) ** 2
2 ** np.arange(4)
np.arange(4) // 3
np.arange(4) % 3 == 0
np.arange(4) + [1.5, 2, 3, 4]
-np.arange(3)
~np.array([True, False])
np.ones((2, 3)) @ np.ones((3, 4), np.float32)
np.ones((2, 3)) @ np.ones((2, 4))
np.ones(3) @ np.ones(3)
np.ones((5, 2, 3)) @ np.ones(3)
np.ones(2) @ np.ones((5, 2, 3))
np.ones(3) @ 2.0
np.matmul(np.ones((2, 3)), np.ones((4, 3)))
np.dot(np.ones((2, 3)), np.ones(3))
np.dot(np.ones((2, 3)), np.ones((5, 3, 4)))
np.dot(np.ones((2, 3)), np.ones((2, 3)))
np.dot(2, np.ones(3, np.float32))
np.add(1, 2)
np.add(np.ones(3), np.ones(4))
np.exp(np.zeros(3, np.int8))
np.exp(1)
np.sqrt(16)
np.sqrt([4, 9])
np.log2(8)
np.floor(np.float32(2.5))
np.ceil(7 / 2)
np.isnan(np.ones(3))
np.maximum(np.zeros(3, np.float32), 0)
np.maximum(np.arange(3), 1.5)
np.clip(np.zeros(3, np.float32), 0, 1)
np.clip(np.arange(3), 0.5, 2)
np.round(np.ones(3), 2)
np.divmod(np.arange(3), 2)
np.abs(np.zeros(3, np.complex64))
np.add(np.ones(3, np.float32), 1, dtype=np.float64)
np.logical_and([True, False], [1, 0])
np.power(2, 10)
np.hypot(3.0, np.float32(4))
"""


@pytest.mark.parametrize("expression", PRECISE.strip().splitlines())
def test_agrees_and_is_precise(expression: str) -> None:
    wrong, precise = compare(expression)
    assert wrong is None
    assert precise
