"""What a program is started with: ``absl.flags`` by their defaults, and Keras's global settings.

Sizes are taken for what they are by default; texts and switches are not, so that every branch behind them is looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiObject,
    Constant,
    ListValue,
    OfType,
    TupleValue,
    Value,
)
from tflint_gemm.interpreter.builtins import builtin, first
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.ops.conversion import to_python

if TYPE_CHECKING:
    from tflint_gemm.interpreter.calls import Given

_NUMBERS = (int, float)
POLICY, FLOATX, DATA_FORMAT = "(keras policy)", "(keras floatx)", "(keras data format)"  # no names of a program's
NOT_KNOWN = "unknown"
_DEFAULTS = {POLICY: "float32", FLOATX: "float32", DATA_FORMAT: "channels_last"}


def kept_default(default: Value) -> Value:
    """Numbers and lists of them as they are; of other defaults only the type."""
    python = to_python(default) if isinstance(default, Constant) else None
    if isinstance(python, bool):
        return OfType("bool")
    if isinstance(python, str):
        return OfType("str")
    return default if isinstance(python, _NUMBERS) or isinstance(default, (TupleValue, ListValue)) else UNKNOWN


# ------------------------------------------------------------------------------------------------- absl.flags

_FLAGS = ("absl.flags", "tensorflow.flags", "tensorflow.app.flags")


def _flag_name(name: str) -> str:
    return f"(flag) {name}"


def flag(interp: Interpreter, name: str) -> Value | None:
    """The value of ``FLAGS.name``; None where the program defines no such flag."""
    return interp.module.slots.get(_flag_name(name))


def is_flags(path: str) -> bool:
    """Whether ``path`` is the object that holds the flags."""
    return path.endswith(".FLAGS") and path.removesuffix(".FLAGS") in _FLAGS


@builtin(*(f"{module}.DEFINE_{kind}" for module in _FLAGS for kind in ("integer", "float")))
def _define_number(interp: Interpreter, given: "Given") -> Value:
    default = given.positional[1] if len(given.positional) > 1 else given.keywords.get("default", UNKNOWN)
    return _define(interp, given, kept_default(default))


@builtin(*(f"{module}.DEFINE_{kind}" for module in _FLAGS for kind in ("string", "enum")))
def _define_text(interp: Interpreter, given: "Given") -> Value:
    return _define(interp, given, UNKNOWN)


@builtin(*(f"{module}.DEFINE_{kind}" for module in _FLAGS for kind in ("bool", "boolean")))
def _define_switch(interp: Interpreter, given: "Given") -> Value:
    return _define(interp, given, OfType("bool"))


def _define(interp: Interpreter, given: "Given", value: Value) -> Value:
    name = first(given) if given.positional else given.keywords.get("name", UNKNOWN)
    if isinstance(name, Constant):
        interp.heap.write(interp.module, _flag_name(str(name.value)), value)
    return UNKNOWN


# ------------------------------------------------------------------------------------------------- Keras's settings


@builtin("keras.config.set_dtype_policy")
def _set_policy(interp: Interpreter, given: "Given") -> Value:
    """``mixed_precision.set_global_policy``, under all its names."""
    value = first(given) if given.positional else given.keywords.get("policy", UNKNOWN)
    if isinstance(value, ApiObject):
        value = value.arguments.get("name", UNKNOWN)
    interp.heap.write(interp.module, POLICY, value)
    return NONE


@builtin("keras.config.dtype_policy")
def _policy(interp: Interpreter, _given: "Given") -> Value:
    """``mixed_precision.global_policy``, under all its names: the one that is set, or that of ``floatx``."""
    name = setting(interp, POLICY)
    if name == _DEFAULTS[POLICY]:
        name = setting(interp, FLOATX)
    return UNKNOWN if name == NOT_KNOWN else ApiObject("keras.DTypePolicy", {"name": Constant(name)})


def _setting(name: str, slot: str, parameter: str) -> None:
    """The functions that tell and change one of Keras's settings."""

    def change(interp: Interpreter, given: "Given") -> Value:
        value = first(given) if given.positional else given.keywords.get(parameter, UNKNOWN)
        interp.heap.write(interp.module, slot, value)
        return NONE

    def tell(interp: Interpreter, _given: "Given") -> Value:
        value = setting(interp, slot)
        return OfType("str") if value == NOT_KNOWN else Constant(value)

    builtin(f"keras.config.set_{name}")(change)
    builtin(f"keras.config.{name}")(tell)


_setting("floatx", FLOATX, "value")
_setting("image_data_format", DATA_FORMAT, "data_format")


@builtin("keras.config.epsilon")
def _epsilon(_interp: Interpreter, _given: "Given") -> Value:
    return OfType("float")


def setting(interp: Interpreter, name: str) -> str:
    """The policy, floatx or data format that is set; ``NOT_KNOWN`` where that is not known."""
    value = interp.module.slots.get(name)
    if value is None:
        return _DEFAULTS[name]
    return value.value if isinstance(value, Constant) and isinstance(value.value, str) else NOT_KNOWN
