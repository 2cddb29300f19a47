"""What a program is started with: ``argparse`` and ``absl.flags`` by their defaults, and Keras's global settings.

Sizes are taken for what they are by default; texts and switches are not, so that every branch behind them is looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiObject,
    BuiltinFunction,
    Constant,
    IterableValue,
    ListValue,
    OfType,
    TupleValue,
    Value,
)
from tflint_gemm.interpreter.builtins import builtin, first
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import sequence_items, to_python
from tflint_gemm.ops.parameters import Spread
from tflint_gemm.ops.registry import op

if TYPE_CHECKING:
    from tflint_gemm.interpreter.calls import Given

_PARSER, _NAMESPACE = "argparse.ArgumentParser", "argparse.Namespace"
_NUMBERS = (int, float)
POLICY, FLOATX, DATA_FORMAT = "(keras policy)", "(keras floatx)", "(keras data format)"  # no names of a program's
NOT_KNOWN = "unknown"
_DEFAULTS = {POLICY: "float32", FLOATX: "float32", DATA_FORMAT: "channels_last"}

# ------------------------------------------------------------------------------------------------- argparse


@builtin(_PARSER)
def _parser(_interp: Interpreter, _given: "Given") -> Value:
    return ApiObject(_PARSER, {})


@op(f"{_PARSER}.add_argument")
def add_argument(
    self: Value,
    *args: Spread,
    default: Value = NONE,
    type: Value = NONE,
    action: Value = NONE,
    dest: Value = NONE,
    nargs: Value = NONE,
) -> Value:
    """Remember under the argument's name what it is by default."""
    if isinstance(self, ApiObject):
        name = _destination([arg for arg in args if isinstance(arg, Value)], dest)
        if name is not None:
            current().write(self, name, _argument(default, type, action, nargs))
    return UNKNOWN


def _destination(names: list[Value], dest: Value) -> str | None:
    if dest != NONE:
        return str(dest.value) if isinstance(dest, Constant) else None
    texts = [name.value for name in names if isinstance(name, Constant) and isinstance(name.value, str)]
    long = next((text for text in texts if text.startswith("--")), texts[0] if texts else None)
    return None if long is None else long.lstrip("-").replace("-", "_")


def _argument(default: Value, kind: Value, action: Value, nargs: Value) -> Value:
    if isinstance(action, Constant) and action.value in ("store_true", "store_false"):
        return OfType("bool")
    if action != NONE:
        return UNKNOWN
    if nargs != NONE:
        return _kept(default) if sequence_items(default) is not None else UNKNOWN
    if isinstance(default, Constant) and isinstance(default.value, str):
        return _read(default.value, kind)
    return _kept(default)


def _read(text: str, kind: Value) -> Value:
    """A default that is a text goes through ``type``."""
    if isinstance(kind, BuiltinFunction) and kind.name in ("int", "float"):
        try:
            return Constant(int(text) if kind.name == "int" else float(text))
        except ValueError:
            return UNKNOWN
    return OfType("str") if kind == NONE or kind == BuiltinFunction("str") else UNKNOWN


def _kept(default: Value) -> Value:
    """Numbers and lists of them as they are; of other defaults only the type."""
    python = to_python(default) if isinstance(default, Constant) else None
    if isinstance(python, bool):
        return OfType("bool")
    if isinstance(python, str):
        return OfType("str")
    return default if isinstance(python, _NUMBERS) or isinstance(default, (TupleValue, ListValue)) else UNKNOWN


@op(f"{_PARSER}.add_argument_group", f"{_PARSER}.add_mutually_exclusive_group")
def add_group(self: Value, *args: Spread) -> Value:
    """A group of arguments of the same parser."""
    return self


@op(f"{_PARSER}.set_defaults")
def set_defaults(self: Value) -> Value:
    if isinstance(self, ApiObject):
        for name in list(self.slots):
            current().write(self, name, UNKNOWN)
    return NONE


@op(f"{_PARSER}.parse_args")
def parse_args(self: Value, *args: Spread) -> Value:
    return _namespace(self)


def _namespace(self: Value) -> Value:
    namespace = ApiObject(_NAMESPACE, {})
    for name, value in self.slots.items() if isinstance(self, ApiObject) else ():
        current().write(namespace, name, value)
    return namespace


@op(f"{_PARSER}.parse_known_args")
def parse_known_args(self: Value, *args: Spread) -> Value:
    return TupleValue((_namespace(self), ListValue(IterableValue(OfType("str")))))


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
    return _define(interp, given, _kept(default))


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
