"""The members of ``tf.linalg.LinearOperator``: a matrix, or a batch of matrices, that need not be stored densely.

An operator is an object with a dtype and a shape; ``linear_operator_kinds`` has the constructors.  Operators convert
what they are applied to by itself and never cast it.
"""

from __future__ import annotations

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    UNKNOWN,
    ApiObject,
    DTypeValue,
    Kind,
    ListValue,
    ShapeValue,
    Tensor,
    TupleValue,
    Value,
    from_dim,
)
from tflint_gemm.ops import rules
from tflint_gemm.ops.conversion import sequence_items
from tflint_gemm.ops.creation import converted
from tflint_gemm.ops.matrices import real_part
from tflint_gemm.ops.parameters import Flag, Unsure
from tflint_gemm.ops.registry import attribute, op
from tflint_gemm.ops.violations import (
    BatchMismatch,
    BroadcastMismatch,
    DTypeMismatch,
    InnerDimMismatch,
    RankTooLow,
)

BASE = "linalg.LinearOperator"
BLOCKS = "blocks"  # the slot of the operators that a block matrix consists of, row by row


def operator(dtype: DType | None, shape: Shape, path: str = BASE) -> ApiObject:
    """A new operator whose dense matrix has this dtype and shape."""
    made = ApiObject(path, {})
    made.slots["dtype"] = DTypeValue(dtype)
    made.slots["shape"] = ShapeValue(shape)
    made.slots["batch_shape"] = ShapeValue(None if shape is None else shape[:-2])
    made.slots["tensor_rank"] = UNKNOWN if shape is None else from_dim(len(shape))
    made.slots["range_dimension"] = UNKNOWN if shape is None or shape[-2] is None else from_dim(shape[-2])
    made.slots["domain_dimension"] = UNKNOWN if shape is None or shape[-1] is None else from_dim(shape[-1])
    return made


def is_operator(value: Value) -> bool:
    return isinstance(value, ApiObject) and value.path.startswith(BASE) and "shape" in value.slots


def matrix(value: Value) -> Tensor:
    """The dense matrix of an operator; nothing is known of it where ``value`` is no operator."""
    if not isinstance(value, ApiObject):
        return Tensor()
    dtype, shape = value.slots.get("dtype"), value.slots.get("shape")
    return Tensor(
        dtype.dtype if isinstance(dtype, DTypeValue) else None, shape.shape if isinstance(shape, ShapeValue) else None
    )


# ------------------------------------------------------------------------------------------------- products, solutions


def _argument(self: Value, x: Value, minimum: int) -> Tensor:
    """``x`` as a tensor of the operator's dtype; raises DTypeMismatch, RankTooLow."""
    own, tensor = matrix(self), converted(x)
    if tensor.kind is Kind.UNKNOWN:
        return Tensor()
    if None not in (own.dtype, tensor.dtype) and own.dtype != tensor.dtype:
        raise DTypeMismatch([own, tensor], "gemm", Tensor(own.dtype))
    if tensor.rank is not None and tensor.rank < minimum:
        raise RankTooLow(tensor, minimum, gemm=True, result=Tensor(own.dtype))
    return tensor


def _apply(own: Tensor, tensor: Tensor, left: Shape, right: Shape) -> Tensor:
    dtype = own.dtype or tensor.dtype
    if left is None or right is None:
        return Tensor(dtype)
    batch, failed = shapes.broadcast(left[:-2], right[:-2])
    shape = (*(batch or ()), left[-2], right[-1])
    if dims.equal(left[-1], right[-2]) is False:
        raise InnerDimMismatch([own, tensor], left[-1], right[-2], Tensor(dtype, shape))
    if failed:
        raise BatchMismatch([own, tensor], left[:-2], right[:-2], Tensor(dtype, shape))
    return Tensor(dtype, shape)


def _is_vague(self: Value, x: Value) -> bool:
    """Whether nothing can be said of ``self`` applied to ``x``: a list may be one tensor for each block."""
    return not is_operator(self) or isinstance(x, ApiObject)


@op(f"{BASE}.matmul", f"{BASE}.__matmul__")
def matmul(self: Value, x: Value, adjoint: Flag = False, adjoint_arg: Flag = False) -> Value:
    """The product with a matrix, a list of one for each block, or an operator.

    Raises DTypeMismatch, RankTooLow, InnerDimMismatch, BatchMismatch.
    """
    if is_operator(self) and is_operator(x):
        return _product_of_operators(matrix(self), matrix(x), adjoint, adjoint_arg)
    if _is_vague(self, x):
        return UNKNOWN
    if (parts := _parts(self, x)) is not None:
        return _blockwise(self, parts, vectors=False) if adjoint is False and adjoint_arg is False else UNKNOWN
    own, tensor = matrix(self), _argument(self, x, 2)
    left, right = rules.transpose_last(own.shape, adjoint), rules.transpose_last(tensor.shape, adjoint_arg)
    return _apply(own, tensor, left, right)


def _product_of_operators(left: Tensor, right: Tensor, adjoint: bool | Unsure, adjoint_arg: bool | Unsure) -> Value:
    first, second = rules.transpose_last(left.shape, adjoint), rules.transpose_last(right.shape, adjoint_arg)
    dtype = left.dtype if left.dtype == right.dtype else None
    if first is None or second is None:
        return operator(dtype, None)
    batch, _ = shapes.broadcast(first[:-2], second[:-2])
    shape = (*(batch or ()), first[-2], second[-1])
    if dims.equal(first[-1], second[-2]) is False:
        raise InnerDimMismatch([left, right], first[-1], second[-2], operator(dtype, shape))
    return operator(dtype, shape)


@op(f"{BASE}.matvec")
def matvec(self: Value, x: Value, adjoint: Flag = False) -> Value:
    if _is_vague(self, x):
        return UNKNOWN
    if (parts := _parts(self, x)) is not None:
        return _blockwise(self, parts, vectors=True) if adjoint is False else UNKNOWN
    own, tensor = matrix(self), _argument(self, x, 1)
    column = None if tensor.shape is None else (*tensor.shape, 1)
    result = _apply(own, tensor, rules.transpose_last(own.shape, adjoint), column)
    return rules.like(result, shape=None if result.shape is None else result.shape[:-1])


@op(f"{BASE}.solve")
def solve(self: Value, rhs: Value, adjoint: Flag = False, adjoint_arg: Flag = False) -> Value:
    """The solution has as many rows as the operator has columns."""
    if is_operator(self) and is_operator(rhs):
        return _product_of_operators(matrix(self), matrix(rhs), adjoint, adjoint_arg)
    if _is_vague(self, rhs) or _parts(self, rhs) is not None:
        return UNKNOWN
    own, tensor = matrix(self), _argument(self, rhs, 2)
    left, right = rules.transpose_last(own.shape, adjoint), rules.transpose_last(tensor.shape, adjoint_arg)
    return _apply(own, tensor, rules.transpose_last(left), right)


@op(f"{BASE}.solvevec")
def solvevec(self: Value, rhs: Value, adjoint: Flag = False) -> Value:
    if _is_vague(self, rhs) or _parts(self, rhs) is not None:
        return UNKNOWN
    own, tensor = matrix(self), _argument(self, rhs, 1)
    column = None if tensor.shape is None else (*tensor.shape, 1)
    result = _apply(own, tensor, rules.transpose_last(rules.transpose_last(own.shape, adjoint)), column)
    return rules.like(result, shape=None if result.shape is None else result.shape[:-1])


# ------------------------------------------------------------------------------------------------- block matrices


def _blocks(self: Value) -> list[tuple[Value, ...]] | None:
    """The rows of operators that a block matrix consists of; None for any other operator."""
    stored = self.slots.get(BLOCKS) if isinstance(self, ApiObject) else None
    return [sequence_items(row) or () for row in stored.items] if isinstance(stored, TupleValue) else None


def _parts(self: Value, x: Value) -> tuple[Value, ...] | None:
    """The tensors that are meant for the blocks one by one; None where ``x`` is one matrix or vector."""
    rows, items = _blocks(self), sequence_items(x)
    if rows is None or items is None or len(items) != len(rows):
        return None
    return items if all(isinstance(item, Tensor) and item.kind is not Kind.PYTHON for item in items) else None


def _blockwise(self: Value, parts: tuple[Value, ...], vectors: bool) -> Value:
    """What each row of blocks makes of the parts of a blockwise vector or matrix."""
    results: list[Value] = []
    for row in _blocks(self) or ():
        products = [_single(block, part, vectors) for block, part in zip(row, parts) if is_operator(block)]
        shape = products[0].shape if products else None
        for product in products[1:]:
            shape = shapes.broadcast(shape, product.shape)[0]
        results.append(Tensor(products[0].dtype if products else None, shape))
    return ListValue(TupleValue(tuple(results)))


def _single(block: Value, part: Value, vectors: bool) -> Tensor:
    product = matvec(block, part, False) if vectors else matmul(block, part, False, False)
    return product if isinstance(product, Tensor) else Tensor()


# ------------------------------------------------------------------------------------------------- reading them


@op(f"{BASE}.to_dense")
def to_dense(self: Value) -> Tensor:
    return matrix(self)


@op(f"{BASE}.diag_part")
def diag_part(self: Value) -> Tensor:
    own = matrix(self)
    return _with(own, None if own.shape is None else (*own.shape[:-2], dims.minimum(*own.shape[-2:])))


@op(f"{BASE}.trace", f"{BASE}.determinant", f"{BASE}.log_abs_determinant")
def number(self: Value) -> Tensor:
    """One number for each matrix, complex where the matrix is."""
    own = matrix(self)
    return _with(own, None if own.shape is None else own.shape[:-2])


@op(f"{BASE}.cond")
def condition(self: Value) -> Tensor:
    own = matrix(self)
    return _with(rules.like(own, dtype=real_part(own.dtype)), None if own.shape is None else own.shape[:-2])


@op(f"{BASE}.eigvals")
def eigvals(self: Value) -> Tensor:
    own = matrix(self)
    return _with(own, None if own.shape is None else own.shape[:-1])


@op(f"{BASE}.add_to_tensor")
def add_to_tensor(self: Value, x: Value) -> Value:
    """The sum with a dense matrix; raises DTypeMismatch where the dense matrix is made for it, BroadcastMismatch."""
    own, tensor = matrix(self), converted(x)
    shape, failed = shapes.broadcast(own.shape, tensor.shape)
    if own.shape is not None and tensor.rank is not None and tensor.rank < 2:
        return Tensor(own.dtype if own.dtype == tensor.dtype else None)
    if failed and (self.path if isinstance(self, ApiObject) else "") not in _PATCHED:
        raise BroadcastMismatch([own, tensor], Tensor(own.dtype, shape))
    certain = not failed and shapes.equal(shape, tensor.shape) is True
    return Tensor(own.dtype if own.dtype == tensor.dtype else None, shape if certain else None)


_PATCHED = tuple(f"{BASE}{kind}" for kind in ("", "Identity", "ScaledIdentity", "Zeros"))
"""Those that add to the diagonal of the tensor only, or not at all."""


def _with(own: Tensor, shape: Shape) -> Tensor:
    return rules.like(own, shape=shape)


# ------------------------------------------------------------------------------------------------- sizes as tensors


def _sizes(name: str, first: int | None, last: int | None) -> None:
    """Register a method that gives part of the shape as an int32 vector."""

    def model(self: Value) -> Tensor:
        shape = matrix(self).shape
        if shape is None:
            return Tensor(dtypes.INT32, (None,))
        part = shape[first:last]
        return Tensor(dtypes.INT32, (len(part),), elements=part)

    op(f"{BASE}.{name}")(model)


def _size(name: str, index: int) -> None:
    """Register a method that gives one size as an int32 scalar."""

    def model(self: Value) -> Tensor:
        shape = matrix(self).shape
        return Tensor(dtypes.INT32, (), elements=None if shape is None else (shape[index],))

    op(f"{BASE}.{name}")(model)


_sizes("shape_tensor", None, None)
_sizes("batch_shape_tensor", None, -2)
_size("domain_dimension_tensor", -1)
_size("range_dimension_tensor", -2)


@op(f"{BASE}.tensor_rank_tensor")
def tensor_rank(self: Value) -> Tensor:
    rank = matrix(self).rank
    return Tensor(dtypes.INT32, (), elements=None if rank is None else (rank,))


# ------------------------------------------------------------------------------------------------- other operators


@attribute(f"{BASE}.H")
def adjoint(self: Value) -> Value:
    return transposed(self)


@op(f"{BASE}.adjoint", f"{BASE}.inverse")
def transposed(self: Value) -> Value:
    own = matrix(self)
    return operator(own.dtype, rules.transpose_last(own.shape)) if is_operator(self) else UNKNOWN


@op(f"{BASE}.cholesky")
def cholesky(self: Value) -> Value:
    own = matrix(self)
    return operator(own.dtype, own.shape) if is_operator(self) else UNKNOWN
