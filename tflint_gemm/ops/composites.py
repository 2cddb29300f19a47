"""The parts of ragged and sparse tensors: made, read, and carried along where the places of the values stay."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import MAX_ELEMENTS, Kind, Tensor
from tflint_gemm.ops import rules
from tflint_gemm.replacing import replace


def known_integers(tensor: Tensor) -> tuple[int, ...] | None:
    """The values of an integer tensor, where all are known."""
    found = tuple(element for element in tensor.elements or () if isinstance(element, int))
    return found if tensor.elements is not None and len(found) == len(tensor.elements) else None


def integers(numbers: Sequence[int], dtype: DType | None) -> Tensor:
    """A vector of these integers."""
    return Tensor(dtype, (len(numbers),), elements=tuple(numbers) if len(numbers) <= MAX_ELEMENTS else None)


def with_values(composite: Tensor, values: Tensor) -> Tensor:
    """A tensor like ``composite``, with ``values`` (its innermost ones) in their places."""
    if not has_parts(composite):
        return Tensor(values.dtype, None, composite.kind)
    first, last = composite.parts
    if composite.kind is Kind.SPARSE:
        return Tensor(values.dtype, composite.shape, Kind.SPARSE, parts=(first, values))
    inner = with_values(first, values) if first.kind is Kind.RAGGED else values
    if composite.shape is None or inner.shape is None:
        return Tensor(values.dtype, None, Kind.RAGGED, parts=(inner, last))
    return Tensor(values.dtype, (*composite.shape[:2], *inner.shape[1:]), Kind.RAGGED, parts=(inner, last))


def elementwise(composite: Tensor, dtype: DType | None) -> Tensor:
    """What an op makes of a composite tensor by computing on each of its values."""
    if not has_parts(composite):
        return Tensor(dtype, composite.shape, composite.kind)
    return with_values(composite, rules.like(flat_values(composite), dtype=dtype))


def has_parts(composite: Tensor) -> bool:
    """Whether the parts are known: they may be left from before a cast or a conversion."""
    if len(composite.parts) != 2 or composite.kind not in (Kind.RAGGED, Kind.SPARSE):
        return False
    values = composite.parts[0] if composite.kind is Kind.RAGGED else composite.parts[1]
    return values.dtype == composite.dtype


# ------------------------------------------------------------------------------------------------- ragged tensors


def ragged(values: Tensor, splits: Tensor, uniform: Dim = None) -> Tensor:
    """``values`` cut into rows at ``splits``; ``uniform`` is the length of each row where they are made of one."""
    parts = (values, splits)
    if values.shape is None or Kind.UNKNOWN in (values.kind, splits.kind):
        return Tensor(values.dtype if values.kind is not Kind.UNKNOWN else None, None, Kind.RAGGED)
    count = dims.subtract(splits.shape[0], 1) if splits.shape else None
    return Tensor(values.dtype, (count, uniform, *values.shape[1:]), Kind.RAGGED, parts=parts)


def row_values(composite: Tensor) -> Tensor | None:
    """What the rows of a ragged tensor consist of; None where that is not known."""
    return composite.parts[0] if composite.kind is Kind.RAGGED and has_parts(composite) else None


def row_splits(composite: Tensor) -> Tensor:
    """Where the rows of a ragged tensor begin and end."""
    if composite.kind is Kind.RAGGED and has_parts(composite):
        return composite.parts[1]
    return Tensor(None, (dims.add(composite.shape[0] if composite.shape else None, 1),))


def nested_splits(composite: Tensor) -> list[Tensor] | None:
    """The row splits from the outermost to the innermost dimension that is ragged."""
    if composite.kind is not Kind.RAGGED:
        return None
    found: list[Tensor] = []
    while composite.kind is Kind.RAGGED:
        if not has_parts(composite):
            return None
        found.append(composite.parts[1])
        composite = composite.parts[0]
    return found


def flat_values(composite: Tensor) -> Tensor:
    """The values beneath all rows, or those of a sparse tensor that are there."""
    if not has_parts(composite):
        inner = composite.kind is Kind.SPARSE or composite.rank == 2
        return Tensor(composite.dtype, (None,) if inner else None)
    if composite.kind is Kind.SPARSE:
        return composite.parts[1]
    values = composite.parts[0]
    return flat_values(values) if values.kind is Kind.RAGGED else values


def same_rows(first: Tensor, second: Tensor) -> bool:
    """Whether the values of two ragged tensors certainly stand in the same rows."""
    if first is second:
        return True
    one, other = nested_splits(first), nested_splits(second)
    if one is None or other is None or len(one) != len(other) or first.rank != second.rank:
        return False
    known = [(known_integers(a), known_integers(b)) for a, b in zip(one, other)]
    inner = flat_values(first).shape == flat_values(second).shape
    return inner and all(a is not None and a == b for a, b in known)


def splits_of_lengths(lengths: Tensor) -> Tensor:
    """The row splits of rows of these lengths."""
    known = known_integers(lengths)
    if known is not None:
        return integers((0, *itertools.accumulate(known)), lengths.dtype)
    return Tensor(lengths.dtype, (dims.add(lengths.shape[0] if lengths.shape else None, 1),))


def lengths_of_splits(splits: Tensor) -> Tensor:
    """The lengths of the rows."""
    known = known_integers(splits)
    if known:
        return integers([end - start for start, end in itertools.pairwise(known)], splits.dtype)
    return Tensor(splits.dtype, (dims.subtract(splits.shape[0], 1) if splits.shape else None,))


def bounds(composite: Tensor) -> Shape:
    """The sizes of the smallest dense tensor that holds a ragged one."""
    values, lengths = row_values(composite), known_integers(lengths_of_splits(row_splits(composite)))
    if values is None or composite.shape is None:
        return composite.shape
    inner = bounds(values) if values.kind is Kind.RAGGED else values.shape
    if inner is None:
        return None
    longest = composite.shape[1] if lengths is None else max(lengths, default=0)
    return (composite.shape[0], longest, *inner[1:])


# ------------------------------------------------------------------------------------------------- sparse tensors


def sparse(indices: Tensor, values: Tensor, shape: Shape) -> Tensor:
    """A sparse tensor of these parts; that there are as many indices as values tells the number of either."""
    known = next((part.shape[0] for part in (values, indices) if part.shape and part.shape[0] is not None), None)
    rank = None if shape is None else len(shape)
    if rank is None and indices.shape is not None and len(indices.shape) == 2 and isinstance(indices.shape[1], int):
        rank = indices.shape[1]
        shape = (None,) * rank
    places = replace(rules.like(indices), dtype=dtypes.INT64, shape=(known, rank), elements=indices.elements)
    held = replace(rules.like(values), shape=(known,), elements=values.elements)
    return Tensor(values.dtype, shape, Kind.SPARSE, parts=(places, held))


def moved(composite: Tensor, shape: Shape) -> Tensor:
    """The values of a sparse tensor, each in another place of a tensor of ``shape``."""
    if not has_parts(composite):
        return Tensor(composite.dtype, shape, Kind.SPARSE)
    count = flat_values(composite).shape
    places = Tensor(dtypes.INT64, (count[0] if count else None, None if shape is None else len(shape)))
    return Tensor(composite.dtype, shape, Kind.SPARSE, parts=(places, rules.like(flat_values(composite))))
