"""NumPy's index arrays: where diagonals and triangles are, flat and many-dimensional positions, iteration over them."""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.values import (
    MAX_ELEMENTS,
    NONE,
    UNKNOWN,
    IterableValue,
    OfType,
    Tensor,
    TupleValue,
    Value,
    dim_of,
)
from tflint_gemm.ops import rules
from tflint_gemm.ops.conversion import Unsure, to_shape
from tflint_gemm.ops.numpy_common import Array, Arrays, array, array_like, array_op, strong, to_array
from tflint_gemm.ops.numpy_creation import diagonal_size
from tflint_gemm.ops.parameters import Axis, Dimension, Dims, Integer, Spread
from tflint_gemm.ops.registry import op

_INDEX = dtypes.INT64


def _vectors(count: int, length: Dim) -> Value:
    return TupleValue((array(_INDEX, (length,)),) * count)


# ------------------------------------------------------------------------------------- diagonals and triangles


@array_op("diagonal", view=True)
def diagonal(a: Array, offset: Integer = 0, axis1: Axis = 0, axis2: Axis = 1) -> Tensor:
    """The diagonals along two axes, as the last dimension; raises AxisOutOfRange."""
    a = strong(a)
    if a.shape is None or not isinstance(axis1, int) or not isinstance(axis2, int):
        return array_like(a, None)
    rules.with_rank_at_least(a, 2)
    rest = rules.reduce_shape(a, (axis1, axis2), False) or ()
    size = diagonal_size(a.shape[axis1], a.shape[axis2], offset) if isinstance(offset, int) else None
    return array_like(a, (*rest, size))


@array_op("linalg.diagonal", view=True)
def last_diagonal(x: Array, offset: Integer = 0) -> Tensor:
    return diagonal(x, offset, -2, -1)


@array_op("diag_indices")
def diag_indices(n: Value, ndim: Integer = 2) -> Value:
    size = dim_of(n)
    if size is None:  # it may be a float, and then so are the indices
        return UNKNOWN
    size = max(size, 0) if isinstance(size, int) else size
    return _vectors(ndim, size) if isinstance(ndim, int) and 0 < ndim <= MAX_ELEMENTS else UNKNOWN


@array_op("diag_indices_from")
def diag_indices_from(arr: Array) -> Value:
    rules.with_rank_at_least(arr, 2)
    return UNKNOWN if not arr.shape else _vectors(len(arr.shape), arr.shape[0])


def _triangle(rows: Dim, columns: Dim, k: Integer, lower: bool) -> Dim:
    """How many places of a matrix are on or below (else above) its diagonal number ``k``."""
    if not isinstance(rows, int) or not isinstance(columns, int) or not isinstance(k, int):
        return None
    below = sum(min(columns, max(0, row + k + 1)) for row in range(rows)) if rows <= 10_000 else None
    if lower or below is None:
        return below
    return rows * columns - sum(min(columns, max(0, row + k)) for row in range(rows))


def _triangle_indices(name: str, lower: bool) -> None:
    def model(n: Dimension, k: Integer = 0, m: Value = NONE) -> Value:
        columns = n if m == NONE else dim_of(m)
        return _vectors(2, _triangle(n, columns, k, lower))

    def from_array(arr: Array, k: Integer = 0) -> Value:
        rows, columns = rules.with_rank(arr, 2)
        return _vectors(2, _triangle(rows, columns, k, lower))

    array_op(f"{name}_indices")(model)
    array_op(f"{name}_indices_from")(from_array)


_triangle_indices("tril", True)
_triangle_indices("triu", False)


@array_op("mask_indices")
def mask_indices(n: Dimension) -> Value:
    return _vectors(2, None)


# ------------------------------------------------------------------------------------- positions


@array_op("ix_")
def open_mesh(*args: Array) -> Value:
    """Each vector along its own dimension; of a mask, where it is true."""
    made = []
    for place, one in enumerate(args):
        vector = strong(one)
        mask = vector.dtype in (dtypes.BOOL, None)
        size = None if mask or not vector.shape else vector.shape[0]
        shape = tuple(size if i == place else 1 for i in range(len(args)))
        empty = size == 0 or size is None
        made.append(array(_INDEX if mask and vector.dtype else None if empty else vector.dtype, shape))
    return TupleValue(tuple(made))


@array_op("unravel_index", by_position=1)
def unravel_index(indices: Array, shape: Dims) -> Value:
    return UNKNOWN if shape is None else TupleValue((array(_INDEX, indices.shape),) * len(shape))


@array_op("ravel_multi_index", by_position=1)
def ravel_multi_index(multi_index: Arrays) -> Tensor:
    return array(_INDEX, rules.broadcast(multi_index) if multi_index else None)


@array_op("lexsort", by_position=1)
def lexsort(keys: Array, axis: Axis = -1) -> Tensor:
    """The order of the last key, which is the last of the first dimension."""
    if keys.shape is None:
        return array(_INDEX, None)
    return array(_INDEX, keys.shape[1:])


# ------------------------------------------------------------------------------------- iteration


@op("numpy.ndindex")
def ndindex(*shape: Spread) -> Value:
    """Tuples of integers, one for each dimension."""
    if any(isinstance(one, Unsure) for one in shape):
        return UNKNOWN
    given = [one for one in shape if isinstance(one, Value)]
    sizes = _sizes(given)
    if sizes is None:
        return IterableValue(OfType("tuple"))
    return IterableValue(TupleValue((OfType("int"),) * len(sizes)), dims.product(sizes))


def _sizes(given: list[Value]) -> tuple[Dim, ...] | None:
    return to_shape(given[0]) if len(given) == 1 else tuple(map(dim_of, given))


@op("numpy.ndenumerate")
def ndenumerate(arr: Array) -> Value:
    """Pairs of a position and an element."""
    element = array(arr.dtype, ()) if arr.dtype in dtypes.NUMERIC else UNKNOWN
    position = OfType("tuple") if arr.rank is None else TupleValue((OfType("int"),) * arr.rank)
    return IterableValue(TupleValue((position, element)), shapes.num_elements(arr.shape))


@op("numpy.nditer")
def nditer(*args: Spread, flags: Value = NONE) -> Value:
    """Each element as an array of no dimensions; with flags it is asked for more than that."""
    if len(args) != 1 or isinstance(args[0], Unsure) or flags != NONE or not isinstance(args[0], Tensor):
        return UNKNOWN
    operand = to_array(args[0])
    return IterableValue(array(operand.dtype, ()), shapes.num_elements(operand.shape))
