"""``argparse``: the arguments that a program is started with, by their defaults."""

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
from tflint_gemm.interpreter.builtins import builtin
from tflint_gemm.interpreter.configuration import kept_default
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import sequence_items
from tflint_gemm.ops.parameters import Spread
from tflint_gemm.ops.registry import op

if TYPE_CHECKING:
    from tflint_gemm.interpreter.calls import Given

_PARSER, _NAMESPACE = "argparse.ArgumentParser", "argparse.Namespace"


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
        return kept_default(default) if sequence_items(default) is not None else UNKNOWN
    if isinstance(default, Constant) and isinstance(default.value, str):
        return _read(default.value, kind)
    return kept_default(default)


def _read(text: str, kind: Value) -> Value:
    """A default that is a text goes through ``type``."""
    if isinstance(kind, BuiltinFunction) and kind.name in ("int", "float"):
        try:
            return Constant(int(text) if kind.name == "int" else float(text))
        except ValueError:
            return UNKNOWN
    return OfType("str") if kind == NONE or kind == BuiltinFunction("str") else UNKNOWN


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
