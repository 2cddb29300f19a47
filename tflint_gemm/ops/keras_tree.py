"""``keras.tree``: functions over nested structures, as ``tf.nest`` has them."""

from __future__ import annotations

from tflint_gemm.domain.values import Value
from tflint_gemm.ops import nest
from tflint_gemm.ops.registry import op


@op("keras.tree.map_structure")
def map_structure(func: Value, *structures: Value) -> Value:
    return nest.map_structure(func, *structures)


@op("keras.tree.flatten")
def flatten(structure: Value) -> Value:
    return nest.flatten(structure)


@op("keras.tree.pack_sequence_as")
def pack_sequence_as(structure: Value, flat_sequence: Value) -> Value:
    return nest.pack_sequence_as(structure, flat_sequence)


@op("keras.tree.is_nested")
def is_nested(structure: Value) -> Value:
    return nest.is_nested(structure)
