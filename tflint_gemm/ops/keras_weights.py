"""The weights of Keras's layers, and what an optimizer says when it has changed them."""

from __future__ import annotations

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import NONE, UNKNOWN, ApiObject, Constant, Kind, Tensor, TupleValue, Value, dim_of
from tflint_gemm.ops.context import current
from tflint_gemm.ops.layers import BUILT_FOR, INCOMPLETE
from tflint_gemm.ops.registry import attribute, op


def _weight_dtype(layer: ApiObject) -> DType | None:
    """The dtype of a layer's variables: Keras's default unless the layer was given one."""
    given = INCOMPLETE in layer.arguments or layer.arguments.get("dtype", NONE) != NONE
    return None if given else dtypes.parse_dtype(current().floatx)


def _argument(layer: ApiObject, name: str) -> Value:
    return UNKNOWN if INCOMPLETE in layer.arguments else layer.arguments.get(name, UNKNOWN)


@attribute("keras.layers.Embedding.embeddings")
def embeddings(self: Value) -> Value:
    if not isinstance(self, ApiObject):
        return UNKNOWN
    sizes = tuple(dim_of(_argument(self, name)) for name in ("input_dim", "output_dim"))
    return Tensor(_weight_dtype(self), sizes, Kind.VARIABLE)


@attribute("keras.layers.Dense.kernel")
def dense_kernel(self: Value) -> Value:
    """Its rows are as many as the first input had features."""
    if not isinstance(self, ApiObject):
        return UNKNOWN
    built = self.slots.get(BUILT_FOR)
    features = dim_of(built.items[1]) if isinstance(built, TupleValue) and len(built.items) == 2 else None
    return Tensor(_weight_dtype(self), (features, dim_of(_argument(self, "units"))), Kind.VARIABLE)


@attribute("keras.layers.Dense.bias")
def dense_bias(self: Value) -> Value:
    if not isinstance(self, ApiObject) or _argument(self, "use_bias") != Constant(True):
        return UNKNOWN
    return Tensor(_weight_dtype(self), (dim_of(_argument(self, "units")),), Kind.VARIABLE)


@op("keras.Optimizer.apply_gradients")
def apply_gradients(self: Value) -> Tensor:
    """The number of steps so far."""
    return Tensor(dtypes.INT64, (), Kind.VARIABLE)
