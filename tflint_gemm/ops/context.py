"""What a model may need to know about the call it models, beyond its arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from tflint_gemm.domain.values import UNKNOWN, Mutable, Tensor, Value

Mode = Literal["eager", "graph", "unknown"]


def _write(target: Mutable, key: object, value: Value) -> None:
    target.slots[key] = value


def _no_call(_function: Value, _arguments: tuple[Value, ...], _keywords: dict[str, Value]) -> Value:
    return UNKNOWN


def _no_method(_receiver: Value, _name: str) -> Value | None:
    return None


def _no_layer(_layer: Value, _inputs: Iterable[Tensor], _output: Value) -> None:
    return None


def _no_attribute(_receiver: Value, _name: str) -> Value:
    return UNKNOWN


def _no_try(_function: Value) -> Value:
    return UNKNOWN


def _no_run(_step: Callable[[], object]) -> None:
    return None


def _no_call_as(_mode: Mode, _function: Value, _arguments: tuple[Value, ...], _keywords: dict[str, Value]) -> Value:
    return UNKNOWN


@dataclass(slots=True)
class CallContext:
    """The circumstances of a call.

    ``mode`` is "unknown" inside functions of which it is not known whether ``tf.function`` traces them.
    ``graph_only``: nothing in the program runs at once, so that every tensor is one of a graph.
    ``call`` interprets a callable value of the program (for ``tf.map_fn``, ``Lambda`` layers, ...).
    ``try_out`` does so without arguments for what is traced but not run: nothing it does is reported, or stays.
    ``run_again`` repeats a step with the sizes of a run, of which tracing knows nothing.
    ``call_as`` does so for what runs at once in any mode (``tf.py_function``) or is traced in any (``Dataset.map``).
    ``method`` is a method that a class of the program has, bound to the instance, or None.
    ``attribute`` is what an attribute of any value holds.
    ``layer_called`` is told of each call of a library's layer: the layer, its inputs and what comes out.
    ``write`` changes a slot of a mutable value (a layer that gets built); never assign to ``slots`` directly.
    ``floatx`` is Keras's default dtype, ``policy`` the name of its global dtype policy, ``data_format`` where its
    layers expect the channels of images unless they are told.
    """

    mode: Mode = "eager"
    v1: bool = False
    graph_only: bool = False
    floatx: str = "float32"
    policy: str = "float32"
    data_format: str = "channels_last"
    layer_called: Callable[[Value, Iterable[Tensor], Value], None] = _no_layer
    call: Callable[[Value, tuple[Value, ...], dict[str, Value]], Value] = _no_call
    write: Callable[[Mutable, object, Value], None] = _write
    try_out: Callable[[Value], Value] = _no_try
    run_again: Callable[[Callable[[], object]], None] = _no_run
    call_as: Callable[[Mode, Value, tuple[Value, ...], dict[str, Value]], Value] = _no_call_as
    method: Callable[[Value, str], Value | None] = _no_method
    attribute: Callable[[Value, str], Value] = _no_attribute


_current = CallContext()


def current() -> CallContext:
    """The context of the op call being modelled."""
    return _current


class use:  # noqa: N801  (a context manager; as a generator it would take as long as many a model)
    """Make ``context`` the current one while the block runs."""

    __slots__ = ("_context", "_previous")

    def __init__(self, context: CallContext) -> None:
        self._context = self._previous = context

    def __enter__(self) -> None:
        global _current
        self._previous, _current = _current, self._context

    def __exit__(self, *_error: object) -> None:
        global _current
        _current = self._previous
