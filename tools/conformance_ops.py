"""Compare the op models with the installed TensorFlow, NumPy and Keras on made-up calls, and print what differs.

    python tools/conformance_ops.py --op numpy.dot --cases 100
"""

from __future__ import annotations

import argparse
import fnmatch
import importlib
import importlib.util
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.conformance import operators, survey  # noqa: E402
from tflint_gemm import ops  # noqa: E402
from tflint_gemm.ops.registry import MODELS  # noqa: E402


def load() -> None:
    """Import the families that are there."""
    for family in ops.FAMILIES:
        if importlib.util.find_spec(f"tflint_gemm.ops.{family}") is not None:
            importlib.import_module(f"tflint_gemm.ops.{family}")


def main() -> int:
    """Print one line per op and every contradiction; the exit status says whether there was one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--op", action="append", default=[], help="canonical name or pattern (numpy.*); may be repeated")
    parser.add_argument("--cases", type=int, default=200, help="cases per op")
    parser.add_argument("--show", type=int, default=3, help="contradictions to print per op")
    parser.add_argument("--missed", action="store_true", help="also print calls that raise where the model is silent")
    parser.add_argument("--brief", action="store_true", help="print only the table")
    arguments = parser.parse_args()
    load()
    models = {**MODELS, **operators.models()}
    names = [name for name in sorted(models) if not arguments.op or any(fnmatch.fnmatch(name, p) for p in arguments.op)]
    if not names:
        parser.error(f"no model is called {', '.join(arguments.op)}")
    print(survey.HEADER)
    failed = 0
    for name in names:
        row = survey.survey(models[name], arguments.cases)
        print(row.line(), flush=True)
        failed += bool(row.contradictions)
        if not arguments.brief:
            row.explain(arguments.show, arguments.missed)
    print(f"{len(names)} ops, {failed} with contradictions")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
