"""``keras.Variable``, and the names that Keras gives to dtypes."""

from __future__ import annotations

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.join import python_type
from tflint_gemm.domain.values import NONE, ApiObject, Constant, Kind, OfType, Tensor, Value
from tflint_gemm.ops import conversion
from tflint_gemm.ops.keras_functions import keras_dtype
from tflint_gemm.ops.keras_promotion import floatx
from tflint_gemm.ops.registry import op


@op("keras.Variable")
def variable(initializer: Value, shape: Value = NONE, dtype: Value = NONE) -> Tensor:
    """A variable with a value, or of a shape that an initializer fills; beside a value, the shape is not heeded."""
    start = conversion.to_tensor(initializer)
    is_initializer = isinstance(initializer, ApiObject) and initializer.path.startswith("keras.initializers.")
    if is_initializer or python_type(initializer) == "str":
        return Tensor(keras_dtype(dtype, floatx()), conversion.to_shape(shape), Kind.VARIABLE, promotes=True)
    if start.kind is Kind.UNKNOWN:
        return Tensor(keras_dtype(dtype, None), None, Kind.VARIABLE, promotes=True)
    return Tensor(keras_dtype(dtype, start.dtype), start.shape, Kind.VARIABLE, promotes=True)


@op("keras.utils.standardize_dtype")
def standardize_dtype(dtype: Value) -> Value:
    """The dtype's name."""
    known = keras_dtype(dtype, floatx())
    return OfType("str") if known is None or known not in dtypes.BY_NAME.values() else Constant(known.name)
