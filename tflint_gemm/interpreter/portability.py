"""What ``six``, ``future`` and ``builtins`` call Python's own functions, types and constants."""

from __future__ import annotations

import builtins

from tflint_gemm.domain.values import FALSE, TRUE, ApiSymbol, BuiltinFunction, TupleValue, Value

BUILTIN_NAMES = frozenset(dir(builtins)) | {"xrange", "unicode", "basestring", "long", "raw_input", "reduce"}
_MODULES = ("builtins.", "__builtin__.", "future.builtins.", "past.builtins.", "six.moves.builtins.", "six.moves.")
_TYPES = {"text_type": "str", "binary_type": "bytes", "unichr": "chr", "next": "next", "callable": "callable"}
_TUPLES = {"string_types": "str", "integer_types": "int", "class_types": "type"}
_SIX: dict[str, Value] = {
    "PY2": FALSE,
    "PY3": TRUE,
    **{name: BuiltinFunction(target) for name, target in _TYPES.items()},
    **{name: TupleValue((BuiltinFunction(target),)) for name, target in _TUPLES.items()},
    "moves.reduce": ApiSymbol("functools.reduce"),
    "moves.zip_longest": ApiSymbol("itertools.zip_longest"),
    "moves.filterfalse": ApiSymbol("itertools.filterfalse"),
}


def portable(path: str) -> Value | None:
    """What Python 3 itself has for ``path`` ("six.moves.xrange"); None for what is none of these."""
    if path.startswith("six.") and path[4:] in _SIX:
        return _SIX[path[4:]]
    module = next((module for module in _MODULES if path.startswith(module)), None)
    name = path[len(module) :] if module is not None else ""
    return BuiltinFunction(name) if name in BUILTIN_NAMES else None
