"""``tf.nest``: functions over nested structures."""

from __future__ import annotations

from tflint_gemm.domain import dtypes
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    Constant,
    DictValue,
    IterableValue,
    Kind,
    ListValue,
    OfType,
    Tensor,
    TupleValue,
    Unknown,
    Value,
)
from tflint_gemm.ops import composites, structures
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import sequence_items
from tflint_gemm.ops.registry import op


@op("nest.map_structure")
def map_structure(func: Value, *structure: Value) -> Value:
    if not structure or any(isinstance(one, Unknown) for one in structure):
        return UNKNOWN

    def apply(*leaves: Value) -> Value:
        # What is not known may be a structure itself, which ``func`` never sees as a whole.
        return UNKNOWN if any(isinstance(leaf, Unknown) for leaf in leaves) else current().call(func, leaves, {})

    return structures.map_leaves(apply, *structure)


@op("nest.flatten")
def flatten(structure: Value, expand_composites: Value = NONE) -> Value:
    found = list(structures.leaves(structure))
    if any(isinstance(leaf, (Unknown, OfType)) or _is_open(leaf) for leaf in found):
        return ListValue(IterableValue(UNKNOWN))
    composite = any(isinstance(leaf, Tensor) and leaf.kind in (Kind.RAGGED, Kind.SPARSE) for leaf in found)
    if composite and expand_composites not in (NONE, Constant(False)):
        expanded = [_components(leaf) for leaf in found]
        if None in expanded or expand_composites != Constant(True):
            return ListValue(IterableValue(UNKNOWN))
        return ListValue(TupleValue(tuple(part for parts in expanded for part in parts or ())))
    return ListValue(TupleValue(tuple(found)))


def _components(leaf: Value) -> list[Value] | None:
    """The tensors that a leaf is made of, which is one itself unless it is ragged or sparse; None if not known."""
    if not isinstance(leaf, Tensor) or leaf.kind not in (Kind.RAGGED, Kind.SPARSE):
        return [leaf]
    if leaf.kind is Kind.SPARSE and composites.has_parts(leaf) and leaf.rank is not None:
        return [*leaf.parts, Tensor(dtypes.INT64, (leaf.rank,), elements=leaf.shape)]
    splits = composites.nested_splits(leaf)
    return None if splits is None else [composites.flat_values(leaf), *splits]


def _is_open(leaf: Value) -> bool:
    """Whether a leaf is a structure whose items are not known."""
    return isinstance(leaf, (ListValue, DictValue, IterableValue))


@op("nest.pack_sequence_as")
def pack_sequence_as(structure: Value, flat_sequence: Value, expand_composites: Value = NONE) -> Value:
    items = sequence_items(flat_sequence)
    places = list(structures.leaves(structure))
    if items is None or len(items) != len(places) or any(isinstance(place, (Unknown, OfType)) for place in places):
        return UNKNOWN
    remaining = iter(items)
    return structures.map_leaves(lambda _: next(remaining), structure)


@op("nest.is_nested")
def is_nested(seq: Value) -> Value:
    if structures.is_nested(seq):
        return Constant(True)
    plain = isinstance(seq, Constant) or (isinstance(seq, Tensor) and seq.kind is not Kind.PYTHON)
    return Constant(False) if plain else OfType("bool")


@op("nest.assert_same_structure")
def assert_same_structure(nest1: Value, nest2: Value) -> Value:
    return NONE
