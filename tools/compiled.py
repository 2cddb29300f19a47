"""Run tests on the linter as mypyc compiles it, where they otherwise run on its source.

    make compiled                                   # the tests of what is compiled; five minutes to build it first
    make compiled ARGS='tests/bugs -k linear'       # others

The package is compiled in a folder that is thrown away (``hatch_build.py``), and so are the tests run.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parent.parent
TESTED = [
    "tests/adversarial",
    "tests/bugs",
    "tests/checks",
    "tests/fixes",
    "tests/interpreter",
    "tests/memory",
    "tests/rules",
    "tests/syntax",
    "tests/test_determinism.py",
]
TAKEN = ("tests", "tools", "rules", "examples", "docs", "benchmarks", "README.md", "pyproject.toml", "hatch_build.py")
_IS_COMPILED = "from tflint_gemm.interpreter import machine; assert machine.__file__.endswith(('.so', '.pyd'))"


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build().compile_into(ROOT, folder)
        for part in TAKEN:
            copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
            copy(ROOT / part, folder / part)
        environment = {**os.environ, "PYTHONPATH": name}
        subprocess.run([sys.executable, "-c", _IS_COMPILED], cwd=folder, env=environment, check=True)
        tests = [sys.executable, "-m", "pytest", "-q", "-n", "auto", *(sys.argv[1:] or TESTED)]
        return subprocess.run(tests, cwd=folder, env=environment, check=False).returncode


def build() -> ModuleType:
    """``hatch_build.py``, which lies outside of any package."""
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    sys.exit(main())
