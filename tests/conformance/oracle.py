"""The real op: a call as Python source, and what TensorFlow, Keras or NumPy make of it."""

from __future__ import annotations

import contextlib
import functools
import inspect
import io
import operator
import types
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf

from tflint_gemm.domain.values import Value

from . import sessions, specifications
from .abstraction import abstract
from .files import encoded, example, folders, names, saved, sequence, written
from .operands import Traits
from .queues import filled
from .tapes import taped
from .trained import Cell, built, called, compiled, updated

tf.get_logger().setLevel("ERROR")
Mode = Literal["eager", "graph", "session"]
HELPERS = (
    filled,
    taped,
    built,
    called,
    compiled,
    updated,
    Cell,
    encoded,
    example,
    folders,
    names,
    saved,
    sequence,
    written,
)
NAMESPACE: dict[str, Any] = {
    "tf": tf,
    "np": np,
    "keras": keras,
    "operator": operator,
    **{helper.__name__: helper for helper in HELPERS},
}


@dataclass(frozen=True)
class Receiver:
    """What a method is called on: a tensor, or an object of the class ``owner`` made from arguments.

    ``called`` is what it was called on before, as a layer is that has weights.
    """

    source: str
    owner: str | None = None
    positional: tuple[str, ...] = ()
    keywords: tuple[tuple[str, str], ...] = ()
    called: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """A call, its arguments as source text.

    ``mode`` is "graph" inside ``tf.function``, "session" in a graph of TensorFlow 1;
    ``seed`` decides what is forgotten when the model is asked again with less knowledge; ``traits`` are remembered
    if the call works.
    """

    name: str
    receiver: Receiver | None = None
    positional: tuple[str, ...] = ()
    keywords: tuple[tuple[str, str], ...] = ()
    is_property: bool = False
    mode: Mode = "eager"
    seed: int = 0
    traits: Traits | None = None

    @property
    def source(self) -> str:
        """The call as Python code."""
        arguments = ", ".join([*self.positional, *(f"{name}={value}" for name, value in self.keywords)])
        if self.receiver is None:
            return f"{python_path(self.name)}({arguments})"
        member = self.name.rpartition(".")[2]
        if member == "__call__":
            return f"{self.receiver.source}({arguments})"
        if member in _BUILTINS and not self.positional:
            return f"{member.strip('_')}({self.receiver.source})"
        return f"{self.receiver.source}.{member}" + ("" if self.is_property else f"({arguments})")


_DESCRIPTORS = (types.MethodDescriptorType, types.WrapperDescriptorType, type(np.random.RandomState.seed))
"""Methods that are written in C or in Cython."""


@functools.cache
def is_method(canonical: str) -> bool:
    """Whether the name is one of a method that is called on an object, and not on the class."""
    path, _, member = python_path(canonical).rpartition(".")
    try:
        owner = evaluate(path)
        found = inspect.getattr_static(owner, member) if inspect.isclass(owner) else None
        return inspect.isfunction(found) or isinstance(found, _DESCRIPTORS)
    except (AttributeError, SyntaxError):  # of older versions, or no name of the library's
        return False


def python_path(canonical: str) -> str:
    """How a program with ``import tensorflow as tf, numpy as np`` and ``keras`` writes a canonical name."""
    if canonical.startswith("numpy."):
        return "np." + canonical.removeprefix("numpy.")
    own = canonical.startswith(("keras.", "operator.")) and not canonical.startswith("keras.backend.")
    return canonical if own else f"tf.{canonical}"


@dataclass(frozen=True)
class Inputs:
    """The real arguments of a call; of one in a session, the graph that they belong to."""

    receiver: Any
    positional: tuple[Any, ...]
    keywords: dict[str, Any]
    graph: tf.Graph | None = None

    def place(self) -> AbstractContextManager[Any]:
        """Where these arguments can be used."""
        return contextlib.nullcontext() if self.graph is None else self.graph.as_default()


@dataclass(frozen=True)
class Outcome:
    """What the real op gives: a result with its abstract value, or an exception."""

    result: Any = None
    value: Value | None = None
    error: Exception | None = None


def evaluate(source: str, names: dict[str, Any] | None = None) -> Any:
    """The value of an argument's source text; ``names`` has what arguments before it have named."""
    return eval(source, dict(NAMESPACE) if names is None else names)  # the text is made up by calls.py


def reset() -> None:
    """Undo what calls may have changed for those after them."""
    tf.random.set_seed(1)
    np.random.seed(1)
    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)
    keras.config.set_image_data_format("channels_last")
    keras.config.set_dtype_policy("float32")


def inputs_of(case: Case) -> Inputs | Exception:
    """The real arguments, or what making them raised."""
    inputs = Inputs(None, (), {}, tf.Graph() if case.mode == "session" else None)
    try:
        with _quietly(), inputs.place():
            names = dict(NAMESPACE)
            receiver = None if case.receiver is None else evaluate(case.receiver.source, names)
            positional = tuple(evaluate(text, names) for text in case.positional)
            keywords = {name: evaluate(text, names) for name, text in case.keywords}
            return replace(inputs, receiver=receiver, positional=positional, keywords=keywords)
    except Exception as error:  # any exception at all is the op's business here
        return error


def run(case: Case, inputs: Inputs) -> Outcome:
    """What the real op makes of ``inputs``."""
    try:
        with _quietly(), inputs.place():
            result = _RUN[case.mode](case, inputs)
            return Outcome(result, abstract(result))
    except Exception as error:  # whatever the op raises is the answer
        return Outcome(error=error)


def _call(case: Case, inputs: Inputs) -> Any:
    if case.receiver is None:
        return evaluate(python_path(case.name))(*inputs.positional, **inputs.keywords)
    member = case.name.rpartition(".")[2]
    if member in specifications.MEMBERS:
        return specifications.MEMBERS[member](inputs.receiver)
    if case.is_property:
        return getattr(inputs.receiver, member)
    if member in _BUILTINS:
        return _BUILTINS[member](inputs.receiver, *inputs.positional)
    return getattr(inputs.receiver, member)(*inputs.positional, **inputs.keywords)


_BUILTINS: dict[str, Any] = {
    "__len__": len, "__iter__": iter, "__abs__": abs, "__bool__": bool, "__float__": float, "__int__": int,
    "__getitem__": operator.getitem, "__neg__": operator.neg, "__invert__": operator.invert,
}  # fmt: skip
"""What a program writes instead of calling the method."""


def _traced(case: Case, inputs: Inputs) -> Any:
    """The call inside ``tf.function``; its tensors are the graph's own."""

    returned: list[Any] = []
    made: dict[int, Any] = {}

    def symbolic(value: Any) -> Any:
        if not isinstance(value, tf.Tensor):
            return value
        if id(value) not in made:
            made[id(value)] = tf.identity(value)
        return made[id(value)]

    def program() -> Any:
        positional = tf.nest.map_structure(symbolic, inputs.positional)
        keywords = tf.nest.map_structure(symbolic, inputs.keywords)
        returned.append(_call(case, Inputs(symbolic(inputs.receiver), positional, keywords)))
        return returned[-1]

    computed = tf.function(program, autograph=False)()
    # tf.function makes tensors of Python values on their way out; what the program itself got is meant.
    return tf.nest.map_structure(lambda own, result: result if _is_tensor(own) else own, returned[-1], computed)


def _is_tensor(value: Any) -> bool:
    return isinstance(value, (tf.Tensor, tf.SparseTensor, tf.RaggedTensor, tf.IndexedSlices))


_RUN: dict[Mode, Callable[[Case, Inputs], Any]] = {
    "eager": _call,
    "graph": _traced,
    "session": lambda case, inputs: sessions.computed(lambda: _call(case, inputs)),
}


@contextlib.contextmanager
def _quietly() -> Any:
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield
