"""The machinery behind ``keras.ops``: operands as Keras converts them, shapes as NumPy's models have them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from tflint_gemm import api
from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import (
    ANY_TENSOR,
    NONE,
    UNKNOWN,
    BuiltinFunction,
    Constant,
    Kind,
    ListValue,
    OfType,
    Tensor,
    TupleValue,
    Unknown,
    Value,
)
from tflint_gemm.ops import conversion, registry, rules
from tflint_gemm.ops.keras_promotion import floatx
from tflint_gemm.ops.layers import result_kind
from tflint_gemm.ops.op_model import ModelParameter, OpModel
from tflint_gemm.ops.registry import Arguments
from tflint_gemm.ops.violations import BroadcastMismatch, ConcatMismatch, InnerDimMismatch, ReshapeCount, Violation
from tflint_gemm.replacing import replace

_CERTAIN = (BroadcastMismatch, ConcatMismatch, InnerDimMismatch, ReshapeCount)
"""Where NumPy objects for one of these reasons, TensorFlow behind Keras does too."""

Function = Callable[[Mapping[str, Value]], Value]
ResultDType = Callable[[Sequence[Tensor]], "DType | None"]


_TENSORS = {
    "x", "x1", "x2", "y", "a", "array", "inputs", "values", "b", "weights", "q", "x_min", "x_max", "condition",
    "indices", "updates", "data", "segment_ids", "sorted_sequence", "bins", "query", "key", "value",
    "target", "output", "images", "image", "volumes", "predictions", "targets", "start_indices", "fill_value", "start",
    "stop", "variable", "gamma", "scale", "transform", "start_points", "end_points", "image1", "image2", "tensor",
    "kernel", "abs_", "angle", "mean", "variance",
}  # fmt: skip
"""The names of parameters that are tensors."""
_LISTS = {"xs", "arrays", "*", "condlist", "choicelist", "operands"}
"""The names of parameters that are lists of tensors."""


@dataclass(frozen=True)
class KerasFunction(OpModel):
    """A model whose parameters are those of the API, raw; ``function`` takes them as one mapping."""

    @functools.cached_property
    def parameters(self) -> tuple[ModelParameter, ...]:
        entry = api.entry(self.name)
        signature = () if entry is None or entry.signature is None else entry.signature
        self.function.__annotations__.update(
            (parameter.name, Tensor if parameter.name in _TENSORS else Value) for parameter in signature
        )
        return tuple(
            ModelParameter(
                parameter.name,
                _itself,
                NONE,
                not parameter.has_default,
                parameter.kind == "var_positional",
                parameter.kind == "keyword",
                takes_unknown_count=True,
            )
            for parameter in signature
            if parameter.kind != "var_keyword"
        )


def _itself(value: Value) -> Value:
    return value


def keras_function(*names: str) -> Callable[[Function], Function]:
    """Register the decorated function of a mapping of arguments for each name below ``keras.ops``."""

    def register(function: Function) -> Function:
        for name in names:
            registry.add(KerasFunction(f"keras.ops.{name}", _guarded(function), any_keyword=name == "rearrange"))
        return function

    return register


def _guarded(function: Function) -> Callable[..., Value]:
    """``function`` of keywords; what it returns is symbolic where an operand is, and unknown for sparse operands."""

    def call(*extra: Value, **values: Value) -> Value:
        if extra:
            values["*"] = TupleValue(tuple(extra)) if all(isinstance(value, Value) for value in extra) else UNKNOWN
        given = {name: value for name, value in values.items() if name in _TENSORS or name in _LISTS}
        operands = list(tensors_in(given.values()))
        if any(operand.kind in (Kind.SPARSE, Kind.RAGGED) for operand in operands):
            return UNKNOWN
        symbolic = any(operand.kind is Kind.KERAS for operand in operands)
        listed = any(conversion.sequence_items(given[name]) is not None for name in given if name in _TENSORS)
        if symbolic and listed:  # Keras looks for the attributes of tensors then, which lists have not
            try:
                return _with_kind(_forgotten(function(values)), Kind.KERAS)
            except Violation:
                return UNKNOWN
        sure = symbolic or not any(map(_may_be_symbolic, given.values()))
        if listed and not sure:
            return _with_kind(_forgotten(function(values)), Kind.UNKNOWN)
        return _with_kind(function(values), result_kind(operands or [Tensor()]) if sure else Kind.UNKNOWN)

    return call


def _may_be_symbolic(value: Value) -> bool:
    if isinstance(value, Tensor):
        return value.kind is Kind.UNKNOWN
    items = conversion.sequence_items(value)
    if isinstance(value, OfType):
        return value.type_name in ("tuple", "list")
    return isinstance(value, (Unknown, ListValue)) if items is None else any(map(_may_be_symbolic, items))


def _forgotten(result: Value) -> Value:
    return Tensor() if isinstance(result, Tensor) else UNKNOWN


def is_symbolic(value: Value) -> bool:
    """Whether ``value`` is, or may be, a symbolic tensor."""
    return _may_be_symbolic(value) or (isinstance(value, Tensor) and value.kind is Kind.KERAS)


def tensors_in(values: Iterable[Value]) -> Iterable[Tensor]:
    """The tensors among ``values`` and in their sequences, however deep."""
    for value in values:
        if isinstance(value, Tensor):
            yield value
        else:
            yield from tensors_in(conversion.sequence_items(value) or ())


def _with_kind(result: Value, kind: Kind) -> Value:
    if isinstance(result, Tensor):
        return replace(result, kind=kind, storage=None) if result.kind is not Kind.ARRAY else result
    if isinstance(result, TupleValue):
        return replace(result, items=tuple(_with_kind(item, kind) for item in result.items))
    if isinstance(result, ListValue) and isinstance(result.slots[ListValue.CONTENT], TupleValue):
        result.slots[ListValue.CONTENT] = _with_kind(result.slots[ListValue.CONTENT], kind)
    return result


# ------------------------------------------------------------------------------------------------- operands


def operand(arguments: Mapping[str, Value], *names: str) -> Tensor:
    """The tensor that the first of these arguments is converted to."""
    value = next((arguments[name] for name in names if name in arguments), UNKNOWN)
    return ANY_TENSOR if value == NONE else conversion.to_tensor(value)


def is_plain(value: Value) -> bool:
    """Whether ``value`` is one number, text or flag of Python's, which does not broadcast."""
    return isinstance(value, Constant) or (isinstance(value, OfType) and value.type_name not in ("list", "tuple"))


def as_numpy(value: Value) -> Value:
    """``value`` with the tensors in it as arrays of the same dtype and shape."""
    if isinstance(value, Tensor):
        return replace(value, kind=Kind.ARRAY, storage=None)
    items = conversion.sequence_items(value)
    if items is not None and any(True for _ in tensors_in(items)):
        return TupleValue(tuple(as_numpy(item) for item in items))
    return value


def numpy_result(name: str, arguments: Mapping[str, Value], positional: Sequence[str]) -> Value:
    """What NumPy's function of this name gives for the arguments; raises what ``_CERTAIN`` lists.

    Symbolic operands are spared: Keras checks them by rules of its own.
    """
    path = f"numpy.{name}"
    model = registry.find(path)
    entry = api.entry(path)
    if model is None:
        return UNKNOWN
    known = {parameter.name for parameter in entry.signature or ()} if entry is not None else set()
    known |= {parameter.name for parameter in model.parameters}
    leading = [as_numpy(arguments[name]) for name in positional if name in arguments]
    if len(leading) < len([name for name in positional if name in arguments]):
        return UNKNOWN
    others = {
        name: as_numpy(value)
        for name, value in arguments.items()
        if name not in positional and name in known and name not in ("dtype", "out")
    }
    bound: Arguments | None = registry.bind(path, model, tuple(leading), others)
    if bound is None or bound.missing:
        return UNKNOWN
    try:
        result = registry.invoke(model, bound)
    except Violation as violation:
        if not isinstance(violation, _CERTAIN) or any(map(is_symbolic, arguments.values())):
            return UNKNOWN
        operands = list(tensors_in(arguments.values()))
        violation.operands = tuple(_original(operand, operands) for operand in violation.operands)
        violation.result = Tensor()
        raise
    return result if isinstance(result, Value) else UNKNOWN


def _original(seen: Tensor, operands: Sequence[Tensor]) -> Tensor:
    """The operand that NumPy's model saw as ``seen``."""
    return next((operand for operand in operands if as_numpy(operand) == seen), seen)


def keras_dtype(value: Value, default: DType | None) -> DType | None:
    """The dtype that a ``dtype=`` argument asks for, ``default`` where there is none; Python's int is int64 here."""
    python = value.name if isinstance(value, BuiltinFunction) else value.value if isinstance(value, Constant) else None
    if python in ("int", "float"):
        return dtypes.INT64 if python == "int" else floatx()
    return rules.chosen_dtype(conversion.to_dtype(value), default)


def dtype_argument(arguments: Mapping[str, Value], default: DType | None) -> DType | None:
    """The dtype that a ``dtype=`` asks for, else ``default``."""
    return keras_dtype(arguments.get("dtype", NONE), default)


def retyped(result: Value, dtype: DType | None) -> Value:
    """The arrays in ``result`` as new tensors of ``dtype``."""
    if isinstance(result, Tensor):
        if result.kind is Kind.UNKNOWN and result.shape is None:
            return Tensor(dtype)
        return Tensor(dtype, result.shape)
    if isinstance(result, TupleValue):
        return TupleValue(tuple(retyped(item, dtype) for item in result.items))
    if isinstance(result, ListValue):
        content = result.slots[ListValue.CONTENT]
        if isinstance(content, TupleValue):
            made = retyped(content, dtype)
            assert isinstance(made, TupleValue)
            return ListValue(made)
        return UNKNOWN
    return Tensor(dtype) if result == UNKNOWN else UNKNOWN
