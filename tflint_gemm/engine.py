"""From paths to reports: one file at a time, as a pure function, in as many processes as are wanted."""

from __future__ import annotations

import gc
import os
import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tflint_gemm import project_files, reading, rules, stack
from tflint_gemm.config import Config
from tflint_gemm.findings import Finding, Span
from tflint_gemm.results import FileReport
from tflint_gemm.syntax import edits, notebook, screen, suppressions
from tflint_gemm.syntax.source import Source, SourceError, TooMuch, faults
from tflint_gemm.syntax.trees import tree_of

if TYPE_CHECKING:  # most files never get as far as the interpreter, which is dear to import
    from tflint_gemm.cache import Cache
    from tflint_gemm.interpreter.interpreter import Listener
    from tflint_gemm.interpreter.oracle import Oracle
    from tflint_gemm.interpreter.records import Analysis, Stop
    from tflint_gemm.memory import Plan
    from tflint_gemm.verify import Sandbox, VerifyOptions
    from tflint_gemm.verify.answers import Answers, Inference

CANNOT_PARSE = "TFG000"
UNUSED_SUPPRESSION = "TFG001"
FILES_PER_PROCESS = 8  # fewer are checked sooner than a process starts

FixMode = Literal["none", "safe", "unsafe"]
Executor = Callable[[Sequence["Task"]], "Generator[FileReport]"]
"""What does the work on files and gives the reports in the order of the tasks."""
PictureMode = Literal["none", "findings", "all"]  # of which files something is drawn


@dataclass(frozen=True, slots=True)
class Task:
    """One file to check, and what to do with its fixes; ``data`` is its content where that comes from elsewhere.

    ``answers`` is the folder with TensorFlow's answers, None where it is not to be asked.  ``picture`` says
    whether the report is to hold what the HTML page draws.
    """

    path: str
    config: Config
    fix: FixMode = "none"
    write: bool = False
    add_noqa: bool = False
    data: bytes | None = None
    answers: Path | None = None
    picture: PictureMode = "none"


# --- one file ---------------------------------------------------------------------------------------------------------


def analyse(
    source: Source,
    config: Config,
    *,
    record_facts: bool = False,
    oracle: Oracle | None = None,
    record_memory: bool = False,
    name_sizes: bool = False,
    listener: Listener | None = None,
) -> Analysis:
    """Everything the interpreter finds out about ``source``, asking ``oracle``; raises SourceError.

    ``record_facts`` is for ``infer``, ``record_memory`` for memory plans, ``name_sizes`` for those and for
    what is assumed about sizes; ``listener`` hears of every evaluation.
    """
    from tflint_gemm import interpreter

    return interpreter.analyse(
        source,
        tree_of(source),
        max_steps=config.max_steps,
        record_facts=record_facts,
        oracle=oracle,
        record_memory=record_memory,
        sizes=interpreter.SizeNames(config.assume_sizes) if name_sizes else None,
        listener=listener,
    )


def check_source(
    source: Source,
    config: Config,
    *,
    noqa: bool = True,
    report: FileReport | None = None,
    oracle: Oracle | None = None,
) -> list[Finding]:
    """The findings in ``source`` that are neither off nor suppressed, in order.

    ``noqa`` false leaves ``# noqa`` to the caller.  ``report`` is told what was suppressed and what had no model.
    """
    from tflint_gemm import checks
    from tflint_gemm.checks import assumptions

    silenced = suppressions.find(source)
    found: list[Finding] = []
    complete = False
    try:
        analysis = analyse(source, config, oracle=oracle)
        broken = faults(source)
    except SourceError as error:
        found.append(_unreadable(source.path, error))
    else:
        found.extend(checks.run(analysis, config))
        if assumptions.concerns(config):
            sized = analyse(source, config, name_sizes=True)
            found = assumptions.merged(found, sized, config)
            if report is not None:
                report.sizes = assumptions.sizes_in(sized)
        found.extend(_unreadable(source.path, error) for error in broken)
        if analysis.stop is not None:
            found.append(_stopped(source, analysis.stop, config))
        complete = not analysis.exhausted and not broken
        if report is not None:
            report.unmodelled = analysis.unmodelled
            report.ended_early = frozenset(analysis.ended_early)
    enabled = [finding for finding in found if config.reports(finding.code, source.path)]
    kept = [finding for finding in enabled if not _is_silenced(finding, silenced, noqa=noqa)]
    if report is not None:
        report.suppressed = len(enabled) - len(kept)
    if complete and config.reports(UNUSED_SUPPRESSION, source.path):
        kept.extend(_unused(source.path, silenced, config, noqa=noqa))
    return sorted(kept, key=lambda finding: finding.sort_key)


def _is_silenced(finding: Finding, silenced: suppressions.Suppressions, *, noqa: bool) -> bool:
    # What is said of the whole file is not meant by a noqa without codes that happens to stand in that line.
    by_name = finding.code in (CANNOT_PARSE, rules.INCOMPLETE)
    return silenced.silences(finding.span, finding.code, noqa=noqa, by_name=by_name)


def _unreadable(path: str, error: SourceError) -> Finding:
    rule = rules.rule(rules.INCOMPLETE if isinstance(error, TooMuch) else CANNOT_PARSE)
    span = Span(error.line, error.column, error.line, error.column)
    return Finding(path, span, rule.code, rule.name, rule.severity, error.message)


def _stopped(source: Source, stop: Stop, config: Config) -> Finding:
    """What tells where an analysis ended early, and why."""
    rule = rules.rule(rules.INCOMPLETE)
    start = Span(1, 1, 1, 1) if stop.node is None else source.span(stop.node)
    span = Span(start.line, start.column, start.line, start.column)
    if stop.reason == "steps":
        message = f"the analysis ends here, after the {config.max_steps:,} steps of max-steps; the rest is not checked"
    else:
        message = "the analysis ends here, at something nested too deeply to be followed; the rest is not checked"
    return Finding(source.path, span, rule.code, rule.name, rule.severity, message)


def _unused(path: str, silenced: suppressions.Suppressions, config: Config, *, noqa: bool) -> Iterator[Finding]:
    """Suppressions that nothing needed, of rules that are on: of the others nothing is known."""
    rule = rules.rule(UNUSED_SUPPRESSION)
    if not silenced.directives:
        return
    known = rules.all_rules()
    off = {code for code in known if not config.reports(code, path)}
    for span, codes, fix in list(silenced.unused(off)):
        unknown = [code for code in codes if not any(other.startswith(code) for other in known)]
        if unknown:
            message = f"this suppression names a rule that does not exist: {', '.join(unknown)}"
        elif codes:
            message = f"this suppression of {', '.join(codes)} silences nothing"
        else:
            message = "this suppression silences nothing"
        if not silenced.silences(span, rule.code, noqa=noqa):
            yield Finding(path, span, rule.code, rule.name, rule.severity, message, fix=fix)


def run_task(task: Task) -> FileReport:
    """Check one file and do with it what ``task`` says; an internal error becomes part of the report."""
    with project_files.noted() as questions:
        try:
            report = _check(task)
        except Exception as error:  # the boundary: whatever is wrong with one file, the others are still checked
            return _fail(FileReport(task.path), error)
    report.project = questions
    gc.collect(0)  # what the analysis made: scopes, functions and frames refer to each other
    return report


def _fail(report: FileReport, error: Exception) -> FileReport:
    import traceback

    report.failure = f"internal error: {type(error).__name__}: {error}"[:300]
    report.traceback = traceback.format_exc()
    return report


def _check(task: Task) -> FileReport:
    try:
        data = _read(task.path) if task.data is None else task.data
    except SourceError as error:
        return _not_read(task, error)
    # Most files end here, and need no more room than there is.
    report = stack.with_room(lambda: _examine(task, data)) if screen.concerns(data) else FileReport(task.path)
    report.digest = project_files.digest(data)
    return report


def _not_read(task: Task, error: SourceError) -> FileReport:
    report = FileReport(task.path)
    finding = _unreadable(task.path, error)
    if task.config.reports(finding.code, task.path):
        report.findings.append(finding)
        report.source = Source(task.path, "")
    return report


def _examine(task: Task, data: bytes) -> FileReport:
    try:
        source = notebook.read(task.path, data)
    except SourceError as error:
        return _not_read(task, error)
    report = FileReport(task.path, source=source)
    answers = _answers(task)
    if task.fix == "none":
        report.findings = check_source(source, task.config, report=report, oracle=answers)
        _add_noqa(task, data, report)
    else:
        _fix(task, data, report, answers)
    report.questions = () if answers is None else tuple(answers.missing)
    if task.picture == "all" or (task.picture == "findings" and report.findings):
        _draw(task, report)
    if not (report.findings or report.picture):
        report.source = None  # sent between processes is what somebody needs
    elif report.source is not None:
        report.source = notebook.without_document(report.source)
    return report


def _draw(task: Task, report: FileReport) -> None:
    """Add the picture of the file as it is now: one more analysis, which nothing else pays for."""
    from tflint_gemm.report.html import picture

    assert report.source is not None
    try:
        analysis = analyse(report.source, task.config, record_facts=True, record_memory=True, oracle=_answers(task))
    except SourceError:
        return  # the findings say it
    report.picture = picture.of(analysis, task.config.assume_sizes)


def _answers(task: Task) -> Answers | None:
    """What TensorFlow has answered so far, for a file that may ask it."""
    if task.answers is None:
        return None
    from tflint_gemm.verify.answers import Answers

    return Answers(task.answers)


def _read(path: str) -> bytes:
    try:
        return reading.read_bytes(path)
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror or error}") from None


def _fix(task: Task, data: bytes, report: FileReport, answers: Answers | None) -> None:
    from tflint_gemm import repair

    assert report.source is not None
    before = report.source
    done = repair.repair(
        before,
        lambda source: check_source(source, task.config, report=report, oracle=answers),
        unsafe=task.fix == "unsafe",
    )
    report.source, report.findings = done.source, done.findings
    report.fixed = Counter(finding.code for finding in done.applied)
    if done.source.text != before.text:
        report.diff = repair.difference(before, done.source)
        _write(task, data, done.source, report)


def _add_noqa(task: Task, data: bytes, report: FileReport) -> None:
    if not task.add_noqa or not report.findings or report.source is None:
        return
    known = report.findings
    # Neither a file that cannot be parsed nor a stale suppression is helped by another suppression.
    beyond_help = (CANNOT_PARSE, UNUSED_SUPPRESSION, rules.INCOMPLETE)
    silenced = [finding for finding in known if finding.code not in beyond_help]
    made = suppressions.add_noqa(report.source, [(finding.span, finding.code) for finding in silenced])
    report.findings = [finding for finding in known if finding not in silenced]
    report.suppressed += len(silenced)
    _write(task, data, edits.apply(report.source, [made]), report)


def _write(task: Task, data: bytes, changed: Source, report: FileReport) -> None:
    from tflint_gemm import repair

    report.new_content = notebook.content(changed)
    report.source = notebook.read(task.path, report.new_content)  # the lines of a notebook's file have moved
    if task.write and task.data is None:
        try:
            repair.write(task.path, data, report.new_content)
        except repair.WriteError as error:
            report.failure = str(error)


# --- many files -------------------------------------------------------------------------------------------------------


def run(
    tasks: Sequence[Task],
    jobs: int = 0,
    inference: Inference | None = None,
    cache: Cache | None = None,
    executor: Executor | None = None,
) -> Generator[FileReport]:
    """The reports on all ``tasks``, in their order, from up to ``jobs`` processes (0: one per processor).

    ``executor`` does the work instead of these.  What ``cache`` still knows is taken from there, and what is found out
    is kept there.  With ``inference``, what a file asks is answered and the file is checked again, until it asks
    nothing new.
    """
    project_files.forget()
    execute = executor or partial(_local, jobs=jobs)
    if inference is not None:
        return _settle(tasks, execute, inference)
    return execute(tasks) if cache is None else _remembered(tasks, execute, cache)


def _remembered(tasks: Sequence[Task], execute: Executor, cache: Cache) -> Generator[FileReport]:
    known = [cache.report(task) for task in tasks]
    with closing(execute([task for task, report in zip(tasks, known) if report is None])) as found:
        for task, report in zip(tasks, known):
            if report is None:
                report = next(found)
                cache.keep(task, report)
            yield report
    cache.tidy()


def _settle(tasks: Sequence[Task], execute: Executor, inference: Inference) -> Generator[FileReport]:
    # No file is written before all answers are there.
    reports = list(execute([replace(task, write=False) for task in tasks]))
    asked: list[set[str]] = [set() for _ in tasks]
    while True:
        new = [set(report.questions) - known for report, known in zip(reports, asked)]
        inference.answer(question for questions in new for question in sorted(questions))
        again = [index for index, questions in enumerate(new) if inference.has_answered(questions)]
        if not again:
            break
        for known, questions in zip(asked, new):
            known |= questions
        for index, report in zip(again, execute([replace(tasks[index], write=False) for index in again])):
            reports[index] = report
    for task, report in zip(tasks, reports):
        yield run_task(task) if task.write and (task.fix != "none" or task.add_noqa) else report


def _local(tasks: Sequence[Task], jobs: int) -> Generator[FileReport]:
    """The reports from processes on this machine, or from this one where that is sooner."""
    wanted = min(jobs or available_processors(), -(-len(tasks) // FILES_PER_PROCESS))
    if wanted <= 1:
        yield from map(run_task, tasks)
        return
    from tflint_gemm import checks, interpreter, processes

    del checks, interpreter  # imported once for all processes
    yield from processes.run(run_task, tasks, wanted, killed)


def killed(task: Task) -> FileReport:
    """The report on a file that brought the whole process down: a stack overflow in C, no memory left."""
    return FileReport(task.path, failure="internal error: the process that checked this file was killed")


def available_processors() -> int:
    """How many processors this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# --- verification -----------------------------------------------------------------------------------------------------


def verified(pairs: Iterable[tuple[Task, FileReport]], sandbox: Sandbox) -> Generator[FileReport]:
    """The reports with a verdict on every finding: the flagged code is run in ``sandbox``, which has TensorFlow.

    All files share one start of TensorFlow.
    """
    from tflint_gemm.verify import VerifyOptions

    options = VerifyOptions(device=sandbox.device, python=sandbox.python)
    for task, report in pairs:
        try:
            stack.with_room(lambda: _verify(task, report, options, sandbox))  # noqa: B023
        except Exception as error:  # the boundary, as for the check itself
            _fail(report, error)
        yield report


def _verify(task: Task, report: FileReport, options: VerifyOptions, sandbox: Sandbox) -> None:
    from tflint_gemm.verify import verify

    if report.source is None or not report.findings:
        return
    try:
        # Analysing once more is cheap beside running the code, and spares sending analyses between processes.
        analysis = analyse(report.source, task.config, record_facts=True, oracle=_answers(task))
    except SourceError:
        return  # the findings say it
    verdicts = verify(analysis, report.findings, options, sandbox)
    report.findings = [replace(finding, verdict=verdict) for finding, verdict in zip(report.findings, verdicts)]


# --- infer ------------------------------------------------------------------------------------------------------------


def infer(path: str, config: Config, data: bytes | None = None, inference: Inference | None = None) -> Analysis | None:
    """The analysis of a file with its facts, None for a file without tensors; raises SourceError.

    With ``inference``, TensorFlow is asked about what has no model.
    """
    content = _read(path) if data is None else data
    if not screen.concerns(content):
        return None
    source = notebook.read(path, content)
    if inference is None:
        return stack.with_room(lambda: analyse(source, config, record_facts=True))
    return inference.settled(
        lambda answers: stack.with_room(lambda: analyse(source, config, record_facts=True, oracle=answers))
    )


# --- memory -----------------------------------------------------------------------------------------------------------


def plans(path: str, config: Config, data: bytes | None = None) -> tuple[Source, tuple[Plan, ...]] | None:
    """The memory plans of a file with ``assume`` put in, None for a file without tensors; raises SourceError."""
    content = _read(path) if data is None else data
    if not screen.concerns(content):
        return None
    from tflint_gemm.memory import plans_of

    source = notebook.read(path, content)

    def planned() -> tuple[Plan, ...]:
        found = plans_of(analyse(source, config, record_memory=True, name_sizes=True))
        return tuple(plan.assuming(config.assume_sizes) for plan in found)

    return source, stack.with_room(planned)
