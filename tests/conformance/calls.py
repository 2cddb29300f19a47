"""Calls of any op, made up from the API's signature and the annotations of its model."""

from __future__ import annotations

import functools
import re
import typing
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from tflint_gemm import api
from tflint_gemm.ops import parameters
from tflint_gemm.ops.op_model import OpModel

from . import makers, names, receivers, tensors
from .operands import DTYPES, Scene, Traits, operand, scene
from .oracle import Case, Mode, Receiver, is_method
from .recipe_book import is_indivisible, recipe

_TENSOR_OWNERS = {"Tensor": "tensor", "Variable": "variable", "numpy.ndarray": "array", "numpy.generic": "numpy scalar"}
_OBJECT_OWNERS = {
    "numpy.random.Generator": "np.random.default_rng(1)",
    "numpy.random.RandomState": "np.random.RandomState(1)",
    "random.Generator": "tf.random.Generator.from_seed(1)",
}
_VALUE_OWNERS = {
    "TensorShape": makers.tensor_shape,
    "dtypes.DType": makers.plain_dtype,
    "numpy.dtype": makers.plain_numpy_dtype,
    "data.Dataset": tensors.dataset,
    "compat.v1.data.Dataset": tensors.legacy_dataset,
    "data.Iterator": lambda scene: f"iter({tensors.dataset(scene)})",
    "compat.v1.data.Iterator": lambda scene: f"tf.compat.v1.data.make_one_shot_iterator({tensors.dataset(scene)})",
    "experimental.Optional": lambda scene: f"tf.experimental.Optional.from_value({operand(scene)})",
    "RaggedTensor": tensors.ragged,
    "sparse.SparseTensor": tensors.sparse,
}


def _owner(model: OpModel) -> str | None:
    """The class of which the model's op is a method or property, else None."""
    is_member = (
        model.property or any(parameter.name == "self" for parameter in model.parameters[:1]) or is_method(model.name)
    )
    return model.name.rpartition(".")[0] if is_member else None


def _own_parameters(model: OpModel) -> int:
    """How many of the model's parameters stand for the receiver."""
    return int(model.property or any(parameter.name == "self" for parameter in model.parameters[:1]))


@functools.cache
def wanted(model: OpModel) -> dict[str, object]:
    """API parameter name -> the annotation in the model; the receiver's is left out."""
    try:
        hints = typing.get_type_hints(model.function, include_extras=True)
    except NameError:  # a model that is made in a function
        hints = {}
    first = _own_parameters(model)
    signature = _signature(model.name)
    found = {}
    for index, parameter in enumerate(model.parameters[first:], first):
        by_position = signature is not None and index < model.by_position and index - first < len(signature)
        found[signature[index - first].name if by_position and signature else parameter.name] = hints.get(
            parameter.name
        )
    return found


def _signature(name: str) -> tuple[api.Parameter, ...] | None:
    """The API's signature; of a method that the class inherits, its base's; of calling a layer, its ``call``'s."""
    owner, _, member = name.rpartition(".")
    cls = api.entry(owner)
    owners = (owner, *(cls.bases if cls is not None else ()))
    called = [f"{one}.call" for one in owners if member == "__call__"]
    entries = map(api.entry, (name, *called, *(f"{one}.{member}" for one in owners)))
    return next((entry.signature for entry in entries if entry is not None), None)


@functools.cache
def _dtypes(name: str) -> tuple[str, ...]:
    """The dtypes for which TensorFlow has a kernel; none where that is not known."""
    raw_op = api.raw_op(name)
    found = api.kernel_dtypes(raw_op, "CPU") if raw_op is not None else None
    return tuple(dtype for dtype in DTYPES if dtype in (found or ()))


def _ranks(name: str) -> tuple[int, ...]:
    """What the name of a window says about the rank: batch, channels, and as many axes as the window has."""
    found = re.search(r"([123])d", name.lower())
    return (int(found.group(1)) + 2,) if found else ()


@functools.cache
def _parameters(model: OpModel) -> tuple[api.Parameter, ...]:
    """The API's parameters, or the model's own where the API tells none."""
    signature = _signature(model.name)
    if signature is not None:
        return signature
    first = _own_parameters(model)
    return tuple(
        api.Parameter(p.name, "var_positional" if p.variadic else "positional", not p.required)
        for p in model.parameters[first:]
    )


def make_case(model: OpModel, random: Random, learned: Sequence[Traits] = ()) -> Case:
    """A call of the op that ``model`` models; most resemble the calls that worked before (``learned``)."""
    library = "keras.ops" if model.name.startswith("keras.ops.") else model.name.partition(".")[0]
    if model.name.startswith("keras.backend."):
        library = "tf"  # these functions pass on to TensorFlow's
    if model.name.startswith("compat.v1.layers."):
        library = "keras"  # and these are layers
    parameters_named = frozenset(parameter.name for parameter in _parameters(model))
    here = scene(random, library, parameters_named, _dtypes(model.name), _ranks(model.name), learned)
    owner = _owner(model)
    receiver = None if owner is None else _receiver(owner, here)
    as_made = receiver is not None and receiver.owner is not None and owner not in receivers.SOURCES
    if receiver is not None and as_made and model.property and here.keras and here.chance(85):
        receiver = _called(receiver, here)
    if receiver is not None and model.name.startswith("queue.") and ".dequeue" in model.name:
        receiver = replace(receiver, source=f"filled({receiver.source})")
    positional, keywords = ((), ()) if model.property else _arguments(model, here)
    eager = here.numpy or owner in receivers.SOURCES  # these are made before the graph
    mode: Mode = "graph" if here.chance(12) and not eager else "eager"
    return Case(model.name, receiver, positional, keywords, model.property, mode, random.randrange(10000), here.traits)


def _receiver(owner: str, here: Scene) -> Receiver:
    if owner in _TENSOR_OWNERS:
        return Receiver(operand(here, None if owner == "numpy.generic" else here.base, kinds=(_TENSOR_OWNERS[owner],)))
    if owner in _OBJECT_OWNERS:
        return Receiver(_OBJECT_OWNERS[owner], owner)
    if owner in _VALUE_OWNERS:
        return Receiver(_VALUE_OWNERS[owner](here))
    if owner in receivers.RECEIVERS:
        return _by_recipe(owner, here)
    positional, keywords = _arguments(OpModel(owner, _no_model), here)
    return Receiver(Case(owner, None, positional, keywords).source, owner, positional, keywords)


def _called(receiver: Receiver, here: Scene) -> Receiver:
    """The same layer, called before: only then it has weights."""
    call = OpModel(f"{receiver.owner}.__call__", _no_model)
    needed = [parameter for parameter in _parameters(call) if not parameter.has_default]
    arguments = tuple(_argument(call, here, parameter) for parameter in needed if parameter.kind == "positional")
    source = f"called({', '.join((receiver.source, *arguments))})"
    return replace(receiver, source=source, called=arguments)


def _by_recipe(owner: str, here: Scene) -> Receiver:
    made, arguments = here.random.choice(receivers.RECEIVERS[owner])
    source = receivers.SOURCES[owner](here) if owner in receivers.SOURCES else Case(made, None, (), arguments).source
    return Receiver(source, made, (), arguments)


def _no_model() -> None:
    """Stands for the constructor of a class, of which only the API's signature is asked."""


def _arguments(model: OpModel, here: Scene) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    positional: list[str] = []
    keywords: list[tuple[str, str]] = []
    in_order = True  # whether every parameter so far was given, so that the next may stand without its name
    for parameter in _parameters(model):
        if parameter.kind == "var_keyword":
            continue
        if parameter.kind == "var_positional":
            positional += _variadic(model, here, parameter.name) if in_order else []
            in_order = False
            continue
        if parameter.has_default and not _is_given(model, here, parameter):
            in_order = False
            continue
        text = _argument(model, here, parameter)
        if parameter.kind == "positional" and in_order and (not parameter.has_default or here.chance(50)):
            positional.append(text)
        else:
            keywords.append((parameter.name, text))
            in_order = False
    return tuple(positional), tuple(keywords)


def _is_given(model: OpModel, here: Scene, parameter: api.Parameter) -> bool:
    if parameter.name in recipe(model.name):
        return here.chance(95 if is_indivisible(model.name) else 60)
    if parameter.name in names.SKIPPED:
        return False
    if parameter is _parameters(model)[0] or parameter.name in names.NEEDED:
        return here.chance(85)
    if parameter.name in wanted(model):
        return here.chance(here.options)
    return names.by_name(parameter.name, here.keras) is not None and here.chance(here.options // 5)


def _argument(model: OpModel, here: Scene, parameter: api.Parameter) -> str:
    annotation = wanted(model).get(parameter.name)
    own = recipe(model.name).get(parameter.name)
    if own is not None and (is_indivisible(model.name) or here.chance(98)):
        return own(here)
    if here.chance(2):
        return tensors.value(here)
    if parameter.has_default and here.chance(8):
        return "None"
    return _maker(annotation, parameter.name, here.keras)(here)


def _maker(annotation: object, name: str, keras: bool) -> makers.Maker:
    """By name where the name tells more, else by annotation."""
    by_annotation = _by_annotation(annotation)
    by_name = names.by_name(name, keras)
    if by_name is None or (by_annotation is operand and by_name in names.NOT_FOR_TENSORS):
        return by_annotation or tensors.value
    return by_name


def _by_annotation(annotation: object) -> makers.Maker | None:
    known = names.BY_ANNOTATION.get(annotation)
    if known is not None or annotation is None:
        return known
    # A family's own annotation (an array as NumPy sees it) says what it is in its type.
    inner = getattr(annotation, "__origin__", annotation)
    return operand if parameters.Tensor in (inner, *typing.get_args(inner)) else None


def _variadic(model: OpModel, here: Scene, name: str) -> list[str]:
    own = recipe(model.name).get(name)
    if here.equation:
        return tensors.equation_operands(here)
    if name == "operands" and own is None:
        return [tensors.equation(here), *tensors.equation_operands(here)]
    maker = own or _maker(wanted(model).get(name), name, here.keras)
    maker = operand if maker is tensors.value else maker
    count = here.pick((3, 2), (2, 1), (1, 3), (1, 0))
    return [maker(here) for _ in range(count)]
