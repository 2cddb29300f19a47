"""Attributes and methods of tensors, of their shapes and of their dtypes."""

from __future__ import annotations

from tflint_gemm.domain import dtypes, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    Constant,
    DTypeValue,
    Kind,
    ListValue,
    OfType,
    ShapeValue,
    Tensor,
    TupleValue,
    Value,
    from_dim,
)
from tflint_gemm.ops import rules
from tflint_gemm.ops.conversion import UNSURE, Unsure, to_shape
from tflint_gemm.ops.parameters import Dims, DTypeArgument, Integer
from tflint_gemm.ops.registry import attribute, op
from tflint_gemm.ops.sessions import check_feed
from tflint_gemm.ops.violations import AssignMismatch, RankTooLow
from tflint_gemm.replacing import replace

# ------------------------------------------------------------------------------------------------- tensors


@attribute("Tensor.shape", "Variable.shape")
def shape_of(self: Tensor) -> Value:
    """The static shape; Keras tensors show theirs as a tuple."""
    return _static_shape(self)


@op("Tensor.get_shape", "Variable.get_shape")
def get_shape(self: Tensor) -> Value:
    return _static_shape(self)


def _static_shape(tensor: Tensor) -> Value:
    if tensor.kind is not Kind.KERAS:
        return ShapeValue(tensor.shape)
    if tensor.shape is None:
        return OfType("tuple")
    return TupleValue(tuple(UNKNOWN if dim is None else from_dim(dim) for dim in tensor.shape))


@attribute("Tensor.dtype", "Variable.dtype")
def dtype_of(self: Tensor) -> Value:
    """A ``tf.DType``; Keras tensors show the name."""
    if self.kind is not Kind.KERAS:
        return DTypeValue(self.dtype)
    return OfType("str") if self.dtype is None else Constant(self.dtype.name)


@attribute("Tensor.ndim")
def ndim(self: Tensor) -> Value:
    return from_dim(self.rank)


@attribute("Tensor.name", "Tensor.device", "Variable.name", "Variable.device")
def text(self: Tensor) -> Value:
    return OfType("str")


@op("Tensor.numpy", "Variable.numpy")
def numpy_value(self: Tensor) -> Value:
    return array_of(self)


@op("Tensor.eval", "Variable.eval")
def evaluated(self: Tensor, feed_dict: Value = NONE) -> Value:
    """An array; raises AssignMismatch for what does not fit the placeholder that it is fed to."""
    result = array_of(self)
    check_feed(feed_dict, result)
    return result


def array_of(tensor: Tensor) -> Value:
    """The NumPy array that holds the elements of a tensor; bytes for a string alone."""
    if tensor.kind in (Kind.RAGGED, Kind.SPARSE):
        return UNKNOWN
    if tensor.dtype == dtypes.STRING:  # bytes objects
        return Tensor(dtypes.OBJECT, tensor.shape, Kind.ARRAY) if tensor.rank else UNKNOWN
    return replace(tensor, kind=Kind.ARRAY, storage=None)


@op("Tensor.__len__")
def length(self: Tensor) -> Value:
    """The size of the first dimension; raises RankTooLow for a scalar."""
    if self.rank == 0:
        raise RankTooLow(self, 1, result=OfType("int"))
    return from_dim(self.shape[0] if self.shape else None)


@op("Tensor.__abs__")
def absolute(self: Tensor) -> Tensor:
    real = {dtypes.COMPLEX64: dtypes.FLOAT32, dtypes.COMPLEX128: dtypes.FLOAT64}
    return rules.like(self, dtype=None if self.dtype is None else real.get(self.dtype, self.dtype))


@op("Tensor.set_shape", "Variable.set_shape")
def set_shape(self: Tensor, shape: Dims) -> Value:
    """Refines the static shape in place; raises AssignMismatch where it contradicts what is known."""
    if shapes.equal(self.shape, _padded(shape)) is False:
        raise AssignMismatch(self, shape, "shape", NONE)
    return NONE


def _padded(shape: Shape) -> Shape:
    """A shape argument in which -1 stands for unknown."""
    return None if shape is None else tuple(None if dim == -1 else dim for dim in shape)


@op("Tensor.ref", "Variable.ref", "Tensor.experimental_ref", "Variable.experimental_ref")
def reference(self: Tensor) -> Value:
    return UNKNOWN


# ------------------------------------------------------------------------------------------------- shapes


def _shape(value: Value) -> Shape:
    return value.shape if isinstance(value, ShapeValue) else None


def _python_dim(dim: Dim) -> Value:
    """What a TensorShape gives for a dimension: None where TensorFlow does not know it, which we cannot tell."""
    return UNKNOWN if dim is None else from_dim(dim)


@op("TensorShape.as_list")
def as_list(self: Value) -> Value:
    shape = _shape(self)
    if shape is None:
        return OfType("list")
    return ListValue(TupleValue(tuple(_python_dim(dim) for dim in shape)))


@attribute("TensorShape.dims")
def dims_of(self: Value) -> Value:
    shape = _shape(self)
    return UNKNOWN if shape is None else ListValue(TupleValue(tuple(_python_dim(dim) for dim in shape)))


@attribute("TensorShape.rank", "TensorShape.ndims")
def rank_of(self: Value) -> Value:
    shape = _shape(self)
    return UNKNOWN if shape is None else Constant(len(shape))


@op("TensorShape.num_elements")
def num_elements(self: Value) -> Value:
    shape = _shape(self)
    if shape is not None and None in shape:
        return UNKNOWN  # None if the dimension is unknown to TensorFlow as well
    return _python_dim(shapes.num_elements(shape))


@op("TensorShape.is_fully_defined")
def is_fully_defined(self: Value) -> Value:
    return Constant(True) if shapes.is_concrete(_shape(self)) else OfType("bool")


@op("TensorShape.concatenate")
def concatenate(self: Value, other: Value) -> Value:
    left, right = _shape(self), to_shape(other)
    return ShapeValue(None if left is None or right is None else left + right)


@op("TensorShape.merge_with")
def merge_with(self: Value, other: Value) -> Value:
    left, right = _shape(self), to_shape(other)
    if shapes.equal(left, right) is False:
        raise AssignMismatch(Tensor(None, left), right, "shape", ShapeValue(right))
    return ShapeValue(rules.merge_shapes(left, right))


@op("TensorShape.with_rank")
def with_rank(self: Value, rank: Integer) -> Value:
    return _of_rank(self, rank, exact=True)


@op("TensorShape.with_rank_at_least", "TensorShape.with_rank_at_most")
def with_rank_about(self: Value, rank: Integer) -> Value:
    return _of_rank(self, UNSURE, exact=False)


@op("TensorShape.assert_has_rank")
def assert_has_rank(self: Value, rank: Integer) -> Value:
    _of_rank(self, rank, exact=True)
    return NONE


_MAX_RANK = 254  # of a tensor; a shape by itself may have more


def _of_rank(value: Value, rank: int | None | Unsure, exact: bool) -> ShapeValue:
    shape = _shape(value)
    if not isinstance(rank, int):
        return ShapeValue(shape)
    of_rank = ShapeValue((None,) * rank if exact and rank <= _MAX_RANK else None)
    if shape is None:
        return of_rank
    if len(shape) != rank:
        raise RankTooLow(Tensor(None, shape), rank, exact=True, result=of_rank)
    return ShapeValue(shape)


@op("TensorShape.assert_same_rank", "TensorShape.assert_is_fully_defined")
def assert_nothing(self: Value) -> Value:
    return NONE


@op("TensorShape.assert_is_compatible_with")
def assert_compatible(self: Value, other: Value) -> Value:
    """Raises AssignMismatch."""
    shape, wanted = _shape(self), to_shape(other)
    if shapes.equal(shape, wanted) is False:
        raise AssignMismatch(Tensor(None, shape), wanted, "shape", NONE)
    return NONE


@op("TensorShape.is_compatible_with")
def is_compatible_with(self: Value, other: Value) -> Value:
    verdict = shapes.equal(_shape(self), _padded(to_shape(other)))
    return OfType("bool") if verdict is None else Constant(verdict)


@op("compat.dimension_value")
def dimension_value(dimension: Value) -> Value:
    return dimension


# ------------------------------------------------------------------------------------------------- dtypes


def _dtype(value: Value) -> DType | None:
    return value.dtype if isinstance(value, DTypeValue) else None


@op("dtypes.as_dtype")
def as_dtype(type_value: DTypeArgument) -> Value:
    return DTypeValue(None if isinstance(type_value, Unsure) else type_value)


@attribute("dtypes.DType.as_numpy_dtype")
def as_numpy_dtype(self: Value) -> Value:
    dtype = _dtype(self)
    return DTypeValue(dtypes.OBJECT if dtype == dtypes.STRING else dtype, "numpy")


@attribute("dtypes.DType.base_dtype")
def base_dtype(self: Value) -> Value:
    return self


@attribute("dtypes.DType.name")
def dtype_name(self: Value) -> Value:
    dtype = _dtype(self)
    return OfType("str") if dtype is None else Constant(dtype.name)


@attribute("dtypes.DType.size")
def dtype_size(self: Value) -> Value:
    dtype = _dtype(self)
    return OfType("int") if dtype is None or not dtype.size else Constant(dtype.size)


def _predicate(name: str) -> None:
    def model(self: Value) -> Value:
        dtype = _dtype(self)
        return OfType("bool") if dtype is None else Constant(getattr(dtype, name))

    attribute(f"dtypes.DType.{name}")(model)


for _name in ("is_floating", "is_integer", "is_complex"):
    _predicate(_name)


@attribute("dtypes.DType.is_bool")
def is_bool(self: Value) -> Value:
    dtype = _dtype(self)
    return OfType("bool") if dtype is None else Constant(dtype.kind == "bool")


@attribute("dtypes.DType.is_numeric")
def is_numeric(self: Value) -> Value:
    dtype = _dtype(self)
    return OfType("bool") if dtype is None else Constant(dtype.is_numeric)


@attribute("dtypes.DType.is_unsigned")
def is_unsigned(self: Value) -> Value:
    dtype = _dtype(self)
    return OfType("bool") if dtype is None else Constant(dtype.kind == "uint")


@attribute("dtypes.DType.real_dtype")
def real_dtype(self: Value) -> Value:
    dtype = _dtype(self)
    return DTypeValue(None if dtype is None or dtype.is_complex else dtype)


@attribute("dtypes.DType.min")
def smallest(self: Value) -> Value:
    """The smallest number: of the integers a Python int, of the floats a NumPy scalar of that type."""
    return _limits(self)[0]


@attribute("dtypes.DType.max")
def greatest(self: Value) -> Value:
    """The greatest number, as ``smallest``."""
    return _limits(self)[1]


def _limits(self: Value) -> tuple[Value, Value]:
    dtype = _dtype(self)
    if dtype is None or not (dtype.is_integer or dtype.is_floating):
        return UNKNOWN, UNKNOWN
    if dtype.is_floating:
        return Tensor(dtype, (), Kind.ARRAY), Tensor(dtype, (), Kind.ARRAY)
    if dtype in (dtypes.INT4, dtypes.UINT4):  # which are stored as bytes
        return OfType("int"), OfType("int")
    bits = 8 * dtype.size
    if dtype.kind == "uint":
        return Constant(0), Constant(2**bits - 1)
    return Constant(-(2 ** (bits - 1))), Constant(2 ** (bits - 1) - 1)
