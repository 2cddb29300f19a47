"""From real values to abstract ones, and from abstract values to less known ones."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import keras
import numpy as np
import tensorflow as tf

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    MAX_ELEMENTS,
    UNKNOWN,
    ApiObject,
    ApiSymbol,
    BuiltinFunction,
    Constant,
    DictValue,
    DTypeValue,
    IterableValue,
    Kind,
    ListValue,
    OfType,
    RangeValue,
    ShapeValue,
    SliceValue,
    Symbolic,
    Tensor,
    TupleValue,
    Value,
    from_dim,
)

from .objects import abstract_object

V = TypeVar("V", bound=Value)


@dataclass(frozen=True)
class Opaque(Value):
    """A real object that has no abstract counterpart; covered by what is unknown and by an object of its class."""

    real: Any


def abstract(real: Any) -> Value:
    """The abstract value that says all there is to say about ``real``."""
    for types, convert in _CONVERSIONS:
        if isinstance(real, types):
            return convert(real)
    known = abstract_object(real, abstract)
    return Opaque(real) if known is None else known


def _dtype(real: Any) -> DType:
    name = real.name if isinstance(real, tf.DType) else np.dtype(real).name
    if name.startswith(("str", "bytes")):
        return dtypes.STRING
    return dtypes.BY_NAME.get(name) or DType(name, getattr(real, "itemsize", 0), "other")


def _shape(real: tf.TensorShape) -> Shape:
    return None if real.rank is None else tuple(real.as_list())


def _elements(array: Any) -> tuple[Any, ...] | None:
    if array.size > MAX_ELEMENTS:
        return None
    if (
        array.dtype.kind not in "OSU"
        and array.dtype.name not in ("float64", "complex128")
        and array.dtype.kind not in "biu"
    ):
        array = array.astype("complex128" if array.dtype.kind == "c" else "float64")
    return tuple(array.reshape(-1).tolist())


def _from_tensor(real: Any) -> Value:
    elements = _elements(np.asarray(real.numpy())) if _has_values(real) else None
    return Tensor(_dtype(real.dtype), _shape(real.shape), Kind.TENSOR, elements)


def _has_values(real: Any) -> bool:
    return hasattr(real, "numpy") and real.dtype not in (tf.variant, tf.resource) and not real.dtype.is_quantized


def _from_composite(real: Any, kind: Kind, *parts: Any) -> Value:
    known = tuple(part for part in map(abstract, parts) if isinstance(part, Tensor))
    return Tensor(_dtype(real.dtype), _shape(real.shape), kind, parts=known)


def _from_variable(real: Any) -> Value:
    return Tensor(_dtype(real.dtype), _shape(real.shape), Kind.VARIABLE)


def _from_keras(real: Any) -> Value:
    return Tensor(dtypes.BY_NAME[real.dtype], tuple(real.shape), Kind.KERAS)


def _from_array(real: Any) -> Value:
    array = np.asarray(real)
    return Tensor(_dtype(array.dtype), array.shape, Kind.ARRAY, _elements(array))


_ABSTRACT_TYPES = (
    np.generic, np.number, np.integer, np.signedinteger, np.unsignedinteger, np.inexact, np.floating,
    np.complexfloating, np.flexible, np.character,
)  # fmt: skip


def _from_type(real: type) -> Value:
    if issubclass(real, np.generic):
        return ApiSymbol(f"numpy.{real.__name__}") if real in _ABSTRACT_TYPES else DTypeValue(_dtype(real), "numpy")
    if real is object:
        return DTypeValue(dtypes.OBJECT, "numpy")
    return BuiltinFunction(real.__name__) if real.__module__ == "builtins" else Opaque(real)


def _from_tuple(real: tuple[Any, ...]) -> Value:
    return TupleValue(tuple(map(abstract, real)), getattr(real, "_fields", ()), type(real).__name__)


def _from_list(real: list[Any]) -> Value:
    return ListValue(TupleValue(tuple(map(abstract, real))))


_CONVERSIONS: tuple[tuple[Any, Callable[[Any], Value]], ...] = (
    (tf.Variable, _from_variable),
    (tf.Tensor, _from_tensor),
    (keras.KerasTensor, _from_keras),
    (keras.Variable, lambda real: Tensor(dtypes.BY_NAME[real.dtype], tuple(real.shape), Kind.VARIABLE)),
    (tf.SparseTensor, lambda real: _from_composite(real, Kind.SPARSE, real.indices, real.values)),
    (tf.RaggedTensor, lambda real: _from_composite(real, Kind.RAGGED, real.values, real.row_splits)),
    ((np.ndarray, np.generic), _from_array),
    ((bool, int, float, complex, str, bytes, type(None), type(...)), Constant),
    (tf.compat.v1.Dimension, lambda real: from_dim(real.value)),
    (tf.TensorShape, lambda real: ShapeValue(_shape(real))),
    (tf.DType, lambda real: DTypeValue(_dtype(real))),
    (np.dtype, lambda real: DTypeValue(_dtype(real), "numpy")),
    (type, _from_type),
    (tuple, _from_tuple),
    (list, _from_list),
    (dict, lambda real: DictValue((abstract(key), abstract(value)) for key, value in real.items())),
    (range, lambda real: RangeValue(Constant(real.start), Constant(real.stop), Constant(real.step))),
    (slice, lambda real: SliceValue(abstract(real.start), abstract(real.stop), abstract(real.step))),
)


def fresh(value: V) -> V:
    """``value``, with objects that a model may change copied."""
    if not isinstance(value, ApiObject):
        return value
    copy = ApiObject(value.path, value.arguments)
    copy.slots.update(value.slots)
    return copy  # type: ignore[return-value]


def known_to_model(value: Value) -> Value:
    """``value`` as a model may meet it: an object that has no counterpart is unknown."""
    if isinstance(value, Opaque):
        return UNKNOWN
    if isinstance(value, TupleValue):
        return replace(value, items=tuple(map(known_to_model, value.items)))
    if isinstance(value, ListValue):
        return _list(tuple(map(known_to_model, _items(value))))
    return value


# ------------------------------------------------------------------------------------------------- forgetting


class Symbols:
    """Symbols that stand for sizes: one symbol stands for one number wherever it occurs."""

    def __init__(self) -> None:
        self._of_size: dict[int, dims.SymbolicDim] = {}
        self.assignment: dict[dims.Symbol, dims.Dim] = {}

    def of(self, size: int) -> dims.SymbolicDim:
        if size not in self._of_size:
            fresh = dims.symbol(f"n{size}")
            self._of_size[size] = fresh
            symbol = fresh.terms[0][0][0]
            assert isinstance(symbol, dims.Symbol)
            self.assignment[symbol] = size
        return self._of_size[size]


def forget(value: Value, choose: random.Random, symbols: Symbols) -> Value:
    """One of the ways of knowing less of ``value``: the result describes everything that ``value`` describes."""
    if choose.random() < 0.15:
        return UNKNOWN
    if isinstance(value, Tensor):
        return choose.choice(_TENSOR_LOSSES)(value, choose, symbols)
    if isinstance(value, TupleValue):
        return _forget_item(value.items, choose, symbols, lambda items: replace(value, items=items), OfType("tuple"))
    if isinstance(value, ListValue):
        return _forget_item(_items(value), choose, symbols, _list, OfType("list"))
    if isinstance(value, Constant):
        if type(value.value) is int and value.value > 1 and choose.random() < 0.5:
            return Symbolic(symbols.of(value.value))
        return OfType(value.type_name) if value.value not in (None, ...) else UNKNOWN
    if isinstance(value, DTypeValue):
        return replace(value, dtype=None)
    if isinstance(value, ShapeValue):
        return ShapeValue(_lose_dim(value.shape, choose, lambda size: None) if choose.random() < 0.5 else None)
    if isinstance(value, (ApiObject, ApiSymbol)):
        return value
    return UNKNOWN


def _items(value: ListValue) -> tuple[Value, ...]:
    content = value.slots[ListValue.CONTENT]
    assert isinstance(content, TupleValue)
    return content.items


def _list(items: tuple[Value, ...]) -> Value:
    return ListValue(TupleValue(items))


def _forget_item(
    items: Sequence[Value],
    choose: random.Random,
    symbols: Symbols,
    rebuild: Callable[[tuple[Value, ...]], Value],
    bare: Value,
) -> Value:
    if not items or choose.random() < 0.15:
        return choose.choice([bare, ListValue(IterableValue(UNKNOWN))]) if bare == OfType("list") else bare
    index = choose.randrange(len(items))
    return rebuild((*items[:index], forget(items[index], choose, symbols), *items[index + 1 :]))


def _lose_dim(shape: Shape, choose: random.Random, change: Callable[[int], dims.Dim]) -> Shape:
    if not shape:
        return shape
    index = choose.randrange(len(shape))
    size = shape[index]
    return (*shape[:index], change(size) if isinstance(size, int) else None, *shape[index + 1 :])


def _lose_one_size(value: Tensor, choose: random.Random, symbols: Symbols) -> Tensor:
    return replace(value, shape=_lose_dim(value.shape, choose, lambda size: None), elements=None, parts=())


def _lose_sizes(value: Tensor, choose: random.Random, symbols: Symbols) -> Tensor:
    return replace(value, shape=None if value.shape is None else (None,) * len(value.shape), elements=None, parts=())


def _symbolic_sizes(value: Tensor, choose: random.Random, symbols: Symbols) -> Tensor:
    """A symbol never stands for 0 or 1: NumPy's broadcasting reads a symbol as a size that is none of these."""
    shape: Shape = value.shape
    for _ in value.shape or ():
        shape = _lose_dim(shape, choose, lambda size: symbols.of(size) if size > 1 else size)
    return replace(value, shape=_keep_known(shape, value.shape), elements=None, parts=())


def _keep_known(changed: Shape, original: Shape) -> Shape:
    if changed is None or original is None:
        return changed
    return tuple(before if after is None else after for after, before in zip(changed, original, strict=True))


def _lose_part(value: Tensor, choose: random.Random, symbols: Symbols) -> Tensor:
    """A part of a composite tensor has no known elements, or none of the parts is known."""
    if not value.parts or choose.random() < 0.3:
        return replace(value, parts=(), elements=None)
    index = choose.randrange(len(value.parts))
    return replace(
        value, parts=tuple(_without_elements(one) if i == index else one for i, one in enumerate(value.parts))
    )


def _without_elements(value: Tensor) -> Tensor:
    return replace(value, elements=None, parts=tuple(map(_without_elements, value.parts)))


def _lose_element(value: Tensor, choose: random.Random, symbols: Symbols) -> Tensor:
    if not value.elements:
        return value
    index = choose.randrange(len(value.elements))
    return replace(value, elements=(*value.elements[:index], None, *value.elements[index + 1 :]))


_TENSOR_LOSSES: tuple[Callable[[Tensor, random.Random, Symbols], Tensor], ...] = (
    lambda value, choose, symbols: replace(value, dtype=None, elements=None, parts=()),
    lambda value, choose, symbols: replace(value, shape=None, elements=None, parts=()),
    _lose_part,
    lambda value, choose, symbols: replace(value, kind=Kind.UNKNOWN, parts=()),
    lambda value, choose, symbols: replace(value, dtype=None, shape=None, elements=None, parts=()),
    _lose_one_size,
    _lose_sizes,
    _symbolic_sizes,
    _lose_element,
)


def substitute(value: Value, assignment: Mapping[dims.Symbol, dims.Dim]) -> Value:
    """``value`` with the numbers put back for which symbols stand."""
    given = dict(assignment)
    if isinstance(value, Tensor):
        shape = None if value.shape is None else tuple(dims.substitute(dim, given) for dim in value.shape)
        elements = value.elements
        if elements is not None:
            elements = tuple(dims.substitute(e, given) if isinstance(e, dims.SymbolicDim) else e for e in elements)
        return replace(value, shape=shape, elements=elements)
    if isinstance(value, ShapeValue) and value.shape is not None:
        return ShapeValue(tuple(dims.substitute(dim, given) for dim in value.shape))
    if isinstance(value, Symbolic):
        number = dims.substitute(value.dim, given)
        return Constant(number) if isinstance(number, int) else OfType("int")
    if isinstance(value, TupleValue):
        return replace(value, items=tuple(substitute(item, given) for item in value.items))
    if isinstance(value, IterableValue):
        return IterableValue(substitute(value.element, given), dims.substitute(value.length, given))
    if isinstance(value, ListValue):
        content = substitute(value.slots[ListValue.CONTENT], given)
        assert isinstance(content, (TupleValue, IterableValue))
        return ListValue(content)
    if isinstance(value, ApiObject):
        value = fresh(value)
        value.slots = {name: substitute(part, given) for name, part in value.slots.items()}
    return value
