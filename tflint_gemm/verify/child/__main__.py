"""Starts the child side: ``python -I child/ serve|once FOLDER [folder of packages...]``."""

from __future__ import annotations

import importlib.util
import os
import sys

NAME = "tflint_sandbox"


def package(folder: str) -> None:
    """Makes this folder importable as a package of its own: the project's interpreter need not have ours installed."""
    spec = importlib.util.spec_from_file_location(NAME, os.path.join(folder, "__init__.py"))
    assert spec is not None
    sys.modules[NAME] = importlib.util.module_from_spec(spec)


if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder) != here]
    package(here)
    importlib.import_module(f"{NAME}.serve").main(sys.argv[1], sys.argv[2], sys.argv[3:])
