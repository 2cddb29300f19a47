"""The peaks that ``tflint-gemm memory`` predicts beside those that the programs have: ``make memory``.

    make memory                                 # every program of benchmarks/memory
    make memory ARGS='--only attention casts'
    make memory ARGS='--only attention --lines' # line by line, to find out what a ratio comes from

Each program runs in a process of its own under the installed TensorFlow.  Measured is the memory that the process has
at its peak, beyond what it had when everything was imported; TensorFlow's pool, which keeps what is freed and rounds
up what is asked for, is off for that, and on, as it is by default, for the last column.  Writes
``benchmarks/memory_results.json``, of which ``make readme`` makes the table of the README; programs that are left out
stay as they were.  The exit status is 1 where a ratio is out of bounds.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

PROGRAMS = Path(__file__).with_name("memory")
RESULTS = Path(__file__).with_name("memory_results.json")
METER = Path(__file__).with_name("measure_memory.py")
STRAIGHT, TRAINING = (0.8, 1.25), (0.5, 2.0)
TIME_LIMIT = 600
MIB = 1 << 20
NO_POOL = {"TF_ONEDNN_USE_SYSTEM_ALLOCATOR": "1"}
# Freed memory goes back at once, and so do arrays: what is measured is what is alive.
ALLOCATOR = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": str(MIB)}


@dataclass(frozen=True)
class Row:
    """What was predicted and measured of a program, in bytes; ``predicted`` is None where a size stayed unknown."""

    program: str
    predicted: int | None
    measured: int
    pooled: int

    @property
    def ratio(self) -> float:
        return (self.predicted or 0) / self.measured

    @property
    def bounds(self) -> tuple[float, float]:
        return TRAINING if self.program.startswith("training") else STRAIGHT

    @property
    def is_within(self) -> bool:
        return self.bounds[0] <= self.ratio <= self.bounds[1]

    def __str__(self) -> str:
        predicted = "?" if self.predicted is None else f"{self.predicted / MIB:.1f}"
        low, high = self.bounds
        verdict = "" if self.is_within else f"   not within {low} to {high}"
        measured = f"{self.measured / MIB:10.1f}{self.ratio:8.2f}{self.pooled / MIB:11.1f}"
        return f"{self.program:26}{predicted:>11}{measured}{verdict}"


def predicted(program: Path) -> tuple[int | None, dict[int, int]]:
    """The peak of the whole module, and the most that is alive at each line, in bytes; raises RuntimeError."""
    command = [sys.executable, "-m", "tflint_gemm", "memory", "--isolated", "--format", "json", str(program)]
    [plan] = [row for row in json.loads(_run(command, {})) if row["function"] == "<module>"]
    lines: dict[int, int] = {}
    for moment in plan["moments"]:
        if isinstance(moment["bytes"], int):
            lines[moment["line"]] = max(lines.get(moment["line"], 0), moment["bytes"])
    peak = plan["peak"]["bytes"] if plan["peak"] else 0
    return peak if isinstance(peak, int) else None, lines


def measured(program: Path, pool: bool = False) -> dict[int, int]:
    """The most memory that the process has at each line, in bytes; raises RuntimeError where it fails."""
    said = _run([sys.executable, str(METER), str(program)], ALLOCATOR if pool else {**ALLOCATOR, **NO_POOL})
    return {int(line): nbytes for line, nbytes in json.loads(said.splitlines()[-1]).items()}


def _tensorflow() -> str:
    return _run([sys.executable, "-c", "import tensorflow as tf; print(tf.__version__)"], {}).split()[-1]


def _run(command: list[str], variables: Mapping[str, str]) -> str:
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", **variables}
    environment.pop("TF_ENABLE_ONEDNN_OPTS", None)  # other kernels take other workspaces
    done = subprocess.run(
        command, cwd=PROGRAMS.parent.parent, env=environment, capture_output=True, text=True, timeout=TIME_LIMIT
    )
    if done.returncode:
        raise RuntimeError(f"{command[1:]}: status {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout


def compare(program: Path) -> Row:
    """Predict, and measure twice."""
    return Row(
        program.stem,
        predicted(program)[0],
        max(measured(program).values()),
        max(measured(program, pool=True).values()),
    )


def show_lines(program: Path) -> None:
    """What is predicted and measured at each line."""
    plan, real = predicted(program)[1], measured(program)
    for number, text in enumerate(program.read_text("utf-8").splitlines(), 1):
        if number in plan or number in real:
            figures = f"{plan.get(number, 0) / MIB:10.1f}{real.get(number, 0) / MIB:10.1f}"
            print(f"{number:4}{figures}  {text}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", metavar="PROGRAM")
    parser.add_argument("--lines", action="store_true", help="compare line by line")
    arguments = parser.parse_args()
    programs = [path for path in sorted(PROGRAMS.glob("*.py")) if path.stem in (arguments.only or {path.stem})]
    if arguments.lines:
        for program in programs:
            show_lines(program)
        return 0
    print(f"{'MiB':26}{'predicted':>11}{'measured':>10}{'ratio':>8}{'with pool':>11}")
    rows = []
    for program in programs:
        rows.append(compare(program))
        print(rows[-1], flush=True)
    known = json.loads(RESULTS.read_text("utf-8"))["rows"] if arguments.only and RESULTS.exists() else []
    found = {row["program"]: row for row in (*known, *map(asdict, rows))}
    versions = {"tensorflow": _tensorflow(), "python": platform.python_version()}
    results = {**versions, "rows": [found[name] for name in sorted(found)]}
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    return int(not all(row.is_within for row in rows))


if __name__ == "__main__":
    sys.exit(main())
