"""What a functional model is given: its inputs by position or by name, of the shapes that it declares."""

from __future__ import annotations

from tflint_gemm.domain import dims
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    ANY_TENSOR,
    NONE,
    ApiObject,
    Constant,
    DictValue,
    Kind,
    Mutable,
    Tensor,
    Unknown,
    Value,
)
from tflint_gemm.ops import structures
from tflint_gemm.ops.violations import InvalidArgument, LayerInputMismatch

# ------------------------------------------------------------------------------------------------- names


def layer_name(layer: Value | None) -> str | None:
    """The name that a layer was given; None where Keras makes one up."""
    if not isinstance(layer, Mutable):
        return None
    named = layer.arguments.get("name", NONE) if isinstance(layer, ApiObject) else layer.slots.get("name", NONE)
    return named.value if isinstance(named, Constant) and isinstance(named.value, str) else None


def names_of(tensors: Value) -> list[str] | None:
    """The names of symbolic inputs or outputs; None where one has none that is known."""
    found = [layer_name(leaf.layer) if isinstance(leaf, Tensor) else None for leaf in structures.leaves(tensors)]
    names = [name for name in found if name is not None]
    return names if len(names) == len(found) == len(set(names)) else None


def entries(value: Value) -> dict[str, Value] | None:
    """A dict by its keys, where all of them are known strings."""
    if not isinstance(value, DictValue) or DictValue.REST in value.slots:
        return None
    named = {str(key.value): item for key, item in value.slots.items() if isinstance(key, Constant)}
    return named if len(named) == len(value.slots) else None


# ------------------------------------------------------------------------------------------------- structures


def matched(declared: Value, given: Value) -> list[tuple[Tensor, Tensor]] | None:
    """Each declared input with what it is given; None where that is not known, raises InvalidArgument for others."""
    wanted = _flat(declared)
    named = entries(given)
    if wanted is None:
        return None
    if named is not None:
        return _by_name(declared, wanted, named)
    actual = _flat(given)
    if actual is None:
        return None
    if len(wanted) == len(actual):
        return list(zip(wanted, actual))
    if not any(tensor.kind is Kind.UNKNOWN for tensor in actual):
        raise InvalidArgument(actual, f"{len(actual)} input(s) for a model of {len(wanted)}")
    return None


def _by_name(declared: Value, wanted: list[Tensor], given: dict[str, Value]) -> list[tuple[Tensor, Tensor]] | None:
    keyed = entries(declared)
    names = sorted(keyed) if keyed is not None else names_of(declared)
    if names is None:
        return None
    missing = [name for name in names if name not in given]
    if missing:
        tensors = [value for value in given.values() if isinstance(value, Tensor)]
        raise InvalidArgument(tensors, f"no input {missing[0]!r} among {sorted(given)}")
    if keyed is not None and len(given) != len(keyed):
        return None
    order = [keyed[name] for name in names] if keyed is not None else wanted
    pairs = [(one, given[name]) for one, name in zip(order, names)]
    return [
        (one, value if isinstance(value, Tensor) else ANY_TENSOR) for one, value in pairs if isinstance(one, Tensor)
    ]


def _flat(value: Value) -> list[Tensor] | None:
    """The tensors of a structure, whatever is not known standing for any; None where it is not one of tensors."""
    if isinstance(value, DictValue) and entries(value) is None:
        return None
    leaves = list(structures.leaves(value))
    if not all(isinstance(leaf, (Tensor, Unknown)) for leaf in leaves) or isinstance(value, Unknown):
        return None
    return [leaf if isinstance(leaf, Tensor) else ANY_TENSOR for leaf in leaves]


# ------------------------------------------------------------------------------------------------- shapes


def check_input(wanted: Tensor, given: Tensor) -> None:
    _check_rank(given, wanted)
    if wanted.shape is None or given.shape is None or len(wanted.shape) != len(given.shape):
        return
    for axis, (expected, actual) in enumerate(zip(wanted.shape, given.shape)):
        if axis and isinstance(expected, int) and dims.equal(expected, actual) is False:
            raise _caused(wanted, LayerInputMismatch(given, "axis", expected, actual, axis))


def _caused(wanted: Tensor, mismatch: LayerInputMismatch) -> LayerInputMismatch:
    mismatch.cause = wanted
    return mismatch


def _check_rank(given: Tensor, wanted: Tensor) -> None:
    """Raise LayerInputMismatch where the ranks differ by more than a last dimension of 1, which Keras adds or drops."""
    if given.shape is None or wanted.shape is None or given.kind is Kind.PYTHON:
        return
    longer, shorter = sorted((given.shape, wanted.shape), key=len, reverse=True)
    if len(longer) > len(shorter) and not (len(longer) == len(shorter) + 1 and dims.equal(longer[-1], 1) is not False):
        raise _caused(wanted, LayerInputMismatch(given, "ndim", len(wanted.shape), len(given.shape)))


def fitted_shape(given: Tensor, wanted: Tensor) -> Shape:
    """The shape of ``given`` after Keras has added or dropped a last dimension of 1; raises LayerInputMismatch."""
    _check_rank(given, wanted)
    if given.shape is None or wanted.shape is None or len(given.shape) == len(wanted.shape):
        return given.shape
    return given.shape[:-1] if len(given.shape) > len(wanted.shape) else (*given.shape, 1)
