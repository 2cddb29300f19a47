"""Generate `tflint_gemm/data/` from the TensorFlow, Keras and NumPy that are installed.

`python -m tools.generate_api` writes four files. `api.json`: every public name with its canonical name and signature.
`methods.json`: the public methods of every class, apart from what it has from a public base. `internal.json`: the
public functions as TensorFlow's and Keras's own modules (`tensorflow.python.ops.math_ops`) name them. `kernels.json`:
dtype constraints of the raw ops and the dtypes for which each device has a kernel. Kernels of the GPU are recorded only
when the wheel was built with them, so the shipped file comes from the ordinary `tensorflow` wheel.
"""

from __future__ import annotations

import argparse
import functools
import json
import logging
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .kernels import kernel_table
from .names import collect
from .tables import api_tables, internal_table

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

DATA = Path(__file__).resolve().parents[2] / "tflint_gemm" / "data"


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
