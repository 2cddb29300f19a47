"""Type specifications: ``tf.TensorSpec`` and its kin describe a value, and every value has one that describes it.

An object with a specification of its own registers two properties: ``<path of the specification>.(value)`` is what a
specification describes, ``<path of the object>.(spec)`` the specification of an object.
"""

from __future__ import annotations

from tflint_gemm.domain import dtypes, shapes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    FALSE,
    NONE,
    UNKNOWN,
    ApiObject,
    DTypeValue,
    Kind,
    OfType,
    ShapeValue,
    Tensor,
    Value,
    dim_of,
)
from tflint_gemm.ops import conversion, registry, rules, structures
from tflint_gemm.ops.declarations import described_shape
from tflint_gemm.ops.registry import attribute, op

TENSOR, RAGGED, SPARSE, NOTHING = "TensorSpec", "RaggedTensorSpec", "SparseTensorSpec", "NoneTensorSpec"
_PATHS = {Kind.TENSOR: TENSOR, Kind.VARIABLE: TENSOR, Kind.ARRAY: TENSOR, Kind.RAGGED: RAGGED, Kind.SPARSE: SPARSE}
DENSE = (TENSOR, "compat.v1.TensorSpec")
_ALL = (TENSOR, RAGGED, SPARSE)


def described(spec: Value) -> Value:
    """The value that a specification stands for; a tensor stands for itself, what is no specification is unknown."""
    if isinstance(spec, Tensor):
        return spec
    model = registry.find(f"{spec.path}.(value)") if isinstance(spec, ApiObject) else None
    result = UNKNOWN if model is None else model.function(spec)
    return result if isinstance(result, Value) else UNKNOWN


def described_structure(specs: Value) -> Value:
    """The values that a nested structure of specifications stands for."""
    return structures.map_leaves(described, specs)


def specification(value: Value) -> Value:
    """What describes ``value``; unknown where it is no tensor, dataset or the like."""
    if isinstance(value, Tensor) and value.kind in _PATHS:
        return ApiObject(_PATHS[value.kind], {"shape": ShapeValue(value.shape), "dtype": DTypeValue(value.dtype)})
    if value == NONE:
        return ApiObject(NOTHING, {})
    model = registry.find(f"{value.path}.(spec)") if isinstance(value, ApiObject) else None
    result = UNKNOWN if model is None else model.function(value)
    return result if isinstance(result, Value) else UNKNOWN


def specification_of_structure(values: Value) -> Value:
    """The specifications of the values in a nested structure, in the same structure."""
    return structures.map_leaves(specification, values)


def _dtype(self: ApiObject) -> DType | None:
    return rules.chosen_dtype(conversion.to_dtype(self.arguments.get("dtype", NONE)), dtypes.FLOAT32)


def _shape(self: ApiObject) -> Shape:
    return described_shape(self.arguments.get("shape", NONE))


@attribute(f"{TENSOR}.(value)")
def dense_value(self: Value) -> Value:
    return Tensor(_dtype(self), _shape(self)) if isinstance(self, ApiObject) else UNKNOWN


@attribute(f"{SPARSE}.(value)")
def sparse_value(self: Value) -> Value:
    return Tensor(_dtype(self), _shape(self), Kind.SPARSE) if isinstance(self, ApiObject) else UNKNOWN


@attribute(f"{RAGGED}.(value)")
def ragged_value(self: Value) -> Value:
    """A ragged tensor, or a plain one where the specification says that nothing is ragged."""
    if not isinstance(self, ApiObject):
        return UNKNOWN
    rank = self.arguments.get("ragged_rank", NONE)
    shape = _shape(self)
    if rank == NONE:
        return Tensor(_dtype(self), shape, Kind.RAGGED if shape is None or len(shape) > 1 else Kind.TENSOR)
    known = dim_of(rank)
    kind = Kind.UNKNOWN if not isinstance(known, int) else Kind.RAGGED if known else Kind.TENSOR
    return Tensor(_dtype(self), shape, kind)


@attribute(f"{NOTHING}.(value)")
def no_value(self: Value) -> Value:
    return NONE


@attribute(*(f"{path}.shape" for path in _ALL))
def spec_shape(self: Value) -> Value:
    return ShapeValue(_shape(self)) if isinstance(self, ApiObject) else UNKNOWN


@attribute(*(f"{path}.dtype" for path in _ALL))
def spec_dtype(self: Value) -> Value:
    return DTypeValue(_dtype(self)) if isinstance(self, ApiObject) else UNKNOWN


@op(f"{TENSOR}.from_tensor", f"{TENSOR}.from_spec", f"{RAGGED}.from_value", f"{SPARSE}.from_value")
def from_value(tensor: Value = NONE, spec: Value = NONE, value: Value = NONE) -> Value:
    """The specification of a tensor, or the like of another specification."""
    given = next((argument for argument in (tensor, spec, value) if argument != NONE), UNKNOWN)
    return specification(described(given))


@op("type_spec_from_value")
def type_spec_from_value(value: Value) -> Value:
    found = specification(value)
    if found != UNKNOWN or isinstance(value, (ApiObject, Tensor)):
        return found
    tensor = conversion.to_tensor(value)
    return UNKNOWN if tensor.kind is Kind.UNKNOWN else specification(rules.like(tensor))


@op(*(f"{path}.is_compatible_with" for path in _ALL))
def is_compatible_with(self: Value, spec_or_tensor: Value = NONE, spec_or_value: Value = NONE) -> Value:
    """False where dtypes or sizes certainly differ."""
    other = spec_or_value if spec_or_tensor == NONE else spec_or_tensor
    mine, theirs = described(self), described(other)
    if not isinstance(mine, Tensor) or not isinstance(theirs, Tensor) or mine.kind is not theirs.kind:
        return OfType("bool")
    if None not in (mine.dtype, theirs.dtype) and mine.dtype != theirs.dtype:
        return FALSE
    if shapes.equal(mine.shape, theirs.shape) is False:
        return FALSE
    return OfType("bool")
