"""The public names of TensorFlow, Keras and NumPy, and which of an object's names is the canonical one."""

from __future__ import annotations

import importlib
import types
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .objects import has_identity, is_dtype, is_foreign, numpy_dtype, undecorated

NUMPY_MODULES = (
    "numpy",
    "numpy.fft",
    "numpy.lib",
    "numpy.lib.stride_tricks",
    "numpy.linalg",
    "numpy.random",
    "numpy.testing",
)
MAX_DEPTH = 6
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


def by_length(path: str) -> tuple[int, int, str]:
    """Sort key: fewest components, then fewest characters."""
    return path.count("."), len(path), path


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


def versions() -> dict[str, str]:
    """The libraries the table was generated from."""
    import keras
    import numpy as np
    import tensorflow as tf

    return {"keras": keras.__version__, "numpy": np.__version__, "tensorflow": tf.__version__}
