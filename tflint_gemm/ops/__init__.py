"""Op models, one module per family, registered under TensorFlow's, NumPy's and Keras's canonical names."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache


@cache
def load() -> None:
    """Import every module of this package, so that all models are registered: a new family needs no list."""
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        importlib.import_module(f"{__name__}.{module.name}")
