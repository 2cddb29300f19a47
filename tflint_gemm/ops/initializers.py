"""Initializers, TensorFlow's and Keras's: called with a shape, they give a tensor of it."""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import FALSE, NONE, TRUE, UNKNOWN, ApiObject, Constant, DTypeValue, Kind, Tensor, Value
from tflint_gemm.ops import conversion, rules
from tflint_gemm.ops.context import current
from tflint_gemm.ops.keras_functions import keras_dtype
from tflint_gemm.ops.keras_promotion import floatx
from tflint_gemm.ops.layers import INCOMPLETE
from tflint_gemm.ops.parameters import Dims
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import AssignMismatch, BroadcastMismatch, ReshapeCount

_TENSORFLOW = ("ones", "zeros", "random_normal", "random_uniform")
_TENSORFLOW_1 = (
    "random_normal", "random_uniform", "truncated_normal", "orthogonal", "uniform_unit_scaling", "variance_scaling",
    "glorot_normal", "glorot_uniform",
)  # fmt: skip
_KERAS = (
    "Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Identity", "LecunNormal", "LecunUniform",
    "Ones", "Orthogonal", "RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling", "Zeros",
)  # fmt: skip


def _is_plain(initializer: Value) -> bool:
    """Whether it was made with numbers and words only: a tensor among its arguments broadcasts."""
    return (
        isinstance(initializer, ApiObject)
        and INCOMPLETE not in initializer.arguments
        and all(isinstance(value, (Constant, DTypeValue)) for value in initializer.arguments.values())
    )


def _made(initializer: Value, dtype: DType | None, shape: Shape) -> Tensor:
    return Tensor(dtype, shape if _is_plain(initializer) else None)


@op(*(f"{_name}_initializer.__call__" for _name in _TENSORFLOW))
def tensorflow_initializer(self: Value, shape: Dims, dtype: Value = NONE) -> Tensor:
    return _made(self, rules.chosen_dtype(conversion.to_dtype(dtype), dtypes.FLOAT32), shape)


@op("constant_initializer.__call__")
def constant_initializer(self: Value, shape: Dims, dtype: Value = NONE) -> Tensor:
    """Raises ReshapeCount where there are more or fewer numbers than the shape has places, except for one."""
    value = self.arguments.get("value", Constant(0)) if isinstance(self, ApiObject) else UNKNOWN
    given = conversion.to_tensor(value)
    known = isinstance(self, ApiObject) and INCOMPLETE not in self.arguments
    made = rules.chosen_dtype(conversion.to_dtype(dtype), given.dtype if known else None)
    result = Tensor(made, shape if known else None)
    there, places = shapes.num_elements(given.shape), shapes.num_elements(shape)
    if known and there != 1 and dims.equal(there, places) is False and current().mode == "eager":
        raise ReshapeCount(given, shape or (), result)
    return result


FIRST_CONSTANT = "compat.v1.constant_initializer"


@op(f"{FIRST_CONSTANT}.__call__")
def first_constant(self: Value, shape: Dims, dtype: Value = NONE, verify_shape: Value = NONE) -> Tensor:
    """The numbers in order, and the last one again; raises ReshapeCount where they are too many.

    With ``verify_shape`` they must have the shape already: raises AssignMismatch.
    """
    own = self.arguments if isinstance(self, ApiObject) and INCOMPLETE not in self.arguments else None
    if own is None:
        return Tensor(rules.chosen_dtype(conversion.to_dtype(dtype), None), shape)
    made = rules.chosen_dtype(conversion.to_dtype(own.get("dtype", NONE)), dtypes.FLOAT32)
    given = conversion.to_tensor(own.get("value", Constant(0)))
    result = Tensor(rules.chosen_dtype(conversion.to_dtype(dtype), made), shape)
    if given.kind not in (Kind.PYTHON, Kind.ARRAY):
        return result
    verify = own.get("verify_shape", NONE) if verify_shape == NONE else verify_shape
    there, places = shapes.num_elements(given.shape), shapes.num_elements(shape)
    if verify == TRUE and shapes.equal(given.shape, shape) is False:
        if dims.equal(there, places) is False:
            raise ReshapeCount(given, shape or (), result)
        raise AssignMismatch(given, shape, "initial value", result)
    if isinstance(there, int) and isinstance(places, int) and verify in (NONE, FALSE):
        other = there not in (1, places) and current().mode == "eager"
        if other or there > places > 0:  # a graph makes nothing of any number
            raise ReshapeCount(given, shape or (), result)
    return result


@op(*(f"compat.v1.{_name}_initializer.__call__" for _name in _TENSORFLOW_1))
def first_initializer(self: Value, shape: Dims, dtype: Value = NONE) -> Tensor:
    """The dtype is that of the call, else the one that the initializer was made with."""
    own = self.arguments.get("dtype", NONE) if isinstance(self, ApiObject) and _is_plain(self) else UNKNOWN
    made = rules.chosen_dtype(conversion.to_dtype(own), dtypes.FLOAT32)
    chosen = rules.chosen_dtype(conversion.to_dtype(dtype), made)
    return _made(self, chosen if chosen is not None and chosen.is_floating else None, shape)


@op("compat.v1.zeros_initializer.__call__", "compat.v1.ones_initializer.__call__")
def first_filler(self: Value, shape: Dims, dtype: Value = NONE) -> Tensor:
    own = self.arguments.get("dtype", NONE) if isinstance(self, ApiObject) and _is_plain(self) else UNKNOWN
    made = rules.chosen_dtype(conversion.to_dtype(own), dtypes.FLOAT32)
    return _made(self, rules.chosen_dtype(conversion.to_dtype(dtype), made), shape)


@op(*(f"keras.initializers.{_name}.__call__" for _name in _KERAS))
def keras_initializer(self: Value, shape: Dims, dtype: Value = NONE) -> Value:
    """Raises BroadcastMismatch where a constant of several numbers cannot fill the shape."""
    if _is_plain(self):
        return _made(self, keras_dtype(dtype, floatx()), shape)
    if not isinstance(self, ApiObject):
        return UNKNOWN
    is_constant = self.path == "keras.initializers.Constant" and INCOMPLETE not in self.arguments
    held = conversion.to_tensor(self.arguments.get("value", UNKNOWN) if is_constant else UNKNOWN)
    if held.kind is not Kind.UNKNOWN and shapes.broadcast(held.shape, shape)[1]:
        raise BroadcastMismatch([held, Tensor(floatx(), shape)], UNKNOWN)
    return UNKNOWN
