"""Tables of ``tf.lookup``."""

from __future__ import annotations

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import NONE, UNKNOWN, ApiObject, Kind, Tensor, Value
from tflint_gemm.ops import conversion
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.layers import INCOMPLETE
from tflint_gemm.ops.registry import op


def _dtype_of(value: Value) -> DType | None:
    found = conversion.to_dtype(value)
    return None if isinstance(found, Unsure) else found


def _value_dtype(table: Value) -> DType | None:
    """The dtype of what a table holds."""
    if not isinstance(table, ApiObject) or INCOMPLETE in table.arguments:
        return None
    if table.path == "lookup.StaticVocabularyTable":
        return dtypes.INT64
    if "value_dtype" in table.arguments:
        return _dtype_of(table.arguments["value_dtype"])
    source = table.arguments.get("initializer", UNKNOWN)
    if not isinstance(source, ApiObject) or INCOMPLETE in source.arguments:
        return None
    stated = source.arguments.get("value_dtype", NONE)
    if stated != NONE:
        return _dtype_of(stated)
    return conversion.to_tensor(source.arguments.get("values", UNKNOWN)).dtype


_TABLES = (
    "lookup.StaticHashTable", "lookup.StaticVocabularyTable", "lookup.experimental.MutableHashTable",
    "lookup.experimental.DenseHashTable",
)  # fmt: skip


@op(*(f"{_name}.{_method}" for _name in _TABLES for _method in ("lookup", "__getitem__")))
def lookup(self: Value, keys: Tensor) -> Tensor:
    """One value for each key."""
    kind = keys.kind if keys.kind in (Kind.RAGGED, Kind.SPARSE) else Kind.TENSOR
    return Tensor(_value_dtype(self), keys.shape if keys.kind is not Kind.UNKNOWN else None, kind)
