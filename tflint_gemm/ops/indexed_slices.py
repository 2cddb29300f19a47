"""``tf.IndexedSlices``: some rows of a tensor, and which rows they are."""

from __future__ import annotations

from tflint_gemm.domain.values import NONE, ApiObject, DTypeValue, Kind, ShapeValue, Value
from tflint_gemm.ops.conversion import to_shape, to_tensor
from tflint_gemm.ops.registry import op


@op("IndexedSlices")
def indexed_slices(values: Value, indices: Value, dense_shape: Value = NONE) -> Value:
    """An object that has what it was made of, and the dtype and the shape of the dense tensor."""
    made = ApiObject("IndexedSlices", {"values": values, "indices": indices, "dense_shape": dense_shape})
    rows = to_tensor(values)
    known = rows.kind is not Kind.UNKNOWN
    made.slots["dtype"] = DTypeValue(rows.dtype if known else None)
    made.slots["shape"] = ShapeValue(None if dense_shape == NONE else to_shape(dense_shape))
    return made
