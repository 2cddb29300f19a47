"""Keras's optimizers and regularizers: what they hold, and the penalty that weights cost."""

from __future__ import annotations

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.values import UNKNOWN, ApiObject, Constant, IterableValue, Kind, ListValue, Tensor, Value
from tflint_gemm.ops.keras_promotion import floatx
from tflint_gemm.ops.layers import INCOMPLETE
from tflint_gemm.ops.registry import attribute, op


@attribute("keras.Optimizer.iterations")
def iterations(self: Value) -> Tensor:
    return Tensor(dtypes.INT64, (), Kind.VARIABLE)


@attribute("keras.Optimizer.learning_rate", "keras.Optimizer.lr")
def learning_rate(self: Value) -> Value:
    """A variable where a number was given; of a schedule, what it gives at this step."""
    if not isinstance(self, ApiObject) or INCOMPLETE in self.arguments:
        return UNKNOWN
    given = self.arguments.get("learning_rate", UNKNOWN)
    return Tensor(floatx(), (), Kind.VARIABLE) if isinstance(given, Constant) else UNKNOWN


@attribute("keras.Optimizer.variables")
def variables(self: Value) -> Value:
    return ListValue(IterableValue(Tensor(None, None, Kind.VARIABLE)))


@op(*(f"keras.regularizers.{name}.__call__" for name in ("L1", "L2", "L1L2")))
def penalty(self: Value, x: Tensor) -> Tensor:
    """A scalar of the dtype of the weights."""
    known = x.kind in (Kind.TENSOR, Kind.VARIABLE, Kind.ARRAY, Kind.KERAS) and x.dtype in dtypes.FLOATING
    concrete = x.kind in (Kind.TENSOR, Kind.VARIABLE, Kind.ARRAY, Kind.PYTHON)
    return Tensor(x.dtype if known else None, (), Kind.TENSOR if concrete else Kind.UNKNOWN)
