"""What must hold of any file whatever."""

from __future__ import annotations

import ast
import io
import signal
import tokenize
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from tflint_gemm import report as reports
from tflint_gemm.config import Config
from tflint_gemm.engine import Task, run_task
from tflint_gemm.results import FileReport
from tflint_gemm.syntax import screen

PATH = "fuzzed.py"
STEPS = 20_000
SECONDS = 60.0  # for so many steps: a hundred times what they take


class Fault(AssertionError):
    """Something that must not happen, with the input that makes it happen."""

    def __init__(self, what: str, data: bytes) -> None:
        super().__init__(f"{what}\n--- input ---\n{data.decode('utf-8', 'backslashreplace')}")
        self.what, self.data = what, data


def examine(data: bytes) -> Counter[str]:
    """What came of checking ``data``, of rendering that, and of repairing it, by kind; raises Fault."""
    with watched(data):
        found = _checked(data, "none")
        for form in reports.FORMATS:
            reports.render([found], form)
        codes = Counter(finding.code for finding in found.findings)
        if parses(data) and codes["TFG000"]:
            raise Fault(f"Python can parse it: {found.findings[0].message}", data)
        if not parses(data) and screen.concerns(data) and not (codes["TFG000"] or codes["TFG002"] or _is_old(data)):
            raise Fault("Python cannot parse it, and nothing is said", data)
        _repaired(data)
    kinds = Counter({"checked": 1, "parsed": int(parses(data)), "with findings": int(bool(codes))})
    kinds.update(codes)
    return kinds


def _checked(data: bytes, fix: str) -> FileReport:
    found = run_task(Task(PATH, Config(max_steps=STEPS), fix=fix, data=data))  # type: ignore[arg-type]
    if found.failure is not None:
        raise Fault(f"{found.failure}\n{found.traceback}", data)
    lines = data.count(b"\n") + data.count(b"\r") + 1
    for finding in found.findings:
        span = finding.span
        if not (1 <= span.line <= span.end_line <= lines and span.column >= 1 and span.end_column >= 1):
            raise Fault(f"no such place: {finding}", data)
    return found


def _repaired(data: bytes) -> None:
    """What is repaired can still be parsed, and has nothing left to repair."""
    first = _checked(data, "safe").new_content
    if first is None:
        return
    if parses(data) and not parses(first):
        raise Fault(f"repaired to what is no Python:\n{first.decode('utf-8', 'backslashreplace')}", data)
    again = _checked(first, "safe").new_content
    if again not in (None, first):
        raise Fault("repairing it twice is not repairing it once", data)


def parses(data: bytes) -> bool:
    """Whether Python can parse it."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(data.decode(encoding))
    except (SyntaxError, ValueError, LookupError, RecursionError, MemoryError):
        return False
    return True


def _is_old(data: bytes) -> bool:
    """Whether it is read as a program of Python 2."""
    from tflint_gemm.syntax import python2

    return python2.modernized(data.decode("utf-8", "replace")) is not None


@contextmanager
def watched(data: bytes) -> Iterator[None]:
    """Raise Fault where the block takes far longer than so few steps can."""

    def late(_signal: int, frame: FrameType | None) -> None:
        where = (
            "" if frame is None else f" in {frame.f_code.co_qualname}" if hasattr(frame.f_code, "co_qualname") else ""
        )
        raise Fault(f"it takes more than {SECONDS:g} seconds{where}", data)

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
