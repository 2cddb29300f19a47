"""``tf.io`` where files' records become tensors: ``tf.train.Example`` and its features, CSV, protocol buffers."""

from __future__ import annotations

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiObject,
    DictValue,
    Kind,
    ListValue,
    Tensor,
    TupleValue,
    Value,
)
from tflint_gemm.ops import conversion
from tflint_gemm.ops.parameters import Tensor as Operand
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import InvalidArgument

_STORED = frozenset({dtypes.FLOAT32, dtypes.INT64, dtypes.STRING})
"""What a ``tf.train.Feature`` can hold."""


def _dtype(feature: ApiObject) -> DType | None:
    """The dtype that a feature asks for; raises InvalidArgument for one that no record holds."""
    found = conversion.to_dtype(feature.arguments.get("dtype", UNKNOWN))
    if not isinstance(found, DType):
        return None
    if found not in _STORED:
        raise InvalidArgument((), f"feature of dtype {found.name}, where records hold float32, int64 and strings")
    return found


def _shape(feature: ApiObject) -> Shape:
    return conversion.to_shape(feature.arguments.get("shape", UNKNOWN))


def _after(prefix: Shape, rest: Shape) -> Shape:
    return None if prefix is None or rest is None else (*prefix, *rest)


def _parsed(feature: Value, prefix: Shape) -> Value:
    """What a feature becomes: ``prefix`` is the shape of the strings that are parsed."""
    if not isinstance(feature, ApiObject):
        return UNKNOWN
    dtype = _dtype(feature)
    if feature.path == "io.FixedLenFeature":
        return Tensor(dtype, _after(prefix, _shape(feature)))
    if feature.path == "io.FixedLenSequenceFeature":
        return Tensor(dtype, _after(_after(prefix, (None,)), _shape(feature)))
    if feature.path == "io.VarLenFeature":
        return Tensor(dtype, _after(prefix, (None,)), Kind.SPARSE)
    if feature.path == "io.SparseFeature":
        sizes = conversion.to_shape(feature.arguments.get("size", UNKNOWN))
        return Tensor(dtype, _after(prefix, sizes), Kind.SPARSE)
    return _ragged(feature, dtype, prefix) if feature.path == "io.RaggedFeature" else UNKNOWN


def _ragged(feature: ApiObject, dtype: DType | None, prefix: Shape) -> Value:
    partitions = conversion.sequence_items(feature.arguments.get("partitions", TupleValue(())))
    if prefix is None or partitions is None:
        return UNKNOWN
    if prefix:
        return Tensor(dtype, (*prefix, None, *(None for _ in partitions)), Kind.RAGGED)
    return UNKNOWN if partitions else Tensor(dtype, (None,))  # partitions may be uniform


def _parse(features: Value, prefix: Shape) -> Value:
    """A tensor for each feature of a dict."""
    if not isinstance(features, DictValue):
        return UNKNOWN
    known = [(key, _parsed(feature, prefix)) for key, feature in features.slots.items() if isinstance(key, Value)]
    return DictValue(known, UNKNOWN if DictValue.REST in features.slots else None)


@op("io.parse_single_example", "compat.v1.parse_single_example")
def parse_single_example(serialized: Operand, features: Value) -> Value:
    """Raises InvalidArgument for a feature of a dtype that no record holds."""
    return _parse(features, ())


@op("io.parse_example", "compat.v1.parse_example")
def parse_example(serialized: Operand, features: Value) -> Value:
    """The same of several records, or of one."""
    return _parse(features, serialized.shape if serialized.kind is not Kind.UNKNOWN else None)


# ------------------------------------------------------------------------------------------------- sequences


def _steps(features: Value, prefix: Shape) -> Value:
    """What is there once for each step: the steps are a dimension before those of the feature."""
    if features == NONE:
        return DictValue()
    if not isinstance(features, DictValue):
        return UNKNOWN
    found: list[tuple[Value, Value]] = []
    for key, feature in features.slots.items():
        if isinstance(key, Value):
            found.append((key, _step(feature, prefix)))
    return DictValue(found, UNKNOWN if DictValue.REST in features.slots else None)


def _step(feature: Value, prefix: Shape) -> Value:
    if not isinstance(feature, ApiObject):
        return UNKNOWN
    if feature.path == "io.FixedLenSequenceFeature":
        return _parsed(feature, prefix)
    kind = {"io.VarLenFeature": Kind.SPARSE, "io.RaggedFeature": Kind.RAGGED}.get(feature.path)
    simple = feature.arguments.get("partitions", NONE) == NONE
    return Tensor(_dtype(feature), _after(prefix, (None, None)), kind) if kind is not None and simple else UNKNOWN


@op("io.parse_single_sequence_example")
def parse_single_sequence_example(
    serialized: Operand, context_features: Value = NONE, sequence_features: Value = NONE
) -> Value:
    """The features of the whole, and those of its steps."""
    context = DictValue() if context_features == NONE else _parse(context_features, ())
    return TupleValue((context, _steps(sequence_features, ())))


@op("io.parse_sequence_example")
def parse_sequence_example(
    serialized: Operand, context_features: Value = NONE, sequence_features: Value = NONE
) -> Value:
    """The same of several records, and the number of steps of each."""
    prefix = serialized.shape if serialized.kind is not Kind.UNKNOWN else None
    context = DictValue() if context_features == NONE else _parse(context_features, prefix)
    return TupleValue((context, _steps(sequence_features, prefix), UNKNOWN))


# ------------------------------------------------------------------------------------------------- other formats


@op("io.decode_csv")
def decode_csv(records: Operand, record_defaults: Value) -> Value:
    """A tensor for each column, of its default's dtype."""
    defaults = conversion.sequence_items(record_defaults)
    if defaults is None:
        return UNKNOWN
    shape = records.shape if records.kind is not Kind.UNKNOWN else None
    columns = tuple(Tensor(conversion.to_tensor(default).dtype, shape) for default in defaults)
    return ListValue(TupleValue(columns))


@op("io.decode_proto")
def decode_proto(bytes: Operand, field_names: Value, output_types: Value) -> TupleValue:
    """How often each field occurs, and a tensor of the values of each."""
    shape = bytes.shape if bytes.kind is not Kind.UNKNOWN else None
    names, types = conversion.sequence_items(field_names), conversion.sequence_items(output_types)
    count: Dim = None if names is None else len(names)
    sizes = Tensor(dtypes.INT32, _after(shape, (count,)))
    if types is None:
        return TupleValue((sizes, UNKNOWN))
    found = [conversion.to_dtype(one) for one in types]
    fields = (Tensor(one if isinstance(one, DType) else None, _after(shape, (None,))) for one in found)
    return TupleValue((sizes, ListValue(TupleValue(tuple(fields)))))


@op("io.serialize_sparse")
def serialize_sparse(sp_input: Operand, out_type: Value = NONE) -> Tensor:
    return Tensor(_text(out_type), (3,))


@op("io.serialize_many_sparse")
def serialize_many_sparse(sp_input: Operand, out_type: Value = NONE) -> Tensor:
    return Tensor(_text(out_type), (sp_input.shape[0] if sp_input.shape else None, 3))


def _text(out_type: Value) -> DType | None:
    """The dtype of a serialized tensor, a string unless something else is asked for."""
    found = dtypes.STRING if out_type == NONE else conversion.to_dtype(out_type)
    return found if isinstance(found, DType) else None


@op("io.deserialize_many_sparse")
def deserialize_many_sparse(dtype: Value) -> Tensor:
    found = conversion.to_dtype(dtype)
    return Tensor(found if isinstance(found, DType) else None, None, Kind.SPARSE)
