"""Tables of ``tf.lookup`` and the layers of Keras that look words up."""

from __future__ import annotations

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import NONE, UNKNOWN, ApiObject, Constant, Kind, Tensor, Value
from tflint_gemm.ops import conversion, rules
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


@op("keras.layers.IntegerLookup.__call__", "keras.layers.StringLookup.__call__", "keras.layers.Hashing.__call__")
def lookup_layer(self: Value, inputs: Tensor) -> Value:
    """Indices in the shape of the input, unless the layer counts or inverts."""
    if not isinstance(self, ApiObject) or INCOMPLETE in self.arguments:
        return UNKNOWN
    plain = all(
        self.arguments.get(name, wanted) == wanted
        for name, wanted in (("output_mode", Constant("int")), ("invert", Constant(False)), ("sparse", Constant(False)))
    )
    if (
        not plain
        or self.arguments.get("dtype", NONE) != NONE
        or inputs.kind not in (Kind.ARRAY, Kind.TENSOR, Kind.PYTHON)
    ):
        return UNKNOWN
    return rules.like(inputs, dtype=dtypes.INT64)
