"""Op models, one module per family, registered under TensorFlow's, NumPy's and Keras's canonical names."""

from __future__ import annotations

import importlib
from functools import cache

FAMILIES = (
    "array_shape",
    "creation",
    "einsum",
    "keras_layers",
    "linalg",
    "math",
    "matrices",
    "matrix_parts",
    "nn",
    "numpy_creation",
    "numpy_linalg",
    "numpy_math",
    "numpy_members",
    "numpy_random",
    "numpy_shape",
    "random",
    "reductions",
    "tensor_members",
    "variables",
)


@cache
def load() -> None:
    """Import every family, so that all models are registered."""
    for family in FAMILIES:
        importlib.import_module(f"{__name__}.{family}")
