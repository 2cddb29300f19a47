"""Whatever a program is, its analysis ends within its steps and so much memory, and says if it did not finish."""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from tests.adversarial.programs import HEAD, PROGRAMS, Program
from tflint_gemm import rules
from tflint_gemm.config import Config
from tflint_gemm.engine import Task, check_source, infer, plans, run_task
from tflint_gemm.syntax import limits
from tflint_gemm.syntax.source import Source

SECONDS = 300  # a hang, on the slowest machine
STACK = 64  # megabytes that deep recursion may take besides


def _measure(program: Program, answer: Connection) -> None:
    """The failure, the codes of the findings, and the megabytes that it took at most, to ``answer``."""
    before = _resident()
    report = run_task(Task("a.py", Config(max_steps=program.steps), data=program.text.encode()))
    codes = Counter(finding.code for finding in report.findings)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1 << 20 if sys.platform == "darwin" else 1 << 10)
    answer.send((report.traceback or report.failure, codes, peak - before))


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() >> 20


def _in_a_process(work: Callable[[Program, Connection], None], program: Program) -> Any:
    """What ``work`` sends, from a process of its own."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=work, args=(program, theirs))
    process.start()
    theirs.close()
    try:
        assert ours.poll(SECONDS), "it hangs"
        return ours.recv()
    finally:
        process.kill()
        process.join()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is measured as Linux tells it")
@pytest.mark.parametrize("name", PROGRAMS)
def test_it_ends_within_its_bounds(name: str) -> None:
    program = PROGRAMS[name]
    failure, codes, megabytes = _in_a_process(_measure, program)
    assert failure is None, failure
    assert codes["TFG000"] == 0, "Python can parse it"
    assert (codes[rules.INCOMPLETE] == 0) == program.ends, f"more than {program.steps} steps, or fewer"
    assert megabytes <= program.megabytes + STACK


def _infer_and_plan(program: Program, answer: Connection) -> None:
    """Whether there are facts and memory plans, to ``answer``; or what was raised."""
    data, config = program.text.encode(), Config(max_steps=program.steps)
    try:
        answer.send((infer("a.py", config, data) is not None, plans("a.py", config, data) is not None))
    except Exception:
        answer.send(traceback.format_exc()[-3000:])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="what runs is not pickled")
@pytest.mark.parametrize("name", PROGRAMS)
def test_it_has_facts_and_memory_plans(name: str) -> None:
    assert _in_a_process(_infer_and_plan, PROGRAMS[name]) == (True, True)


def _check(text: str, **settings: int) -> list[str]:
    source, config = Source("a.py", HEAD + text), Config(**settings)  # type: ignore[arg-type]
    report = run_task(Task("a.py", config, data=source.text.encode()))
    assert report.failure is None, report.traceback
    return [f"{finding.span.line}: {finding.code}" for finding in report.findings]


FAULT = "tf.matmul(tf.ones([2, 3]), tf.ones([2, 3]))\n"


def test_what_was_found_before_the_budget_ended_stands() -> None:
    text = FAULT + "for a in range(20):\n  for b in range(20):\n    tf.ones([a])\n" + FAULT
    assert _check(text) == ["3: TFG201", "7: TFG201"]
    assert _check(text, max_steps=500) == ["3: TFG201", "6: TFG002"]


def test_an_unused_suppression_is_not_reported_where_the_analysis_did_not_get() -> None:
    text = "for a in range(20):\n  tf.ones([a])\nx = 1  # noqa: TFG201\n"
    assert _check(text) == ["5: TFG001"]
    assert _check(text, max_steps=50) == ["4: TFG002"]


def test_a_budget_that_ends_in_a_function_is_reported_at_the_statement_there() -> None:
    text = "def f(x):\n  for a in range(20):\n    x = x + a\n  return x\nfor b in range(20):\n  f(b)\n"
    assert _check(text, max_steps=300) == ["5: TFG002"]


def test_a_fault_behind_deep_nesting_is_found() -> None:
    for deep in ("x = " + "-" * 2000 + "1\n", "x = " + " + ".join(["tf.ones([2])"] * 2000) + "\n"):
        assert _check(deep + FAULT) == ["4: TFG201"]


def test_what_is_nested_deeper_than_every_python_can_parse_is_a_remark() -> None:
    for text in (
        "x = " + "1 + " * 20_000 + "1\n",
        "x = a" + ".b" * 5000 + "\n",
        "if a:\n  b\n" + "elif a:\n  b\n" * 5000,
    ):
        assert _check(text + FAULT) == ["1: TFG002"]
    level = limits.MAX_DEPTH - 10
    assert _check("x = " + "-" * level + "1\n" + FAULT) == ["4: TFG201"]


def test_what_takes_the_parser_too_long_is_a_remark() -> None:
    """Before 3.12 Python takes the square of the number of fields in an f-string, and much memory for long numbers."""
    for text in (
        "f'" + "{x}" * 200_000 + "'\n",
        'x = f"""' + "{x}\n" * 30_000 + '"""\n',
        "x = 0x" + "f" * 300_000 + "\n",
    ):
        assert _check(text) == ["1: TFG002"]
    assert _check("x = " + repr([{"f": "f"}] * 30_000) + "\n" + FAULT, max_steps=200_000) == ["4: TFG201"]


@pytest.mark.parametrize("line", ["x = 1  # noqa: TFG101\n", "x = 1  # tflint-gemm: ignore[TFG101]\n"])
def test_many_suppressions_take_no_more_than_their_number(line: str) -> None:
    text = HEAD + line * 20_000
    started = time.process_time()
    report = run_task(Task("a.py", Config(), data=text.encode(), fix="safe"))
    assert time.process_time() - started < 60  # the square of their number would be ten minutes
    assert report.fixed["TFG001"] == 20_000
    assert report.new_content == (HEAD + "x = 1\n" * 20_000).encode()


def test_a_comment_of_many_suppressions() -> None:
    codes = ",".join(f"TFG{number}" for number in range(1000, 60_000))
    assert _check(FAULT[:-1] + f"  # noqa: {codes}\n") == ["3: TFG201", "3: TFG001"]
    assert _check(FAULT[:-1] + "  # noqa: TFG201" * 20_000 + "\n") == []


def test_a_file_of_more_than_is_analysed_is_a_remark() -> None:
    assert _check("# " + "x" * limits.MAX_BYTES) == ["1: TFG002"]
    assert _check("x = [" + "1," * limits.MAX_ITEMS + "]\n") == ["1: TFG002"]
    assert _check("'''" + "text, of which nothing is parsed\n" * 1000 + "'''\n" + FAULT) == [f"{1003 + 1}: TFG201"]


def test_deep_nesting_is_followed_wherever_the_caller_stands() -> None:
    source = Source("a.py", HEAD + "x = " + "-" * 200 + "1\n" + FAULT)

    def deeper(levels: int) -> list[str]:
        if levels:
            return deeper(levels - 1)
        report = run_task(Task("a.py", Config(), data=source.text.encode()))
        return [finding.code for finding in report.findings]

    assert deeper(sys.getrecursionlimit() - 300) == [finding.code for finding in check_source(source, Config())]
