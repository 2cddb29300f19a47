"""Results on disk, so that a run analyses only the files whose result may have changed.

A result is kept under a digest of all that it is known to depend on beforehand (this program, the configuration, the
file's path and content), and holds what the analysis asked of the other files of the project, with the answers: it is
used only while they are the same.  Any number of processes may read and write one folder, and anybody may delete it.
Nothing in it is ever executed.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import astuple, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tflint_gemm import __version__, project_files, reading, rules
from tflint_gemm.findings import Edit, Finding, Fix, Note, Span
from tflint_gemm.project_files import digest
from tflint_gemm.results import FileReport
from tflint_gemm.syntax import notebook, screen
from tflint_gemm.syntax.source import Source, SourceError

if TYPE_CHECKING:
    from tflint_gemm.config import Config
    from tflint_gemm.engine import Task

FOLDER = ".tflint_gemm_cache"
MAX_BYTES = 512 * 2**20
_SHARDS = 256
_FULL = 0.75  # how much is left where a shard was too large
_DAY = 86_400.0
_TEMPORARY = ".new-"
_PACKAGE = Path(__file__).parent
_NOT_IN_RESULTS = frozenset({"exclude", "extend_exclude", "force_exclude", "respect_gitignore", "jobs"})
_DAMAGED = (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError)


class Cache:
    """The results in ``folder``, as they are in one run.

    ``trouble`` says why nothing can be kept, once something could not.
    """

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES) -> None:
        self._folder, self._max_bytes = os.path.join(folder, "results"), max_bytes
        self.trouble: str | None = None
        self._answers: dict[str, str | None] = {}
        self._configs: dict[Config, str] = {}
        self._written: set[str] = set()

    # ------------------------------------------------------------------------------------------------ reading

    def report(self, task: Task) -> FileReport | None:
        """The report that ``task`` would give; None where that has to be found out."""
        if not _is_plain(task):
            return None
        try:
            data = reading.read_bytes(task.path)
        except OSError:
            return None
        report = self._kept(self._entry(task, digest(data)), task.path)
        if report is None:
            return None if screen.concerns(data) else FileReport(task.path)
        if _would_change(task, report):
            return None
        if report.findings:
            report.source = _source(task.path, data)
        return report

    def _kept(self, entry: str, path: str) -> FileReport | None:
        try:
            kept = json.loads(_checked(_read(entry)))
            answers = self._answers
            for question, answer in kept["project"].items():
                if question not in answers:
                    answers[question] = _answer(question)
                if answers[question] != answer:
                    return None
            return _report(kept, path)
        except (OSError, *_DAMAGED):
            return None  # not there, or not what was written

    def _entry(self, task: Task, content: str) -> str:
        if task.config not in self._configs:
            self._configs[task.config] = "\0".join((_program(), _settings(task.config)))
        parts = (self._configs[task.config], os.path.abspath(task.path), content)
        name = _told("\0".join(parts))
        return os.path.join(self._folder, name[:2], name[2:])

    # ------------------------------------------------------------------------------------------------ writing

    def keep(self, task: Task, report: FileReport) -> None:
        """Keeps what ``task`` gave, for the next run."""
        plain = task.fix == "none" and not task.add_noqa and _is_plain(task)
        if not plain or report.failure is not None or report.digest is None or self.trouble is not None:
            return
        entry = self._entry(task, report.digest)
        text = json.dumps(_plain(report), separators=(",", ":"))
        try:
            self._prepare(os.path.dirname(entry))
            _write(entry, f"{_told(text)}\n{text}")
        except OSError as error:
            self.trouble = f"{os.path.dirname(self._folder)}: {error.strerror or error}"

    def _prepare(self, shard: str) -> None:
        if shard in self._written:
            return
        if not os.path.isdir(shard):
            os.makedirs(shard, exist_ok=True)
            ignored = os.path.join(os.path.dirname(self._folder), ".gitignore")
            if not os.path.exists(ignored):
                _write(ignored, "*\n")
        self._written.add(shard)

    def tidy(self) -> None:
        """Removes the oldest results where there are too many, and what processes left that were killed."""
        for shard in self._written:
            with contextlib.suppress(OSError):
                _tidy(shard, self._max_bytes // _SHARDS)


def _tidy(shard: str, most: int) -> None:
    with os.scandir(shard) as scan:
        found = [(entry.path, entry.name, entry.stat()) for entry in scan]
    yesterday = time.time() - _DAY
    total = sum(status.st_size for _, _, status in found)
    left = most * _FULL if total > most else total
    for path, name, status in sorted(found, key=lambda item: (item[2].st_mtime, item[1])):
        if total > left or (name.startswith(_TEMPORARY) and status.st_mtime < yesterday):
            os.unlink(path)
            total -= status.st_size


def _is_plain(task: Task) -> bool:
    """Whether the result depends on nothing but the file on disk, the configuration and the project."""
    return task == type(task)(task.path, task.config, task.fix, task.write, task.add_noqa)


def _would_change(task: Task, report: FileReport) -> bool:
    """Whether ``task`` is to change a file with these findings."""
    if task.add_noqa:
        return bool(report.findings)
    allowed = {"none": (), "safe": ("safe",), "unsafe": ("safe", "unsafe")}[task.fix]
    return any(finding.fix is not None and finding.fix.safety in allowed for finding in report.findings)


def _source(path: str, data: bytes) -> Source:
    """What the findings in ``data`` point into."""
    try:
        return notebook.without_document(notebook.read(path, data))
    except SourceError:
        return Source(path, "")


# ----------------------------------------------------------------------------------------- what results depend on


@cache
def _program() -> str:
    """What tells this program, as it is installed, from others: its files and Python's version."""
    files = "".join(f"{path} {status.st_size} {status.st_mtime_ns}\n" for path, status in sorted(_own_files()))
    return _told(f"{__version__} {sys.version} {files}")


def _own_files() -> Iterator[tuple[str, os.stat_result]]:
    parser = find_spec("libcst")
    if parser is not None and parser.origin is not None:
        yield parser.origin, os.stat(parser.origin)
    pending = [str(_PACKAGE), str(rules.pages_directory())]
    while pending:
        with os.scandir(pending.pop()) as scan:
            for entry in scan:
                if entry.is_dir():
                    pending.append(entry.path)
                elif entry.name.endswith((".py", ".json", ".md")):
                    yield entry.path, entry.stat()


def _settings(config: Config) -> str:
    """What results depend on of a configuration."""
    names = [name for name in config.__slots__ if name not in _NOT_IN_RESULTS]
    return repr([(name, getattr(config, name)) for name in names])


# ------------------------------------------------------------------------------------------------ results as text


def _plain(report: FileReport) -> dict[str, Any]:
    # What can be read from the file, or is the same for all of its findings, is not kept.
    findings = [astuple(replace(finding, path="", verdict=None)) for finding in report.findings]
    questions = {"\0".join(map(str, question)): answer for question, answer in report.project.items()}
    return {
        "findings": findings,
        "project": questions,
        "suppressed": report.suppressed,
        "unmodelled": report.unmodelled,
        "sizes": sorted(report.sizes),
        "ended_early": sorted(report.ended_early),
    }


def _answer(text: str) -> str | None:
    kind, place, module, level = text.split("\0")
    return project_files.answer((kind, place, module, int(level)))


def _report(kept: dict[str, Any], path: str) -> FileReport:
    """The report that was kept; raises one of _DAMAGED where it is none."""
    unmodelled = Counter({_text(name): _number(count) for name, count in kept["unmodelled"].items()})
    findings = [_finding(path, finding) for finding in kept["findings"]]
    sizes = frozenset(_text(name) for name in kept["sizes"])
    ended = frozenset(_text(name) for name in kept["ended_early"])
    suppressed = _number(kept["suppressed"])
    return FileReport(path, findings, suppressed=suppressed, unmodelled=unmodelled, sizes=sizes, ended_early=ended)


def _finding(path: str, kept: list[Any]) -> Finding:
    _, span, code, name, severity, message, notes, advice, fix, _ = kept
    if severity not in ("error", "warning", "info"):
        raise ValueError(severity)
    return Finding(
        path,
        _span(span),
        _text(code),
        _text(name),
        severity,
        _text(message),
        tuple(Note(None if place is None else _span(place), _text(text)) for place, text in notes),
        None if advice is None else _text(advice),
        None if fix is None else _fix(fix),
    )


def _fix(kept: list[Any]) -> Fix:
    safety, message, edits, reason = kept
    if safety not in ("safe", "unsafe", "suggestion"):
        raise ValueError(safety)
    changes = tuple(Edit(_span(span), _text(replacement)) for span, replacement in edits)
    return Fix(safety, _text(message), changes, None if reason is None else _text(reason))


def _span(kept: list[Any]) -> Span:
    *places, cell = kept
    line, column, end_line, end_column = map(_number, places)
    return Span(line, column, end_line, end_column, None if cell is None else _number(cell))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(value)
    return value


# ------------------------------------------------------------------------------------------------ files


def _told(text: str) -> str:
    """The digest of ``text``."""
    return digest(text.encode("utf-8", "surrogatepass"))


def _checked(data: bytes) -> str:
    """The text after its checksum; raises ValueError where it is not what was written."""
    checksum, _, text = data.decode("ascii").partition("\n")
    if _told(text) != checksum:
        raise ValueError(checksum)
    return text


def _read(entry: str) -> bytes:
    data = reading.read_bytes(entry)
    if os.stat(entry).st_mtime < time.time() - _DAY:
        with contextlib.suppress(OSError):
            os.utime(entry)  # the oldest are those that were not used for long
    return data


def _write(path: str, text: str) -> None:
    import tempfile  # only where something is kept

    handle, temporary = tempfile.mkstemp(prefix=_TEMPORARY, dir=os.path.dirname(path))
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except BaseException:  # also where the user stops the run
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
