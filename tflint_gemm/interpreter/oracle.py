"""Asking TensorFlow itself about a call of a pure function that has no model.

A call becomes a *question*: the function's name and its abstract arguments as plain data.  Whoever runs the analysis
may hand the interpreter an ``Oracle`` that answers questions; nothing here imports TensorFlow or runs anything.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from tflint_gemm import api
from tflint_gemm.domain import dtypes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    MAX_ELEMENTS,
    UNKNOWN,
    ApiObject,
    BuiltinFunction,
    Constant,
    DictValue,
    DTypeValue,
    Element,
    Kind,
    ListValue,
    ShapeValue,
    Tensor,
    TupleValue,
    Value,
)
from tflint_gemm.ops import composites
from tflint_gemm.ops.conversion import sequence_items
from tflint_gemm.ops.layers import INCOMPLETE
from tflint_gemm.replacing import replace

if TYPE_CHECKING:
    from tflint_gemm.interpreter.calls import Given
    from tflint_gemm.interpreter.interpreter import Interpreter

_TYPES = ("bool", "complex", "float", "int", "str")
_KINDS = {
    Kind.TENSOR: "tensor",
    Kind.VARIABLE: "tensor",
    Kind.KERAS: "keras",
    Kind.SPARSE: "sparse",
    Kind.ARRAY: "array",
    Kind.UNKNOWN: "array",  # may be an array, which TensorFlow converts more freely than a tensor
}
LARGEST_INTEGER = 1 << 16  # in what is evaluated: it may be a size of the result
_RESULTS = {"tensor": Kind.TENSOR, "keras": Kind.KERAS, "sparse": Kind.SPARSE, "ragged": Kind.RAGGED}


class Oracle(Protocol):
    """Answers questions."""

    def ask(self, question: str) -> Any:
        """The answer as plain data (``result_of`` reads it); None where nothing is known."""


class _Unaskable(Exception):
    """An argument that cannot be said in plain data, or of which too little is known."""


def consult(interp: Interpreter, name: str, given: Given, receiver: Value | None = None) -> Value | None:
    """What TensorFlow infers for a call; None where nobody is there to be asked, or nothing is known.

    Of methods, only the calls of Keras layers are asked for.
    """
    if interp.oracle is None or not given.complete:
        return None
    if name.startswith("keras."):
        context = interp.call_context()
        if (context.floatx, context.policy) != ("float32", "float32"):  # the oracle's own are the defaults
            return None
    question = None
    if receiver is None:
        question = question_for(name, given.positional, given.keywords)
    elif isinstance(receiver, ApiObject) and name == f"{receiver.path}.__call__":
        question = question_for_layer(receiver, given.positional, given.keywords)
    said = None if question is None else _ask(interp, question)
    if question is not None and said is None:
        return None  # not answered yet, or TensorFlow does not know
    result = UNKNOWN if said is None else said
    if receiver is None and _is_incomplete(result, False) and interp.call_context().mode == "eager":
        exact = evaluation_of(name, given.positional, given.keywords)
        evaluated = None if exact is None else _ask(interp, exact)
        result = result if evaluated is None else _meet(result, evaluated)
    return None if result == UNKNOWN else result


def _ask(interp: Interpreter, question: str) -> Value | None:
    """The value that the answer describes; None where there is none."""
    if interp.oracle is None:
        return None
    if interp.questions_left <= 0:
        interp.analysis.ended_early.add("questions")
        return None
    interp.questions_left -= 1
    answer = interp.oracle.ask(question)
    return None if answer is None else result_of(answer)


def completed(interp: Interpreter, name: str, given: Given, result: Value, receiver: Value | None = None) -> Value:
    """What a model says, with what TensorFlow adds to it: a dtype, a rank, a size."""
    if interp.oracle is None:
        return result
    if not _is_incomplete(result, _has_open_sizes([*given.positional, *given.keywords.values()])):
        return result
    answer = consult(interp, name, given, receiver)
    return result if answer is None else _meet(result, answer)


def _is_incomplete(result: Value, open_sizes: bool) -> bool:
    """Whether something is missing that TensorFlow may know: of unknown sizes it makes unknown sizes."""
    if isinstance(result, TupleValue):
        return any(_is_incomplete(item, open_sizes) for item in result.items)
    if not isinstance(result, Tensor):
        return result == UNKNOWN
    if result.kind in (Kind.SPARSE, Kind.RAGGED) and not open_sizes and not composites.has_parts(result):
        return True
    if result.kind is Kind.RAGGED and result.shape is not None:
        return result.dtype is None
    return result.dtype is None or result.shape is None or (None in result.shape and not open_sizes)


def _has_open_sizes(values: Iterable[Value]) -> bool:
    tensors = [leaf for leaf in _leaves(values) if isinstance(leaf, Tensor)]
    return any(tensor.shape is None or not all(isinstance(size, int) for size in tensor.shape) for tensor in tensors)


def _meet(said: Value, answer: Value) -> Value:
    """What both say of one value; where they contradict each other, the first alone."""
    if said == UNKNOWN:
        return answer
    if isinstance(said, TupleValue) and isinstance(answer, TupleValue) and len(said.items) == len(answer.items):
        return replace(said, items=tuple(map(_meet, said.items, answer.items)))
    if not isinstance(said, Tensor) or not isinstance(answer, Tensor) or answer.kind not in (said.kind, Kind.TENSOR):
        return said
    if None not in (said.dtype, answer.dtype) and said.dtype != answer.dtype:
        return said
    shape = answer.shape if said.shape is None else said.shape
    if shape is not None and answer.shape is not None:
        if len(shape) != len(answer.shape):
            return said
        pairs = list(zip(shape, answer.shape))
        if any(isinstance(mine, int) and isinstance(other, int) and mine != other for mine, other in pairs):
            return said
        shape = tuple(other if mine is None else mine for mine, other in pairs)
    known = replace(said, dtype=said.dtype or answer.dtype, shape=shape, parts=said.parts or answer.parts)
    return replace(known, elements=answer.elements) if said.elements is None and shape == answer.shape else known


def question_for(name: str, positional: Iterable[Value], keywords: Mapping[str, Value]) -> str | None:
    """The question what the pure function ``name`` makes of these arguments; None where it cannot be asked.

    Equal calls give equal texts.
    """
    positional = tuple(positional)
    if not api.is_pure(name) or (name.startswith("keras.") and not _suits_keras([*positional, *keywords.values()])):
        return None
    return _question(name, positional, keywords)


def evaluation_of(name: str, positional: Iterable[Value], keywords: Mapping[str, Value]) -> str | None:
    """The question what the pure function ``name`` gives when it is run; None unless all values are known and few."""
    if not api.is_pure(name):
        return None
    try:
        asked: dict[str, Any] = {
            "call": name,
            "evaluate": True,
            "positional": [_say(value, _say_elements) for value in positional],
            "keywords": {key: _say(value, _say_elements) for key, value in keywords.items()},
        }
    except _Unaskable:
        return None
    return json.dumps(asked, sort_keys=True)


def question_for_layer(layer: ApiObject, positional: Iterable[Value], keywords: Mapping[str, Value]) -> str | None:
    """The question what a Keras layer makes of its inputs; None for a layer that learns from data what it gives."""
    entry = api.entry(layer.path)
    if entry is None or "keras.Layer" not in entry.bases or api.resolve(f"{layer.path}.adapt") is not None:
        return None
    if INCOMPLETE in layer.arguments or not layer.path.startswith("keras.layers."):
        return None
    positional = tuple(positional)
    if not _suits_keras([*positional, *keywords.values()]):
        return None
    return _question(f"{layer.path}.__call__", positional, keywords, layer.arguments)


def _question(
    name: str,
    positional: Iterable[Value],
    keywords: Mapping[str, Value],
    constructor: Mapping[str, Value] | None = None,
) -> str | None:
    try:
        asked: dict[str, Any] = {
            "call": name,
            "positional": [_say(value) for value in positional],
            "keywords": {key: _say(value) for key, value in keywords.items()},
        }
        if constructor is not None:
            asked["constructor"] = {key: _say(value) for key, value in constructor.items()}
    except _Unaskable:
        return None
    return json.dumps(asked, sort_keys=True)


def _suits_keras(values: Iterable[Value]) -> bool:
    """Whether Keras, for all that is known, sees what it would be shown.

    It does something else with symbolic tensors and with variables than with tensors, and is careless with sizes that
    are not known.
    """
    others = [leaf for leaf in _leaves(values) if isinstance(leaf, Tensor) and leaf.kind is not Kind.KERAS]
    sizes = [dim for tensor in others for dim in tensor.shape or ()]
    known = all(tensor.kind not in (Kind.UNKNOWN, Kind.VARIABLE) and tensor.shape is not None for tensor in others)
    return known and all(isinstance(size, int) for size in sizes)


# --- arguments --------------------------------------------------------------------------------------------------------


def _say(value: Value, say_tensor: Callable[[Tensor], dict[str, Any]] | None = None) -> dict[str, Any]:
    if isinstance(value, Tensor):
        return (say_tensor or _say_tensor)(value)
    if isinstance(value, Constant) and isinstance(value.value, (bool, int, float, str, type(None))):
        if say_tensor is not None and isinstance(value.value, int) and abs(value.value) > LARGEST_INTEGER:
            raise _Unaskable
        return {"value": value.value}
    if isinstance(value, DTypeValue) and value.dtype is not None:
        return {value.library: value.dtype.name}
    if isinstance(value, BuiltinFunction) and value.receiver is None and value.name in _TYPES:
        return {"type": value.name}
    if isinstance(value, ShapeValue) and value.shape is not None and all(isinstance(dim, int) for dim in value.shape):
        return {"shape": list(value.shape)}
    items = sequence_items(value)
    if items is None or (isinstance(value, TupleValue) and value.fields):
        raise _Unaskable
    if say_tensor is None and not _means_one_thing(_leaves(items)):
        raise _Unaskable
    return {"tuple" if isinstance(value, TupleValue) else "list": [_say(item, say_tensor) for item in items]}


def _leaves(items: Iterable[Value]) -> Iterator[Value]:
    for item in items:
        inner = sequence_items(item)
        if inner is None:
            yield item
        else:
            yield from _leaves(inner)


def _means_one_thing(leaves: Iterable[Value]) -> bool:
    """Whether a list is the same to eager TensorFlow and in a graph: they promote mixed numbers differently."""
    numbers, arrays = set(), False
    for leaf in leaves:
        if isinstance(leaf, Constant) and leaf.type_name in ("bool", "int", "float"):
            numbers.add(leaf.type_name)
        arrays |= isinstance(leaf, Tensor) and _KINDS.get(leaf.kind) == "array"
    return len(numbers) <= 1 and not arrays


def _say_tensor(tensor: Tensor) -> dict[str, Any]:
    kind = _KINDS.get(tensor.kind)
    if kind is None or tensor.dtype is None or tensor.dtype.kind == "other":
        raise _Unaskable
    if tensor.shape is None and kind != "tensor":
        raise _Unaskable
    said: dict[str, Any] = {kind: tensor.dtype.name, "shape": _say_shape(tensor.shape)}
    elements = tensor.elements
    if tensor.kind is Kind.TENSOR and tensor.rank and not tensor.dtype.is_integer:
        elements = None  # no shape comes from these, and each call would be another question
    if tensor.kind not in (Kind.TENSOR, Kind.ARRAY) or elements is None or None in said["shape"]:
        return said
    if all(isinstance(element, (bool, int, float, str)) for element in elements):
        said["elements"] = list(elements)
    return said


def _say_elements(tensor: Tensor) -> dict[str, Any]:
    """A tensor or an array by its values, a ragged or sparse tensor by its parts."""
    kind = {Kind.TENSOR: "tensor", Kind.ARRAY: "array", Kind.SPARSE: "sparse", Kind.RAGGED: "ragged"}.get(tensor.kind)
    if kind is None or tensor.dtype is None or tensor.dtype.kind == "other" or tensor.shape is None:
        raise _Unaskable
    said: dict[str, Any] = {kind: tensor.dtype.name, "shape": _say_shape(tensor.shape)}
    if kind in ("sparse", "ragged"):
        if not composites.has_parts(tensor):
            raise _Unaskable
        return {**said, "parts": [_say_elements(part) for part in tensor.parts]}
    if tensor.elements is None or None in said["shape"] or len(tensor.elements) != math.prod(said["shape"]):
        raise _Unaskable
    return {**said, "elements": [_say_element(element) for element in tensor.elements]}


def _say_element(element: Element) -> bool | int | float | str:
    if isinstance(element, bytes):
        try:
            element = element.decode("utf-8")
        except UnicodeDecodeError:
            raise _Unaskable from None
    if not isinstance(element, (bool, int, float, str)):
        raise _Unaskable
    if isinstance(element, int) and abs(element) > LARGEST_INTEGER:
        raise _Unaskable
    return element


def _say_shape(shape: Shape) -> list[int | None] | None:
    """A symbol is an unknown size to TensorFlow: that it is the same one elsewhere cannot be said."""
    return None if shape is None else [dim if isinstance(dim, int) else None for dim in shape]


# --- results ----------------------------------------------------------------------------------------------------------


def result_of(answer: Any) -> Value:
    """The value that an answer describes; Unknown for what is not well formed."""
    if not isinstance(answer, dict):
        return UNKNOWN
    for name, kind in _RESULTS.items():
        if name in answer:
            shape = _shape(answer.get("shape"))
            return Tensor(
                _dtype(answer[name]), shape, kind, _elements(answer.get("elements"), shape), parts=_parts(answer)
            )
    items = answer.get("items")
    if isinstance(items, list):
        found = TupleValue(tuple(result_of(item) for item in items))
        fields, type_name = answer.get("fields"), answer.get("type")
        if type_name == "list":
            return ListValue(found)
        if isinstance(fields, list) and len(fields) == len(items) and all(isinstance(field, str) for field in fields):
            return TupleValue(found.items, tuple(fields), str(type_name))
        return found
    entries = answer.get("entries")
    if isinstance(entries, dict):
        return DictValue((Constant(key), result_of(item)) for key, item in entries.items())
    return UNKNOWN


def _elements(said: object, shape: Shape) -> tuple[Element, ...] | None:
    if not isinstance(said, list) or shape is None or len(said) > MAX_ELEMENTS:
        return None
    sizes = [size for size in shape if isinstance(size, int)]
    plain = all(isinstance(element, (bool, int, float, str)) for element in said)
    return tuple(said) if plain and len(sizes) == len(shape) and math.prod(sizes) == len(said) else None


def _parts(answer: Mapping[str, Any]) -> tuple[Tensor, ...]:
    said = answer.get("parts")
    found = [result_of(part) for part in said] if isinstance(said, list) else []
    parts = tuple(part for part in found if isinstance(part, Tensor))
    return parts if len(parts) == len(found) == 2 else ()


def _dtype(name: object) -> DType | None:
    return dtypes.BY_NAME.get(name) if isinstance(name, str) else None


def _shape(sizes: object) -> Shape:
    if not isinstance(sizes, list):
        return None
    return tuple(map(_dim, sizes))


def _dim(size: object) -> Dim:
    return size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None
