"""The stock rules that op models are made of: dtype rules and shape rules, apart from each other.

A rule returns what it derives or raises a typed violation; with something unknown it derives less and never raises.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import ArrayBytes, Kind, Tensor, Value
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.violations import (
    AxisOutOfRange,
    BatchMismatch,
    BroadcastMismatch,
    ConcatMismatch,
    DTypeMismatch,
    InnerDimMismatch,
    InvalidArgument,
    NoKernel,
    RankTooLow,
    ReshapeCount,
)

Family = Literal["gemm", "elementwise", "join"]
Decides = Literal["tensor", "list", "first", "each"]
"""Whose dtype the arrays and Python values among the operands take.

"tensor": any operand that is already a tensor decides, wherever it stands (ops with TensorFlow's fast path).
"list": the same in a graph too, where "tensor" becomes "first": ops that take a list of tensors (``tf.concat``).
"first": operands are converted one after the other, the first one by itself (``tf.add``, ``tf.matmul``).
"each": every operand is converted by itself, arrays never adapt (``tf.tensordot``, ``tf.add_n``).
"""


# ------------------------------------------------------------------------------------------------- dtypes


def common_dtype(operands: Sequence[Tensor], family: Family, decides: Decides = "tensor") -> DType | None:
    """The dtype that all ``operands`` share after TensorFlow's conversions; raises DTypeMismatch where they cannot.

    TensorFlow never promotes a tensor.  A NumPy array takes the dtype of the operand that decides, a Python number
    does too unless that would lose its kind (a float does not become an int).
    """
    if decides == "tensor" and current().mode == "graph":
        decides = "first"  # op_def_library converts in order; what it takes, eager execution takes too
    leader = _leader(operands, decides)
    if leader is None or leader.dtype is None:
        known = {operand.dtype for operand in operands if operand.is_tensorflow and operand.dtype is not None}
        if len(known) > 1:
            _object_if_certain([o for o in operands if o.is_tensorflow], family)
        return None
    result = leader.dtype
    certain = True
    for operand in operands:
        if operand is leader:
            continue
        fits = adapts(operand, result, decides)
        if fits is False:
            clash = [one for one in operands if one is leader or one is operand]
            raise DTypeMismatch(clash, family, Tensor(result))
        certain = certain and fits is True
    return result if certain or leader.is_tensorflow else None


def _leader(operands: Sequence[Tensor], decides: Decides) -> Tensor | None:
    if not operands:
        return None
    if decides in ("tensor", "list"):
        for operand in operands:
            if operand.kind is Kind.UNKNOWN:
                return None
            if operand.is_tensorflow:
                return operand
    return None if operands[0].kind is Kind.UNKNOWN else operands[0]


def _object_if_certain(operands: list[Tensor], family: Family) -> None:
    fixed = [operand for operand in operands if operand.dtype is not None]
    for other in fixed[1:]:
        if other.dtype != fixed[0].dtype:
            raise DTypeMismatch([fixed[0], other], family, Tensor(fixed[0].dtype))


def adapts(operand: Tensor, wanted: DType, decides: Decides) -> bool | None:
    """Whether ``operand`` has the dtype ``wanted`` or is converted to it; None where that is not known."""
    if operand.dtype == wanted:
        return True
    if operand.kind is Kind.UNKNOWN or operand.dtype is None:
        return None
    if operand.is_tensorflow:
        return False
    if decides == "each":
        return False
    if operand.kind is Kind.ARRAY:
        return True if {operand.dtype, wanted} <= _CASTABLE and not operand.dtype.is_complex else None
    if operand.shape and not all(isinstance(dim, int) and dim > 0 for dim in operand.shape):
        return None  # an empty list is float32 only for want of items
    return True if operand.shape is not None and 0 in operand.shape else _python_adapts(operand.dtype, wanted)


_TAKES_PYTHON_BOOL = dtypes.FLOATING - {dtypes.BFLOAT16} | {dtypes.INT32, dtypes.INT64}
_CASTABLE = dtypes.NUMERIC | {dtypes.BOOL}
_PYTHON_LEVEL = {"bool": 0, "int": 1, "uint": 1, "float": 2, "complex": 3}


def _python_adapts(literal: DType, wanted: DType) -> bool | None:
    if literal.kind == "bool" and wanted.is_numeric:
        return True if wanted in _TAKES_PYTHON_BOOL else None  # the others only where a graph is built
    if literal.kind == "bool" or wanted.kind == "bool" or "string" in (literal.kind, wanted.kind):
        return False if literal.kind != wanted.kind else None
    if literal.kind not in _PYTHON_LEVEL or wanted.kind not in _PYTHON_LEVEL:
        return None
    return _PYTHON_LEVEL[literal.kind] <= _PYTHON_LEVEL[wanted.kind]


def require_dtype(operand: Tensor, allowed: frozenset[DType], result: Tensor | None = None) -> DType | None:
    """The operand's dtype, which must be one of ``allowed``; raises NoKernel where it certainly is not."""
    if operand.dtype is not None and operand.dtype not in allowed and operand.kind is not Kind.UNKNOWN:
        raise NoKernel(operand, allowed, result=result or Tensor(None, operand.shape))
    return operand.dtype


def chosen_dtype(argument: DType | None | Unsure, default: DType | None) -> DType | None:
    """The dtype that a ``dtype=`` argument asks for: ``default`` where it is absent, unknown where it is unsure."""
    if isinstance(argument, Unsure):
        return None
    return argument if argument is not None else default


# ------------------------------------------------------------------------------------------------- ranks and axes


def with_rank_at_least(operand: Tensor, minimum: int, gemm: bool = False) -> Shape:
    """The operand's shape, of at least ``minimum`` dimensions; raises RankTooLow."""
    if operand.shape is not None and len(operand.shape) < minimum:
        raise RankTooLow(operand, minimum, gemm=gemm)
    return operand.shape


def with_rank(operand: Tensor, exact: int) -> tuple[Dim, ...]:
    """The operand's shape, of exactly ``exact`` dimensions (unknown ones where the rank was); raises RankTooLow."""
    if operand.shape is None:
        return (None,) * exact
    if len(operand.shape) != exact:
        raise RankTooLow(operand, exact, exact=True)
    return operand.shape


def normal_axis(operand: Tensor, axis: int, rank: int | None = None) -> int | None:
    """``axis`` counted from the front, None where the rank is unknown; raises AxisOutOfRange."""
    size = operand.rank if rank is None else rank
    if size is None:
        return None
    if not -size <= axis < size:
        raise AxisOutOfRange(operand, axis, size, result=Tensor(operand.dtype))
    return axis % size


# ------------------------------------------------------------------------------------------------- elementwise


def broadcast(operands: Sequence[Tensor], result_dtype: DType | None = None) -> Shape:
    """The broadcast of all operands' shapes; raises BroadcastMismatch with the two that clash."""
    result = operands[0].shape
    for index, operand in enumerate(operands[1:], 1):
        joined, failed = shapes.broadcast(result, operand.shape)
        if failed:
            first = next((o for o in operands[:index] if shapes.broadcast(o.shape, operand.shape)[1]), operands[0])
            raise BroadcastMismatch([first, operand], Tensor(result_dtype, joined))
        result = joined
    return result


# ------------------------------------------------------------------------------------------------- reductions


def reduce_shape(operand: Tensor, axes: tuple[int, ...] | None | Unsure, keepdims: bool | Unsure) -> Shape:
    """The shape after reducing over ``axes`` (None: all); raises AxisOutOfRange."""
    if isinstance(keepdims, Unsure):
        return () if axes is None and operand.shape == () else None
    if axes is None:
        if keepdims:
            return None if operand.shape is None else (1,) * len(operand.shape)
        return ()
    if isinstance(axes, Unsure) or operand.shape is None:
        return (None,) * operand.rank if keepdims and operand.rank is not None else None
    gone = {normal_axis(operand, axis) for axis in axes}
    if len(gone) < len(axes):
        raise AxisOutOfRange(operand, axes[-1], len(operand.shape), "duplicate", Tensor(operand.dtype))
    if keepdims:
        return tuple(1 if i in gone else dim for i, dim in enumerate(operand.shape))
    return tuple(dim for i, dim in enumerate(operand.shape) if i not in gone)


# ------------------------------------------------------------------------------------------------- products


def transpose_last(shape: Shape, when: bool | Unsure = True) -> Shape:
    """``shape`` with its last two dimensions exchanged if ``when``."""
    if shape is None or len(shape) < 2:
        return shape
    if isinstance(when, Unsure):
        return (*shape[:-2], dims.join(shape[-2], shape[-1]), dims.join(shape[-1], shape[-2]))
    return (*shape[:-2], shape[-1], shape[-2]) if when else shape


def matmul_shape(a: Tensor, b: Tensor, left: Shape, right: Shape, dtype: DType | None) -> Shape:
    """The shape of the batched matrix product of ``left`` and ``right``, the (transposed) shapes of ``a`` and ``b``.

    Raises InnerDimMismatch, BatchMismatch.
    """
    if left is None or right is None:
        return None
    batch, failed = shapes.broadcast(left[:-2], right[:-2])
    result = (*(batch or ()), left[-2], right[-1])
    if dims.equal(left[-1], right[-2]) is False:
        raise InnerDimMismatch([a, b], left[-1], right[-2], Tensor(dtype, _product_if_repaired(left, right, result)))
    if failed:
        raise BatchMismatch([a, b], left[:-2], right[:-2], Tensor(dtype, result))
    return result


def _product_if_repaired(left: tuple[Dim, ...], right: tuple[Dim, ...], result: tuple[Dim, ...]) -> Shape:
    """``result`` less the dimensions that a forgotten transpose would change, so that one fault gives one finding."""
    rows = None if dims.equal(left[-2], right[-2]) else left[-2]
    columns = None if dims.equal(left[-1], right[-1]) else right[-1]
    return (*result[:-2], rows, columns)


# ------------------------------------------------------------------------------------------------- rearranging


def reshape_shape(operand: Tensor, target: Shape) -> Shape:
    """The shape of ``operand`` reshaped to ``target``, in which one ``-1`` is inferred; raises ReshapeCount."""
    if target is None:
        return None
    count = shapes.num_elements(operand.shape)
    holes = [i for i, dim in enumerate(target) if dim == -1]
    if not holes:
        wanted = dims.product(target)
        if dims.equal(count, wanted) is False:
            raise ReshapeCount(operand, target, Tensor(operand.dtype, target))
        return _complete(target, count)
    if len(holes) > 1:
        raise ReshapeCount(operand, target, Tensor(operand.dtype, tuple(None if dim == -1 else dim for dim in target)))
    known = dims.product(tuple(dim for dim in target if dim != -1))
    shape = list(target)
    if isinstance(count, int) and isinstance(known, int) and known != 0 and count % known:
        shape[holes[0]] = None
        raise ReshapeCount(operand, target, Tensor(operand.dtype, tuple(shape)))
    shape[holes[0]] = dims.divide_exactly(count, known)
    return tuple(shape)


def _complete(target: tuple[Dim, ...], count: Dim) -> Shape:
    """``target`` with its one unknown dimension derived from the number of elements."""
    holes = [i for i, dim in enumerate(target) if dim is None]
    if len(holes) != 1:
        return target
    known = dims.product(tuple(dim for dim in target if dim is not None))
    return tuple(dims.divide_exactly(count, known) if dim is None else dim for dim in target)


def concat_shape(operands: Sequence[Tensor], axis: int | None | Unsure, dtype: DType | None) -> Shape:
    """The shape of ``operands`` joined along ``axis``; raises ConcatMismatch, AxisOutOfRange."""
    ranked = [operand for operand in operands if operand.shape is not None]
    if not ranked:
        return None
    first = ranked[0]
    assert first.shape is not None
    for other in ranked[1:]:
        if other.rank != first.rank:
            raise ConcatMismatch([first, other], None, Tensor(dtype))
    if not isinstance(axis, int):
        return (None,) * len(first.shape)
    where = normal_axis(first, axis)
    assert where is not None
    total: Dim = 0
    rest: list[Dim] = [None] * len(first.shape)
    for operand in operands:
        total = dims.add(total, None if operand.shape is None else operand.shape[where])
    for i in range(len(first.shape)):
        for operand in ranked:
            assert operand.shape is not None
            if i != where and dims.equal(rest[i], operand.shape[i]) is False:
                clash = next(
                    o for o in ranked if o.shape is not None and dims.equal(o.shape[i], operand.shape[i]) is False
                )
                raise ConcatMismatch([clash, operand], where, Tensor(dtype))
            rest[i] = dims.merge(rest[i], operand.shape[i])
    return tuple(total if i == where else dim for i, dim in enumerate(rest))


def stack_shape(operands: Sequence[Tensor], axis: int | None | Unsure, dtype: DType | None) -> Shape:
    """The shape of ``operands`` stacked along a new ``axis``; raises ConcatMismatch, AxisOutOfRange."""
    merged: Shape = None
    for operand in operands:
        if shapes.equal(merged, operand.shape) is False:
            clash = next(o for o in operands if shapes.equal(o.shape, operand.shape) is False)
            raise ConcatMismatch([clash, operand], None, Tensor(dtype))
        merged = merge_shapes(merged, operand.shape)
    if merged is None:
        return None
    if not isinstance(axis, int):
        return (None,) * (len(merged) + 1)
    where = normal_axis(operands[0], axis, len(merged) + 1)
    assert where is not None
    return (*merged[:where], len(operands), *merged[where:])


def merge_shapes(left: Shape, right: Shape) -> Shape:
    """What is known of a shape that is both ``left`` and ``right`` (which do not contradict each other)."""
    if left is None or right is None:
        return left if right is None else right
    return tuple(dims.merge(a, b) for a, b in zip(left, right))


def permute(operand: Tensor, order: Sequence[int] | None) -> Shape:
    """The shape with its dimensions in ``order``; None reverses them.  Raises AxisOutOfRange, RankTooLow."""
    if operand.shape is None:
        return (None,) * len(order) if order is not None else None
    if order is None:
        return tuple(reversed(operand.shape))
    if len(order) != len(operand.shape):
        raise RankTooLow(operand, len(order), exact=True, result=Tensor(operand.dtype, (None,) * len(order)))
    return tuple(operand.shape[axis] for axis in (normal_axis(operand, axis) for axis in order) if axis is not None)


def spatial_size(size: Dim, window: Dim, stride: Dim, dilation: Dim, padding: str | None | Unsure) -> Dim:
    """The output size of a window sliding over ``size`` elements; negative where the window is larger (VALID)."""
    if padding == "SAME":
        return dims.floor_divide(dims.add(size, dims.subtract(stride, 1)), stride)
    if padding == "VALID":
        reach = dims.add(dims.multiply(dims.subtract(window, 1), dilation), 1)
        return dims.add(dims.floor_divide(dims.subtract(size, reach), stride), 1)
    return None


# ------------------------------------------------------------------------------------------------- helpers for families


def like(operand: Tensor, **changes: object) -> Tensor:
    """A new tensor of TensorFlow's with the operand's dtype and shape unless ``changes`` say otherwise."""
    fields: dict[str, Any] = {
        "dtype": operand.dtype,
        "shape": operand.shape,
        "dtype_origin": operand.dtype_origin,
        "shape_origin": operand.shape_origin,
        "promotes": operand.promotes,
        "layer": operand.layer,
        "tabular": operand.tabular,
        **changes,
    }
    if fields["dtype"] != operand.dtype and "dtype_origin" not in changes:
        fields["dtype_origin"] = None
    if fields["shape"] != operand.shape and "shape_origin" not in changes:
        fields["shape_origin"] = None
    return Tensor(**fields)


def count_in_bytes(buffer: Value, dtype: DType | None, result: Tensor) -> int | None:
    """How many elements of ``dtype`` an array's bytes hold; raises InvalidArgument where it is no whole number."""
    if not isinstance(buffer, ArrayBytes) or not isinstance(buffer.nbytes, int) or dtype is None or not dtype.size:
        return None
    if buffer.nbytes % dtype.size:
        reason = f"{buffer.nbytes} bytes of {buffer.dtype} are no whole number of {dtype}"
        raise InvalidArgument((), reason, result)
    return buffer.nbytes // dtype.size
