"""Op models, one module per family, registered under TensorFlow's, NumPy's and Keras's canonical names.

Importing all of them takes longer than checking most files, so a module is imported when one of its models is asked
for.  ``data/models.json`` says which models a module has.  It is written by ``make models`` and trusted as far as it
describes a module as it is: modules that are new or have changed are imported at once.
"""

from __future__ import annotations

import importlib
import json
import os
import zlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

INDEX = Path(__file__).parent.with_name("data") / "models.json"


@cache
def load() -> None:
    """Import every module of this package, so that all models are registered: a new family needs no list."""
    for name in modules():
        _import(name)


def load_model(canonical: str) -> None:
    """Import the module that has the model of ``canonical``, if one has."""
    home = _homes().get(canonical)
    if home is not None:
        _import(home)


def indexed_models() -> Iterable[str]:
    """The canonical names of the models whose modules are imported when they are needed; the others are registered."""
    return _homes().keys()


def modules() -> list[str]:
    """The names of the modules of this package."""
    return sorted(name[:-3] for name in os.listdir(__path__[0]) if name.endswith(".py") and name != "__init__.py")


def checksum(module: str) -> str:
    """What tells that ``module`` has changed."""
    with open(os.path.join(__path__[0], f"{module}.py"), "rb") as source:
        return f"{zlib.crc32(source.read()):08x}"


def _import(name: str) -> None:
    importlib.import_module(f"{__name__}.{name}")


@cache
def _homes() -> dict[str, str]:
    """Canonical name -> the module that has its model."""
    index: dict[str, str] = json.loads(INDEX.read_bytes()) if INDEX.exists() else {}
    homes: dict[str, str] = {}
    for module in modules():
        known, _, names = index.get(module, "").partition(" ")
        if known == checksum(module):
            homes.update(dict.fromkeys(names.split(), module))
        else:
            _import(module)
    return homes
