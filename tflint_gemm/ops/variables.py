"""Methods of variables: reading, assigning, scattering."""

from __future__ import annotations

from tflint_gemm.domain import shapes
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import UNKNOWN, Kind, OfType, Tensor, Value
from tflint_gemm.ops import rules
from tflint_gemm.ops.context import current
from tflint_gemm.ops.parameters import Flag
from tflint_gemm.ops.registry import attribute, op
from tflint_gemm.ops.violations import AssignMismatch, DTypeMismatch
from tflint_gemm.replacing import replace


@op("Variable.value", "Variable.read_value", "Variable.initialized_value")
def read(self: Tensor) -> Tensor:
    return replace(self, kind=Kind.TENSOR, elements=None, storage=None)


@attribute("Variable.initial_value")
def initial_value(self: Tensor) -> Value:
    """A tensor in TensorFlow 1; None, or an error, elsewhere."""
    return replace(self, kind=Kind.TENSOR, elements=None, storage=None) if current().v1 else UNKNOWN


@attribute("Variable.initializer", "Variable.op", "Variable.handle", "Variable.graph", "Variable.constraint")
def unmodelled(self: Tensor) -> Value:
    return UNKNOWN


@attribute("Variable.trainable")
def trainable(self: Tensor) -> Value:
    return OfType("bool")


@op("Variable.is_initialized")
def is_initialized(self: Tensor) -> Value:
    return UNKNOWN


# ------------------------------------------------------------------------------------------------- assignment


def _assigned(variable: Tensor, value: Tensor) -> Tensor:
    """The variable after it got ``value``: the dtypes must agree, and the shapes, without broadcasting.

    Raises DTypeMismatch, AssignMismatch.
    """
    result = replace(variable, elements=None)
    if not variable.is_tensorflow:
        return result
    try:
        if not variable.promotes:
            rules.common_dtype((variable, value), "join", "first")
    except DTypeMismatch as mismatch:
        mismatch.result = result
        raise
    if shapes.equal(variable.shape, value.shape) is False:
        raise AssignMismatch(value, variable.shape, "shape", result)
    return result


@op("Variable.assign")
def assign(self: Tensor, value: Tensor, read_value: Flag = True) -> Value:
    return _read_unless(read_value, _assigned(self, value))


@op("Variable.assign_add", "Variable.assign_sub")
def assign_add(self: Tensor, delta: Tensor, read_value: Flag = True) -> Value:
    return _read_unless(read_value, _assigned(self, delta))


def _read_unless(read_value: object, variable: Tensor) -> Value:
    return variable if read_value is True else UNKNOWN


@op("compat.v1.assign_add", "compat.v1.assign_sub")
def assign_add_function(ref: Tensor, value: Tensor) -> Tensor:
    return _assigned(ref, value)


@op("compat.v1.assign")
def assign_function(ref: Tensor, value: Tensor, validate_shape: Flag = True) -> Tensor:
    """Raises DTypeMismatch, AssignMismatch: TensorFlow 1's reference variables took any shape without validation."""
    if validate_shape is True:
        return _assigned(ref, value)
    return replace(_assigned(replace(ref, shape=None), value), shape=value.shape)


@op("Variable.load")
def load(self: Tensor, value: Tensor) -> Value:
    return UNKNOWN


# ------------------------------------------------------------------------------------------------- scattering


@op(
    "Variable.scatter_add", "Variable.scatter_div", "Variable.scatter_max", "Variable.scatter_min",
    "Variable.scatter_mul", "Variable.scatter_sub", "Variable.scatter_update", "Variable.batch_scatter_update",
)  # fmt: skip
def scatter_slices(self: Tensor) -> Tensor:
    return replace(self, elements=None)


@op("Variable.scatter_nd_add", "Variable.scatter_nd_sub", "Variable.scatter_nd_update")
def scatter_nd(self: Tensor, indices: Tensor, updates: Tensor) -> Tensor:
    return _updated(self, updates)


@op(
    "compat.v1.scatter_add", "compat.v1.scatter_div", "compat.v1.scatter_max", "compat.v1.scatter_min",
    "compat.v1.scatter_mul", "compat.v1.scatter_sub", "compat.v1.scatter_update", "compat.v1.scatter_nd_add",
    "compat.v1.scatter_nd_sub", "compat.v1.scatter_nd_update",
)  # fmt: skip
def scatter_function(ref: Tensor, indices: Tensor, updates: Tensor) -> Tensor:
    return _updated(ref, updates)


def _updated(variable: Tensor, updates: Tensor) -> Tensor:
    """The variable after parts of it were overwritten; raises DTypeMismatch."""
    result = replace(variable, elements=None)
    try:
        rules.common_dtype((variable, updates), "join", "first")
    except DTypeMismatch as mismatch:
        mismatch.result = result
        raise
    return result


@op("Variable.sparse_read")
def sparse_read(self: Tensor, indices: Tensor) -> Tensor:
    return Tensor(self.dtype, _gathered(self.shape, indices.shape))


@op("Variable.gather_nd")
def gather_nd(self: Tensor, indices: Tensor) -> Tensor:
    if self.shape is None or not indices.shape or not isinstance(indices.shape[-1], int):
        return Tensor(self.dtype)
    return Tensor(self.dtype, (*indices.shape[:-1], *self.shape[indices.shape[-1] :]))


def _gathered(shape: Shape, indices: Shape) -> Shape:
    return None if not shape or indices is None else (*indices, *shape[1:])
