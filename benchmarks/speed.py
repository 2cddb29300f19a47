"""How long checking takes: starting up against importing LibCST and click, checking against parsing the same files.

python benchmarks/speed.py [PATHS]    (by default the packages of ``make corpus``, else the examples)
"""

from __future__ import annotations

import ast
import gc
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import libcst

from tflint_gemm import cli, engine
from tflint_gemm.config import Resolver
from tflint_gemm.discovery import discover
from tflint_gemm.syntax import screen

ROOT = Path(__file__).parent.parent
RUNS = 11
Item = TypeVar("Item")
SMALL = "import tensorflow as tf\n\na = tf.constant([[1.0, 2.0], [3.0, 4.0]])\nb = tf.random.normal([3, 2])\n"
PROGRAMS = {
    "a file without tensors": "import os\n\nprint(os.getcwd())\n",
    "5 lines of TensorFlow": SMALL + "c = tf.matmul(a, b)\n",
    "500 lines of TensorFlow": SMALL + "".join(f"c{i} = tf.nn.relu(tf.matmul(b, a) + {i}.0)\n" for i in range(496)),
}


def start_up() -> None:
    """What a hook or an editor waits for, in processes that take turns with what they are compared with."""
    yardstick = [sys.executable, "-c", "import libcst, click"]
    with tempfile.TemporaryDirectory() as folder:
        for label, program in PROGRAMS.items():
            file = Path(folder) / "program.py"
            file.write_text(program, "utf-8")
            command = [sys.executable, "-m", "tflint_gemm", "--isolated", str(file)]
            pairs = [(_process(command), _process(yardstick)) for _ in range(RUNS)][1:]
            ratio = statistics.median(ours / theirs for ours, theirs in pairs)
            taken = statistics.median(ours for ours, _ in pairs)
            print(f"{label}: {taken:.3f} s, {ratio:.2f} times `import libcst, click`")


def _process(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    return time.perf_counter() - start


def throughput(paths: list[str]) -> None:
    """How long checking ``paths`` takes in this process."""
    resolver = Resolver({"respect-gitignore": False, "exclude": []}, isolated=True)
    files = discover(paths, resolver).files
    tasks = [engine.Task(path, resolver.for_file(path)) for path in files]
    engine.run_task(tasks[0])  # the imports are not what is measured
    for label, chosen in (
        ("with tensors", [task for task in tasks if screen.concerns(Path(task.path).read_bytes())]),
        ("without", [task for task in tasks if not screen.concerns(Path(task.path).read_bytes())]),
    ):
        texts = [Path(task.path).read_bytes() for task in chosen]
        ours = [(_seconds(engine.run_task, task), task.path) for task in chosen]
        checked, (slowest, where) = sum(taken for taken, _ in ours), max(ours, default=(0.0, ""))
        parsed = sum(_seconds(_parse, text) for text in texts)
        concrete = sum(_seconds(_parse_concrete, text) for text in texts)
        lines = sum(text.count(b"\n") for text in texts)
        print(
            f"{label}: {len(chosen)} files, {lines} lines in {checked:.2f} s: "
            f"{checked / max(parsed, 1e-9):.1f} times ast.parse, {checked / max(concrete, 1e-9):.2f} times "
            f"libcst.parse_module; the slowest {slowest:.2f} s {where}"
        )


def _parse(text: bytes) -> None:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        pass  # Python 2


def _parse_concrete(text: bytes) -> None:
    try:
        libcst.parse_module(text)
    except (libcst.ParserSyntaxError, UnicodeDecodeError):
        pass


def _seconds(work: Callable[[Item], object], item: Item) -> float:
    start = time.perf_counter()
    work(item)
    return time.perf_counter() - start


if __name__ == "__main__":
    start_up()
    gc.set_threshold(cli.OBJECTS_PER_COLLECTION)
    throughput(sys.argv[1:] or [str(ROOT / "corpus") if (ROOT / "corpus").is_dir() else str(ROOT / "examples")])
