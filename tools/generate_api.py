"""Generate `tflint_gemm/data/` from the TensorFlow, Keras and NumPy that are installed.

`python tools/generate_api.py` writes four files. `api.json`: every public name with its canonical name and signature.
`methods.json`: the public methods of every class, apart from what it has from a public base. `internal.json`: the
public functions as TensorFlow's own modules (`tensorflow.python.ops.math_ops`) name them. `kernels.json`: dtype
constraints of the raw ops and the dtypes for which each device has a kernel. Kernels of the GPU are recorded only when
the wheel was built with them, so the shipped file comes from the ordinary `tensorflow` wheel.
"""

from __future__ import annotations

import argparse
import ast
import functools
import importlib
import inspect
import json
import logging
import math
import os
import pkgutil
import sys
import types
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

DATA = Path(__file__).resolve().parent.parent / "tflint_gemm" / "data"
NUMPY_MODULES = (
    "numpy",
    "numpy.fft",
    "numpy.lib",
    "numpy.lib.stride_tricks",
    "numpy.linalg",
    "numpy.random",
    "numpy.testing",
)
NUMPY_CLASSES = ("numpy.generic", "numpy.ndarray", "numpy.random.Generator", "numpy.random.RandomState")
INTERNAL_PACKAGES = ("framework", "ops", "training", "util")
MAX_DEPTH = 6

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
# Public in TF 1 and not importable beside Keras 3; the code is still in the wheel.
HIDDEN_IN_V1: Mapping[str, Mapping[str, str]] = {
    "layers": {
        "tensorflow.python.keras.legacy_tf_layers.base": "Layer",
        "tensorflow.python.keras.legacy_tf_layers.convolutional": (
            "Conv1D Conv2D Conv2DTranspose Conv3D Conv3DTranspose SeparableConv1D SeparableConv2D conv1d conv2d "
            "conv2d_transpose conv3d conv3d_transpose separable_conv1d separable_conv2d"
        ),
        "tensorflow.python.keras.legacy_tf_layers.core": "Dense Dropout Flatten dense dropout flatten",
        "tensorflow.python.keras.legacy_tf_layers.pooling": (
            "AveragePooling1D AveragePooling2D AveragePooling3D MaxPooling1D MaxPooling2D MaxPooling3D "
            "average_pooling1d average_pooling2d average_pooling3d max_pooling1d max_pooling2d max_pooling3d"
        ),
    },
    "nn.rnn_cell": {
        "tensorflow.python.keras.layers.legacy_rnn.rnn_cell_impl": (
            "BasicLSTMCell BasicRNNCell DeviceWrapper DropoutWrapper GRUCell LSTMCell LSTMStateTuple MultiRNNCell "
            "RNNCell ResidualWrapper"
        ),
    },
}


@dataclass
class Namespace:
    """A tree of public modules: dotted path of every name in it -> the object."""

    root: str
    objects: dict[str, Any] = field(default_factory=dict)
    modules: dict[str, types.ModuleType] = field(default_factory=dict)

    def walk(self, module: types.ModuleType, path: str, enters: Callable[[str], bool]) -> None:
        """Record what `module` holds under `path`, and the modules below it that `enters` lets in."""
        self.modules[path] = module
        for name in sorted(dir(module)):
            if name.startswith("_") and name != "__version__":
                continue
            below = f"{path}.{name}"
            try:
                value = getattr(module, name)
            except (AttributeError, ImportError):
                continue
            if not isinstance(value, types.ModuleType):
                self.objects[below] = value
            elif enters(below) and self.owns(value) and below.count(".") < MAX_DEPTH:
                self.walk(value, below, enters)

    def owns(self, module: types.ModuleType) -> bool:
        """Whether `module` is part of this library, not one that it imports."""
        return getattr(module, "__name__", "").split(".")[0] == self.root


def has_identity(value: object) -> bool:
    """Whether two names of `value` are two names of one thing; a number under two names is two constants."""
    if isinstance(value, type):
        return True
    # The flags of a TF 1 program are callable, and parse the command line when they are touched.
    return callable(value) and not type(value).__module__.endswith("platform.flags")


def is_foreign(value: object) -> bool:
    """Whether `value` belongs to Python itself, such as a `typing` name that a module has lying about."""
    module = getattr(value, "__module__", None)
    return module in {"builtins", "typing", "collections.abc", "__future__"} and (
        isinstance(value, type) or module != "builtins"
    )


def by_length(path: str) -> tuple[int, int, str]:
    """Sort key: fewest components, then fewest characters."""
    return path.count("."), len(path), path


# --- canonical names -------------------------------------------------------------------------------------------------


@dataclass
class Names:
    """Canonical name of every public path, and the object behind each canonical name."""

    canonical: dict[str, str] = field(default_factory=dict)
    objects: dict[str, Any] = field(default_factory=dict)
    by_id: dict[int, str] = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)

    def add(self, tree: Namespace, choose: Callable[[Any, list[str]], str]) -> None:
        """Name everything in `tree`; `choose` picks the canonical name among an object's paths."""
        paths: dict[int, list[str]] = defaultdict(list)
        for path, value in tree.objects.items():
            if is_foreign(value):
                continue
            if not is_dtype(value) and not has_identity(value):
                twin = path.replace(".compat.v1.", ".")
                same = tree.objects.get(twin) is value
                self.record(path, choose(value, [twin if same else path]), value)
            else:
                paths[id(value)].append(path)
        for group in paths.values():
            value = tree.objects[group[0]]
            name = self.by_id.get(id(value)) or choose(value, group)
            self.by_id[id(value)] = name
            for path in group:
                self.record(path, name, value)

    def record(self, path: str, name: str, value: object) -> None:
        """Give `path` its canonical name."""
        self.canonical[path] = name
        self.objects.setdefault(name, value)


def short(path: str) -> str:
    """The path as canonical names are written: TensorFlow's lose their root."""
    return path.removeprefix("tensorflow.")


def choose_tensorflow(value: Any, paths: list[str]) -> str:
    """What TensorFlow itself calls canonical; for an object of TF 1 alone, its shortest name."""
    from tensorflow.python.util import tf_export

    if is_dtype(value):
        return str(value.name)
    names = [short(path) for path in paths]
    second = sorted((name for name in names if not name.startswith("compat.v1.")), key=by_length)
    official = tf_export.get_canonical_name_for_symbol(value) if has_identity(value) else None
    if second:
        return str(official) if official in second else second[0]
    # The same function may stand wrapped once more under its second name in TF 1: take both to one.
    if isinstance(value, types.FunctionType):
        exports = vars(undecorated(value))
        in_v1 = [f"compat.v1.{name}" for name in exports.get("_tf_api_names_v1", ())]
        if official and exports.get("_tf_api_names") and not set(names).isdisjoint(in_v1):
            return str(official)
        names = in_v1 or names
    shortest = min(name.count(".") for name in names)
    return min(
        (name for name in names if name.count(".") == shortest),
        key=lambda name: (name != f"compat.v1.{official}", len(name), name),
    )


def choose_keras(value: Any, paths: list[str]) -> str:
    """The first name under which Keras exports the object."""
    first = getattr(value, "_api_export_path", None)
    if isinstance(first, (list, tuple)):
        first = next((path for path in first if path in paths), None)
    return first if first in paths else min(paths, key=by_length)


def choose_numpy(value: Any, paths: list[str]) -> str:
    """A dtype's own name (`numpy.float64`, not `numpy.double`); else the shortest path."""
    for name in (f"numpy.{numpy_dtype(value)}", f"numpy.{getattr(value, '__name__', '')}"):
        if numpy_dtype(value) and name in paths:
            return name
    return min(paths, key=by_length)


def collect() -> Names:
    """Walk the three libraries."""
    import keras
    import tensorflow as tf
    from keras._tf_keras import keras as tf_keras

    names = Names()

    tree = Namespace("numpy")
    tree.walk(importlib.import_module("numpy"), "numpy", NUMPY_MODULES.__contains__)
    names.add(tree, choose_numpy)
    names.modules.update({path: path for path in tree.modules})

    tree = Namespace("keras")
    for root in (keras, tf_keras):
        below = Namespace("keras")
        below.walk(root, "keras", lambda path: path not in {"keras.src", "keras.api"})
        tree.objects = {**below.objects, **tree.objects}
        tree.modules = {**below.modules, **tree.modules}
    names.add(tree, choose_keras)
    names.modules.update({path: path for path in tree.modules})

    tree = Namespace("tensorflow")
    tree.walk(tf, "tensorflow", enters_in_v2)
    tree.walk(tf.compat.v1, "tensorflow.compat.v1", enters_in_v1)
    add_hidden(tree)
    names.add(tree, choose_tensorflow)
    names.modules.update({path: short(path) for path in tree.modules})
    for path in ("losses", "metrics", "initializers", "optimizers", "keras"):
        value = getattr(tf, path, None)
        if value is not None and (path == "keras" or hasattr(value, "deserialize")):
            names.modules[f"tensorflow.{path}"] = "keras" if path == "keras" else f"keras.{path}"
    return names


def add_hidden(tree: Namespace) -> None:
    """Add what `HIDDEN_IN_V1` lists to the walk of TensorFlow."""
    for path, homes in HIDDEN_IN_V1.items():
        module = f"tensorflow.compat.v1.{path}"
        for home, members in homes.items():
            tree.modules[module] = importlib.import_module(home)
            tree.objects.update({f"{module}.{name}": getattr(tree.modules[module], name) for name in members.split()})


def enters_in_v2(path: str) -> bool:
    """Whether the walk of `tf` goes into a module: not into Keras, which is a root of its own, nor other versions."""
    others = {"compat.v1", "compat.v2", "keras", "losses", "metrics", "initializers", "optimizers", "lite", "tools"}
    return short(path) not in others and "python" not in path.split(".")


def enters_in_v1(path: str) -> bool:
    """The same for `tf.compat.v1`; its `layers` and RNN cells cannot be imported beside Keras 3."""
    below = short(path).removeprefix("compat.v1.")
    others = {"compat", "keras", "layers", "lite", "nn.rnn_cell", "raw_ops"}
    return below not in others and "python" not in path.split(".")


# --- signatures ------------------------------------------------------------------------------------------------------


def is_dtype(value: object) -> bool:
    """Whether `value` is one of TensorFlow's dtypes."""
    return type(value).__name__ == "DType" and type(value).__module__.startswith("tensorflow")


def numpy_dtype(value: object) -> str | None:
    """The dtype that a scalar type such as `numpy.float32` stands for; none for an abstract one."""
    import numpy as np

    if not (isinstance(value, type) and issubclass(value, np.generic)):
        return None
    try:
        return np.dtype(value).name
    except TypeError:
        return None


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


def undecorated(value: Any) -> Any:
    """The function under TensorFlow's decorators."""
    from tensorflow.python.util import tf_decorator

    try:
        return inspect.unwrap(tf_decorator.unwrap(value)[1])
    except (AttributeError, ValueError):
        return value


def aliases_of(canonical: str, value: Any) -> dict[str, str]:
    """Deprecated argument names of a function -> the current ones."""
    function = undecorated(vars(value).get("__init__") if isinstance(value, type) else value)
    code = getattr(function, "__code__", None)
    found = dict(lookups_in(code.co_filename).get(code.co_firstlineno, {})) if code else {}
    for name in NOT_ALIASES.get(canonical, ()):
        found.pop(name, None)
    return {**found, **ALIASES_BY_HAND.get(canonical, {})}


# --- the table -------------------------------------------------------------------------------------------------------


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


def versions() -> dict[str, str]:
    """The libraries the table was generated from."""
    import keras
    import numpy as np
    import tensorflow as tf

    return {"keras": keras.__version__, "numpy": np.__version__, "tensorflow": tf.__version__}


def internal_table(names: Names) -> dict[str, str]:
    """TensorFlow's own modules -> the exported functions and classes they define or hand on."""
    import tensorflow.python as root

    written = {}
    for package in INTERNAL_PACKAGES:
        home = importlib.import_module(f"{root.__name__}.{package}")
        for info in sorted(pkgutil.iter_modules(home.__path__), key=lambda info: info.name):
            path = f"{home.__name__}.{info.name}"
            module = sys.modules.get(path)
            if module is None or info.ispkg:
                continue
            members = [
                f"{name}={names.by_id[id(value)]}"
                for name, value in sorted(vars(module).items())
                if id(value) in names.by_id and not name.startswith("_") and not isinstance(value, types.ModuleType)
            ]
            if members:
                written[path] = " ".join(members)
    return written


# --- kernels ---------------------------------------------------------------------------------------------------------


def kernel_table(names: Names) -> dict[str, Any]:
    """The content of `kernels.json`."""
    import tensorflow as tf
    from tensorflow.python.framework import kernels, op_def_registry

    ops: dict[str, Any] = {}
    devices: set[str] = set()
    registered: dict[str, list[Any]] = defaultdict(list)
    for kernel in kernels.get_all_registered_kernels().kernel:
        # A wheel without CUDA registers a handful of GPU kernels, which would make all others look missing.
        if "GPU" in kernel.device_type and not tf.test.is_built_with_cuda():
            continue
        registered[kernel.op].append(kernel)
    for canonical in sorted(names.objects):
        if not canonical.startswith("raw_ops."):
            continue
        name = canonical.removeprefix("raw_ops.")
        definition = op_def_registry.get(name)
        if definition is None:
            continue
        found = kernels_by_device(registered[name])
        devices.update(found)
        record = {
            "attrs": {
                attr.name: dtype_names(attr.allowed_values.list.type)
                for attr in definition.attr
                if attr.type in {"type", "list(type)"}
            },
            "inputs": " ".join(write_argument(argument) for argument in definition.input_arg),
            "kernels": found,
            "outputs": " ".join(write_argument(argument) for argument in definition.output_arg),
        }
        ops[name] = {key: value for key, value in record.items() if value or key == "kernels"}
    return {"devices": sorted(devices), "functions": raw_ops_behind(names), "ops": ops, "versions": versions()}


def write_argument(argument: Any) -> str:
    """`name:T`, `name:N*T`, `name:Tlist` or `name:float32`; a reference has `&` before its type."""
    kind = argument.type_list_attr or argument.type_attr or dtype_names([argument.type])
    count = f"{argument.number_attr}*" if argument.number_attr else ""
    return f"{argument.name}:{count}{'&' if argument.is_ref else ''}{kind}"


def dtype_names(values: Any) -> str:
    """The names of dtype enumerators, sorted."""
    from tensorflow.python.framework import dtypes

    return " ".join(sorted({dtypes.as_dtype(value).base_dtype.name for value in values}))


def kernels_by_device(registered: list[Any]) -> dict[str, dict[str, str]]:
    """Device -> attribute -> dtypes for which some kernel is registered; `*` where a kernel takes any."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    seen: dict[str, int] = defaultdict(int)
    counted: dict[tuple[str, str], int] = defaultdict(int)
    for kernel in registered:
        seen[kernel.device_type] += 1
        for constraint in kernel.constraint:
            if constraint.allowed_values.list.type:
                counted[kernel.device_type, constraint.name] += 1
                dtypes = dtype_names(constraint.allowed_values.list.type).split()
                found[kernel.device_type][constraint.name].update(dtypes)
    result: dict[str, dict[str, str]] = {}
    for device in sorted(seen):
        result[device] = {
            attr: " ".join(sorted(dtypes)) if counted[device, attr] == seen[device] else "*"
            for attr, dtypes in sorted(found[device].items())
        }
    return result


def raw_ops_behind(names: Names) -> dict[str, str]:
    """Public function -> the raw op it calls, where its source calls exactly one."""
    import tensorflow as tf

    op_of = {}
    for name in dir(tf.raw_ops):
        if not name.startswith("_"):
            function = undecorated(getattr(tf.raw_ops, name))
            op_of[getattr(function, "__name__", "")] = name
    found = {}
    for canonical, value in sorted(names.objects.items()):
        if isinstance(value, type) or not has_identity(value) or canonical.startswith(("raw_ops.", "keras.", "numpy.")):
            continue
        function = undecorated(value)
        if getattr(function, "__module__", "").rpartition(".")[2].startswith("gen_"):
            called = frozenset({function.__name__})
        else:
            called = generated_calls(function)
        ops = {op_of.get(name, op_of.get(name.lstrip("_"))) for name in called}
        op = next(iter(ops)) if len(ops) == 1 else None
        if op:
            found[canonical] = op
    return found


@functools.cache
def calls_in(file: str) -> dict[int, frozenset[str]]:
    """First line of each function of `file` -> the generated op functions that it calls."""
    try:
        tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    except (OSError, SyntaxError, UnicodeDecodeError):
        return {}
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            found[first] = frozenset(
                call.func.attr
                for call in ast.walk(node)
                if isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and isinstance(call.func.value, ast.Name)
                and call.func.value.id.startswith("gen_")
            )
    return found


def generated_calls(function: Any) -> frozenset[str]:
    """The generated op functions that `function` calls."""
    code = getattr(function, "__code__", None)
    return calls_in(code.co_filename).get(code.co_firstlineno, frozenset()) if code else frozenset()


# --- writing ---------------------------------------------------------------------------------------------------------


def dump(table: Mapping[str, Any]) -> str:
    """JSON with one record a line, so that two versions can be compared."""
    sections = []
    for key, value in sorted(table.items()):
        if isinstance(value, dict):
            write = functools.partial(json.dumps, separators=(",", ":"), sort_keys=True)
            lines = [f"{write(name)}:{write(value[name])}" for name in sorted(value)]
            sections.append(json.dumps(key) + ":{\n" + ",\n".join(lines) + "\n}")
        else:
            sections.append(f"{json.dumps(key)}:{json.dumps(value)}")
    return "{" + ",\n".join(sections) + "}\n"


def generate() -> dict[str, dict[str, Any]]:
    """File name -> content, as the installed libraries have it."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    names = collect()
    api, methods = api_tables(names)
    return {
        "api.json": api,
        "internal.json": internal_table(names),
        "kernels.json": kernel_table(names),
        "methods.json": methods,
    }


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=DATA, help="folder to write to")
    folder = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in generate().items():
        (folder / name).write_text(dump(table), encoding="utf-8")


if __name__ == "__main__":
    main()
