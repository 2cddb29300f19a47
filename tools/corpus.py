"""Run the linter on public packages, print what it costs and what it knows, and compare the errors with the record.

    python tools/corpus.py                  # exit status 1: an internal error, or errors that differ from the record
    python tools/corpus.py gpflow tf-agents # only these packages
    python tools/corpus.py --update         # after every new error has been read and is true

``tools/corpus.txt`` pins the packages, ``tools/corpus_findings.txt`` is the record: every error is followed by a line
``    true: why TensorFlow raises there``.  Nothing of the packages is run.

Of each package are printed: the files and lines that concern TensorFlow; the seconds of processor time; internal errors
and files whose step budget ran out; findings; and how many expressions are a matrix product or a call of a layer, with
the share of them whose operands have, in all evaluations, a known dtype, a known rank too, and known sizes too.  A
function that no file of the package calls is evaluated with arguments that are not known; where one is called, in its
own file or another, only the evaluations in such calls count.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import subprocess
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tflint_gemm import checks, engine, stack
from tflint_gemm.config import Config, Resolver
from tflint_gemm.discovery import discover
from tflint_gemm.domain.values import Constant, Kind, Tensor, Value
from tflint_gemm.interpreter.records import Call
from tflint_gemm.ops import structures
from tflint_gemm.ops.conversion import to_tensor
from tflint_gemm.syntax import screen
from tflint_gemm.syntax.source import Source, SourceError, decode

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "corpus"
PACKAGES = Path(__file__).with_name("corpus.txt")
RECORD = Path(__file__).with_name("corpus_findings.txt")
# The same files are checked on every machine.
TARGET = ("--only-binary=:all:", "--platform=manylinux2014_x86_64", "--python-version=3.11", "--implementation=cp")
PRODUCTS = re.compile(
    r"linalg\.mat(mul|vec)|einsum|tensordot|keras\.(ops|backend)\.(matmul|dot|einsum|tensordot)|sparse\.sparse_dense_matmul"
    r"|numpy\.(dot|matmul|einsum|tensordot)|(Tensor|numpy\.ndarray)\.__r?matmul__|(compat\.v1\.)?nn\.\w*conv\w*"
    r"|(keras|compat\.v1)\.layers\.\w+\.__call__|(compat\.v1|contrib)\.layers\.[a-z]\w*"
)
OPERANDS = re.compile(r"a|b|x[12]?|y|inputs?|tensor|filters?|args\[\d+\]")
SLOWEST = 8
Place = tuple[str, int, int]
"""File, line and column."""
Levels = tuple[bool, ...]


@dataclass
class Tally:
    """What was found out about one file, or about several of them together.

    ``called`` and ``assumed``: of each product, by its place, whether its operands have a known dtype, a known rank
    too, and known sizes too, in all calls and where a function was evaluated with arguments that nobody gave it.
    """

    files: int = 0
    lines: int = 0
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)
    exhausted: int = 0
    findings: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    called: "dict[Place, Levels]" = field(default_factory=dict)
    assumed: "dict[Place, Levels]" = field(default_factory=dict)
    slow: list[tuple[float, str]] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        for name in ("files", "lines", "seconds", "failures", "exhausted", "findings", "errors", "slow"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for mine, its in ((self.called, other.called), (self.assumed, other.assumed)):
            for place, levels in its.items():
                meet(mine, place, levels)

    def products(self) -> "dict[Place, Levels]":
        """What is known of the operands of each product."""
        return {**self.assumed, **self.called}

    def heard(self, path: str, source: Source, call: Call, assumed: bool) -> None:
        """Note an evaluation of an op if it is a product; an assumed one only if it stands in the file at ``path``."""
        if PRODUCTS.fullmatch(call.api):
            place = (os.path.relpath(source.path), call.node.lineno, call.node.col_offset)
            if not assumed:
                meet(self.called, place, levels_of(operands(call)))
            elif place[0] == path:
                meet(self.assumed, place, levels_of(operands(call)))


def meet(table: "dict[Place, Levels]", place: "Place", levels: "Levels") -> None:
    """What holds in the evaluations noted before and in this one."""
    known = table.get(place)
    table[place] = levels if known is None else tuple(before and now for before, now in zip(known, levels))


# ------------------------------------------------------------------------------------------------- packages


def pinned(names: Sequence[str]) -> Iterator[str]:
    """The requirements with their hashes, all or those of the named packages."""
    for line in PACKAGES.read_text("utf-8").splitlines():
        requirement = line.partition("#")[0].strip()
        if requirement and (not names or requirement.partition("==")[0] in names):
            yield requirement


def fetch(requirement: str) -> Path:
    """The folder with the unpacked wheel of ``requirement``."""
    folder = CORPUS / requirement.split()[0].replace("==", "-")
    if folder.is_dir():
        return folder
    with tempfile.TemporaryDirectory() as wheels:
        listed = Path(wheels) / "requirements.txt"
        listed.write_text(requirement, "utf-8")
        options = ["-q", "--no-deps", "--require-hashes", *TARGET, "-d", wheels, "-r", str(listed)]
        subprocess.run([sys.executable, "-m", "pip", "download", *options], check=True)
        (wheel,) = Path(wheels).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
    return folder


# ------------------------------------------------------------------------------------------------- one file


def examine(task: tuple[str, Config]) -> Tally:
    """Check the file at a path below the corpus."""
    path, config = task
    data = Path(path).read_bytes()
    tally = Tally()
    if not screen.concerns(data):
        return tally
    start = time.process_time()
    try:
        source = decode(path, data)
        analysis = stack.with_room(partial(engine.analyse, source, config, listener=partial(tally.heard, path)))
        found = checks.run(analysis, config)
    except SourceError:
        return tally  # Python of another version
    except Exception:  # the boundary: whatever is wrong with one file, the others are still checked
        tally.failures.append(f"{path}\n{traceback.format_exc()}")
        return tally
    tally.seconds = time.process_time() - start
    tally.files, tally.lines, tally.exhausted = 1, source.text.count("\n"), int(analysis.exhausted)
    tally.slow.append((tally.seconds, path))
    shown = Path(path).relative_to(CORPUS.relative_to(ROOT)).as_posix()
    for finding in found:
        tally.findings[finding.code] += 1
        if finding.severity == "error":
            message = " ".join(finding.message.split())
            tally.errors.append(f"{shown}:{finding.span.line}: {finding.code} {message}")
    return tally


def operands(call: Call) -> list[Value]:
    """What the call multiplies: its arguments that are data, those in lists one by one, numbers as tensors."""
    given = [
        leaf
        for name, value in call.arguments.items()
        if (OPERANDS.fullmatch(name) or is_data(value)) and not is_text(value)  # as NumPy's einsum has its equation
        for leaf in structures.leaves(value)
    ]
    return [to_tensor(value) if isinstance(value, Constant) else value for value in given]


def is_text(value: Value) -> bool:
    return isinstance(value, Constant) and isinstance(value.value, str)


def is_data(value: Value) -> bool:
    return isinstance(value, Tensor) and value.kind is not Kind.PYTHON


def levels_of(values: Sequence[Value]) -> Levels:
    """Whether all dtypes are known, all ranks too, and all sizes too."""
    tensors = [value for value in values if isinstance(value, Tensor)]
    typed = bool(tensors) and len(tensors) == len(values) and all(tensor.dtype is not None for tensor in tensors)
    ranked = typed and all(tensor.shape is not None for tensor in tensors)
    return typed, ranked, ranked and all(None not in (tensor.shape or ()) for tensor in tensors)


# ------------------------------------------------------------------------------------------------- all of them


def check(folder: Path, pool: ProcessPoolExecutor) -> Tally:
    resolver = Resolver({"respect-gitignore": False, "exclude": []}, isolated=True)
    files = discover([os.path.relpath(folder)], resolver).files
    total = Tally()
    for tally in pool.map(examine, [(path, resolver.for_file(path)) for path in files], chunksize=16):
        total.add(tally)
    return total


def row(name: str, tally: Tally) -> str:
    """A line of the table."""
    products = tally.products().values()
    shares = " ".join(f"{sum(levels[i] for levels in products) / (len(products) or 1):6.1%}" for i in range(3))
    return (
        f"{name:34}{tally.files:6}{tally.lines:9,}{tally.seconds:7.0f}{len(tally.failures):7}{tally.exhausted:7}"
        f"{len(tally.errors):7}{tally.findings.total():9}{len(products):9,} {shares}"
    )


HEAD = (
    f"{'package':34}{'files':>6}{'lines':>9}{'sec':>7}{'failed':>7}{'budget':>7}{'errors':>7}{'findings':>9}"
    f"{'products':>9} {'dtype':>6} {'+rank':>6} {'+sizes':>6}"
)


def compare(found: list[str], names: Sequence[str], update: bool) -> bool:
    """Whether the errors are those of the record and each has its reason; ``update`` records them first."""
    reasons = recorded_reasons()
    if update:
        kept = [line for line in reasons if names and not of_packages(line, names)]
        lines = sorted({*kept, *found})
        RECORD.write_text("".join(f"{line}\n{reasons.get(line, '')}" for line in lines), "utf-8")
    recorded = sorted(line for line in recorded_reasons() if not names or of_packages(line, names))
    difference = list(difflib.unified_diff(recorded, sorted(found), "recorded", "now", lineterm="", n=0))
    print("\n".join(difference) or f"\n{len(found)} errors, as recorded")
    unread = [line for line in found if not reasons.get(line)]
    for line in unread:
        print(f"not read yet, or not true: {line}")
    return not difference and not unread


def of_packages(line: str, names: Sequence[str]) -> bool:
    return any(re.match(rf"{re.escape(name)}-[0-9]", line) for name in names)


def recorded_reasons() -> dict[str, str]:
    """The recorded errors, each with the indented lines below it that say why it is true."""
    reasons: dict[str, str] = {}
    last = ""
    for line in RECORD.read_text("utf-8").splitlines() if RECORD.exists() else []:
        if line.startswith(" "):
            reasons[last] += f"{line}\n"
        else:
            last = line
            reasons[last] = ""
    return reasons


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="*", help="names of packages (default: all)")
    parser.add_argument("--update", action="store_true", help="record the errors that are found now")
    parser.add_argument("--jobs", type=int, default=engine.available_processors())
    options = parser.parse_args()
    os.chdir(ROOT)
    sys.setrecursionlimit(5000)
    total = Tally()
    print(HEAD)
    with ProcessPoolExecutor(options.jobs) as pool:
        for requirement in pinned(options.packages):
            tally = check(fetch(requirement), pool)
            print(row(requirement.split()[0], tally), flush=True)
            if tally.findings:
                print("    " + ", ".join(f"{code} {count}" for code, count in sorted(tally.findings.items())))
            total.add(tally)
    print(row("all", total))
    print("slowest files:")
    for seconds, path in sorted(total.slow, reverse=True)[:SLOWEST]:
        print(f"{seconds:8.1f} s  {path}")
    print("\n".join(total.failures))
    agrees = compare(total.errors, options.packages, options.update)
    return int(bool(total.failures) or not agrees)


if __name__ == "__main__":
    sys.exit(main())
