"""Which modules a run of the command imports."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def modules_of(arguments: Sequence[str], folder: Path = ROOT) -> set[str]:
    """The modules that are loaded at the end of ``tflint-gemm ARGUMENTS`` in ``folder``."""
    code = (
        "import sys, atexit\n"
        "from tflint_gemm.cli import main\n"
        "atexit.register(lambda: print(*sys.modules))\n"
        f"main({list(arguments)!r})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    return set(done.stdout.splitlines()[-1].split())
