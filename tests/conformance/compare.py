"""Where one abstract value does not cover another, and how much of it it knows."""

from __future__ import annotations

import cmath
from collections.abc import Iterator

from tflint_gemm.domain import dims
from tflint_gemm.domain.dims import SymbolicDim
from tflint_gemm.domain.join import python_type
from tflint_gemm.domain.shapes import Shape, show
from tflint_gemm.domain.values import (
    ApiObject,
    ApiSymbol,
    Constant,
    DictValue,
    DTypeValue,
    IterableValue,
    Kind,
    ListValue,
    OfType,
    PartialValue,
    ShapeValue,
    Symbolic,
    Tensor,
    TupleValue,
    Unknown,
    Value,
)
from tflint_gemm.ops import conversion

from .abstraction import Opaque

_TOLERANCE = {"float16": 1e-2, "bfloat16": 5e-2, "float32": 1e-4, "complex64": 1e-4}


def differences(general: Value, specific: Value, where: str = "result") -> Iterator[str]:
    """What ``general`` says that is not so of ``specific``; nothing where it covers it."""
    if isinstance(general, Tensor):
        yield from _tensor_differences(general, specific, where)
    elif isinstance(general, TupleValue):
        yield from _sequence_differences(general.items, specific, where, TupleValue)
    elif isinstance(general, ListValue):
        yield from _list_differences(general, specific, where)
    elif isinstance(general, IterableValue):
        items = conversion.sequence_items(specific)
        if items is not None and isinstance(general.length, int) and general.length != len(items):
            yield f"{where} has {general.length} items, really {len(items)}"
        for index, item in enumerate(items or ()):
            yield from differences(general.element, item, f"{where}[{index}]")
    elif isinstance(general, ShapeValue) and isinstance(specific, ShapeValue):
        yield from _shape_differences(general.shape, specific.shape, where)
    elif isinstance(general, ApiObject):
        yield from _object_differences(general, specific, where)
    elif not _is_covered(general, specific):
        yield f"{where} is {describe(general)}, really {describe(specific)}"


def _is_covered(general: Value, specific: Value) -> bool:
    """Whether a value without parts describes ``specific``."""
    if isinstance(general, Unknown) or general == specific:
        return True
    if isinstance(general, OfType):
        container = {"list": ListValue, "dict": DictValue, "tuple": TupleValue}.get(general.type_name, Opaque)
        return python_type(specific) == general.type_name or isinstance(specific, container)
    if isinstance(general, DTypeValue):
        return isinstance(specific, DTypeValue) and general.dtype is None
    if isinstance(general, DictValue):
        return isinstance(specific, DictValue)
    if isinstance(general, (ApiSymbol, PartialValue)):
        return isinstance(specific, Opaque) and callable(specific.real)
    return (
        isinstance(general, Constant) and isinstance(specific, Constant) and _same(general.value, specific.value, 1e-6)
    )


def _object_differences(general: ApiObject, specific: Value, where: str) -> Iterator[str]:
    if isinstance(specific, ApiObject) and specific.path == general.path:
        known = {name for name, value in specific.slots.items() if not isinstance(value, OfType)}  # (count)
        for name in general.slots.keys() & known:
            yield from differences(general.slots[name], specific.slots[name], f"{where}.{name}")
    elif not isinstance(specific, (Opaque, ApiObject)) and specific != Constant(None):  # an operation, eagerly None
        yield f"{where} is {describe(general)}, really {describe(specific)}"


def _list_differences(general: ListValue, specific: Value, where: str) -> Iterator[str]:
    content = general.slots[ListValue.CONTENT]
    if isinstance(content, TupleValue):
        yield from _sequence_differences(content.items, specific, where, ListValue)
    elif not isinstance(specific, ListValue):
        yield f"{where} is a list, really {describe(specific)}"
    else:
        yield from differences(content, specific, where)


def _tensor_differences(general: Tensor, specific: Value, name: str) -> Iterator[str]:
    if isinstance(specific, (Opaque, DTypeValue, ShapeValue)) or specific == Constant(None):
        yield f"{name} is a tensor, really {describe(specific)}"
        return
    if not isinstance(specific, Tensor):
        if general.kind not in (Kind.PYTHON, Kind.UNKNOWN):
            yield f"{name} is {describe(general)}, really Python's {describe(specific)}"
            return
        specific = conversion.to_tensor(specific)
    if general.kind not in (specific.kind, Kind.UNKNOWN) and {general.kind, specific.kind} != {
        Kind.TENSOR,
        Kind.VARIABLE,
    }:
        yield f"{name} is of kind {general.kind.value}, really {specific.kind.value}"
    if general.dtype is not None and general.dtype != specific.dtype:
        yield f"{name} is {general.dtype}, really {specific.dtype}"
    yield from _shape_differences(_without_names(general, specific), specific.shape, name)
    yield from _element_differences(general, specific, name)
    for index, (part, real) in enumerate(zip(general.parts, specific.parts)):
        yield from _tensor_differences(part, real, f"{name}.parts[{index}]")


def _without_names(general: Tensor, specific: Tensor) -> Shape:
    """The shape of ``general``, without the names that it gives to sizes which a symbolic Keras tensor leaves open."""
    if specific.kind is not Kind.KERAS or None in (general.shape, specific.shape):
        return general.shape
    pairs = zip(general.shape or (), specific.shape or ())
    named = [None if real is None and isinstance(said, SymbolicDim) else said for said, real in pairs]
    return tuple(named) if len(general.shape or ()) == len(specific.shape or ()) else general.shape


def _shape_differences(general: Shape, specific: Shape, name: str) -> Iterator[str]:
    if not _covers(general, specific):
        yield f"{name} has shape {show(general)}, really {show(specific)}"


def _covers(general: Shape, specific: Shape) -> bool:
    if general is None:
        return True
    if specific is None or len(general) != len(specific):
        return False
    # A symbol that is left is one that the model made itself: it stands for whatever the size is.
    return all(
        said is None or isinstance(said, SymbolicDim) or dims.equal(said, real) is True
        for said, real in zip(general, specific)
    )


def _element_differences(general: Tensor, specific: Tensor, name: str) -> Iterator[str]:
    if general.elements is None or specific.elements is None:
        return
    tolerance = _TOLERANCE.get(specific.dtype.name if specific.dtype else "", 1e-6)
    agree = len(general.elements) == len(specific.elements) and all(
        _same(a, b, tolerance) for a, b in zip(general.elements, specific.elements)
    )
    if not agree:
        yield f"{name} has elements {general.elements}, really {specific.elements}"


def _same(said: object, real: object, tolerance: float) -> bool:
    """Whether an element that a model knows is the real one; an unknown one always is."""
    if said is None or said == real or isinstance(said, SymbolicDim):
        return True
    if isinstance(said, str) and isinstance(real, bytes):
        return said.encode() == real
    if not isinstance(said, (int, float, complex)) or not isinstance(real, (int, float, complex)):
        return False
    if cmath.isnan(said) or cmath.isnan(real):
        return cmath.isnan(said) and cmath.isnan(real)
    return cmath.isclose(said, real, rel_tol=tolerance, abs_tol=tolerance)


def _sequence_differences(items: tuple[Value, ...], specific: Value, where: str, kind: type[Value]) -> Iterator[str]:
    actual = conversion.sequence_items(specific) if isinstance(specific, kind) else None
    name = "tuple" if kind is TupleValue else "list"
    if actual is None:
        yield f"{where} is a {name} of {len(items)}, really {describe(specific)}"
    elif len(actual) != len(items):
        yield f"{where} is a {name} of {len(items)}, really of {len(actual)}"
    else:
        for index, (item, real) in enumerate(zip(items, actual)):
            yield from differences(item, real, f"{where}[{index}]")


def knowledge(said: Value, real: Value) -> tuple[int, int]:
    """How many of the facts about ``real`` the model knew, and how many there are."""
    if isinstance(real, Tensor):
        total = 1 + max(1, len(real.shape or ()))
        if not isinstance(said, Tensor):
            return 0, total
        known = int(said.dtype is not None)
        if said.shape is not None:
            known += max(1, sum(isinstance(dim, int) for dim in said.shape)) if said.shape else 1
        return min(known, total), total
    items = conversion.sequence_items(real)
    if items:
        known_items = conversion.sequence_items(said) or (Unknown(),) * len(items)
        pairs = [knowledge(a, b) for a, b in zip(known_items, items)]
        return sum(known for known, _ in pairs), sum(total for _, total in pairs)
    return int(not isinstance(said, (Unknown, OfType))), 1


def describe(value: Value, depth: int = 0) -> str:
    """``value`` on one line, as a person would write it."""
    if isinstance(value, Tensor):
        kind = "" if value.kind is Kind.TENSOR else f"{value.kind.value} "
        return f"{kind}{value.dtype or '?'}{show(value.shape)}"
    items = conversion.sequence_items(value)
    if items is not None:
        inside = ", ".join(describe(item, depth + 1) for item in items[:8]) if depth < 4 else "..."
        return f"[{inside}]" if isinstance(value, ListValue) else f"({inside})"
    if isinstance(value, ShapeValue):
        return f"TensorShape{show(value.shape)}"
    if isinstance(value, Constant):
        return repr(value.value)
    if isinstance(value, Symbolic):
        return str(value.dim)
    if isinstance(value, Opaque):
        return f"a {type(value.real).__name__}"
    if isinstance(value, ApiObject):
        known = [
            f"{name}={describe(part, depth + 1)}" for name, part in [*value.arguments.items(), *value.slots.items()]
        ]
        return f"{value.path}({', '.join(known) if depth < 4 else '...'})"
    return repr(value)
