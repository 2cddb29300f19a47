"""How long checking takes, as a multiple of what Python itself takes to parse the same files.

python benchmarks/speed.py [PATHS]    (by default the packages of ``make corpus``, else the examples)
"""

from __future__ import annotations

import ast
import sys
import time
from pathlib import Path

from tflint_gemm import engine
from tflint_gemm.config import Resolver
from tflint_gemm.discovery import discover
from tflint_gemm.syntax import screen

ROOT = Path(__file__).parent.parent


def main(paths: list[str]) -> None:
    resolver = Resolver({"respect-gitignore": False, "exclude": []}, isolated=True)
    files = discover(paths, resolver).files
    tasks = [engine.Task(path, resolver.for_file(path)) for path in files]
    engine.run_task(tasks[0])  # the imports are not what is measured
    for label, chosen in (
        ("with tensors", [task for task in tasks if screen.concerns(Path(task.path).read_bytes())]),
        ("without", [task for task in tasks if not screen.concerns(Path(task.path).read_bytes())]),
    ):
        texts = [Path(task.path).read_bytes() for task in chosen]
        start = time.perf_counter()
        for text in texts:
            ast.parse(text)
        parsed = time.perf_counter()
        slowest = max(((_seconds(task), task.path) for task in chosen), default=(0.0, ""))
        checked = time.perf_counter() - parsed
        lines = sum(text.count(b"\n") for text in texts)
        print(
            f"{label}: {len(chosen)} files, {lines} lines: parsing {parsed - start:.2f} s, checking {checked:.2f} s "
            f"({checked / max(parsed - start, 1e-9):.1f} times); the slowest {slowest[0]:.2f} s {slowest[1]}"
        )


def _seconds(task: engine.Task) -> float:
    start = time.perf_counter()
    engine.run_task(task)
    return time.perf_counter() - start


if __name__ == "__main__":
    main(sys.argv[1:] or [str(ROOT / "corpus") if (ROOT / "corpus").is_dir() else str(ROOT / "examples")])
