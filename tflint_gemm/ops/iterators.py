"""What goes over a dataset: iterators, and the optional values that they give where there may be no next element."""

from __future__ import annotations

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.values import NONE, UNKNOWN, ApiObject, IterableValue, Kind, Tensor, Value, dim_of, from_dim
from tflint_gemm.ops import specs, structures
from tflint_gemm.ops.datasets import DATASET, components, count_of_dataset, element_of_dataset
from tflint_gemm.ops.registry import attribute, op

ITERATOR, OPTIONAL = "data.Iterator", "experimental.Optional"
_V1_ITERATOR = "compat.v1.data.Iterator"
_ELEMENT, _COUNT = "(element)", "(count)"  # no attribute of a program can be called so


def holding(path: str, element: Value, count: Dim = None) -> ApiObject:
    """An iterator or an optional value, by its class: what it gives, and how often."""
    made = ApiObject(path, {})
    made.slots[_ELEMENT] = element
    made.slots[_COUNT] = from_dim(count)
    return made


def _element(self: Value) -> Value:
    return self.slots.get(_ELEMENT, UNKNOWN) if isinstance(self, ApiObject) else UNKNOWN


# ------------------------------------------------------------------------------------------------- iterators


@op(f"{DATASET}.__iter__")
def iterator(self: Value) -> Value:
    return holding(ITERATOR, element_of_dataset(self), count_of_dataset(self))


@op(
    f"compat.v1.{DATASET}.make_one_shot_iterator",
    f"compat.v1.{DATASET}.make_initializable_iterator",
)
def make_iterator(self: Value) -> Value:
    return holding(_V1_ITERATOR, element_of_dataset(self))


@op("compat.v1.data.make_one_shot_iterator", "compat.v1.data.make_initializable_iterator")
def make_iterator_of(dataset: Value) -> Value:
    return holding(_V1_ITERATOR, element_of_dataset(dataset))


@op(f"{_V1_ITERATOR}.from_structure")
def from_structure(output_types: Value, output_shapes: Value = NONE) -> Value:
    from tflint_gemm.ops.datasets import from_generator

    declared = from_generator(UNKNOWN, output_types, output_shapes, UNKNOWN)
    return holding(_V1_ITERATOR, element_of_dataset(declared))


@op(f"{ITERATOR}.__iter__")
def elements(self: Value) -> Value:
    """What a loop over the iterator goes over."""
    count = self.slots.get(_COUNT) if isinstance(self, ApiObject) else None
    return IterableValue(_element(self), None if count is None else dim_of(count))


@op(f"{ITERATOR}.get_next", f"{_V1_ITERATOR}.get_next", f"{ITERATOR}.__next__")
def get_next(self: Value) -> Value:
    return _element(self)


@op(f"{ITERATOR}.get_next_as_optional")
def get_next_as_optional(self: Value) -> Value:
    return holding(OPTIONAL, _element(self))


@op("data.experimental.get_next_as_optional")
def next_as_optional(iterator: Value) -> Value:
    return get_next_as_optional(iterator)


@attribute(f"{ITERATOR}.element_spec", f"{_V1_ITERATOR}.element_spec", f"{OPTIONAL}.element_spec")
def element_spec(self: Value) -> Value:
    return specs.specification_of_structure(_element(self))


@attribute("data.IteratorSpec.(value)")
def described_iterator(self: Value) -> Value:
    spec = self.arguments.get("element_spec", UNKNOWN) if isinstance(self, ApiObject) else UNKNOWN
    return holding(ITERATOR, specs.described_structure(spec))


@attribute(f"{ITERATOR}.(spec)")
def iterator_spec(self: Value) -> Value:
    return ApiObject("data.IteratorSpec", {"element_spec": element_spec(self)})


# ------------------------------------------------------------------------------------------------- optional values


@op(f"{OPTIONAL}.from_value")
def optional_of(value: Value) -> Value:
    tensors = [leaf for leaf in structures.leaves(value) if isinstance(leaf, Tensor)]
    variable = any(leaf.kind in (Kind.VARIABLE, Kind.UNKNOWN) for leaf in tensors)
    return holding(OPTIONAL, UNKNOWN if variable else components(value))  # a variable stays one


@op(f"{OPTIONAL}.empty")
def no_value(element_spec: Value) -> Value:
    described = not any(isinstance(leaf, Tensor) for leaf in structures.leaves(element_spec))
    return holding(OPTIONAL, specs.described_structure(element_spec) if described else UNKNOWN)


@op(f"{OPTIONAL}.has_value")
def has_value(self: Value) -> Value:
    return Tensor(dtypes.BOOL, ())


@op(f"{OPTIONAL}.get_value")
def get_value(self: Value) -> Value:
    return _element(self)


@attribute("OptionalSpec.(value)")
def described_optional(self: Value) -> Value:
    spec = self.arguments.get("element_spec", UNKNOWN) if isinstance(self, ApiObject) else UNKNOWN
    return holding(OPTIONAL, specs.described_structure(spec))


@attribute(f"{OPTIONAL}.(spec)")
def optional_spec(self: Value) -> Value:
    return ApiObject("OptionalSpec", {"element_spec": element_spec(self)})
