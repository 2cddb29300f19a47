"""How fast the linter is, beside other tools on the same public code, in one run.

    make bench                              # everything: most of an hour
    make bench ARGS='--only corpus file'    # without the other linters, and without how the time grows

Writes ``benchmarks/results.json``, of which ``make readme`` makes the tables of the README; parts that are left out
stay as they were.  A time is the least of several runs that take turns, since whatever else the machine does only
adds to it.  Ratios are of processor time, for the same reason, to what LibCST's parsing took in the same run.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import environment
import programs

RESULTS = Path(__file__).with_name("results.json")
ROUNDS, ROUNDS_SHORT = 2, 11
PYLINT_LINES = 8_000
CHANGED_LINES = range(450, 551)
CHANGED_FILES = 5
CORPUS_SIZES = (1_000, 10_000, 100_000, 1_000_000)
PROGRAM_SIZES = (1_000, 4_000, 16_000, 64_000)
NO_BUDGET = str(10**9)
PARSE = (
    "import sys, libcst\nfor path in sys.stdin.read().splitlines():\n    libcst.parse_module(open(path, 'rb').read())\n"
)
PARSE_AS_PYTHON = "import sys, ast\nfor path in sys.argv[1:]:\n    ast.parse(open(path, 'rb').read())\n"
PARSING = "libcst.parse_module"
YARDSTICK = "import libcst, click"
SMALL = """\
import tensorflow as tf


def dense(x, units):
    weights = tf.Variable(tf.random.normal([x.shape[-1], units]))
    bias = tf.Variable(tf.zeros([units]))
    return tf.nn.relu(tf.matmul(x, weights) + bias)


def main():
    x = tf.random.normal([32, 784])
    y = dense(x, 128)
    y = dense(y, 10)
    loss = tf.reduce_mean(tf.square(y))
    print("loss", loss)
    return tf.matmul(x, y, transpose_a=True)


if __name__ == "__main__":
    main()
"""


@dataclass
class Taken:
    """What a command took: seconds on the clock, seconds of processor time, megabytes of the largest process."""

    wall: float
    cpu: float
    megabytes: float

    def least(self, other: Taken) -> Taken:
        return Taken(min(self.wall, other.wall), min(self.cpu, other.cpu), max(self.megabytes, other.megabytes))


def measure(command: Sequence[object], folder: Path, given: str = "") -> Taken:
    """Run ``command`` in ``folder``; raises RuntimeError where it does not do its work."""
    with tempfile.TemporaryFile() as text, tempfile.TemporaryFile() as said:
        text.write(given.encode())
        text.seek(0)
        start = time.perf_counter()
        process = subprocess.Popen(
            [str(word) for word in command], cwd=folder, stdin=text, stdout=subprocess.DEVNULL, stderr=said
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1) and not (0 < process.returncode < 32 and "pylint" in str(command)):
            said.seek(0)
            raise RuntimeError(f"{command[:6]}: status {process.returncode}\n{said.read().decode()[-2000:]}")
    return Taken(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


class Bench:
    """The measurements of one run; ``work`` is a folder that is thrown away."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.tools, self.source = environment.tools(), environment.from_source()
        self.corpus, self.cache = work / "corpus", work / "cache"
        self.files = environment.corpus(self.corpus)
        self.listed = "\n".join(map(str, self.files))
        self.rows: dict[str, Taken] = {}
        self.results: dict[str, object] = {}

    def ours(self, *arguments: object, programs: Path | None = None) -> list[object]:
        linter = (programs or self.tools) / "tflint-gemm"
        return [linter, "--isolated", "--exit-zero", "--format", "concise", *arguments]

    def take(self, label: str, command: Sequence[object], given: str = "", scale: float = 1.0) -> None:
        taken = measure(command, self.corpus, given)
        taken = Taken(taken.wall * scale, taken.cpu * scale, taken.megabytes)
        self.rows[label] = self.rows[label].least(taken) if label in self.rows else taken
        print(f"{label:44}{taken.wall:9.2f} s {taken.cpu:9.2f} s cpu {taken.megabytes:7.0f} MB", flush=True)

    # ------------------------------------------------------------------------------------------------ the corpus

    def whole_corpus(self) -> None:
        """Everything on the whole corpus, round by round."""
        cached = ("--cache-dir", self.cache)
        measure(self.ours(*cached, "."), self.corpus)
        for _ in range(ROUNDS):
            self.take(PARSING, [self.tools / "python", "-c", PARSE], self.listed)
            self.take("cold, one process", self.ours("--no-cache", "--jobs", 1, "."))
            self.take("cold, all processors", self.ours("--no-cache", "."))
            uncompiled = self.ours("--no-cache", "--jobs", 1, ".", programs=self.source)
            self.take("cold, one process, not compiled", uncompiled)
            for _ in range(ROUNDS_SHORT // 2):
                self.take(
                    "ruff check --no-cache", [self.tools / "ruff", "check", "--isolated", "--no-cache", "-q", "."]
                )
                self.take("warm", self.ours(*cached, "."))
            with self.changed_file():
                self.take("warm, one file changed", self.ours(*cached, "."))

    def changed_file(self) -> _Changed:
        return _Changed(max(environment.importing(self.files), key=lambda file: file.stat().st_size))

    def others(self) -> None:
        """The other tools, each once: which of them is faster is not a matter of percents."""
        copy = self.work / "torch"
        environment.as_torch(self.files, self.corpus, copy)
        self.take(PARSING, [self.tools / "python", "-c", PARSE], self.listed)
        self.take("TorchFix, one process", [environment.torchfix() / "torchfix", "-j", 1, "--select", "ALL", copy])
        self.take("Fixit, all processors", [self.tools / "fixit", "lint", "."])
        self.take("flake8, one process", [self.tools / "flake8", "--isolated", "-j", 1, "."])
        self.take("flake8, all processors", [self.tools / "flake8", "--isolated", "."])
        self.take("Pyrefly", [self.tools / "pyrefly", "check", "--output-format", "min-text", "--summary=none", "."])
        chosen = environment.sample(self.files, PYLINT_LINES)
        scale = environment.lines(self.files) / environment.lines(chosen)
        self.take("pylint, one process", [self.tools / "pylint", "-j", 1, "--rcfile", os.devnull, *chosen], scale=scale)

    # ------------------------------------------------------------------------------------------------ one file

    def one_file(self) -> None:
        """What an editor or a hook waits for: a small file, and larger ones that were changed."""
        self.small_file()
        self.changed_files()

    def small_file(self) -> None:
        """Start-up: a file that takes next to no time, with nothing kept from an earlier run."""
        file = self.work / "small.py"
        file.write_text(SMALL, "utf-8")
        ours, theirs = self.beside_the_yardstick(lambda: measure(self.ours("--no-cache", file), self.work))
        ratio = ours.cpu / theirs.cpu
        print(f"{'small file, start-up included':88}{ours.cpu:7.3f} s {ratio:6.2f} times `{YARDSTICK}`", flush=True)
        self.results["small file"] = {"seconds": ours.cpu, "ratio": ratio}

    def beside_the_yardstick(self, take: Callable[[], Taken]) -> tuple[Taken, Taken]:
        """The least that ``take`` measures, and the least that the imports take, turn by turn."""
        ours = theirs = Taken(math.inf, math.inf, 0.0)
        for _ in range(ROUNDS_SHORT):
            ours = ours.least(take())
            theirs = theirs.least(measure([self.tools / "python", "-c", YARDSTICK], self.corpus))
        return ours, theirs

    def changed_files(self) -> None:
        """Files that were changed, their imported modules as they were: as it is compiled, and not."""
        sized = [file for file in environment.importing(self.files) if environment.lines([file]) in CHANGED_LINES]
        chosen = environment.sample(sized, CHANGED_FILES * 500)
        for label, linter in (("", self.tools), (", not compiled", self.source)):
            ratios, seconds = [], []
            for file in chosen:
                ours, theirs = self.beside_the_yardstick(partial(self.after_a_change, file, linter))
                ratios.append(ours.cpu / theirs.cpu)
                seconds.append(ours.cpu)
                name = file.relative_to(self.corpus)
                print(f"changed {name!s:80}{ours.cpu:7.3f} s {ratios[-1]:6.2f} times `{YARDSTICK}`{label}", flush=True)
            self.results[f"one changed file{label}"] = {
                "seconds": statistics.median(seconds),
                "ratio": statistics.median(ratios),
                "worst ratio": max(ratios),
            }

    def after_a_change(self, file: Path, programs: Path) -> Taken:
        with _Changed(file):
            return measure(self.ours("--cache-dir", self.cache, file, programs=programs), self.corpus)

    # ------------------------------------------------------------------------------------------------ how it grows

    def growth(self) -> None:
        """Seconds of processor time against lines, of public code and of generated programs; and memory.

        Beside that stands what Python's own parser takes, of which all that reads Python with it takes more.
        """
        packages = self.work / "packages"
        files = environment.corpus(packages, ())
        rest = environment.lines(files)
        sizes = [size for size in CORPUS_SIZES if size <= rest]
        samples = {size: environment.sample(files, size) for size in sizes}
        self.grow("public code", sizes, lambda size: samples[size])
        for kind in programs.KINDS:
            written = partial(self.written, kind)
            self.grow(f"generated: {kind}", PROGRAM_SIZES, written, "--max-steps", NO_BUDGET)

    def written(self, kind: str, size: int) -> list[Path]:
        file = self.work / f"{kind.replace(' ', '_')}_{size}.py"
        file.write_text(programs.program(kind, size), "utf-8")
        return [file]

    def grow(self, label: str, sizes: Sequence[int], files: Callable[[int], list[Path]], *more: str) -> None:
        empty = self.work / "empty.py"
        empty.write_text("import tensorflow as tf\nx = tf.zeros([2, 2])\n", "utf-8")
        arguments = ("--no-cache", "--jobs", 1, *more)
        start_up = min(measure(self.ours(*arguments, empty), self.work).cpu for _ in range(3))
        points = []
        for size in sizes:
            chosen = files(size)
            taken = measure(self.ours(*arguments, *chosen), self.work)
            points.append((environment.lines(chosen), max(taken.cpu - start_up, 1e-3), taken.megabytes))
            print(f"{label:32}{points[-1][0]:10} lines {points[-1][1]:9.2f} s {points[-1][2]:7.0f} MB", flush=True)
        grows = exponent([(count, cpu) for count, cpu, _ in points])
        parser = measure([self.tools / "python", "-c", PARSE_AS_PYTHON, *chosen], self.work).megabytes
        print(f"{label:32}exponent {grows:.2f}, {parser:.0f} MB taken by ast.parse", flush=True)
        self.results[label] = {"exponent": grows, "points": points, "parser": parser}


def exponent(times: Sequence[tuple[int, float]]) -> float:
    """The power of the number of lines with which the time grows, by least squares."""
    logarithms = [(math.log(count), math.log(seconds)) for count, seconds in times]
    return statistics.linear_regression([x for x, _ in logarithms], [y for _, y in logarithms]).slope


class _Changed:
    """A file with another comment in each use, and as it was afterwards."""

    count = 0

    def __init__(self, file: Path) -> None:
        self._file, self._before = file, file.read_bytes()

    def __enter__(self) -> None:
        _Changed.count += 1
        self._file.write_bytes(self._before + f"\n# change {_Changed.count}\n".encode())

    def __exit__(self, *_: object) -> None:
        self._file.write_bytes(self._before)


PARTS: dict[str, Callable[[Bench], None]] = {
    "corpus": Bench.whole_corpus,
    "file": Bench.one_file,
    "others": Bench.others,
    "growth": Bench.growth,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART", help=", ".join(PARTS))
    only = parser.parse_args().only
    environment.FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:  # not below a folder with a dot, which some tools pass over
        bench = Bench(Path(folder))
        code = {
            "files": len(bench.files),
            "lines": environment.lines(bench.files),
            "lines importing TensorFlow": environment.lines(environment.importing(bench.files)),
        }
        print(", ".join(f"{count:,} {what}" for what, count in code.items()))
        for name in only:
            PARTS[name](bench)
    results = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {"rows": {}, "parts": {}}
    results["machine"] = {"processors": len(os.sched_getaffinity(0)), "python": platform.python_version()}
    results["corpus"] = code
    for label, row in bench.rows.items():
        times = row.cpu / bench.rows[PARSING].cpu
        print(f"{label:44}{times:9.2f} times {PARSING}")
        results["rows"][label] = {**asdict(row), "times LibCST": times}
    results["parts"].update(bench.results)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
