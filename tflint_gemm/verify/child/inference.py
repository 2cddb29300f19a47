"""What TensorFlow infers for calls of pure functions: shape inference on placeholders in a graph that is never run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

HARMLESS = ("Assert", "Placeholder")
MAX_ELEMENTS = 1 << 20  # of an array that is made up
UNKNOWN_SIZE = 2  # of a dimension in such an array
NOTHING: dict[str, Any] = {}
Reporter = Callable[[dict[str, Any]], None]
Data = dict[str, Any]


def answer_all(questions: list[str], report: Reporter) -> None:
    """Reports an answer to each question, in order; None where TensorFlow cannot tell or raises."""
    for index, question in enumerate(questions):
        report({"event": "answer", "index": index, "value": answer(json.loads(question))})


def answer(question: Data) -> Data | None:
    """What is inferred, the same on every way of reading the arguments that are not certain."""
    found: Data | None = None
    try:
        for number, way in enumerate(_ways(question)):
            described = _describe(_call(question, way), way.kind)
            found = described if number == 0 or found is None else _agreed(found, described)
    except Exception:  # whatever TensorFlow raises on these arguments: nothing is known then
        return None
    return found


class _Way:
    """How arguments are made: ``arrays`` as NumPy's or as placeholders, tensors as Keras's own if ``symbolic``.

    ``kind`` is what the program gets where Keras returns a symbolic tensor here.
    """

    def __init__(self, arrays: bool, symbolic: bool, kind: str) -> None:
        self.arrays, self.symbolic, self.kind = arrays, symbolic, kind


def _ways(question: Data) -> Iterator[_Way]:
    """An array converts more freely than a tensor: what both give is certain.

    The placeholder comes first, since its shape holds for all values of the array.
    """
    said = json.dumps(question)
    kind = "keras" if '"keras": ' in said else "tensor"
    symbolic = "constructor" in question or kind == "keras"
    yield _Way(False, symbolic, kind)
    if '"array": ' in said:
        yield _Way(True, symbolic, kind)


def _call(question: Data, way: _Way) -> Any:
    import tensorflow as tf

    if way.symbolic:
        return _call_keras(question, way)
    graph = tf.__internal__.FuncGraph("inference")
    with graph.as_default():
        result = _function(question["call"])(*_positional(question, way), **_keywords(question, way))
    for operation in graph.get_operations():
        if operation.op_def.is_stateful and operation.type not in HARMLESS:
            raise ValueError(f"{operation.type} keeps state")
    return result


def _call_keras(question: Data, way: _Way) -> Any:
    import keras

    constructor = question.get("constructor")
    with keras.StatelessScope():  # variables are declared, not allocated
        if constructor is None:
            function = _function(question["call"])
        else:
            arguments = {name: _make(value, way) for name, value in constructor.items()}
            function = _function(question["call"].removesuffix(".__call__"))(**arguments)
        return function(*_positional(question, way), **_keywords(question, way))


def _function(canonical: str) -> Any:
    import keras
    import tensorflow

    found: Any = keras if canonical.startswith("keras.") else tensorflow
    for name in canonical.removeprefix("keras.").split("."):
        found = getattr(found, name)
    return found


def _positional(question: Data, way: _Way) -> list[Any]:
    return [_make(value, way) for value in question["positional"]]


def _keywords(question: Data, way: _Way) -> dict[str, Any]:
    return {name: _make(value, way) for name, value in question["keywords"].items()}


# --- arguments --------------------------------------------------------------------------------------------------------


def _make(said: Data, way: _Way) -> Any:
    """The argument that ``said`` describes."""
    import keras
    import numpy
    import tensorflow as tf

    if "value" in said:
        return said["value"]
    for kind, make in (("list", list), ("tuple", tuple)):
        if kind in said:
            return make(_make(item, way) for item in said[kind])
    if "tensorflow" in said:
        return tf.as_dtype(said["tensorflow"])
    if "numpy" in said:
        return numpy.dtype(said["numpy"]).type
    if "type" in said:
        return {"bool": bool, "complex": complex, "float": float, "int": int, "str": str}[said["type"]]
    if "sparse" in said:
        return tf.compat.v1.sparse_placeholder(said["sparse"], said["shape"])
    if "keras" in said:
        return keras.KerasTensor(said["shape"], said["keras"])
    if "array" in said:
        return _array(said, way)
    if "tensor" in said:
        return _tensor(said, said["tensor"], way)
    return tf.TensorShape(said["shape"])


def _tensor(said: Data, dtype: str, way: _Way) -> Any:
    import keras
    import tensorflow as tf

    if "elements" in said:
        return tf.constant(said["elements"], dtype, said["shape"])
    if way.symbolic:
        return keras.KerasTensor(said["shape"], dtype)
    return tf.compat.v1.placeholder(dtype, said["shape"])


def _array(said: Data, way: _Way) -> Any:
    import numpy
    import tensorflow as tf

    dtype = tf.as_dtype(said["array"]).as_numpy_dtype
    if "elements" in said:
        return numpy.array(said["elements"], dtype).reshape(said["shape"])
    if not way.arrays:
        return _tensor(said, said["array"], way)
    shape = [UNKNOWN_SIZE if size is None else size for size in said["shape"]]
    if numpy.prod(shape, dtype=float) > MAX_ELEMENTS:
        raise ValueError("an array of this size is not made up")
    return numpy.broadcast_to(numpy.ones((), dtype), shape)


# --- results ----------------------------------------------------------------------------------------------------------


def _describe(value: Any, symbolic_kind: str) -> Data:
    """Dtypes and shapes of a result; nothing of what is neither a tensor nor a structure of tensors."""
    import keras
    import tensorflow as tf

    if isinstance(value, keras.KerasTensor):
        return {symbolic_kind: value.dtype, "shape": _sizes(value.shape)}
    for kind, cls in (("sparse", tf.SparseTensor), ("ragged", tf.RaggedTensor), ("tensor", tf.Tensor)):
        if isinstance(value, cls):
            return {kind: value.dtype.base_dtype.name, "shape": _sizes(value.shape)}
    if type(value) is dict and all(isinstance(key, str) for key in value):
        return {"entries": {key: _describe(item, symbolic_kind) for key, item in value.items()}}
    if isinstance(value, (list, tuple)):
        items = [_describe(item, symbolic_kind) for item in value]
        return {"items": items, "type": type(value).__name__, "fields": list(getattr(value, "_fields", ()))}
    return NOTHING


def _sizes(shape: Any) -> list[int | None] | None:
    if getattr(shape, "rank", 0) is None:
        return None
    return [None if size is None else int(size) for size in shape]


def _agreed(first: Any, second: Any) -> Any:
    """What two descriptions have in common."""
    if first == second:
        return first
    if isinstance(first, dict) and isinstance(second, dict) and first.keys() == second.keys():
        if {"fields", "type"} & first.keys() and len(first["items"]) != len(second["items"]):
            return NOTHING
        return {key: _agreed(first[key], second[key]) for key in first}
    if isinstance(first, list) and isinstance(second, list) and len(first) == len(second):
        return [_agreed(one, other) for one, other in zip(first, second)]
    return None
