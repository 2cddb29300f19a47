"""What an op model is: a typed function and its traits."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tflint_gemm.domain.values import Value
from tflint_gemm.ops.parameters import Spread, converter


@dataclass(frozen=True)
class ModelParameter:
    name: str
    convert: Callable[[Value], Any]
    default: object
    required: bool
    variadic: bool = False
    keyword_only: bool = False
    takes_unknown_count: bool = False


@dataclass(frozen=True)
class OpModel:
    """A model and its traits.

    ``view``: the result shares the memory of the first operand (NumPy's transpose, ``tf.reshape``).
    ``property``: read as an attribute (``x.T``), not called.
    ``by_position``: so many leading parameters are bound to the API's leading parameters whatever those are called
    (families serve ops that call their operand ``x``, ``features`` or ``logits``).
    ``any_keyword``: the function takes, raw, whatever else the call names (``**axes_lengths``).
    """

    name: str
    function: Callable[..., Any]
    view: bool = False
    property: bool = False
    by_position: int = 0
    any_keyword: bool = False

    @functools.cached_property
    def parameters(self) -> tuple[ModelParameter, ...]:
        """What the model wants, read from its signature on first use: most models are never called in a run."""
        module = inspect.unwrap(self.function).__module__
        found = []
        for parameter in inspect.signature(self.function).parameters.values():
            required = parameter.default is inspect.Parameter.empty
            annotation = _annotation(parameter.annotation, module)
            found.append(
                ModelParameter(
                    parameter.name,
                    converter(annotation),
                    None if required else parameter.default,
                    required,
                    parameter.kind is inspect.Parameter.VAR_POSITIONAL,
                    parameter.kind is inspect.Parameter.KEYWORD_ONLY,
                    annotation == Spread,
                )
            )
        return tuple(found)


@functools.cache
def _annotation(annotation: object, module: str) -> object:
    """What an annotation in a module means; ``typing.get_type_hints`` would compile each text again."""
    return eval(annotation, vars(sys.modules[module])) if isinstance(annotation, str) else annotation


def constant_model(name: str, answer: Value) -> OpModel:
    """A model that gives ``answer`` whatever it is called with: what TensorFlow said about one call."""
    return OpModel(name, lambda: answer)
