"""Compares what NumPy's models say of an expression with what NumPy makes of it."""

from __future__ import annotations

import ast
import operator
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from tflint_gemm import api
from tflint_gemm.domain import dtypes
from tflint_gemm.domain.values import (
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
    numpy_join,
    numpy_linalg,
    numpy_math,
    numpy_members,
    numpy_products,
    numpy_random,
    numpy_reductions,
    numpy_select,
    numpy_shape,
    registry,
)
from tflint_gemm.ops.conversion import sequence_items, to_tensor
from tflint_gemm.ops.violations import Violation

_FAMILIES = (
    numpy_creation, numpy_join, numpy_linalg, numpy_math, numpy_members, numpy_products, numpy_random, numpy_reductions,
    numpy_select, numpy_shape,
)  # fmt: skip
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
        content = TupleValue(tuple(infer(item) for item in node.elts))
        return content if isinstance(node, ast.Tuple) else ListValue(content)
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
        if entry.kind == "dtype":
            return DTypeValue(dtypes.parse_dtype(str(entry.value)), "numpy")
        return Constant(entry.value)
    receiver = infer(node.value)
    owner = "numpy.dtype" if isinstance(receiver, DTypeValue) else "numpy.ndarray"
    model = registry.find(f"{owner}.{node.attr}")
    if model is None:
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
    if receiver is None:
        arguments = registry.bind(canonical, model, positional, keywords)
    else:
        arguments = registry.bind_method(canonical, model, receiver, positional, keywords)
    assert arguments is not None, canonical
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
    known = [(claim, value) for claim, value in zip(claimed.elements, flat) if claim is not None]
    if any(claim != value or type(claim) is not type(value) for claim, value in known):
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
        except (ValueError, TypeError, IndexError, OverflowError, np.linalg.LinAlgError):
            return None, violation is not None
    if violation is not None:
        return f"{type(violation).__name__}, but it runs", False
    return contradiction(claimed, real), is_precise(claimed)
