"""Objects of the libraries - layers, datasets, random generators - as the abstract objects that models keep of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tflint_gemm import api
from tflint_gemm.domain import dtypes
from tflint_gemm.domain.join import join_all
from tflint_gemm.domain.values import (
    UNKNOWN,
    ApiObject,
    Constant,
    DictValue,
    Kind,
    ListValue,
    Tensor,
    TupleValue,
    Value,
)
from tflint_gemm.ops import datasets, iterators

Abstract = Callable[[Any], Value]


def abstract_object(real: Any, abstract: Abstract) -> Value | None:
    """The abstract counterpart of an object, None for a class that has none; ``abstract`` is for its parts."""
    if isinstance(real, np.random.Generator):
        return ApiObject("numpy.random.Generator", {})
    if isinstance(real, np.random.RandomState):
        return ApiObject("numpy.random.RandomState", {})
    if isinstance(real, tf.data.Dataset):
        return _dataset(real, abstract)
    if isinstance(real, tf.TypeSpec):
        return _specification(real, abstract)
    for kind, path in _HOLDERS:
        if isinstance(real, kind):
            return iterators.holding(path, _element(real.element_spec))
    if isinstance(real, keras.layers.Layer) and not isinstance(real, keras.Model):
        return _layer(real, abstract)
    if isinstance(real, tf.linalg.LinearOperator):
        return _constructed(f"linalg.{type(real).__name__}", real.parameters, abstract)
    if isinstance(real, tf.lookup.KeyValueTensorInitializer):
        path = "lookup.KeyValueTensorInitializer"
        return _constructed(path, {"keys": real._keys, "values": real._values}, abstract)
    return None


_HOLDERS = (
    (tf.compat.v1.data.Iterator, "compat.v1.data.Iterator"),
    (tf.data.Iterator, "data.Iterator"),
    (tf.experimental.Optional, "experimental.Optional"),
)


def _specification(real: Any, abstract: Abstract) -> Value | None:
    """A specification by what it says of dtypes and shapes."""
    path = type(real).__name__
    entry = api.entry(path) or api.entry(f"data.{path}")
    said = ("shape", "dtype", "element_spec", "ragged_rank")
    found = {name: abstract(getattr(real, name)) for name in said if hasattr(real, name)}
    return None if entry is None else ApiObject(entry.canonical, found)


def _constructed(path: str, parameters: dict[str, Any], abstract: Abstract) -> Value | None:
    """An object of the library's class ``path`` by what it was constructed from."""
    entry = api.entry(path)
    if entry is None or entry.signature is None:
        return None
    known = {parameter.name for parameter in entry.signature}
    made = {name: abstract(value) for name, value in parameters.items() if name in known}
    return ApiObject(path, {name: value for name, value in made.items() if isinstance(value, _ARGUMENTS)})


_ARGUMENTS = (Tensor, Constant, ApiObject, ListValue, TupleValue)


def _dataset(real: tf.data.Dataset, abstract: Abstract) -> Value:
    known = tf.get_static_value(real.cardinality())
    count = -1 if known is None else int(known)
    element = _element(real.element_spec)
    nested = any(isinstance(spec, tf.data.DatasetSpec) for spec in tf.nest.flatten(real.element_spec))
    if 0 < count <= 8 and not nested:  # what the elements are, even where their common specification does not say
        element = _tensors(join_all([abstract(one) for one in real]))
    return datasets.dataset(element, count if count >= 0 else None)


def _tensors(value: Value) -> Value:
    """``value`` without the values of its elements, which no specification has."""
    if isinstance(value, TupleValue):
        return replace(value, items=tuple(map(_tensors, value.items)))
    return replace(value, elements=None) if isinstance(value, Tensor) else value


def _element(spec: Any) -> Value:
    """A structure of specifications as a structure of tensors."""
    kinds = {tf.TensorSpec: Kind.TENSOR, tf.SparseTensorSpec: Kind.SPARSE, tf.RaggedTensorSpec: Kind.RAGGED}
    if type(spec) in kinds:
        shape = None if spec.shape.rank is None else tuple(spec.shape.as_list())
        return Tensor(dtypes.BY_NAME.get(spec.dtype.name), shape, kinds[type(spec)])
    if isinstance(spec, tf.data.DatasetSpec):
        return datasets.dataset(_element(spec.element_spec))
    if type(spec) is tuple:
        return TupleValue(tuple(map(_element, spec)))
    if isinstance(spec, dict):
        return DictValue((Constant(name), _element(part)) for name, part in spec.items())
    return UNKNOWN


def _layer(real: keras.layers.Layer, abstract: Abstract) -> Value:
    """A layer that has not been called yet, with the arguments that its configuration remembers."""
    path = f"keras.layers.{type(real).__name__}"
    entry = api.entry(path)
    if real.built or entry is None or entry.signature is None:
        return UNKNOWN
    config = {**real.get_config(), "dtype": real.dtype_policy.name}
    known = {parameter.name for parameter in entry.signature} | {"dtype"}
    arguments = {name: abstract(value) for name, value in config.items() if name in known}
    # A dict is a serialized object, such as an initializer, for which no model asks.
    return ApiObject(path, {name: value for name, value in arguments.items() if not isinstance(value, DictValue)})
