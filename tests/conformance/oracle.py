"""The real op: a call as Python source, and what TensorFlow, Keras or NumPy make of it."""

from __future__ import annotations

import contextlib
import io
import operator
import warnings
from dataclasses import dataclass
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf

from tflint_gemm.domain.values import Value

from .abstraction import abstract
from .operands import Traits
from .queues import filled
from .tapes import taped

tf.get_logger().setLevel("ERROR")
Mode = Literal["eager", "graph"]
NAMESPACE: dict[str, Any] = {"tf": tf, "np": np, "keras": keras, "operator": operator, "filled": filled, "taped": taped}


@dataclass(frozen=True)
class Receiver:
    """What a method is called on: a tensor, or an object of the class ``owner`` made from arguments."""

    source: str
    owner: str | None = None
    positional: tuple[str, ...] = ()
    keywords: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Case:
    """A call, its arguments as source text.

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


def python_path(canonical: str) -> str:
    """How a program with ``import tensorflow as tf, numpy as np`` and ``keras`` writes a canonical name."""
    if canonical.startswith("numpy."):
        return "np." + canonical.removeprefix("numpy.")
    own = canonical.startswith(("keras.", "operator.")) and not canonical.startswith("keras.backend.")
    return canonical if own else f"tf.{canonical}"


@dataclass(frozen=True)
class Inputs:
    """The real arguments of a call."""

    receiver: Any
    positional: tuple[Any, ...]
    keywords: dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What the real op gives: a result with its abstract value, or an exception."""

    result: Any = None
    value: Value | None = None
    error: Exception | None = None


def evaluate(source: str, names: dict[str, Any] | None = None) -> Any:
    """The value of an argument's source text; ``names`` has what arguments before it have named."""
    return eval(source, dict(NAMESPACE) if names is None else names)  # the text is made up by calls.py


def inputs_of(case: Case) -> Inputs | Exception:
    """The real arguments, or what making them raised."""
    try:
        with _quietly():
            names = dict(NAMESPACE)
            receiver = None if case.receiver is None else evaluate(case.receiver.source, names)
            positional = tuple(evaluate(text, names) for text in case.positional)
            return Inputs(receiver, positional, {name: evaluate(text, names) for name, text in case.keywords})
    except Exception as error:  # any exception at all is the op's business here
        return error


def run(case: Case, inputs: Inputs) -> Outcome:
    """What the real op makes of ``inputs``."""
    try:
        with _quietly():
            result = _traced(case, inputs) if case.mode == "graph" else _call(case, inputs)
            return Outcome(result, abstract(result))
    except Exception as error:  # whatever the op raises is the answer
        return Outcome(error=error)


def _call(case: Case, inputs: Inputs) -> Any:
    if case.receiver is None:
        return evaluate(python_path(case.name))(*inputs.positional, **inputs.keywords)
    member = case.name.rpartition(".")[2]
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


@contextlib.contextmanager
def _quietly() -> Any:
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield
