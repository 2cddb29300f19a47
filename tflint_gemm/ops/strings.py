"""``tf.strings``: dtypes and shapes of what is made of strings."""

from __future__ import annotations

from collections.abc import Mapping

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import ANY_TENSOR, Kind, Tensor
from tflint_gemm.ops import rules
from tflint_gemm.ops.op_model import OpModel
from tflint_gemm.ops.parameters import DTypeArgument, Tensors
from tflint_gemm.ops.registry import add, op

_RESULTS: Mapping[str, DType] = {
    "strings.as_string": dtypes.STRING,
    "strings.lower": dtypes.STRING,
    "strings.upper": dtypes.STRING,
    "strings.strip": dtypes.STRING,
    "strings.regex_replace": dtypes.STRING,
    "strings.regex_full_match": dtypes.BOOL,
    "strings.length": dtypes.INT32,
    "strings.to_hash_bucket": dtypes.INT64,
    "strings.to_hash_bucket_fast": dtypes.INT64,
    "strings.to_hash_bucket_strong": dtypes.INT64,
    "strings.unicode_script": dtypes.INT32,
    "strings.unicode_transcode": dtypes.STRING,
    "io.encode_base64": dtypes.STRING,
    "io.decode_base64": dtypes.STRING,
    "io.decode_json_example": dtypes.STRING,
}


def _elementwise(name: str, result: DType) -> None:
    """Register an op of one operand that keeps its shape, a ragged one's too."""

    def model(input: Tensor) -> Tensor:
        if input.kind in (Kind.RAGGED, Kind.SPARSE):
            return Tensor(result, input.shape, input.kind)
        return Tensor(result, input.shape) if input.kind is not Kind.UNKNOWN else ANY_TENSOR

    add(OpModel(name, model, by_position=1))


for _name, _result in _RESULTS.items():
    _elementwise(_name, _result)


@op("strings.to_number", by_position=1)
def to_number(input: Tensor, out_type: DTypeArgument = dtypes.FLOAT32) -> Tensor:
    if input.kind in (Kind.RAGGED, Kind.SPARSE, Kind.UNKNOWN):
        return ANY_TENSOR
    return Tensor(rules.chosen_dtype(out_type, dtypes.FLOAT32), input.shape)


@op("strings.join")
def join(inputs: Tensors) -> Tensor:
    """Scalars broadcast, other shapes must agree."""
    if not inputs or any(one.kind in (Kind.RAGGED, Kind.SPARSE, Kind.UNKNOWN) for one in inputs):
        return ANY_TENSOR
    if any(one.shape is None for one in inputs):
        return Tensor(dtypes.STRING)
    shaped = [one for one in inputs if one.shape]
    return Tensor(dtypes.STRING, shaped[0].shape if shaped else ())


@op("io.serialize_tensor")
def serialize_tensor(tensor: Tensor) -> Tensor:
    return Tensor(dtypes.STRING, ())


@op("io.read_file")
def read_file(filename: Tensor) -> Tensor:
    return Tensor(dtypes.STRING, ())
