"""Results on disk, so that a run analyses only the files whose result may have changed.

A result is kept under a digest of all that it is known to depend on beforehand (this program, the configuration, the
file's path and content), and holds what the analysis asked of the other files of the project, with the answers: it is
used only while they are the same.  Any number of processes may read and write one folder, and anybody may delete it.
Nothing in it is ever executed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import astuple, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tflint_gemm import __version__, project_files, rules
from tflint_gemm.findings import Edit, Finding, Fix, Note, Span
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
        self._folder, self._max_bytes = folder / "results", max_bytes
        self.trouble: str | None = None
        self._answers: project_files.Noted = {}
        self._configs: dict[Config, str] = {}
        self._written: set[Path] = set()

    # ------------------------------------------------------------------------------------------------ reading

    def report(self, task: Task) -> FileReport | None:
        """The report that ``task`` would give; None where that has to be found out."""
        if task.data is not None or task.answers is not None:
            return None
        try:
            with open(task.path, "rb") as file:
                data = file.read()
        except OSError:
            return None
        if not screen.concerns(data):
            return FileReport(task.path)
        digest = project_files.digest(data)
        report = self._kept(self._entry(task, digest), task.path)
        if report is None or _would_change(task, report):
            return None
        if report.findings:
            report.source = _source(task.path, data)
        return report

    def _kept(self, entry: Path, path: str) -> FileReport | None:
        try:
            kept = json.loads(_checked(_read(entry)))
            if not all(self._answer(*question) == answer for *question, answer in kept["project"]):
                return None
            return _report(kept, path)
        except (OSError, *_DAMAGED):
            return None  # not there, or not what was written

    def _answer(self, kind: str, place: str, module: str, level: int) -> str | None:
        question = kind, place, module, level
        if question not in self._answers:
            self._answers[question] = project_files.answer(question)
        return self._answers[question]

    def _entry(self, task: Task, digest: str) -> Path:
        if task.config not in self._configs:
            self._configs[task.config] = "\0".join((_program(), _settings(task.config)))
        parts = (self._configs[task.config], os.path.abspath(task.path), digest)
        name = hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=20).hexdigest()
        return self._folder / name[:2] / name[2:]

    # ------------------------------------------------------------------------------------------------ writing

    def keep(self, task: Task, report: FileReport) -> None:
        """Keeps what ``task`` gave, for the next run."""
        plain = task.fix == "none" and not task.add_noqa and task.data is None and task.answers is None
        if not plain or report.failure is not None or report.digest is None or self.trouble is not None:
            return
        entry = self._entry(task, report.digest)
        text = json.dumps(_plain(report), separators=(",", ":"))
        try:
            self._prepare(entry.parent)
            _write(entry, f"{_checksum(text)}\n{text}")
        except OSError as error:
            self.trouble = f"{self._folder.parent}: {error.strerror or error}"

    def _prepare(self, shard: Path) -> None:
        if shard in self._written:
            return
        if not shard.is_dir():
            shard.mkdir(parents=True, exist_ok=True)
            ignored = self._folder.parent / ".gitignore"
            if not ignored.exists():
                _write(ignored, "*\n")
        self._written.add(shard)

    def tidy(self) -> None:
        """Removes the oldest results where there are too many, and what processes left that were killed."""
        for shard in self._written:
            with contextlib.suppress(OSError):
                _tidy(shard, self._max_bytes // _SHARDS)


def _tidy(shard: Path, most: int) -> None:
    with os.scandir(shard) as scan:
        found = [(entry.path, entry.name, entry.stat()) for entry in scan]
    yesterday = time.time() - _DAY
    total = sum(status.st_size for _, _, status in found)
    left = most * _FULL if total > most else total
    for path, name, status in sorted(found, key=lambda item: (item[2].st_mtime, item[1])):
        if total > left or (name.startswith(_TEMPORARY) and status.st_mtime < yesterday):
            Path(path).unlink(missing_ok=True)
            total -= status.st_size


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
    digest = hashlib.blake2b(sys.version.encode(), digest_size=16)
    for path, status in sorted(_own_files()):
        digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode("utf-8", "surrogatepass"))
    return f"{__version__} {digest.hexdigest()}"


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
    questions = [[*question, answer] for question, answer in report.project.items()]
    return {
        "findings": findings,
        "project": questions,
        "suppressed": report.suppressed,
        "unmodelled": report.unmodelled,
    }


def _report(kept: dict[str, Any], path: str) -> FileReport:
    """The report that was kept; raises one of _DAMAGED where it is none."""
    unmodelled = Counter({_text(name): _number(count) for name, count in kept["unmodelled"].items()})
    findings = [_finding(path, finding) for finding in kept["findings"]]
    return FileReport(path, findings, suppressed=_number(kept["suppressed"]), unmodelled=unmodelled)


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


def _checksum(text: str) -> str:
    return hashlib.blake2b(text.encode("ascii"), digest_size=8).hexdigest()


def _checked(data: bytes) -> str:
    """The text after its checksum; raises ValueError where it is not what was written."""
    checksum, _, text = data.decode("ascii").partition("\n")
    if _checksum(text) != checksum:
        raise ValueError(checksum)
    return text


def _read(entry: Path) -> bytes:
    with open(entry, "rb") as file:
        if os.fstat(file.fileno()).st_mtime < time.time() - _DAY:
            with contextlib.suppress(OSError):
                os.utime(entry)  # the oldest are those that were not used for long
        return file.read()


def _write(path: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(prefix=_TEMPORARY, dir=path.parent)
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except BaseException:  # also where the user stops the run
        Path(temporary).unlink(missing_ok=True)
        raise
