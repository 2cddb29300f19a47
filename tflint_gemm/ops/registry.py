"""The registry of op models: a model is a typed function under the canonical name of the API it models."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from tflint_gemm import api, ops
from tflint_gemm.domain.values import NONE, UNKNOWN, Constant, TupleValue, Value
from tflint_gemm.ops.conversion import UNSURE
from tflint_gemm.ops.op_model import OpModel

Function = TypeVar("Function", bound=Callable[..., Any])


MODELS: dict[str, OpModel] = {}


def op(*names: str, view: bool = False, by_position: int = 0) -> Callable[[Function], Function]:
    """Register the decorated function as the model of each canonical name ("linalg.matmul", "numpy.ndarray.astype").

    TensorFlow's names stand without a prefix; NumPy's and Keras's begin with "numpy." and "keras.".
    A name that already has a model is an error.
    """

    def register(function: Function) -> Function:
        for name in names:
            add(OpModel(name, function, view, False, by_position))
        return function

    return register


def attribute(*names: str, view: bool = False) -> Callable[[Function], Function]:
    """Register the decorated function, of one parameter, as the model of a property ("numpy.ndarray.T")."""

    def register(function: Function) -> Function:
        for name in names:
            add(OpModel(name, function, view, True))
        return function

    return register


def add(model: OpModel) -> None:
    if model.name in MODELS:
        raise ValueError(f"two models for {model.name}")
    MODELS[model.name] = model


def find(canonical: str) -> OpModel | None:
    """The model of a canonical name; a TensorFlow 1 name without its own is served by its TensorFlow 2 namesake's."""
    model = _find(canonical)
    if model is None and canonical.startswith("compat.v1."):
        modern = api.v2_equivalent(canonical)
        return _find(modern) if modern is not None else None
    return model


def _find(name: str) -> OpModel | None:
    if name not in MODELS:
        ops.load_model(name)
    return MODELS.get(name)


def has_members(canonical: str) -> bool:
    """Whether a method or property of the class has a model, so that its objects are known."""
    return canonical in _owners()


@functools.cache
def _owners() -> frozenset[str]:
    """The classes with modelled members."""
    return frozenset(name.rpartition(".")[0] for name in (*ops.indexed_models(), *MODELS))


@dataclass(slots=True)
class Arguments:
    """A call's arguments bound to parameter names.

    ``complete`` is False after ``*unknown`` or ``**unknown``: then a parameter that is not here may still have been
    given.  ``given`` are the parameters that the call names itself, as opposed to defaults; ``extra`` is ``*args``.
    """

    values: dict[str, Value]
    complete: bool = True
    extra: tuple[Value, ...] = ()
    given: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()  # the API's own parameter names, in order
    missing: bool = False  # a parameter without a default is not given: Python raises TypeError if ``complete``

    def name_for(self, model: OpModel, index: int) -> str:
        """The API's name of the model's parameter number ``index``."""
        if index < model.by_position and index < len(self.names):
            return self.names[index]
        return model.parameters[index].name


def invoke(model: OpModel, arguments: Arguments) -> Any:
    """Convert ``arguments`` for ``model`` and call it; raises what the model raises (a Violation)."""
    positional: list[Any] = []
    keywords: dict[str, Any] = {}
    for index, parameter in enumerate(model.parameters):
        if parameter.variadic:
            if arguments.complete:
                positional.extend(parameter.convert(value) for value in arguments.extra)
            elif parameter.takes_unknown_count:
                positional.append(UNSURE)
            else:  # how many operands there are is not known
                return UNKNOWN
            continue
        name = arguments.name_for(model, index)
        if name in arguments.values:
            keywords[parameter.name] = parameter.convert(arguments.values[name])
        elif not arguments.complete:
            keywords[parameter.name] = parameter.convert(UNKNOWN)
        elif parameter.required:
            keywords[parameter.name] = parameter.convert(NONE)
        # else: the model's own default stands
    if model.any_keyword:
        keywords = {**{name: arguments.values[name] for name in arguments.given}, **keywords}
    if positional:
        before = [p.name for p in model.parameters if not p.variadic and not p.keyword_only and p.name in keywords]
        leading = [keywords.pop(name) for name in before]
        return model.function(*leading, *positional, **keywords)
    return model.function(**keywords)


def bind(
    canonical: str, model: OpModel | None, positional: tuple[Value, ...], keywords: Mapping[str, Value]
) -> Arguments | None:
    """Bind a call's arguments by the API table's signature (or the model's own where the table has none).

    None where Python would raise TypeError: too many arguments or an unknown keyword.
    """
    entry = api.entry(canonical)
    if entry is not None and entry.signature is not None:
        return _bind_signature(entry, positional, keywords)
    if model is None:
        return None
    names = [parameter.name for parameter in model.parameters if not parameter.variadic and not parameter.keyword_only]
    variadic = any(parameter.variadic for parameter in model.parameters)
    if len(positional) > len(names) and not variadic:
        return None
    values = dict(zip(names, positional))
    if any(name in values for name in keywords):
        return None
    values.update(keywords)
    return Arguments(values, True, positional[len(names) :], frozenset(values), tuple(names))


class _Signature(NamedTuple):
    """What binding asks of a signature, worked out once."""

    positional: tuple[str, ...]
    known: frozenset[str]
    any_count: bool
    any_keyword: bool
    defaults: tuple[tuple[str, Value], ...]
    order: tuple[str, ...]  # the current names
    required: tuple[str, ...]


@functools.cache
def _signature(canonical: str) -> _Signature:
    entry = api.entry(canonical)
    assert entry is not None
    parameters = entry.signature or ()
    kinds = {parameter.kind for parameter in parameters}
    order = tuple(entry.aliases.get(parameter.name, parameter.name) for parameter in parameters)
    defaults = ((one.name, _default_value(one.default)) for one in parameters if one.has_default)
    return _Signature(
        tuple(parameter.name for parameter in parameters if parameter.kind == "positional"),
        frozenset({parameter.name for parameter in parameters} | set(entry.aliases)),
        "var_positional" in kinds,
        "var_keyword" in kinds,
        tuple((name, default) for name, default in defaults if default is not None),
        order,
        tuple(
            name
            for parameter, name in zip(parameters, order)
            if not parameter.has_default and parameter.kind in ("positional", "keyword")
        ),
    )


def _bind_signature(
    entry: api.ApiEntry, positional: tuple[Value, ...], keywords: Mapping[str, Value]
) -> Arguments | None:
    signature = _signature(entry.canonical)
    names = signature.positional
    if len(positional) > len(names) and not signature.any_count:
        return None
    stated = dict(zip(names, positional))
    for name, value in keywords.items():
        if name in stated or (name not in signature.known and not signature.any_keyword):
            return None
        stated[name] = value
    values = _by_current_names(entry, stated)
    given = frozenset(values)
    for name, default in signature.defaults:
        values.setdefault(name, default)
    missing = any(name not in given for name in signature.required)
    return Arguments(values, True, positional[len(names) :], given, signature.order, missing)


def _by_current_names(entry: api.ApiEntry, stated: dict[str, Value]) -> dict[str, Value]:
    """The arguments with deprecated names replaced; where both are there, TensorFlow wants the deprecated one None."""
    if not entry.aliases:
        return stated
    current = {name: value for name, value in stated.items() if name not in entry.aliases}
    for name, value in stated.items():
        if name in entry.aliases and value != NONE and current.get(entry.aliases[name], NONE) == NONE:
            current[entry.aliases[name]] = value
    return current


def _default_value(default: object) -> Value | None:
    """A default that the API table states, as a value: a scalar, or a tuple such as ``strides=(1, 1)``."""
    if isinstance(default, (bool, int, float, str)):
        return Constant(default)
    if isinstance(default, tuple):
        items = tuple(map(_default_value, default))
        return TupleValue(tuple(item for item in items if item is not None)) if None not in items else None
    return None


def bind_method(
    canonical: str, model: OpModel, receiver: Value, positional: tuple[Value, ...], keywords: Mapping[str, Value]
) -> Arguments | None:
    """Bind a method call: signatures in the API table have no ``self``, models do."""
    entry = api.entry(canonical)
    if entry is None or entry.signature is None:
        return bind(canonical, model, (receiver, *positional), keywords)
    arguments = _bind_signature(entry, positional, keywords)
    if arguments is not None:
        arguments.values["self"] = receiver
        arguments.given |= {"self"}
        arguments.names = ("self", *arguments.names)
    return arguments
