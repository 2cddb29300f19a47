"""``tf.IndexedSlices``: rows of a tensor that is not made."""

from __future__ import annotations

from tflint_gemm.domain.values import NONE, UNKNOWN, ApiObject, DTypeValue, Tensor, Value
from tflint_gemm.ops.registry import attribute


def _part(name: str) -> None:
    def part(self: Value) -> Value:
        return self.arguments.get(name, NONE) if isinstance(self, ApiObject) and self.arguments else UNKNOWN

    attribute(f"IndexedSlices.{name}")(part)


for _name in ("values", "indices", "dense_shape"):
    _part(_name)


@attribute("IndexedSlices.dtype")
def dtype(self: Value) -> Value:
    values = self.arguments.get("values", UNKNOWN) if isinstance(self, ApiObject) else UNKNOWN
    return DTypeValue(values.dtype) if isinstance(values, Tensor) and values.is_tensorflow else UNKNOWN
