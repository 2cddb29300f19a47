"""The least upper bound of two abstract values: what is true on both of two paths."""

from __future__ import annotations

from tflint_gemm.domain import dims, shapes
from tflint_gemm.domain.values import (
    GENERATOR,
    UNKNOWN,
    Constant,
    DTypeValue,
    IterableValue,
    Kind,
    OfType,
    ShapeValue,
    Symbolic,
    Tensor,
    TupleValue,
    Value,
)
from tflint_gemm.replacing import replace


def join(left: Value, right: Value) -> Value:
    """What holds of a value that is either ``left`` or ``right``."""
    if left is right:
        return left
    if left == right:
        # Of one open size they may be two: the result is neither, or a run of the graph would take it for one of them.
        return replace(left) if isinstance(left, Tensor) and _is_open(left) else left
    if isinstance(left, Tensor) and isinstance(right, Tensor):
        return _join_tensors(left, right)
    if isinstance(left, TupleValue) and isinstance(right, TupleValue):
        if len(left.items) == len(right.items):
            items = tuple(join(a, b) for a, b in zip(left.items, right.items))
            return replace(left, items=items) if left.type_name == right.type_name else TupleValue(items)
        if GENERATOR in (left.type_name, right.type_name):
            return IterableValue(join_all((*left.items, *right.items)))
        return OfType("tuple")
    if isinstance(left, ShapeValue) and isinstance(right, ShapeValue):
        return ShapeValue(shapes.join(left.shape, right.shape))
    if isinstance(left, DTypeValue) and isinstance(right, DTypeValue):
        return DTypeValue(None, left.library if left.library == right.library else "tensorflow")
    if isinstance(left, IterableValue) and isinstance(right, IterableValue):
        return IterableValue(join(left.element, right.element), dims.join(left.length, right.length))
    left_type, right_type = python_type(left), python_type(right)
    if left_type is not None and left_type == right_type:
        return OfType(left_type)
    return UNKNOWN


def join_all(values: list[Value] | tuple[Value, ...], empty: Value = UNKNOWN) -> Value:
    """The join of all; ``empty`` where there is none."""
    if not values:
        return empty
    result = values[0]
    for value in values[1:]:
        result = join(result, value)
    return result


def _is_open(tensor: Tensor) -> bool:
    return tensor.shape is None or None in tensor.shape


def _join_tensors(left: Tensor, right: Tensor) -> Tensor:
    same_dtype = left.dtype == right.dtype
    elements = None
    if left.elements is not None and right.elements is not None and left.shape == right.shape:
        elements = tuple(a if a == b else None for a, b in zip(left.elements, right.elements))
    return Tensor(
        dtype=left.dtype if same_dtype else None,
        shape=shapes.join(left.shape, right.shape),
        kind=left.kind if left.kind is right.kind else _join_kinds(left.kind, right.kind),
        elements=elements,
        dtype_origin=left.dtype_origin if same_dtype else None,
        shape_origin=left.shape_origin or right.shape_origin,
        storage=left.storage or right.storage,
        promotes=left.promotes or right.promotes,
        tabular=left.tabular and right.tabular,
        parts=_join_parts(left, right),
    )


def _join_parts(left: Tensor, right: Tensor) -> tuple[Tensor, ...]:
    if left.kind is not right.kind or len(left.parts) != len(right.parts):
        return ()
    return tuple(_join_tensors(one, other) for one, other in zip(left.parts, right.parts))


def _join_kinds(left: Kind, right: Kind) -> Kind:
    return Kind.TENSOR if {left, right} <= {Kind.TENSOR, Kind.VARIABLE} else Kind.UNKNOWN


def python_type(value: Value) -> str | None:
    """The name of the built-in type that ``value`` is certainly an instance of."""
    if isinstance(value, Constant):
        return value.type_name
    if isinstance(value, Symbolic):
        return "int"
    if isinstance(value, OfType):
        return value.type_name
    if isinstance(value, TupleValue):
        return GENERATOR if value.type_name == GENERATOR else "tuple"
    return None
