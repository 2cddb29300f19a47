"""``python -m tflint_gemm``."""

import os
import sys

# ``python -m`` puts the working directory first, and a ``json.py`` that lies there in the place of Python's own.
# Nothing of a project that is checked may run, here or in the processes that are started.
if sys.path and sys.path[0] in ("", os.getcwd()):
    del sys.path[0]
os.environ.setdefault("PYTHONSAFEPATH", "1")

from tflint_gemm.cli import main

main(prog_name="tflint-gemm")
