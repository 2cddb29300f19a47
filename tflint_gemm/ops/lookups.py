"""Tables of ``tf.lookup``."""

from __future__ import annotations

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import NONE, UNKNOWN, ApiObject, Kind, Tensor, TupleValue, Value
from tflint_gemm.ops import conversion
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.layers import INCOMPLETE
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import ConversionMismatch


def _dtype_of(value: Value) -> DType | None:
    found = conversion.to_dtype(value)
    return None if isinstance(found, Unsure) else found


def _value_dtype(table: Value) -> DType | None:
    """The dtype of what a table holds."""
    if not isinstance(table, ApiObject) or INCOMPLETE in table.arguments:
        return None
    if table.path == "lookup.StaticVocabularyTable":
        return dtypes.INT64
    return _stated_dtype(table, "value_dtype", "values")


def _key_dtype(table: Value) -> DType | None:
    """The dtype of what a table is asked for; None for a vocabulary, which takes several."""
    if not isinstance(table, ApiObject) or INCOMPLETE in table.arguments or "Vocabulary" in table.path:
        return None
    return _stated_dtype(table, "key_dtype", "keys")


def _stated_dtype(table: ApiObject, name: str, content: str) -> DType | None:
    """The dtype that a table or its initializer states as ``name``, else that of the initializer's ``content``."""
    if name in table.arguments:
        return _dtype_of(table.arguments[name])
    source = table.arguments.get("initializer", UNKNOWN)
    if not isinstance(source, ApiObject) or INCOMPLETE in source.arguments:
        return None
    stated = source.arguments.get(name, NONE)
    return _dtype_of(stated) if stated != NONE else conversion.to_tensor(source.arguments.get(content, UNKNOWN)).dtype


def _value_shape(table: Value) -> Shape:
    """The shape of each value: that of the default of a table that can be written to."""
    if not isinstance(table, ApiObject) or INCOMPLETE in table.arguments:
        return None
    if not table.path.startswith("lookup.experimental."):
        return ()
    default = conversion.to_tensor(table.arguments.get("default_value", UNKNOWN))
    return None if default.kind is Kind.UNKNOWN else default.shape


_TABLES = (
    "lookup.StaticHashTable", "lookup.StaticVocabularyTable", "lookup.experimental.MutableHashTable",
    "lookup.experimental.DenseHashTable",
)  # fmt: skip


@op(*(f"{_name}.{_method}" for _name in _TABLES for _method in ("lookup", "__getitem__")))
def lookup(self: Value, keys: Tensor) -> Tensor:
    """One value for each key; raises ConversionMismatch for tensors of another dtype than the keys'."""
    kind = keys.kind if keys.kind in (Kind.RAGGED, Kind.SPARSE) else Kind.TENSOR
    inner = _value_shape(self)
    known = keys.kind is not Kind.UNKNOWN and keys.shape is not None and inner is not None
    result = Tensor(_value_dtype(self), (*(keys.shape or ()), *(inner or ())) if known else None, kind)
    wanted = _key_dtype(self)
    if keys.is_tensorflow and keys.dtype is not None and wanted is not None and keys.dtype != wanted:
        raise ConversionMismatch(keys, wanted, result)
    return result


@op(*(f"{_name}.export" for _name in _TABLES if "Vocabulary" not in _name))
def export(self: Value) -> TupleValue:
    """All keys and all values, in one order."""
    inner = _value_shape(self)
    dense = not isinstance(self, ApiObject) or self.path.endswith("DenseHashTable")
    keys = Tensor(_key_dtype(self), None if dense else (None,))
    return TupleValue((keys, Tensor(_value_dtype(self), None if inner is None or dense else (None, *inner))))


@op(*(f"{_name}.size" for _name in _TABLES))
def size(self: Value) -> Tensor:
    return Tensor(dtypes.INT64, ())


@op(
    "lookup.experimental.MutableHashTable.insert", "lookup.experimental.DenseHashTable.insert",
    "lookup.experimental.DenseHashTable.insert_or_assign",
)  # fmt: skip
def insert(self: Value, keys: Tensor, values: Tensor) -> Value:
    """Raises ConversionMismatch for tensors of other dtypes than the table's."""
    for given, wanted in ((keys, _key_dtype(self)), (values, _value_dtype(self))):
        if given.is_tensorflow and given.dtype is not None and wanted is not None and given.dtype != wanted:
            raise ConversionMismatch(given, wanted)
    return UNKNOWN
