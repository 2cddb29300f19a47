"""What the objects of the libraries are: which are told apart by identity, which are dtypes."""

from __future__ import annotations

import inspect
from typing import Any


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


def is_dtype(value: object) -> bool:
    """Whether `value` is one of TensorFlow's dtypes."""
    return type(value).__name__ == "DType" and type(value).__module__.startswith("tensorflow")


def numpy_dtype(value: object) -> str | None:
    """The dtype that a scalar type such as `numpy.float32` stands for; none for an abstract one."""
    import numpy as np

    if not (isinstance(value, type) and issubclass(value, np.generic)):
        return None
    try:
        return str(np.dtype(value).name)
    except TypeError:
        return None


def undecorated(value: Any) -> Any:
    """The function under TensorFlow's decorators."""
    from tensorflow.python.util import tf_decorator

    try:
        return inspect.unwrap(tf_decorator.unwrap(value)[1])
    except (AttributeError, ValueError):
        return value
