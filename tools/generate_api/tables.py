"""The tables of names, methods and TensorFlow's internal modules."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
import types
from collections.abc import Iterator, Mapping
from typing import Any

from .names import Names, short, versions
from .objects import has_identity, is_dtype, numpy_dtype
from .signatures import SIGNATURES_BY_HAND, aliases_of, literal, signature_of, signature_of_class

NUMPY_CLASSES = ("numpy.generic", "numpy.ndarray", "numpy.random.Generator", "numpy.random.RandomState")
INTERNAL_PACKAGES = ("framework", "ops", "training", "util")


def write_entry(canonical: str, value: Any, by_id: Mapping[int, str]) -> str:
    """One line of the table; `tflint_gemm.api` documents how it is written."""
    dtype = value.name if is_dtype(value) else numpy_dtype(value)
    if dtype:
        return f"d{dtype}"
    if isinstance(value, type):
        bases = [by_id[id(base)] for base in value.__mro__[1:] if id(base) in by_id]
        signature = signature_of_class(value)
    elif has_identity(value):
        bases = []
        signature = signature_of(value, keyword_only=canonical.startswith("raw_ops."))
    else:
        return f"v{literal(value) or ''}"[:120]
    signature = SIGNATURES_BY_HAND.get(canonical, signature)
    tail = [f"{old}={new}" for old, new in sorted(aliases_of(canonical, value).items())]
    tail += [f"<{base}" for base in bases]
    return ("c" if isinstance(value, type) else "f") + " ".join(filter(None, [signature, *tail]))


def methods_of(canonical: str, cls: type, by_id: Mapping[int, str]) -> Iterator[tuple[str, str]]:
    """(method, entry) of what `cls` does not have from a public base."""
    bases = [base for base in cls.__mro__[1:] if id(base) in by_id]
    for name in sorted(dir(cls)):
        if name.startswith("_") and name != "__call__":
            continue
        try:
            value = getattr(cls, name)
            static = inspect.getattr_static(cls, name)
        except AttributeError:
            continue
        if not callable(value) or isinstance(value, type) or isinstance(static, type):
            continue
        if any(inspect.getattr_static(base, name, None) is static for base in bases):
            continue
        if name == "__call__" and not isinstance(static, types.FunctionType):
            continue
        yield name, "f" + signature_of(value, cls, name)


def is_expanded(cls: type) -> bool:
    """Whether the methods of `cls` go into the table: those of protocol buffers and of exceptions do not."""
    return not issubclass(cls, BaseException) and not hasattr(cls, "DESCRIPTOR") and cls.__module__ != "enum"


def api_tables(names: Names) -> tuple[dict[str, Any], dict[str, Any]]:
    """The content of `api.json` and of `methods.json`."""
    entries: dict[str, str] = {}
    methods: dict[str, dict[str, str]] = {}
    for canonical, value in names.objects.items():
        entries[canonical] = write_entry(canonical, value, names.by_id)
        is_array_like = canonical in NUMPY_CLASSES
        if isinstance(value, type) and is_expanded(value) and (entries[canonical][0] == "c" or is_array_like):
            found = dict(methods_of(canonical, value, names.by_id))
            if found:
                methods[canonical] = found
    modules: dict[str, dict[str, str]] = {path: {} for path in names.modules}
    for path, canonical in names.canonical.items():
        module, _, name = path.rpartition(".")
        modules[module][name] = "" if canonical == short(path) else canonical
    return {
        "versions": versions(),
        "modules": names_by_line(modules, names.modules),
        "entries": entries,
    }, methods


def names_by_line(modules: dict[str, dict[str, str]], canonical: Mapping[str, str]) -> dict[str, str]:
    """Per module one string: `=canonical`, then `name` or `name=canonical` for each public name."""
    written = {}
    for path, members in modules.items():
        words = [f"{name}={target}" if target else name for name, target in sorted(members.items())]
        written[path] = " ".join([f"={canonical[path]}", *words])
    return written


def internal_table(names: Names) -> dict[str, str]:
    """The libraries' own modules -> the exported functions and classes they define or hand on."""
    return {**_keras_modules(names), **_tensorflow_modules(names)}


def _keras_modules(names: Names) -> dict[str, str]:
    """Keras's modules with what they define, its packages with what they hand on too."""
    written = {}
    for path, module in sorted(sys.modules.items()):
        if not path.startswith("keras.src."):
            continue
        members = [
            f"{name}={names.by_id[id(value)]}"
            for name, value in _exported(module, names)
            if hasattr(module, "__path__") or value.__module__ == path
        ]
        if members:
            written[path] = " ".join(members)
    return written


def _exported(module: types.ModuleType, names: Names) -> Iterator[tuple[str, Any]]:
    """What stands in a module under a name that does not begin with an underscore, and is public elsewhere."""
    for name, value in sorted(vars(module).items()):
        if id(value) in names.by_id and not name.startswith("_") and not isinstance(value, types.ModuleType):
            yield name, value


def _tensorflow_modules(names: Names) -> dict[str, str]:
    """The modules of TensorFlow's inner packages with all that they define or import."""
    import tensorflow.python as root

    written = {}
    for package in INTERNAL_PACKAGES:
        home = importlib.import_module(f"{root.__name__}.{package}")
        for info in sorted(pkgutil.iter_modules(home.__path__), key=lambda info: info.name):
            path = f"{home.__name__}.{info.name}"
            module = sys.modules.get(path)
            if module is None or info.ispkg:
                continue
            members = [f"{name}={names.by_id[id(value)]}" for name, value in _exported(module, names)]
            if members:
                written[path] = " ".join(members)
    return written
