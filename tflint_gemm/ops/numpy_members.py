"""Methods and attributes of NumPy's arrays and scalars."""

from __future__ import annotations

from dataclasses import replace

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.values import (
    UNKNOWN,
    DTypeValue,
    OfType,
    Tensor,
    TupleValue,
    Value,
    from_dim,
)
from tflint_gemm.ops import conversion, rules
from tflint_gemm.ops import numpy_elements as elements
from tflint_gemm.ops.conversion import Unsure
from tflint_gemm.ops.numpy_common import Array, array, array_like, array_op, as_result
from tflint_gemm.ops.numpy_shape import flattened, reshaped, squeezed, swapped, transposed
from tflint_gemm.ops.parameters import Axes, Axis, NumpyDType, Spread
from tflint_gemm.ops.registry import attribute, op

PREFIX = "numpy.ndarray."
ArrayMember = "ndarray."


# ------------------------------------------------------------------------------------- attributes


@attribute("numpy.ndarray.shape")
def shape(self: Array) -> Value:
    return OfType("tuple") if self.shape is None else TupleValue(tuple(from_dim(dim) for dim in self.shape))


@attribute("numpy.ndarray.dtype")
def dtype(self: Array) -> Value:
    return DTypeValue(self.dtype, "numpy")


@attribute("numpy.ndarray.ndim")
def ndim(self: Array) -> Value:
    return OfType("int") if self.shape is None else from_dim(len(self.shape))


@attribute("numpy.ndarray.size")
def size(self: Array) -> Value:
    return from_dim(shapes.num_elements(self.shape))


@attribute("numpy.ndarray.itemsize")
def itemsize(self: Array) -> Value:
    return from_dim(self.dtype.size if self.dtype is not None and self.dtype.size else None)


@attribute("numpy.ndarray.nbytes")
def nbytes(self: Array) -> Value:
    width = self.dtype.size if self.dtype is not None and self.dtype.size else None
    return from_dim(dims.multiply(shapes.num_elements(self.shape), width))


@attribute("numpy.ndarray.T", view=True)
def t(self: Array) -> Tensor:
    return transposed(self, None)


# ------------------------------------------------------------------------------------- rearranging


def _spread(values: tuple[Value | Unsure, ...]) -> Value:
    """Dimensions or axes given one by one or as one list."""
    if len(values) == 1:
        return UNKNOWN if isinstance(values[0], Unsure) else values[0]
    return TupleValue(tuple(value for value in values if isinstance(value, Value)))


@array_op("ndarray.reshape", view=True)
def reshape(self: Array, *shape: Spread) -> Tensor:
    return reshaped(self, conversion.to_shape(_spread(shape)))


@array_op("ndarray.transpose", view=True)
def transpose(self: Array, *axes: Spread) -> Tensor:
    return transposed(self, conversion.to_axes(_spread(axes)) if axes else None)


@array_op("ndarray.flatten")
def flatten(self: Array) -> Tensor:
    return flattened(self)


@array_op("ndarray.ravel", view=True)
def ravel(self: Array) -> Tensor:
    return flattened(self)


@array_op("ndarray.squeeze", view=True)
def squeeze(self: Array, axis: Axes = None) -> Tensor:
    return squeezed(self, axis)


@array_op("ndarray.swapaxes", view=True)
def swapaxes(self: Array, axis1: Axis, axis2: Axis) -> Tensor:
    return swapped(self, axis1, axis2)


# ------------------------------------------------------------------------------------- copies


@array_op("ndarray.astype")
def astype(self: Array, dtype: NumpyDType) -> Tensor:
    chosen = rules.chosen_dtype(dtype, dtypes.FLOAT64)
    cast = array(chosen, self.shape, elements.cast_all(self.elements, chosen))
    return replace(cast, shape_origin=self.shape_origin)


@array_op("ndarray.copy")
def copy(self: Array) -> Tensor:
    return array_like(self, self.shape, self.elements)


__all__ = ["UNKNOWN", "as_result", "op"]
