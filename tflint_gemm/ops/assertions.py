"""Assertions about dtypes, ranks and shapes: those that certainly fail are objected to.

What is known when a program is read is known to TensorFlow when it runs, so it fails in a graph too.
"""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import NONE, Constant, DictValue, Kind, OfType, Tensor, Value
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import sequence_items, to_axes, to_tensor
from tflint_gemm.ops.diagnostics import nothing
from tflint_gemm.ops.indexing import as_dim
from tflint_gemm.ops.parameters import DTypeArgument, Integer
from tflint_gemm.ops.parameters import Tensor as Operand
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import ConversionMismatch, InvalidArgument, NoKernel, RankTooLow

_FREE = (NONE, Constant("."))  # any size
_OPEN = (Constant("*"), Constant("..."), Constant(...))  # any number of dimensions


def _certain(operand: Tensor) -> bool:
    return operand.kind not in (Kind.UNKNOWN, Kind.RAGGED, Kind.SPARSE)


@op("debugging.assert_rank", "compat.v1.assert_rank", by_position=2)
def assert_rank(x: Operand, rank: Integer) -> Value:
    """Raises RankTooLow."""
    if _certain(x) and isinstance(rank, int) and x.rank not in (None, rank):
        raise RankTooLow(x, rank, exact=True, result=nothing())
    return nothing()


@op("debugging.assert_rank_at_least", "compat.v1.assert_rank_at_least", by_position=2)
def assert_rank_at_least(x: Operand, rank: Integer) -> Value:
    if _certain(x) and isinstance(rank, int) and x.rank is not None and x.rank < rank:
        raise RankTooLow(x, rank, result=nothing())
    return nothing()


@op("debugging.assert_rank_in", "compat.v1.assert_rank_in", by_position=2)
def assert_rank_in(x: Operand, ranks: Value) -> Value:
    allowed = to_axes(ranks)
    if _certain(x) and isinstance(allowed, tuple) and allowed and x.rank not in (None, *allowed):
        raise InvalidArgument([x], f"rank is none of {', '.join(map(str, allowed))}", nothing())
    return nothing()


@op("debugging.assert_scalar", by_position=1)
def assert_scalar(tensor: Operand) -> Value:
    if _certain(tensor) and tensor.rank not in (None, 0):
        raise RankTooLow(tensor, 0, exact=True, result=nothing())
    return nothing()


@op("debugging.assert_type", "compat.v1.assert_type")
def assert_type(tensor: Operand, tf_type: DTypeArgument) -> Value:
    """Raises ConversionMismatch for a tensor of another dtype."""
    if tensor.is_tensorflow and tensor.dtype is not None and isinstance(tf_type, DType) and tensor.dtype != tf_type:
        raise ConversionMismatch(tensor, tf_type, nothing())
    return nothing()


@op("debugging.assert_integer", "compat.v1.assert_integer", by_position=1)
def assert_integer(x: Operand) -> Value:
    if x.is_tensorflow and x.dtype is not None and not x.dtype.is_integer and x.dtype in dtypes.NUMERIC | {dtypes.BOOL}:
        raise NoKernel(x, dtypes.INTEGER, result=nothing())
    return nothing()


@op("debugging.assert_equal", "compat.v1.assert_equal", by_position=2)
def assert_equal(x: Operand, y: Operand) -> Value:
    """Sizes against sizes; raises InvalidArgument where two of them certainly differ."""
    known = _certain(x) and _certain(y) and x.shape == y.shape and current().mode != "graph"
    for left, right in zip(x.elements or (), y.elements or ()) if known else ():
        if dims.equal(as_dim(left), as_dim(right)) is False:
            raise InvalidArgument([x, y], f"{as_dim(left)} is not {as_dim(right)}", nothing())
    return nothing()


@op("debugging.assert_shapes")
def assert_shapes(shapes: Value) -> Value:
    """A tensor with the sizes of its dimensions, each a number or a name, in each item; raises InvalidArgument."""
    known: dict[Value, Dim] = {}
    for tensor, sizes in _specified(shapes):
        if sizes is None or not _certain(tensor) or tensor.shape is None or any(size in _OPEN for size in sizes):
            continue
        if len(sizes) > 1 and len(tensor.shape) != len(sizes):
            raise RankTooLow(tensor, len(sizes), exact=True, result=nothing())
        for dim, size in zip(tensor.shape, sizes):
            _check_size(tensor, dim, size, known)
    return nothing()


def _specified(shapes: Value) -> list[tuple[Tensor, tuple[Value, ...] | None]]:
    """The tensors and the sizes that are asked of them."""
    if isinstance(shapes, DictValue):
        return []  # tensors as keys are only allowed where they can be hashed
    pairs = [sequence_items(item) for item in sequence_items(shapes) or ()]
    return [(to_tensor(pair[0]), _sizes(pair[1])) for pair in pairs if pair is not None and len(pair) == 2]


def _sizes(specification: Value) -> tuple[Value, ...] | None:
    if isinstance(specification, Constant) and isinstance(specification.value, str):
        return tuple(Constant(letter) for letter in specification.value)
    return sequence_items(specification) if not isinstance(specification, Tensor) else None


def _check_size(tensor: Tensor, dim: Dim, size: Value, known: dict[Value, Dim]) -> None:
    """One dimension against a number, or against what a name has stood for before."""
    if size in _FREE or not isinstance(size, Constant):
        return
    wanted = size.value if isinstance(size.value, int) else known.get(size)
    if dims.equal(dim, wanted) is False:
        raise InvalidArgument([tensor], f"a dimension has size {dim}, not {wanted}", nothing())
    if isinstance(size.value, str) and dim is not None:
        known.setdefault(size, dim)


@op("debugging.is_numeric_tensor")
def is_numeric_tensor(tensor: Value) -> Value:
    """Whether it is a tensor of numbers; arrays and Python's values are none."""
    return OfType("bool")
