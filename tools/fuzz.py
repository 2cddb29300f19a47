"""Check made-up and mutated programs for minutes, and print how many there were and what went wrong.

    python tools/fuzz.py                            # five minutes
    python tools/fuzz.py --minutes 60 --seed 7
    python tools/fuzz.py --ways mutants --corpus    # mutants of public packages as well (make corpus fetches them)

Of each file it is asked that there is no internal error, no hang, a place for each finding, an answer to whether it
is Python that agrees with Python's, and repairs that leave Python and nothing more to repair
(``tests/fuzz/examination.py``).  The ways: ``programs`` full of TensorFlow's names (``tests/fuzz/programs.py``),
``grammar`` (Hypothesmith: any Python there is), ``mutants`` of real files, ``command`` (the command line on folders
of mutants, whose exit status must say what it prints; ``tests/fuzz/command.py``), ``computed`` (programs that run, of
which TensorFlow computes what was inferred, and raises where an error is said; ``tests/fuzz/computed.py``), and
``bytes`` (atheris, guided by coverage).  The last needs atheris, ``computed`` TensorFlow, the second hypothesmith;
without them they are left out.
What fails is kept under ``--keep``.  Exit status 1: something failed.
"""

from __future__ import annotations

import argparse
import faulthandler
import hashlib
import importlib.util
import json
import os
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:  # atheris sees only what is imported after it, so each way imports what it runs
    from tests.fuzz.examination import Fault

NEEDS = {
    "programs": None, "grammar": "hypothesmith", "mutants": None, "command": None, "computed": "tensorflow",
    "bytes": "atheris",
}  # fmt: skip
HANGS_AFTER = 120.0  # seconds without a sign of life, in native code as well
MAX_BYTES = 4096
COUNTED = (
    "checked", "parsed", "with findings", "status 0", "status 1", "status 2", "exact", "partial", "unknown", "raised",
    "found",
)  # fmt: skip
Check = Callable[[bytes], None]
"""Examines one file; raises TimeoutError when the time is over."""
Say = Callable[[], None]
"""Prints the counts."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--ways", default=",".join(NEEDS))
    parser.add_argument("--corpus", action="store_true", help="mutate the public packages of corpus/ as well")
    parser.add_argument("--keep", type=Path, default=Path(".fuzz"), help="where inputs that fail are kept")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)  # one way, in this very process
    options = parser.parse_args()
    options.keep.mkdir(parents=True, exist_ok=True)
    if options.alone:
        with _coverage() if options.ways == "bytes" else nullcontext():
            return _alone(options)
    ways = [way for way in options.ways.split(",") if _is_there(way)]
    failures = 0
    for way in ways:
        counts = _run(way, options, options.minutes / len(ways))
        failures += counts["failed"]
        print(f"{way:9}", ", ".join(f"{number:,} {kind}" for kind, number in counts.items()), flush=True)
    print(f"{failures} failures" + (f", kept in {options.keep}" if failures else ""))
    return int(failures > 0)


def _coverage() -> AbstractContextManager[object]:
    """While it is open, what is imported of the linter tells atheris which branches it takes."""
    import atheris

    instrumented: AbstractContextManager[object] = atheris.instrument_imports(include=["tflint_gemm"])
    return instrumented


def _is_there(way: str) -> bool:
    needed = NEEDS[way]
    if needed is None or importlib.util.find_spec(needed) is not None:
        return True
    print(f"{way:9} left out: pip install {needed}")
    return False


def _run(way: str, options: argparse.Namespace, minutes: float) -> Counter[str]:
    """The counts of one way, which has a process of its own: it may take its process down."""
    arguments = [
        "--alone",
        "--ways",
        way,
        "--minutes",
        str(minutes),
        "--seed",
        str(options.seed),
        "--keep",
        options.keep,
    ]
    command = [sys.executable, __file__, *map(str, arguments), *(["--corpus"] if options.corpus else [])]
    with open(options.keep / f"{way}.log", "wb") as log:  # where it was when it was killed; atheris's chatter
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=log, text=True, check=False)
    last = done.stdout.strip().splitlines()[-1:] or [""]
    print("".join(f"{line}\n" for line in done.stdout.strip().splitlines()[:-1] if line), end="")
    if not last[0].startswith("{"):
        kept = f"{options.keep / way}.current, {options.keep / way}.log"
        print(f"{way}: the process ended with status {done.returncode}: {kept}")
        return Counter(failed=1)
    return Counter(json.loads(last[0]))


def _alone(options: argparse.Namespace) -> int:
    """One way until the time is over; the counts are the last line of the output."""
    from tests.fuzz.command import examine_command
    from tests.fuzz.examination import Fault, examine

    counts: Counter[str] = Counter(checked=0, failed=0)
    deadline = time.monotonic() + options.minutes * 60
    current, seen = options.keep / f"{options.ways}.current", set[str]()

    def look(data: bytes) -> Counter[str]:
        if options.ways == "command":  # what it runs on are files, made from a seed
            return examine_command(random.Random(data.decode()), corpus=options.corpus)
        if options.ways == "computed":
            from tests.fuzz.computed import examine_computed

            return examine_computed(data.decode())
        return examine(data)

    def say() -> None:
        faulthandler.cancel_dump_traceback_later()
        current.unlink(missing_ok=True)
        print("\n" + json.dumps(counts), flush=True)

    def check(data: bytes) -> None:
        current.write_bytes(data)
        faulthandler.dump_traceback_later(HANGS_AFTER, exit=True)
        try:
            found = look(data)
            counts.update({kind: found[kind] for kind in COUNTED if found[kind]})
        except Fault as fault:
            counts["failed"] += 1
            _keep(fault, options.keep, seen)
        if time.monotonic() > deadline:
            raise TimeoutError

    try:
        WAYS[options.ways](options, check, say)
    except TimeoutError:
        pass
    say()
    return 0


def _keep(fault: Fault, folder: Path, seen: set[str]) -> None:
    """Write the input down and say what happened, once for each kind of fault."""
    name = hashlib.sha1(fault.data).hexdigest()[:12]
    kind = re.sub(r"\d+|'[^']*'", "_", " ".join(fault.what.strip().splitlines()[-3:])[-300:])
    if kind not in seen:
        seen.add(kind)
        (folder / f"{name}.py").write_bytes(fault.data)
        print(f"{folder / name}.py: {fault.what.splitlines()[0][:150]}\n    {kind}", flush=True)


def _programs(options: argparse.Namespace, check: Check, _say: Say) -> None:
    from tests.fuzz.programs import Writer

    for seed in _seeds(options):
        check(Writer(random.Random(seed)).program().encode())


def _mutants(options: argparse.Namespace, check: Check, _say: Say) -> None:
    from tests.fuzz import mutation

    for seed in _seeds(options):
        check(mutation.mutated(random.Random(seed), corpus=options.corpus))


def _computed(options: argparse.Namespace, check: Check, _say: Say) -> None:
    for seed in _seeds(options):
        check(seed.encode())


def _command(options: argparse.Namespace, check: Check, _say: Say) -> None:
    for seed in _seeds(options):
        check(seed.encode())


def _seeds(options: argparse.Namespace) -> Iterator[str]:
    number = 0
    while True:
        yield f"{options.seed}.{number}"
        number += 1


def _grammar(options: argparse.Namespace, check: Check, _say: Say) -> None:
    import hypothesmith
    from hypothesis import HealthCheck, Phase, given, seed, settings

    from tests.fuzz.programs import HEAD

    number = options.seed
    while True:
        number += 1

        @seed(number)
        @settings(max_examples=200, deadline=None, database=None, phases=[Phase.generate],
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(hypothesmith.from_node() if number % 2 else hypothesmith.from_grammar())
        def one(text: str) -> None:
            check(f"{HEAD}{text}".encode("utf-8", "surrogatepass"))

        one()


def _bytes(options: argparse.Namespace, check: Check, say: Say) -> None:
    import atheris

    from tests.fuzz import mutation
    from tests.fuzz.programs import HEAD

    starts = options.keep / "bytes"
    starts.mkdir(exist_ok=True)
    for number, text in enumerate(mutation.seeds()):
        if len(text) < MAX_BYTES:
            (starts / f"{number}.py").write_text(text, "utf-8")

    def one(data: bytes) -> None:
        try:
            check(data if b"tensorflow" in data else HEAD.encode() + data)
        except TimeoutError:  # libFuzzer never comes back, and takes an exception for a crash
            say()
            os._exit(0)

    seconds = int(options.minutes * 60)
    flags = [f"-max_total_time={seconds}", f"-max_len={MAX_BYTES}", f"-seed={options.seed + 1}", "-print_final_stats=0",
             f"-artifact_prefix={options.keep}/", "-verbosity=0"]  # fmt: skip
    atheris.Setup([sys.argv[0], *flags, str(starts)], one)
    atheris.Fuzz()


WAYS: dict[str, Callable[[argparse.Namespace, Check, Say], None]] = {
    "programs": _programs, "grammar": _grammar, "mutants": _mutants, "command": _command, "computed": _computed,
    "bytes": _bytes,
}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
