"""Variables, placeholders and shapes as objects: Variable, get_variable, placeholder, TensorShape."""

from __future__ import annotations

from tflint_gemm.domain import dtypes, shapes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiObject,
    ApiSymbol,
    Constant,
    Kind,
    ListValue,
    OfType,
    ShapeValue,
    Symbolic,
    Tensor,
    TupleValue,
    Value,
)
from tflint_gemm.ops import conversion, rules
from tflint_gemm.ops.array_shape import conform
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.creation import Converted, convert
from tflint_gemm.ops.initializers import FIRST_CONSTANT, first_constant
from tflint_gemm.ops.parameters import Flag, TensorFlowDType
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import AssignMismatch, InvalidArgument, ReshapeCount
from tflint_gemm.replacing import replace

_DATA = (Tensor, Constant, Symbolic, TupleValue, ListValue, ShapeValue)

# ------------------------------------------------------------------------------------------------- variables


@op("Variable")
def variable(initial_value: Value = NONE, dtype: TensorFlowDType = None, shape: Value = NONE) -> Tensor:
    if initial_value == NONE:
        raise InvalidArgument((), "initial_value", Tensor(None, None, Kind.VARIABLE))
    start = _initial(initial_value, dtype)
    found = replace(start, kind=Kind.VARIABLE, elements=None, storage=None)
    if shape == NONE:
        return found
    target = conversion.to_shape(shape)
    result = replace(found, shape=target, shape_origin=None)
    if shapes.equal(start.shape, target) is False:
        raise AssignMismatch(start, target, "initial value", result)
    return result


@op("compat.v1.Variable")
def variable_v1(
    initial_value: Value = NONE, dtype: TensorFlowDType = None, shape: Value = NONE, validate_shape: Flag = True
) -> Tensor:
    """TensorFlow 1's variable, whose shape stays open where ``validate_shape`` is false."""
    found = variable(initial_value, dtype, shape)
    return found if validate_shape is True else replace(found, shape=None)


def _initial(value: Value, dtype: DType | None | Unsure) -> Tensor:
    """What a variable starts with: the value, or what the function that was passed in its place returns."""
    if isinstance(value, _DATA):
        return convert(value, dtype)
    if value == UNKNOWN or isinstance(value, ApiObject):
        return Tensor(dtype if isinstance(dtype, DType) else None)
    made = conversion.to_tensor(value)
    if made.kind is not Kind.UNKNOWN:
        return convert(value, dtype)
    result = current().call(value, (), {})
    return convert(result, dtype) if isinstance(result, _DATA) else Tensor(dtype if isinstance(dtype, DType) else None)


@op("compat.v1.get_variable", "compat.v1.get_local_variable")
def get_variable(
    shape: Value = NONE, dtype: TensorFlowDType = None, initializer: Value = NONE, partitioner: Value = NONE
) -> Tensor:
    size = None if shape == NONE else conversion.to_shape(shape)
    made = rules.chosen_dtype(dtype, dtypes.FLOAT32)
    if initializer != NONE and isinstance(initializer, (Constant, OfType, Tensor, Symbolic, TupleValue, ListValue)):
        return _from_constant(initializer, dtype, shape, partitioner != NONE)
    if shape == NONE and not isinstance(initializer, (ApiObject, ApiSymbol, *_DATA)):
        return replace(_initial(initializer, dtype), kind=Kind.VARIABLE, elements=None, storage=None)
    result = Tensor(made if initializer != UNKNOWN or dtype is not None else None, size, Kind.VARIABLE)
    if isinstance(initializer, ApiObject) and initializer.path == FIRST_CONSTANT:
        try:
            first_constant(initializer, size)
        except (ReshapeCount, AssignMismatch) as violation:
            violation.result = result
            raise
    return result


def _from_constant(initializer: Value, dtype: DType | None | Unsure, shape: Value, partitioned: bool) -> Tensor:
    start = convert(initializer, dtype)
    result = replace(start, kind=Kind.VARIABLE, elements=None, storage=None)
    if shape != NONE:
        if shape == UNKNOWN or partitioned:  # parts are slices of the constant
            return result
        raise InvalidArgument((start,), "shape beside a constant initializer", result)
    return result


# ------------------------------------------------------------------------------------------------- placeholders


@op("compat.v1.placeholder")
def placeholder(dtype: TensorFlowDType, shape: Value = NONE) -> Tensor:
    return Tensor(dtype if isinstance(dtype, DType) else None, described_shape(shape))


@op("compat.v1.placeholder_with_default")
def placeholder_with_default(input: Converted, shape: Value) -> Tensor:
    target = described_shape(shape)
    mode = current().mode
    if mode == "eager":
        return rules.like(input)  # there is nothing to feed; the default passes through
    if mode == "graph":
        conform(input, target)
    return rules.like(input, shape=target if mode == "graph" else shapes.join(input.shape, target))


def described_shape(shape: Value) -> Shape:
    """A shape in which None stands for a dimension of any size, and None as a whole for any rank."""
    described = None if shape == NONE else conversion.to_shape(shape)
    return None if described is None else tuple(None if dim == -1 else dim for dim in described)


# ------------------------------------------------------------------------------------------------- descriptions


@op("TensorShape")
def tensor_shape(dims: Value) -> Value:
    if isinstance(dims, Constant) and isinstance(dims.value, (str, float)):
        raise InvalidArgument((), "dimension that is no integer", ShapeValue(None))
    return ShapeValue(described_shape(dims))


@op("get_static_value")
def get_static_value(tensor: Value) -> Value:
    """A tensor's elements as an array; what is no tensor is returned as it is."""
    if isinstance(tensor, Constant) or (isinstance(tensor, Tensor) and tensor.kind in (Kind.ARRAY, Kind.PYTHON)):
        return tensor
    if not isinstance(tensor, Tensor) or tensor.kind is not Kind.TENSOR or None in (tensor.elements or (None,)):
        return UNKNOWN
    dtype = dtypes.OBJECT if tensor.dtype == dtypes.STRING and tensor.shape != () else tensor.dtype
    return replace(tensor, dtype=dtype, kind=Kind.ARRAY, storage=None)
