"""Calls of any op, made up from the API's signature and the annotations of its model."""

from __future__ import annotations

import functools
import typing
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tflint_gemm import api
from tflint_gemm.ops import parameters
from tflint_gemm.ops.registry import OpModel

from . import named
from .operands import Scene, operand, scene
from .oracle import Case

MEMBER_OWNERS = {"Tensor": ("tensor",), "Variable": ("variable",), "numpy.ndarray": ("array",)}


def is_member(name: str) -> bool:
    """Whether ``name`` is a method or a property, of which the receiver is the first operand."""
    return name.rpartition(".")[0] in MEMBER_OWNERS


@functools.cache
def annotations(model: OpModel) -> dict[str, object]:
    """API parameter name -> the annotation in the model; the receiver's is left out."""
    hints = typing.get_type_hints(model.function, include_extras=True)
    own = [parameter.name for parameter in model.parameters]
    first = 1 if is_member(model.name) else 0
    signature = _signature(model.name)
    found = {}
    for index, name in enumerate(own[first:], first):
        by_position = signature is not None and index < model.by_position and index - first < len(signature)
        found[signature[index - first].name if by_position and signature else name] = hints[name]
    return found


def _signature(name: str) -> tuple[api.Parameter, ...] | None:
    entry = api.entry(name)
    return None if entry is None else entry.signature


@functools.cache
def _parameters(model: OpModel) -> tuple[api.Parameter, ...]:
    """The API's parameters, or the model's own where the API tells none."""
    signature = _signature(model.name)
    if signature is not None:
        return signature
    first = 1 if is_member(model.name) else 0
    return tuple(
        api.Parameter(p.name, "var_positional" if p.variadic else "positional", not p.required) for p in model.parameters[first:]
    )


@st.composite
def cases(draw: Callable[[st.SearchStrategy[Any]], Any], model: OpModel, ranks: tuple[int, ...] = ()) -> Case:
    """A call of the op that ``model`` models."""
    numpy = model.name.startswith("numpy.")
    names = frozenset(parameter.name for parameter in _parameters(model))
    here = scene(draw, numpy, names, ranks)
    receiver = None
    owner = model.name.rpartition(".")[0]
    if owner in MEMBER_OWNERS:
        receiver = operand(here, here.base, kinds=MEMBER_OWNERS[owner])
    positional, keywords = ((), ()) if model.property else _arguments(model, here)
    mode = "graph" if not numpy and here.chance(12) else "eager"
    return Case(model.name, receiver, positional, keywords, model.property, mode, draw(st.integers(0, 9999)))


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
    if parameter.name in annotations(model):
        return here.chance(45)
    return parameter.name in named.BY_NAME and parameter.name not in named.SKIPPED and here.chance(8)


def _argument(model: OpModel, here: Scene, parameter: api.Parameter) -> str:
    annotation = annotations(model).get(parameter.name)
    if here.chance(2):
        return named.value(here)
    if parameter.has_default and here.chance(8):
        return "None"
    maker = named.BY_NAME.get(parameter.name)
    if maker is not None and not (annotation is parameters.Tensor and maker in _NOT_FOR_TENSORS):
        if annotation in _LISTS_AND_TENSORS and maker is named.operand_list:
            maker = named.BY_ANNOTATION[annotation]
        return maker(here)
    return named.BY_ANNOTATION.get(annotation, named.value)(here) if annotation is not None else named.value(here)


_NOT_FOR_TENSORS = (named.axis, named.flag, named.small, named.dimension, named.window, named.shape)
_LISTS_AND_TENSORS = (parameters.Tensor, parameters.OptionalTensor)


def _variadic(model: OpModel, here: Scene, name: str) -> list[str]:
    if hasattr(here, "equation") and here.equation:
        return named.equation_operands(here)
    if name in ("operands",):
        equation = named.equation(here)
        return [equation, *named.equation_operands(here)]
    annotation = annotations(model).get(name)
    maker = named.BY_ANNOTATION.get(annotation, operand) if annotation is not None else operand
    count = here.pick((3, 2), (2, 1), (1, 3), (1, 0))
    return [maker(here) for _ in range(count)]
