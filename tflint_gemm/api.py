"""The public API of TensorFlow, Keras and NumPy, as a table generated from the installed libraries.

`tools/generate_api/` writes the table, so nothing here imports the libraries themselves. `data/api.json` holds, per
module, its public names (`name`, or `name=canonical` where the canonical name differs) and one line for each canonical
name:

    f(a,b=None,*,c=1) old=new     a function; `old` is a deprecated name of its argument `new`
    c(x,**kwargs) <base           a class with the signature of its `__init__` and its public bases, nearest first
    dfloat32                      a dtype
    v3.14                         a constant, with its value where that is a simple literal

A default that is no simple literal is written `...`; a dtype as default is written as its name, a list as a tuple.
`data/removed.json` adds, by hand and in the same notation, what older versions had.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

_DATA = Path(__file__).with_name("data")
_NO_ALIASES: Mapping[str, str] = MappingProxyType({})
_V1 = "tensorflow.compat.v1"

ParameterKind = Literal["positional", "keyword", "var_positional", "var_keyword"]
EntryKind = Literal["function", "class", "module", "constant", "dtype"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a public function: `keyword` is keyword-only; `default` is `...` where no literal."""

    name: str
    kind: ParameterKind
    has_default: bool = False
    default: object = None


@dataclass(frozen=True, slots=True)
class ApiEntry:
    """What the table says about one public name.

    `signature` has no `self`, and is None where Python knows none. `aliases` leads from deprecated argument names to
    current ones. `value` is a constant's value, a dtype's name, and `...` where there is none. `bases` are a class's
    public bases, nearest first.
    """

    canonical: str
    kind: EntryKind
    signature: tuple[Parameter, ...] | None = None
    aliases: Mapping[str, str] = field(default_factory=lambda: _NO_ALIASES, hash=False)
    value: object = ...
    bases: tuple[str, ...] = ()


def resolve(path: str, v1: bool = False) -> str | None:
    """The canonical name of a full dotted path such as `tensorflow.matmul`; None when there is no such public name.

    TensorFlow's canonical names are TensorFlow's own choice, without `tensorflow.` (`linalg.matmul`); what exists only
    in TF 1 keeps `compat.v1.` before its shortest name; a dtype's is its name (`float32`). Keras's are the first name
    that Keras exports (`keras.Layer`), also for `tensorflow.keras` and `tf_keras`. NumPy's are a dtype's own name
    (`numpy.float64`), else the shortest path (`numpy.abs`, not `numpy.absolute`). A method's starts with the class that
    defines it.

    With `v1`, the program's root is TF 1's namespace, which is looked up first. Without it, a name that TF 2 no longer
    has resolves to TF 1's.
    """
    return _in_keras_source(path) or _resolve(_normal(path), v1)


@cache
def entry(canonical: str) -> ApiEntry | None:
    """What is known about a canonical name."""
    if canonical in _modules_by_canonical() or is_module(canonical) or is_module(f"tensorflow.{canonical}"):
        return ApiEntry(canonical, "module")
    line = _entries().get(canonical)
    if line is None:
        owner, _, name = canonical.rpartition(".")
        line = _methods().get(owner, {}).get(name) if owner else None
    return _parse(canonical, line) if line is not None else None


def is_module(path: str) -> bool:
    """Whether a full dotted path is a public module (or a package of TensorFlow's own, `tensorflow.python.ops`)."""
    path = _normal(path)
    return path in _modules() or path in _removed_modules() or _is_internal_module(path)


def members(path: str) -> tuple[str, ...]:
    """The public names of a module, as `from module import *` brings them; empty for what is no module of the table."""
    return tuple(_members(_normal(path))) if _normal(path) in _modules() else ()


def canonical_names() -> tuple[str, ...]:
    """Every canonical name of the installed libraries' public API but those of methods."""
    return tuple(_api()["entries"])


@cache
def v2_equivalent(canonical: str) -> str | None:
    """TF 2's function of the same name as one of TF 1's: `compat.v1.reduce_sum` -> `math.reduce_sum`."""
    if not canonical.startswith("compat.v1."):
        return None
    paths = [f"tensorflow.{canonical}", *_v1_paths().get(canonical, ())]
    for path in paths:
        found = _lookup(path.replace(".compat.v1.", ".", 1))
        # tf.losses and tf.metrics of TF 2 are Keras's: same names, other functions.
        if found and not found.startswith(("keras.", "compat.v1.", "numpy.")):
            return found
    return None


@cache
def kernel_dtypes(raw_op: str, device: str, attr: str = "T") -> frozenset[str] | None:
    """The dtypes of `attr` for which `device` ("CPU", "GPU") has a kernel of `raw_op`.

    Empty when the device has no kernel of it at all; None when nothing is known: no such op or attribute, a device that
    the table was not generated with, or kernels that take any dtype.
    """
    table = _kernels()
    op = table["ops"].get(raw_op)
    if op is None or device not in table["devices"] or attr not in op.get("attrs", {}):
        return None
    found = [op["kernels"][name] for name in (device, "DEFAULT") if name in op["kernels"]]
    if any(attrs.get(attr, "*") == "*" for attrs in found):
        return op_dtypes(raw_op, attr)
    return frozenset(dtype for attrs in found for dtype in attrs[attr].split())


@cache
def op_dtypes(raw_op: str, attr: str = "T") -> frozenset[str] | None:
    """The dtypes that the definition of `raw_op` allows for `attr`; None when it is unknown or takes any dtype."""
    allowed = _kernels()["ops"].get(raw_op, {}).get("attrs", {}).get(attr)
    return frozenset(allowed.split()) if allowed else None


@cache
def op_inputs(raw_op: str) -> Mapping[str, str] | None:
    """Input of `raw_op` -> the attribute that gives its dtype (`T`, `N*T` for a list), or the dtype itself."""
    op = _kernels()["ops"].get(raw_op)
    return None if op is None else MappingProxyType(_pairs(op.get("inputs", ""), ":"))


def raw_op(canonical: str) -> str | None:
    """The raw op behind a public function, where its source calls exactly one: `math.exp` -> `Exp`."""
    if canonical.startswith("raw_ops."):
        return canonical.removeprefix("raw_ops.")
    found: str | None = _kernels()["functions"].get(canonical)
    return found


def is_pure(canonical: str) -> bool:
    """Whether a function only puts ops together that keep no state: what it returns depends on its arguments alone.

    The generated table tells, from TensorFlow's own source (``tools/generate_api/purity.py``).
    """
    return canonical in _pure()


# --- paths -----------------------------------------------------------------------------------------------------------

_PREFIXES = (
    ("tensorflow.compat.v1.compat.v1", _V1),
    ("tensorflow.compat.v1.compat.v2", "tensorflow"),
    ("tensorflow.compat.v1.keras", "keras"),
    ("tensorflow.compat.v1.raw_ops", "tensorflow.raw_ops"),
    ("tensorflow.compat.v2.compat.v1", _V1),
    ("tensorflow.compat.v2.compat.v2", "tensorflow"),
    ("tensorflow.compat.v2.keras", "keras"),
    ("tensorflow.compat.v2", "tensorflow"),
    ("tensorflow.keras", "keras"),
    ("tensorflow.python.keras", "keras"),
    ("tensorflow.contrib.keras.api.keras", "keras"),
    ("tensorflow.contrib.keras.python.keras", "keras"),
    ("tensorflow.contrib.keras", "keras"),
    ("tf_keras", "keras"),
    ("keras.src", "keras"),
)


_KERAS_SOURCE = "keras.src."


def _normal(path: str) -> str:
    """The path with every way of writing one root brought to one."""
    for prefix, root in _PREFIXES:
        if path == prefix or path.startswith(f"{prefix}."):
            return _normal(root + path[len(prefix) :])
    return path


def _in_v1(path: str) -> str:
    """A path below `tensorflow` as one below `tensorflow.compat.v1`."""
    below = path.removeprefix("tensorflow").removeprefix(".compat.v1")
    return _normal(_V1 + below)


@cache
def _resolve(path: str, v1: bool) -> str | None:
    root = path.partition(".")[0]
    if root != "tensorflow":
        return _lookup(path) or _removed(path) or _in_package(path)
    if f"{path}.".startswith("tensorflow.python."):
        return _internal(path)
    first, second = (_in_v1(path), path) if v1 else (path, _in_v1(path))
    if path.startswith(f"{_V1}."):
        first = second = path
    return _lookup(first) or _lookup(second) or _removed(path)


@cache
def _lookup(path: str) -> str | None:
    """The canonical name of a normal path in the generated table."""
    module = _modules().get(path)
    if module is not None:
        return module.partition(" ")[0].removeprefix("=")
    parent, _, name = path.rpartition(".")
    if not parent:
        return None
    if parent in _modules():
        target = _members(parent).get(name)
        if target is None and _modules()[parent].startswith("=keras") and parent.startswith("tensorflow."):
            # tf.losses and its like are Keras's modules under another name.
            return _lookup(f"{_lookup(parent)}.{name}")
        return target
    owner = _lookup(parent)
    return _method(owner, name) if owner else None


@cache
def _method(owner: str, name: str) -> str | None:
    """The canonical name of a method: that of the nearest class in the table that defines it."""
    found = entry(owner)
    if found is None or found.kind not in {"class", "dtype"}:
        return None
    bases = found.bases or (("numpy.generic",) if found.kind == "dtype" and owner.startswith("numpy.") else ())
    for cls in (owner, *bases):
        if name in _methods().get(cls, {}):
            return f"{cls}.{name}"
    return None


def _removed(path: str) -> str | None:
    """The canonical name of a path that an older version had."""
    name = path.removeprefix("tensorflow.").removeprefix("compat.v1.") if path.startswith("tensorflow.") else path
    table = _supplement()
    if name in table["names"]:
        found: str = table["names"][name]
        return found
    for candidate in (name, f"compat.v1.{name}"):
        if candidate in table["entries"]:
            return candidate
    if name in table["modules"] or path in _removed_modules():
        return name
    parent, _, last = name.rpartition(".")
    if parent in table["modules"]:
        target = f"{table['modules'][parent]}.{last}"
        return _resolve(target if target.startswith("keras.") else f"tensorflow.{target}", False)
    owner = _removed(parent) if parent.count(".") else None
    return _method(owner, last) if owner else None


def _internal(path: str) -> str | None:
    """The canonical name of what the libraries' own modules call `tensorflow.python.ops.math_ops.matmul`."""
    if path in _internal_modules() or _is_internal_module(path):
        return path.removeprefix("tensorflow.")
    parent, _, name = path.rpartition(".")
    if parent in _internal_modules():
        return _internal_members(parent).get(name)
    owner = _internal(parent) if parent.count(".") > 3 else None
    return _method(owner, name) if owner else None


def _in_package(path: str) -> str | None:
    """The canonical name of `keras.layers.convolutional.conv2d.Conv2D`: its package exports it, whatever defines it."""
    if not path.startswith("keras.") or path.count(".") < 3:
        return None
    _root, *packages, name = path.split(".")
    if any(not package.islower() for package in packages):
        owner = _in_package(path.rpartition(".")[0])
        return _method(owner, name) if owner else None
    package = "keras" if packages[0] == "engine" else f"keras.{packages[0]}"
    return _members(package).get(name) if package in _modules() else None


def _in_keras_source(path: str) -> str | None:
    """The canonical name of what Keras's own modules call `keras.src.layers.core.dense.Dense`."""
    parent, _, name = path.rpartition(".")
    if not parent.startswith(_KERAS_SOURCE):
        return None
    if parent in _internal_modules():
        found = _internal_members(parent).get(name)
        # What is Keras's own in there is what the function of that name in keras.ops calls.
        return found or (_members("keras.ops").get(name) if parent == f"{_KERAS_SOURCE}backend" else None)
    owner = _in_keras_source(parent)
    return _method(owner, name) if owner else None


def _is_internal_module(path: str) -> bool:
    if path != "tensorflow.python" and not path.startswith("tensorflow.python."):
        return False
    return path in _internal_modules() or any(name.startswith(f"{path}.") for name in _internal_modules())


# --- entries ---------------------------------------------------------------------------------------------------------

_KINDS: Mapping[str, EntryKind] = MappingProxyType({"f": "function", "c": "class", "d": "dtype", "v": "constant"})


def _parse(canonical: str, line: str) -> ApiEntry:
    kind = _KINDS[line[0]]
    if kind == "dtype":
        return ApiEntry(canonical, kind, value=line[1:])
    if kind == "constant":
        return ApiEntry(canonical, kind, value=ast.literal_eval(line[1:]) if line[1:] else ...)
    end = line.rfind(")") + 1
    words = line[end or 1 :].split()
    bases = tuple(word[1:] for word in words if word.startswith("<"))
    aliases = _pairs(" ".join(word for word in words if "=" in word), "=")
    signature = _parse_signature(line[1:end]) if end else None
    return ApiEntry(canonical, kind, signature, MappingProxyType(aliases) if aliases else _NO_ALIASES, bases=bases)


def _parse_signature(text: str) -> tuple[Parameter, ...]:
    function = ast.parse(f"def f{text}: ...").body[0]
    assert isinstance(function, ast.FunctionDef)
    arguments = function.args
    parameters: list[Parameter] = []
    required = len(arguments.args) - len(arguments.defaults)
    for index, argument in enumerate(arguments.args):
        default = arguments.defaults[index - required] if index >= required else None
        parameters.append(_parameter(argument, "positional", default))
    if arguments.vararg is not None:
        parameters.append(_parameter(arguments.vararg, "var_positional", None))
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        parameters.append(_parameter(argument, "keyword", default))
    if arguments.kwarg is not None:
        parameters.append(_parameter(arguments.kwarg, "var_keyword", None))
    return tuple(parameters)


def _parameter(argument: ast.arg, kind: ParameterKind, default: ast.expr | None) -> Parameter:
    if default is None:
        return Parameter(argument.arg, kind)
    return Parameter(argument.arg, kind, True, ast.literal_eval(default))


def _pairs(text: str, separator: str) -> dict[str, str]:
    return {name: value for name, _, value in (word.partition(separator) for word in text.split())}


# --- files -----------------------------------------------------------------------------------------------------------


def _read(name: str) -> dict[str, Any]:
    table: dict[str, Any] = json.loads((_DATA / name).read_bytes())
    return table


@cache
def _api() -> dict[str, Any]:
    return _read("api.json")


@cache
def _methods() -> dict[str, dict[str, str]]:
    return {**_read("methods.json"), **_supplement()["methods"]}


@cache
def _kernels() -> dict[str, Any]:
    return _read("kernels.json")


@cache
def _pure() -> frozenset[str]:
    table: dict[str, str] = _kernels()["pure"]
    return frozenset(f"{module}.{name}".lstrip(".") for module, names in table.items() for name in names.split())


@cache
def _supplement() -> dict[str, Any]:
    return _read("removed.json")


@cache
def _internal_modules() -> dict[str, str]:
    table: dict[str, str] = _read("internal.json")
    return table


@cache
def _entries() -> dict[str, str]:
    return {**_supplement()["entries"], **_api()["entries"]}


def _modules() -> dict[str, str]:
    table: dict[str, str] = _api()["modules"]
    return table


@cache
def _modules_by_canonical() -> dict[str, str]:
    return {line.partition(" ")[0].removeprefix("="): path for path, line in reversed(_modules().items())}


@cache
def _removed_modules() -> frozenset[str]:
    """Every module that a removed name stands in."""
    table = _supplement()
    found: set[str] = set()
    for name in (*table["names"], *table["entries"], *(f"{module}." for module in table["modules"])):
        path = name if name.startswith(("numpy.", "keras.")) else f"tensorflow.{name}"
        while path.count("."):
            path = path.rpartition(".")[0]
            found.update((path, path.replace(_V1, "tensorflow", 1)))
    return frozenset(found - set(table["entries"]))


@cache
def _members(module: str) -> dict[str, str]:
    """Public name in `module` -> canonical name."""
    return _expand(_modules()[module].partition(" ")[2], module.removeprefix("tensorflow").lstrip("."))


@cache
def _internal_members(module: str) -> dict[str, str]:
    return _expand(_internal_modules()[module], module)


def _expand(words: str, prefix: str) -> dict[str, str]:
    before = f"{prefix}." if prefix else ""
    return {name: target or before + name for name, _, target in (word.partition("=") for word in words.split())}


@cache
def _v1_paths() -> dict[str, list[str]]:
    """Canonical name of an object of TF 1 -> its paths."""
    found: dict[str, list[str]] = {}
    for module in _modules():
        if module == _V1 or module.startswith(f"{_V1}."):
            for name, canonical in _members(module).items():
                found.setdefault(canonical, []).append(f"{module}.{name}")
    return found
