"""What TensorFlow infers for calls of pure functions: shape inference on placeholders in a graph that is never run.

A call that may be given NumPy arrays is run as well, on made-up ones, since eager TensorFlow converts arrays in a way
of its own.  So is one of which all values are known, when it is asked what comes out: sizes may depend on values.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

HARMLESS = ("Assert", "Placeholder")
MAX_ELEMENTS = 1 << 18  # of an array that is made up
UNKNOWN_SIZE = 2  # of a dimension in such an array
MAX_TOLD = 64  # elements of a result that is told by its values
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
        if question.get("evaluate"):
            _call(question, _Way("tensor", arrays=True))  # a stateful op is refused before it is run
            return _describe(_call(question, _Way("tensor", arrays=True, eager=True)), "tensor", told=True)
        for number, way in enumerate(_ways(question)):
            described = _describe(_call(question, way), way.kind)
            found = described if number == 0 or found is None else _agreed(found, described)
    except Exception:  # whatever TensorFlow raises on these arguments: nothing is known then
        return None
    return found


@dataclass(frozen=True)
class _Way:
    """How a call is tried.

    ``eager``: the op is really run, on made-up values.  ``arrays``: what may be an array is one, else a tensor.
    ``symbolic``: tensors are Keras's own.  ``kind`` is what the program gets where Keras returns a symbolic tensor.
    """

    kind: str
    symbolic: bool = False
    arrays: bool = False
    eager: bool = False


def _ways(question: Data) -> Iterator[_Way]:
    """An array is converted more freely than a tensor, and not the same eagerly and in a graph: what all give counts.

    The placeholder comes first, since its shape holds for all values of the array.
    """
    said = json.dumps(question)
    kind = "keras" if '"keras": ' in said else "tensor"
    if kind == "keras":
        yield _Way(kind, symbolic=True)
        return
    yield _Way(kind)
    if '"array": ' in said:
        yield _Way(kind, arrays=True)
        # Twice: TensorFlow itself converts the array of an op's first call in another way than later ones.
        yield _Way(kind, arrays=True, eager=True)
        yield _Way(kind, arrays=True, eager=True)


def _call(question: Data, way: _Way) -> Any:
    """The result of the call; raises ValueError where it keeps state."""
    import tensorflow as tf

    if way.symbolic or way.eager:
        return _evaluate(question, way)
    graph = tf.__internal__.FuncGraph("inference")
    with graph.as_default():
        result = _evaluate(question, way)
    for operation in graph.get_operations():
        if operation.op_def.is_stateful and operation.type not in HARMLESS:
            raise ValueError(f"{operation.type} keeps state")
    return result


def _evaluate(question: Data, way: _Way) -> Any:
    import keras

    constructor = question.get("constructor")
    with keras.StatelessScope():  # variables of layers are declared, not allocated
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
    if "parts" in said:
        return _composite(said, way)
    if "sparse" in said:
        return tf.compat.v1.sparse_placeholder(said["sparse"], said["shape"])
    if "keras" in said:
        return keras.KerasTensor(said["shape"], said["keras"])
    if "array" in said:
        return _array(said, way)
    if "tensor" in said:
        return _tensor(said, said["tensor"], way)
    return tf.TensorShape(said["shape"])


def _composite(said: Data, way: _Way) -> Any:
    """A ragged or sparse tensor of parts that are known."""
    import tensorflow as tf

    first, second = (_make(part, way) for part in said["parts"])
    if "sparse" in said:
        return tf.SparseTensor(first, second, said["shape"])
    uniform = said["shape"][1] if len(said["shape"]) > 1 else None
    if uniform is not None:
        return tf.RaggedTensor.from_uniform_row_length(first, uniform, said["shape"][0], validate=False)
    return tf.RaggedTensor.from_row_splits(first, second, validate=False)


def _tensor(said: Data, dtype: str, way: _Way) -> Any:
    import keras
    import tensorflow as tf

    if "elements" in said:
        return tf.constant(said["elements"], dtype, said["shape"])
    if way.symbolic:
        return keras.KerasTensor(said["shape"], dtype)
    if way.eager:
        return tf.constant(_ones(said["shape"], dtype))
    return tf.compat.v1.placeholder(dtype, said["shape"])


def _array(said: Data, way: _Way) -> Any:
    import numpy
    import tensorflow as tf

    if "elements" in said:
        return numpy.array(said["elements"], tf.as_dtype(said["array"]).as_numpy_dtype).reshape(said["shape"])
    return _ones(said["shape"], said["array"]) if way.arrays else _tensor(said, said["array"], way)


def _ones(sizes: list[int | None] | None, dtype: str) -> Any:
    """A made-up array."""
    import numpy
    import tensorflow as tf

    if sizes is None:
        raise ValueError("an array of unknown rank is not made up")
    shape = [UNKNOWN_SIZE if size is None else size for size in sizes]
    if numpy.prod(shape, dtype=float) > MAX_ELEMENTS:
        raise ValueError("an array of this size is not made up")
    return numpy.ones(shape, tf.as_dtype(dtype).as_numpy_dtype)


# --- results ----------------------------------------------------------------------------------------------------------


def _describe(value: Any, symbolic_kind: str, told: bool = False) -> Data:
    """Dtypes and shapes of a result; nothing of what is neither a tensor nor a structure of tensors.

    If it is ``told``, also the parts of composite tensors, and the values of small ones.
    """
    import keras
    import tensorflow as tf

    if isinstance(value, keras.KerasTensor):
        return {symbolic_kind: value.dtype, "shape": _sizes(value.shape)}
    for kind, cls in (("sparse", tf.SparseTensor), ("ragged", tf.RaggedTensor), ("tensor", tf.Tensor)):
        if isinstance(value, cls):
            described = {kind: value.dtype.base_dtype.name, "shape": _sizes(value.shape)}
            return {**described, **_told(value)} if told else described
    if type(value) is dict and all(isinstance(key, str) for key in value):
        return {"entries": {key: _describe(item, symbolic_kind, told) for key, item in value.items()}}
    if isinstance(value, (list, tuple)):
        items = [_describe(item, symbolic_kind, told) for item in value]
        return {"items": items, "type": type(value).__name__, "fields": list(getattr(value, "_fields", ()))}
    return NOTHING


def _told(value: Any) -> Data:
    """The parts of a ragged or sparse tensor, the elements of a small dense one."""
    import numpy
    import tensorflow as tf

    parts = None
    if isinstance(value, tf.RaggedTensor):
        parts = (value.values, value.row_splits)
    elif isinstance(value, tf.SparseTensor):
        parts = (value.indices, value.values)
    if parts is not None:
        return {"parts": [_describe(part, "tensor", told=True) for part in parts]}
    if value.shape.num_elements() > MAX_TOLD:
        return {}
    elements = [_plain(element) for element in numpy.asarray(value.numpy()).reshape(-1).tolist()]
    return {} if None in elements else {"elements": elements}


def _plain(element: Any) -> Any:
    """An element as plain data; None for what is none."""
    if isinstance(element, bytes):
        try:
            return element.decode("utf-8")
        except UnicodeDecodeError:
            return None
    if isinstance(element, float) and not math.isfinite(element):
        return None
    return element if isinstance(element, (bool, int, float)) else None


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
