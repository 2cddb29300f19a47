"""The signatures of functions and classes as text, and the names that their arguments had before."""

from __future__ import annotations

import ast
import functools
import inspect
import math
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .objects import is_dtype, numpy_dtype, undecorated

# What TensorFlow resolves by hand instead of with deprecated_argument_lookup.
ALIASES_BY_HAND: Mapping[str, Mapping[str, str]] = {
    "compat.v1.cond": {"fn1": "true_fn", "fn2": "false_fn"},
    "compat.v1.map_fn": {"dtype": "fn_output_signature"},
    "compat.v1.nn.convolution": {"dilation_rate": "dilations", "filter": "filters"},
    "compat.v1.string_split": {"delimiter": "sep"},
    "map_fn": {"dtype": "fn_output_signature"},
    "sparse.concat": {"concat_dim": "axis"},
}
# An argument that was renamed back and forth is looked up both ways; TF 2's name counts.
NOT_ALIASES: Mapping[str, frozenset[str]] = {
    "compat.v1.nn.avg_pool": frozenset({"input"}),
    "compat.v1.nn.convolution": frozenset({"dilations", "filters"}),
    "compat.v1.nn.max_pool": frozenset({"input"}),
}
# NumPy 2.4 gives these no signature that Python can read.
SIGNATURES_BY_HAND: Mapping[str, str] = {
    "numpy.fromstring": "(string,dtype='float64',count=-1,*,sep,like=None)",
}


def literal(value: object) -> str | None:
    """The source of `value` when it is a simple literal; a dtype is written as its name, a list as a tuple."""
    import numpy as np

    if value is None or type(value) in {bool, str}:
        return repr(value)
    if is_dtype(value):
        return repr(value.name)  # type: ignore[attr-defined]
    if isinstance(value, type):
        name = np.dtype(value).name if value in {bool, int, float, complex} else numpy_dtype(value)
        return repr(name) if name else None
    if type(value) in {int, float}:
        number = float(value)  # type: ignore[arg-type]
        return None if math.isnan(number) else repr(value).replace("inf", "1e999")
    if type(value) in {tuple, list}:
        items = [literal(item) for item in value]  # type: ignore[attr-defined]
        known_items = [item for item in items if item is not None]
        return f"({', '.join(known_items)}{',' * (len(items) == 1)})" if len(known_items) == len(items) else None
    return None


def default_of(parameter: inspect.Parameter) -> str:
    """`=default`, with `...` for what is no simple literal."""
    if parameter.default is inspect.Parameter.empty:
        return ""
    text = literal(parameter.default)
    return f"={text if text is not None and len(text) < 80 else '...'}"


def write_signature(parameters: list[inspect.Parameter], keyword_only: bool = False) -> str:
    """The parameters as they would stand in a `def`, without annotations and without the mark of positional-only."""
    written = []
    starred = False
    for parameter in parameters:
        text = parameter.name + default_of(parameter)
        if parameter.kind is parameter.VAR_POSITIONAL:
            text, starred = f"*{parameter.name}", True
        elif parameter.kind is parameter.VAR_KEYWORD:
            text = f"**{parameter.name}"
        elif (keyword_only or parameter.kind is parameter.KEYWORD_ONLY) and not starred:
            written.append("*")
            starred = True
        written.append(text)
    return f"({','.join(written)})"


def signature_of(value: Any, owner: type | None = None, name: str = "", keyword_only: bool = False) -> str:
    """The signature as text, `""` where Python cannot tell it. With `owner`, that of a method without its `self`."""
    try:
        parameters = list(inspect.signature(value).parameters.values())
    except (TypeError, ValueError):
        return ""
    if owner is not None and parameters and not isinstance(inspect.getattr_static(owner, name), staticmethod):
        bound = isinstance(inspect.getattr_static(owner, name), classmethod) or inspect.ismethod(value)
        if not bound and parameters[0].kind is not inspect.Parameter.VAR_POSITIONAL:
            parameters = parameters[1:]
    if any(not parameter.name.isidentifier() for parameter in parameters):
        return ""
    return write_signature(parameters, keyword_only)


def signature_of_class(cls: type) -> str:
    """The signature of `__init__`, or of `__new__` for what has none of its own."""
    if cls.__init__ is not object.__init__:  # type: ignore[misc]
        return signature_of(cls.__init__, cls, "__init__")  # type: ignore[misc]
    if isinstance(cls.__new__, types.FunctionType):
        return write_signature(list(inspect.signature(cls.__new__).parameters.values())[1:])
    return signature_of(cls)


# --- deprecated arguments --------------------------------------------------------------------------------------------


@functools.cache
def lookups_in(file: str) -> dict[int, dict[str, str]]:
    """First line of each function of `file` that calls `deprecated_argument_lookup` -> old name -> new name."""
    try:
        text = Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return {}
    if "deprecated_argument_lookup" not in text:
        return {}
    found: dict[int, dict[str, str]] = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            pairs = dict(lookups_below(node))
            if pairs:
                found[min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])] = pairs
    return found


def lookups_below(function: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    """The (old name, new name) of every lookup in `function`."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("deprecated_argument_lookup"):
            constants = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
            if len(constants) == 2:
                yield str(constants[1]), str(constants[0])


def aliases_of(canonical: str, value: Any) -> dict[str, str]:
    """Deprecated argument names of a function -> the current ones."""
    function = undecorated(vars(value).get("__init__") if isinstance(value, type) else value)
    code = getattr(function, "__code__", None)
    found = dict(lookups_in(code.co_filename).get(code.co_firstlineno, {})) if code else {}
    for name in NOT_ALIASES.get(canonical, ()):
        found.pop(name, None)
    return {**found, **ALIASES_BY_HAND.get(canonical, {})}
