"""What is inferred of made-up programs that run, beside what TensorFlow computes in them."""

from __future__ import annotations

import ast
import contextlib
import io
import random
import signal
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import tensorflow as tf

from tests.agreement import comparison, recording
from tests.fuzz.examination import Fault
from tests.fuzz.running import HEAD, Writer, is_python
from tflint_gemm import checks
from tflint_gemm.config import Config
from tflint_gemm.interpreter import analyse
from tflint_gemm.interpreter.records import Analysis, ViolationRecord
from tflint_gemm.syntax.source import Source, parse
from tflint_gemm.verify.claims import OF_THE_GRAPH

NAME = "computed.py"
SECONDS = 2.0  # for a statement, and three times as much for a program
PROGRAM_SECONDS = 60.0  # with all attempts at writing it; what a signal cannot end is ended with its process
MAX_ELEMENTS = 20_000
MAX_INTEGER = 10**6
ATTEMPTS, REPAIRS = 300, 8
DATA = (np.ndarray, np.generic, tf.Tensor, tf.Variable, list, tuple, dict, int, float)
TO_BE_FOUND = (ValueError, IndexError, TypeError, tf.errors.InvalidArgumentError)
LOOPS = (ast.For, ast.While, ast.ListComp, ast.DictComp, ast.GeneratorExp)
_AFTERWARDS = {"TFG216"}
"""Codes of what happens to the value of an expression that itself comes to its end."""


def examine_computed(seed: str) -> Counter[str]:
    """How many facts of the program made from ``seed`` agree, how many its errors are; raises Fault.

    It is a fault if a fact is wrong, or if an error is said of an expression that TensorFlow evaluates each time.  The
    program runs in a process of its own; nothing is counted where that cannot stand it, or takes ``PROGRAM_SECONDS``.
    """
    try:
        counts, fault = recording.alone(_examined, seed, seconds=PROGRAM_SECONDS)
    except recording.ProcessEndedError:
        return Counter()
    if fault is not None:
        raise Fault(*fault)
    assert isinstance(counts, Counter)
    return counts


def _examined(seed: str) -> tuple[Counter[str], tuple[str, bytes] | None]:
    warnings.simplefilter("ignore")
    tf.get_logger().setLevel("ERROR")
    text = _program(random.Random(seed))
    try:
        return (Counter() if text is None else compared(text)), None
    except Fault as fault:
        return Counter(), (fault.what, fault.data)


def compared(text: str) -> Counter[str]:
    """``examine_computed`` of a program that is given, in this process."""
    error = _failure(text, {"__name__": "__main__"}, 3 * SECONDS)
    with _limited(3 * SECONDS):
        recorded, late = recording.execute(text, "<recorded>")
    if isinstance(error, TimeoutError) or isinstance(late, TimeoutError):
        return Counter()
    source = Source(NAME, text)
    analysis = analyse(source, parse(source), record_facts=True)
    verdicts = comparison.compared(NAME, analysis, recorded)
    wrong = [f"line {difference.line}: {difference.text}" for verdict, difference in verdicts if verdict == "WRONG"]
    found = _errors(analysis)
    raised = _lines(error)
    for line, message, record in found:
        if line not in raised and record is not None and _always_succeeded(record, recorded, analysis.tree):
            wrong.append(f"line {line}: {message}")
    if wrong:
        raise Fault("\n".join(wrong), text.encode())
    counts = Counter(verdict for verdict, _ in verdicts)
    counts.update(checked=1)
    if isinstance(error, TO_BE_FOUND):
        counts.update(raised=1, found=int(any(line in raised for line, _, _ in found)))
    return counts


def _errors(analysis: Analysis) -> list[tuple[int, str, ViolationRecord | None]]:
    """Where errors are reported, what they say, and of which evaluation."""
    records = {analysis.source.span(record.call.node): record for record in analysis.violations}
    findings = checks.run(analysis, Config())
    return [
        (one.span.line, f"{one.code} {one.message}", None if one.code in _AFTERWARDS else records.get(one.span))
        for one in findings
        if one.severity == "error"
    ]


def _always_succeeded(record: ViolationRecord, recorded: recording.Recording, tree: ast.AST) -> bool:
    """Whether the evaluation that is said to raise, and the calls that lead there, always came to their ends."""
    way = (record.call.node, *record.call.stack)
    if record.call.api in OF_THE_GRAPH or not isinstance(record.call.node, ast.expr) or _is_repeated(way, tree):
        return False
    numbers = {recording.place(node): number for number, node in enumerate(recorded.nodes)}
    times = recorded.completed
    for node in way:
        number = numbers.get(recording.place(node)) if isinstance(node, ast.expr) else None
        if number is None or not times[number]:
            return False
        first = numbers.get(recording.place(part)) if (part := _evaluated_first(recorded.nodes[number])) else None
        if first is not None and times[first] != times[number]:
            return False
    return True


def _is_repeated(way: Sequence[ast.AST], tree: ast.AST) -> bool:
    """Whether a loop of the program leads there: another round, which did not come about, may be the one that fails."""
    loops = [node for node in ast.walk(tree) if isinstance(node, LOOPS)]
    spans = [(loop.lineno, loop.end_lineno or loop.lineno) for loop in loops]
    return any(first <= getattr(node, "lineno", 0) <= last for node in way for first, last in spans)


def _evaluated_first(node: ast.expr) -> ast.expr | None:
    """A part of an expression that is evaluated as often as the expression is begun."""
    if isinstance(node, ast.Call):
        return node.func
    return next((part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)), None)


# ------------------------------------------------------------------------------------------------- making programs


def _program(chance: random.Random) -> str | None:
    """A program that runs, or one that runs up to its last statement; None where none came about."""
    parts, fails = _tried(chance)
    for _ in range(REPAIRS):  # what was tried and failed may have changed what the rest was tried on
        text = "".join(parts)
        lines = _lines(_failure(text, {"__name__": "__main__"}, 3 * SECONDS))
        if not lines:
            return text
        ends = [sum(part.count("\n") for part in parts[: place + 1]) for place in range(len(parts))]
        place = next(place for place, end in enumerate(ends) if lines[0] <= end)
        if fails and place == len(parts) - 1:
            return text
        del parts[place]
    return None


def _tried(chance: random.Random) -> tuple[list[str], bool]:
    """Statements that ran one after the other, and whether the last one failed instead."""
    space: dict[str, Any] = {"__name__": "__main__"}
    _failure(HEAD, space, SECONDS)
    writer = Writer(
        chance, lambda: [name for name, value in space.items() if name[0] == "v" and isinstance(value, DATA)]
    )
    parts, wanted, may_fail = [HEAD], chance.randint(4, 20), chance.random() < 0.35
    for _ in range(ATTEMPTS):
        if len(parts) > wanted:
            break
        functions, classes, before = list(writer.functions), list(writer.classes), dict(space)
        text = f"{writer.statement(chance.randint(1, 2))}\n"
        if not is_python(text):
            continue
        error = _failure(text, space, SECONDS)
        if error is None and not any(map(_is_excessive, space.values())):
            parts.append(text)
            continue
        writer.functions, writer.classes = functions, classes
        space.clear()
        space.update(before)
        if may_fail and len(parts) > 3 and isinstance(error, TO_BE_FOUND) and chance.random() < 0.3:
            return [*parts, text], True
    return parts, False


def _failure(text: str, space: dict[str, Any], seconds: float) -> BaseException | None:
    """What running ``text`` raises."""
    code = recording.findable(text, NAME)
    np.random.seed(1)
    tf.random.set_seed(1)
    try:
        with _limited(seconds), contextlib.redirect_stdout(io.StringIO()):
            exec(code, space)
    except (Exception, SystemExit) as error:
        return error
    return None


def _lines(error: BaseException | None) -> list[int]:
    """The lines of the program through which an error came, outermost first."""
    frames = traceback.extract_tb(error.__traceback__) if error is not None else ()
    return [frame.lineno for frame in frames if frame.filename == NAME and frame.lineno is not None]


def _is_excessive(value: object, depth: int = 0) -> bool:
    """Whether a value is huge, or empty: of lists that may be empty it is taken that they are not."""
    if isinstance(value, (np.ndarray, tf.Tensor, tf.Variable)):
        return not 0 < int(np.size(value)) <= MAX_ELEMENTS
    if isinstance(value, (list, tuple, dict)):
        items = list(value.values()) if isinstance(value, dict) else value
        return not 0 < len(items) <= MAX_ELEMENTS or (depth < 3 and any(_is_excessive(one, depth + 1) for one in items))
    return type(value) is int and abs(value) > MAX_INTEGER


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Raise TimeoutError where the block takes longer."""

    def late(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
