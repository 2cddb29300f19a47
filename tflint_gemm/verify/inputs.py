"""Makes up inputs: from an abstract value, the expression that creates a concrete one.

Dimensions that are not known become distinct primes, the same for the same symbol, so that two sizes never agree by
accident and hide an error; primes that the program itself uses as numbers are left out for the same reason.
"""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Iterator
from dataclasses import replace

from tflint_gemm.domain import dims
from tflint_gemm.domain.dims import Dim, Symbol, SymbolicDim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    Constant,
    DTypeValue,
    Kind,
    ListValue,
    OfType,
    ShapeValue,
    Symbolic,
    Tensor,
    TupleValue,
    Value,
)

TENSORFLOW, NUMPY = "_tflint_tf", "_tflint_np"  # two leading underscores would be mangled inside a class
PROLOGUE = f"import tensorflow as {TENSORFLOW}\nimport numpy as {NUMPY}\n"
SMALLEST_PRIME = 11
MANY = 200  # examples: enough to cut windows and batches out of them
_BY_TYPE = {"float": "1.0", "bool": "True", "str": "''", "bytes": "b''", "complex": "1j"}
_NUMPY_NAMES = {"bool": "bool_", "string": "str_", "object": "object_"}


class Inputs:
    """Creates expressions for values; one per snippet, since it remembers which symbol got which prime.

    ``dtype`` is taken where one is not known, which is then ``guessed``.  With ``one_count``, tensors of an unknown
    number of rows have one large number of them: examples and their labels.  ``counts`` tells how many such there were.
    """

    def __init__(self, tree: ast.AST, dtype: DType | None = None, one_count: bool = False) -> None:
        constants = {
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and type(node.value) is int
        }
        self._primes: Iterator[int] = (prime for prime in _primes_from(SMALLEST_PRIME) if prime not in constants)
        self._assignment: dict[Symbol, Dim] = {}
        self._named: dict[tuple[str, Value], ast.expr] = {}
        self._dtype = dtype
        self._count = next(prime for prime in _primes_from(MANY) if prime not in constants) if one_count else None
        self.counts = 0
        self.used = False
        self.guessed = False

    def expression(self, value: Value | None, name: str | None = None) -> ast.expr | None:
        """An expression that makes something of this abstract value, None where too little is known.

        ``name`` is the variable that holds it: asked again for the same, it gives the same.
        """
        if value is None:
            return None
        key = None if name is None or isinstance(value, ListValue) else (name, value)
        if key is not None and key in self._named:
            return self._named[key]
        code = self._code(value)
        if code is None:
            return None
        self.used = True
        expression = ast.parse(code, mode="eval").body
        if key is not None:
            self._named[key] = expression
        return expression

    def _code(self, value: Value) -> str | None:
        match value:
            case Tensor():
                return self._tensor(value)
            case Constant():
                return repr(value.value) if _is_literal(value.value) else None
            case Symbolic(dim):
                return str(self._size(dim))
            case OfType("int"):
                return str(next(self._primes))
            case OfType(type_name):
                return _BY_TYPE.get(type_name)
            case DTypeValue(dtype, library) if dtype is not None:
                return f"{TENSORFLOW}.{dtype.name}" if library == "tensorflow" else _numpy_dtype(dtype.name)
            case ShapeValue(shape) if shape is not None:
                return f"{TENSORFLOW}.TensorShape({self._sizes(shape)})"
            case TupleValue(items, fields) if not fields:
                return self._items(items, "({},)" if items else "()")
            case ListValue():
                content = value.slots[ListValue.CONTENT]
                return self._items(content.items, "[{}]") if isinstance(content, TupleValue) else None
        return None

    def _items(self, items: tuple[Value, ...], brackets: str) -> str | None:
        codes = [self._code(item) for item in items]
        known = [code for code in codes if code is not None]
        return brackets.format(", ".join(known)) if len(known) == len(codes) else None

    def _tensor(self, tensor: Tensor) -> str | None:
        if tensor.dtype is None and tensor.shape is not None and self._dtype is not None:
            self.guessed = True
            tensor = replace(tensor, dtype=self._dtype)
        if tensor.dtype is None or tensor.shape is None or tensor.kind is Kind.RAGGED:
            return None
        name = tensor.dtype.name
        if not (tensor.dtype.is_numeric or name in ("bool", "string")) or name in ("int4", "uint4"):
            return None
        if tensor.kind is Kind.KERAS:
            batch, *rest = (*tensor.shape, None) if not tensor.shape else tensor.shape
            sizes = [batch if isinstance(batch, int) else None, *(self._size(dim) for dim in rest)]
            return f"{TENSORFLOW}.keras.Input(batch_shape={sizes}, dtype={name!r})"
        if tensor.kind is Kind.ARRAY:
            # NumPy itself has no bfloat16; TensorFlow's registers one.
            dtype = f"{TENSORFLOW}.bfloat16.as_numpy_dtype" if name in ("bfloat16",) else _numpy_dtype(name)
            return (
                f"{NUMPY}.array({self._content(tensor)}, {dtype})"
                if self._is_known(tensor)
                else self._filled(NUMPY, tensor, dtype)
            )
        if tensor.kind is Kind.PYTHON:
            filled = self._filled(NUMPY, tensor, _numpy_dtype(name))
            return self._content(tensor) if self._is_known(tensor) else f"{filled}.tolist()"
        dtype = f"{TENSORFLOW}.{name}"
        known = self._is_known(tensor)
        made = (
            f"{TENSORFLOW}.constant({self._content(tensor)}, {dtype})"
            if known
            else self._filled(TENSORFLOW, tensor, dtype)
        )
        wrapper = {Kind.VARIABLE: f"{TENSORFLOW}.Variable", Kind.SPARSE: f"{TENSORFLOW}.sparse.from_dense"}.get(
            tensor.kind
        )
        return f"{wrapper}({made})" if wrapper else made

    def _filled(self, library: str, tensor: Tensor, dtype: str) -> str:
        assert tensor.dtype is not None
        assert tensor.shape is not None
        # Zeros are valid indices; ones divide, and have logarithms.
        creator = "ones" if tensor.dtype.is_floating or tensor.dtype.is_complex else "zeros"
        if tensor.dtype.name == "string" and library == TENSORFLOW:
            return f"{TENSORFLOW}.fill({self._sizes(tensor.shape)}, '')"
        return f"{library}.{creator}({self._sizes(tensor.shape)}, {dtype})"

    @staticmethod
    def _is_known(tensor: Tensor) -> bool:
        return tensor.elements is not None and tensor.shape is not None and all(map(_is_element, tensor.elements))

    def _content(self, tensor: Tensor) -> str:
        """The elements as nested lists."""
        assert tensor.elements is not None
        assert tensor.shape is not None
        rows = [str(self._size(item)) if isinstance(item, SymbolicDim) else repr(item) for item in tensor.elements]
        for size in reversed(self._sizes(tensor.shape)):
            count = len(rows) // size if size else 0
            rows = ["[" + ", ".join(rows[index * size : (index + 1) * size]) + "]" for index in range(count or 1)]
        return rows[0]

    def _sizes(self, shape: tuple[Dim, ...]) -> list[int]:
        rows, *rest = shape or (0,)
        if rows is None:
            self.counts += 1
        first = self._count if rows is None and self._count is not None else self._size(rows)
        return [first, *(self._size(dim) for dim in rest)] if shape else []

    def _size(self, dim: Dim) -> int:
        if dim is None:
            return next(self._primes)
        for symbol in dims.symbols_in(dim):
            if symbol not in self._assignment:
                self._assignment[symbol] = next(self._primes)
        concrete = dims.substitute(dim, self._assignment)
        return max(concrete, 0) if isinstance(concrete, int) else next(self._primes)

    def concrete(self, shape: Shape) -> list[int | None] | None:
        """``shape`` with the primes that symbols already have; None for a dimension that nothing is known of."""
        if shape is None:
            return None
        sizes = (dims.substitute(dim, self._assignment) for dim in shape)
        return [size if isinstance(size, int) else None for size in sizes]


def _is_literal(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, (int, str, bytes, complex)) or value is ...


def _is_element(value: object) -> bool:
    return value is not None and (isinstance(value, SymbolicDim) or _is_literal(value))


def _numpy_dtype(name: str) -> str:
    return f"{NUMPY}.{_NUMPY_NAMES.get(name, name)}"


def _primes_from(start: int) -> Iterator[int]:
    return (
        number
        for number in itertools.count(start)
        if all(number % factor for factor in range(2, math.isqrt(number) + 1))
    )
