"""Tensors out of values and sizes: constants, conversions, variables, casts, fills, ranges."""

from __future__ import annotations

from typing import Annotated

from tflint_gemm.domain import dims, dtypes, shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    MAX_ELEMENTS,
    NONE,
    UNKNOWN,
    Element,
    Kind,
    ListValue,
    Tensor,
    TupleValue,
    Value,
    dim_of,
)
from tflint_gemm.ops import composites, conversion, rules
from tflint_gemm.ops import numpy_elements as elements
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import UNSURE, Unsure
from tflint_gemm.ops.parameters import (
    Conversion,
    Dimension,
    Flag,
    TensorFlowDType,
)
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import (
    AssignMismatch,
    ConversionMismatch,
    DTypeMismatch,
    InvalidArgument,
    NoKernel,
    RankTooLow,
)
from tflint_gemm.replacing import replace

# ------------------------------------------------------------------------------------------------- shapes to be made


def new_shape(value: Value) -> Shape:
    """The shape argument of an op that allocates; raises InvalidArgument for None, floats and negative sizes."""
    if value == NONE:
        raise InvalidArgument((), "shape None")
    items = conversion.sequence_items(value)
    if items is not None and NONE in items:
        raise InvalidArgument((), "dimension None", Tensor(None, conversion.to_shape(value)))
    tensor = conversion.to_tensor(value)
    if tensor.kind is not Kind.UNKNOWN:
        if tensor.rank is not None and tensor.rank > 1:
            raise InvalidArgument((tensor,), "shape of rank above 1")
        if tensor.dtype is not None and not tensor.dtype.is_integer and _is_certain(value, tensor):
            raise InvalidArgument((tensor,), "shape of a dtype other than int32 and int64")
    check_dimensions(value)
    shape = conversion.to_shape(value)
    if shape is not None and any(isinstance(dim, int) and dim < 0 for dim in shape):
        raise InvalidArgument((), "negative dimension", Tensor(None, (None,) * len(shape)))
    return shape


def check_dimensions(shape: Value, result: Value = UNKNOWN) -> None:
    """Raises InvalidArgument where a dimension in a list is no scalar: packed with the others, it makes no vector."""
    for item in conversion.sequence_items(shape) or ():
        if isinstance(item, Tensor) and item.rank and item.kind is not Kind.UNKNOWN:
            raise InvalidArgument((item,), "dimension that is no scalar", result)


def _is_certain(value: Value, shape: Tensor) -> bool:
    """Whether a shape that is not of integers is certainly refused: a graph reads a list of floats as integers."""
    if shape.is_tensorflow:
        return isinstance(value, Tensor)  # the tensors in a list are cast
    if shape.dtype == dtypes.BOOL:
        return False  # truth values count as 0 and 1 where ops run at once
    return shape.kind is Kind.PYTHON and (shape.rank == 0 or (current().mode == "eager" and bool(shape.elements)))


NewShape = Annotated[tuple[Dim, ...] | None, Conversion(new_shape)]
"""The shape of a tensor to be made, see ``new_shape``."""


def filled(dtype: DType | None, shape: Shape, element: Element) -> Tensor:
    """A new tensor whose elements are all ``element``."""
    count = shapes.num_elements(shape)
    if element is None or not isinstance(count, int) or not 0 <= count <= MAX_ELEMENTS:
        return Tensor(dtype, shape)
    return Tensor(dtype, shape, elements=elements.cast_all((element,) * count, dtype))


# ------------------------------------------------------------------------------------------------- conversion


def convert(value: Value, dtype: DType | None | Unsure) -> Tensor:
    """``value`` as a tensor of TensorFlow's, of ``dtype`` where one is given.

    Raises InvalidArgument for None and for ragged lists, ConversionMismatch for what cannot have that dtype, and
    DTypeMismatch for a list of tensors that differ in dtype.
    """
    source = conversion.to_tensor(value)
    check_convertible(value, source, dtype)
    if dtype is None:
        return _as_is(source)
    if isinstance(dtype, Unsure):
        return rules.like(source, dtype=None)
    return force(value, source, dtype)


def converted(value: Value) -> Tensor:
    """``value`` as a tensor of TensorFlow's; raises as ``convert``."""
    return convert(value, None)


Converted = Annotated[Tensor, Conversion(converted)]
"""A tensor as the op itself converts it, unlike ``Tensor``, which keeps the kind of what was passed."""


def _as_is(source: Tensor) -> Tensor:
    if source.kind in (Kind.TENSOR, Kind.SPARSE, Kind.RAGGED):
        return source
    dtype = conversion.converted_dtype(source.dtype)
    values = elements.cast_all(source.elements, dtype)
    return replace(source, dtype=dtype, kind=Kind.TENSOR, elements=values, storage=None)


def check_convertible(value: Value, source: Tensor, dtype: DType | None | Unsure) -> None:
    """Raise InvalidArgument or DTypeMismatch where ``value`` is certainly no tensor."""
    if source.kind is Kind.PYTHON and source.dtype is not None and shapes.is_concrete(source.shape):
        return  # nothing in it is unknown, so nothing is None, or longer than the rest, or a tensor
    wanted = None if isinstance(dtype, Unsure) else dtype
    if value != NONE and _contains_none(value):  # None itself is mostly a place kept for a tensor
        raise InvalidArgument((), "None", Tensor(wanted))
    if is_ragged(value):
        raise InvalidArgument((), "ragged list", Tensor(wanted or source.dtype))
    if dtype is None:  # else what stands in a list is cast
        leaves = [leaf for leaf in _leaves(value) if leaf.is_tensorflow and leaf.dtype is not None]
        for leaf in leaves[1:]:
            if leaf.dtype != leaves[0].dtype:
                raise DTypeMismatch([leaves[0], leaf], "join", Tensor(leaves[0].dtype, source.shape))


def force(value: Value, source: Tensor, dtype: DType) -> Tensor:
    """``source`` with ``dtype`` imposed on it, as TensorFlow does; raises ConversionMismatch where it refuses."""
    # The elements of a list with tensors in it are those of the tensors' dtype, no longer what was written.
    known = source.elements if source.kind is not Kind.TENSOR or source.dtype == dtype else None
    result = rules.like(source, dtype=dtype, elements=elements.cast_all(known, dtype))
    if source.is_tensorflow and isinstance(value, Tensor):
        if source.dtype is not None and source.dtype != dtype:
            raise ConversionMismatch(source, dtype, result)
        return replace(_as_is(source), dtype=dtype)
    leaves = _leaves(value)
    packed = any(leaf.is_tensorflow for leaf in leaves)  # then each item is converted by itself
    for leaf in leaves:
        if leaf.kind is Kind.PYTHON and _refuses(leaf, dtype):
            raise ConversionMismatch(leaf, dtype, result)
        if leaf.kind is Kind.ARRAY and _array_refuses(leaf, dtype, in_list=leaf is not source and not packed):
            raise ConversionMismatch(leaf, dtype, result)
    return result


def _leaves(value: Value, depth: int = 0) -> list[Tensor]:
    """The numbers, arrays and tensors that a nested list consists of: the first few hundred will do."""
    items = conversion.sequence_items(value)
    if items is None or depth > 12:
        return [conversion.to_tensor(value)]
    found: list[Tensor] = []
    for item in items[:256]:
        found.extend(_leaves(item, depth + 1))
        if len(found) > 256:
            break
    return found


def _contains_none(value: Value, depth: int = 0) -> bool:
    if value == NONE:
        return True
    items = conversion.sequence_items(value)
    return items is not None and depth < 12 and any(_contains_none(item, depth + 1) for item in items[:256])


def is_ragged(value: Value, depth: int = 0) -> bool:
    """Whether ``value`` is certainly a nested list whose rows differ in length or depth."""
    items = conversion.sequence_items(value)
    if not items or depth > 12:
        return False
    if any(is_ragged(item, depth + 1) for item in items[:256]):
        return True
    found = [conversion.to_tensor(item).shape for item in items[:256]]
    return any(shapes.equal(found[0], shape) is False for shape in found[1:])


_REFUSED = {  # what a literal of some kind cannot become
    "float": ("int", "uint", "bool", "string"),
    "int": ("bool", "string"),
    "bool": ("string",),
    "complex": ("int", "uint", "bool", "string", "float"),
    "string": ("int", "uint", "bool", "float", "complex"),
}


def _refuses(literal: Tensor, wanted: DType) -> bool:
    return literal.dtype is not None and literal.shape == () and wanted.kind in _REFUSED.get(literal.dtype.kind, ())


def _array_refuses(array: Tensor, wanted: DType, in_list: bool) -> bool:
    if array.dtype is None or shapes.num_elements(array.shape) in (0, None):
        return False
    if in_list:  # then NumPy's numbers are as good as literals; an array by itself is cast
        return wanted.kind in _REFUSED.get(array.dtype.kind, ())
    return wanted.kind == "string" and array.dtype.is_numeric


def _is_full_tensor(leaf: Tensor) -> bool:
    """Whether ``leaf`` is a tensor with elements, which ``tf.constant`` refuses in a list."""
    return leaf.is_tensorflow and shapes.is_concrete(leaf.shape) and shapes.num_elements(leaf.shape) != 0


@op("constant")
def constant(value: Value, dtype: TensorFlowDType = None, shape: Value = NONE) -> Tensor:
    source = conversion.to_tensor(value)
    listed = not isinstance(value, Tensor) and source.kind is not Kind.PYTHON
    if listed and any(map(_is_full_tensor, _leaves(value))):
        raise InvalidArgument((source,), "tensor inside a constant", rules.like(source))
    symbolic = source.kind is Kind.KERAS and isinstance(value, Tensor)
    if symbolic or (source.kind is Kind.TENSOR and current().graph_only and _is_full_tensor(source)):
        raise InvalidArgument((source,), "tensor as a constant in a graph", source)
    if isinstance(value, Tensor) and value.kind is Kind.VARIABLE:
        value = replace(value, kind=Kind.ARRAY)  # read as one, and cast like one
    tensor = convert(value, dtype)
    return tensor if shape == NONE else _reshaped_constant(tensor, conversion.to_shape(shape))


def _reshaped_constant(tensor: Tensor, target: Shape) -> Tensor:
    """A constant of the shape asked for: one number is repeated, else the counts must agree."""
    count = shapes.num_elements(tensor.shape)
    wanted = shapes.num_elements(target)
    if target is None or count is None:
        return rules.like(tensor, shape=target)
    if count == 1 and dims.equal(wanted, 1) is not True:
        if tensor.rank is not None and tensor.rank > 1 and isinstance(wanted, int):
            raise RankTooLow(tensor, 0, exact=True, result=rules.like(tensor, shape=target))
        return replace(filled(tensor.dtype, target, tensor.scalar()), dtype_origin=tensor.dtype_origin)
    if dims.equal(count, wanted) is False:
        raise AssignMismatch(tensor, target, "constant", rules.like(tensor, shape=target))
    return rules.like(tensor, shape=target, elements=tensor.elements)


@op("compat.v1.constant")
def constant_v1(value: Value, dtype: TensorFlowDType = None, shape: Value = NONE, verify_shape: Flag = False) -> Tensor:
    """TensorFlow 1's constant, which repeats its last value to fill ``shape`` (unless ``verify_shape``).

    Raises AssignMismatch, and InvalidArgument for what only a session can tell.
    """
    symbolic = [leaf for leaf in _leaves(value) if leaf.kind is Kind.TENSOR and shapes.num_elements(leaf.shape) != 0]
    if current().graph_only and symbolic:
        operands = (value,) if isinstance(value, Tensor) else ()
        raise InvalidArgument(operands, "tensor as a constant in a graph", convert(value, dtype))
    if isinstance(value, Tensor) and value.kind is Kind.VARIABLE:
        value = replace(value, kind=Kind.ARRAY)  # read as one, and cast like one
    tensor = convert(value, dtype)
    if shape == NONE:
        return tensor
    target = conversion.to_shape(shape)
    count, wanted = shapes.num_elements(tensor.shape), shapes.num_elements(target)
    if isinstance(count, int) and isinstance(wanted, int) and count > wanted:
        raise AssignMismatch(tensor, target, "constant", rules.like(tensor, shape=target))
    return rules.like(tensor, shape=target, elements=tensor.elements if dims.equal(count, wanted) else None)


@op("convert_to_tensor")
def convert_to_tensor(value: Value, dtype: TensorFlowDType = None, dtype_hint: TensorFlowDType = None) -> Tensor:
    return _convert_with_hint(value, dtype, dtype_hint)


@op("compat.v1.convert_to_tensor")
def convert_to_tensor_v1(
    value: Value,
    dtype: TensorFlowDType = None,
    preferred_dtype: TensorFlowDType = None,
    dtype_hint: TensorFlowDType = None,
) -> Tensor:
    return _convert_with_hint(value, dtype, preferred_dtype if dtype_hint is None else dtype_hint)


def _convert_with_hint(value: Value, dtype: DType | None | Unsure, hint: DType | None | Unsure) -> Tensor:
    if dtype is not None or hint is None:
        return convert(value, dtype)
    source = conversion.to_tensor(value)
    if isinstance(hint, Unsure) or source.kind is Kind.UNKNOWN:
        return convert(value, None if source.is_tensorflow else UNSURE)
    if isinstance(value, Tensor) and value.is_tensorflow:
        return convert(value, None)
    try:
        return convert(value, hint)
    except ConversionMismatch:  # a hint that does not fit is ignored
        return convert(value, None)


# ------------------------------------------------------------------------------------------------- casts and copies


@op("cast")
def cast(x: Tensor, dtype: TensorFlowDType) -> Tensor:
    if dtype is None:
        raise InvalidArgument((x,), "dtype None", rules.like(x, dtype=None))
    return cast_to(x, dtype)


def cast_to(x: Tensor, dtype: DType | Unsure) -> Tensor:
    """``tf.cast``: a tensor that has the dtype passes through; raises NoKernel for strings."""
    if isinstance(dtype, Unsure):
        return rules.like(x, dtype=None, kind=_composite_kind(x))
    if x.dtype == dtype and x.kind is Kind.TENSOR:
        return x
    halved = x.dtype is not None and x.dtype.is_complex and not dtype.is_complex  # whose imaginary parts are gone
    known = None if halved else elements.cast_all(x.elements, dtype)
    result = rules.like(x, dtype=dtype, elements=known, kind=_composite_kind(x))
    if x.kind in (Kind.SPARSE, Kind.RAGGED):
        result = composites.elementwise(x, dtype)
    if x.dtype is not None and x.dtype != dtype and dtypes.STRING in (x.dtype, dtype):
        raise NoKernel(x, frozenset(dtypes.NUMERIC | {dtypes.BOOL}), result=result)
    return result


def _composite_kind(x: Tensor) -> Kind:
    return x.kind if x.kind in (Kind.SPARSE, Kind.RAGGED, Kind.KERAS) else Kind.TENSOR


@op("dtypes.saturate_cast")
def saturate_cast(value: Tensor, dtype: TensorFlowDType) -> Tensor:
    if dtype is None or isinstance(dtype, Unsure):
        return rules.like(value, dtype=None)
    for found in (value.dtype, dtype):
        if found in (dtypes.STRING, dtypes.BOOL) and value.dtype is not None:
            raise NoKernel(value, dtypes.NUMERIC, result=rules.like(value, dtype=dtype))
    return rules.like(value, dtype=dtype)


def _legacy_cast(name: str, dtype: DType) -> None:
    @op(name)
    def model(x: Tensor) -> Tensor:
        return cast_to(x, dtype)


for _name, _dtype in (
    ("to_float", dtypes.FLOAT32), ("to_double", dtypes.FLOAT64), ("to_int32", dtypes.INT32), ("to_int64", dtypes.INT64),
    ("to_bfloat16", dtypes.BFLOAT16), ("to_complex64", dtypes.COMPLEX64), ("to_complex128", dtypes.COMPLEX128),
):  # fmt: skip
    _legacy_cast(f"compat.v1.{_name}", _dtype)


@op("identity", "stop_gradient", "guarantee_const", view=True)
def identity(input: Converted) -> Tensor:
    return input


@op("identity_n")
def identity_n(input: Value) -> Value:
    items = conversion.sequence_items(input)
    return UNKNOWN if items is None else ListValue(TupleValue(tuple(convert(item, None) for item in items)))


@op("bitcast", view=True)
def bitcast(input: Tensor, type: TensorFlowDType) -> Tensor:
    if not isinstance(type, DType) or input.dtype is None or not type.size or not input.dtype.size:
        return Tensor(type if isinstance(type, DType) else None)
    if dtypes.BOOL in (type, input.dtype):
        raise NoKernel(input, dtypes.NUMERIC, result=rules.like(input, dtype=type))
    if input.dtype.size == type.size or input.shape is None:
        return rules.like(input, dtype=type)
    if input.dtype.size > type.size:
        return rules.like(input, dtype=type, shape=(*input.shape, input.dtype.size // type.size))
    shape = rules.with_rank_at_least(input, 1)
    if shape is not None and dims.equal(shape[-1], type.size // input.dtype.size) is False:
        raise InvalidArgument((input,), "last dimension", rules.like(input, dtype=type, shape=shape[:-1]))
    return rules.like(input, dtype=type, shape=None if shape is None else shape[:-1])


@op("dtypes.complex")
def complex_(real: Converted, imag: Converted) -> Tensor:
    parts = (real, imag)
    allowed = frozenset({dtypes.FLOAT32, dtypes.FLOAT64})
    for part in parts:
        rules.require_dtype(part, allowed)
    dtype = parts[0].dtype or parts[1].dtype
    result = {dtypes.FLOAT32: dtypes.COMPLEX64, dtypes.FLOAT64: dtypes.COMPLEX128}.get(dtype) if dtype else None
    if None not in (parts[0].dtype, parts[1].dtype) and parts[0].dtype != parts[1].dtype:
        raise DTypeMismatch(parts, "elementwise", Tensor(None, rules.broadcast(parts)))
    return Tensor(result, rules.broadcast(parts, result))


# ------------------------------------------------------------------------------------------------- fills


def _made_dtype(dtype: DType | None | Unsure, shape: Shape) -> DType | None:
    """The dtype of ``zeros`` or ``ones``, which do not take None for one."""
    if dtype is None:
        raise InvalidArgument((), "dtype None", Tensor(dtypes.FLOAT32, shape))
    return None if isinstance(dtype, Unsure) else dtype


@op("zeros")
def zeros(shape: NewShape, dtype: TensorFlowDType = dtypes.FLOAT32) -> Tensor:
    made = _made_dtype(dtype, shape)
    return filled(made, shape, b"" if made == dtypes.STRING else 0)


@op("ones")
def ones(shape: NewShape, dtype: TensorFlowDType = dtypes.FLOAT32) -> Tensor:
    made = _made_dtype(dtype, shape)
    if made == dtypes.STRING:
        raise InvalidArgument((), "ones of dtype string", Tensor(made, shape))
    return filled(made, shape, 1)


@op("fill")
def fill(dims: NewShape, value: Converted) -> Tensor:
    element = value
    if element.rank and shapes.num_elements(element.shape) not in (1, None):
        raise RankTooLow(element, 0, exact=True, result=Tensor(element.dtype, dims))
    return replace(filled(element.dtype, dims, element.scalar()), dtype_origin=element.dtype_origin)


@op("zeros_like", by_position=1)
def zeros_like(input: Converted, dtype: TensorFlowDType = None) -> Tensor:
    return _like(input, dtype, 0)


@op("ones_like", by_position=1)
def ones_like(input: Converted, dtype: TensorFlowDType = None) -> Tensor:
    if rules.chosen_dtype(dtype, input.dtype) == dtypes.STRING:
        raise NoKernel(input, dtypes.NUMERIC | {dtypes.BOOL}, result=rules.like(input))
    return _like(input, dtype, 1)


def _like(source: Tensor, dtype: DType | None | Unsure, element: int) -> Tensor:
    made = rules.chosen_dtype(dtype, source.dtype)
    fresh = filled(made, source.shape, None if made == dtypes.STRING else element)
    return rules.like(source, dtype=made, elements=fresh.elements)


@op("eye")
def eye(
    num_rows: Dimension, num_columns: Value = NONE, batch_shape: Value = NONE, dtype: TensorFlowDType = dtypes.FLOAT32
) -> Tensor:
    batch = () if batch_shape == NONE else conversion.to_shape(batch_shape)
    columns = num_rows if num_columns == NONE else dim_of(num_columns)
    shape = None if batch is None else (*batch, num_rows, columns)
    made = rules.chosen_dtype(dtype, dtypes.FLOAT32)
    if any(isinstance(size, int) and size < 0 for size in (num_rows, columns)):
        raise InvalidArgument((), "negative dimension", Tensor(made))
    return Tensor(made, shape)
