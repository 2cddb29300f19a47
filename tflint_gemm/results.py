"""What checking one file gave, as it travels from the engine to the reporters."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tflint_gemm import rules
from tflint_gemm.findings import Finding, Fix
from tflint_gemm.project_files import Noted
from tflint_gemm.syntax.source import Source

if TYPE_CHECKING:
    from tflint_gemm.picture import Picture


@dataclass(slots=True)
class FileReport:
    """The findings left in one file, in order.

    ``source`` is the text that they point into, None where nothing was found.  ``fixed`` counts the findings repaired
    by code, ``diff`` shows how, ``new_content`` is what the file holds then; ``failure`` is an internal error or a
    failure to write, ``traceback`` its details.  ``unmodelled`` counts the calls that the analysis could not follow,
    ``questions`` is what it would ask TensorFlow, and ``ended_early`` which of its lesser budgets
    ran out (``interpreter.records``).  ``digest`` is that of the file's content, None where it was not
    read, and ``project`` what else of the project's files the result depends on.  ``sizes`` are the names of sizes
    in the file, kept where numbers are assumed for some.  ``picture`` is what the
    HTML page draws, where one was asked for.
    """

    path: str
    findings: list[Finding] = field(default_factory=list)
    source: Source | None = None
    fixed: Counter[str] = field(default_factory=Counter)
    diff: str = ""
    new_content: bytes | None = None
    suppressed: int = 0
    unmodelled: Counter[str] = field(default_factory=Counter)
    questions: tuple[str, ...] = ()
    picture: Picture | None = None
    failure: str | None = None
    traceback: str | None = None
    digest: str | None = None
    project: Noted = field(default_factory=dict)
    sizes: frozenset[str] = frozenset()
    ended_early: frozenset[str] = frozenset()

    @property
    def fails(self) -> bool:
        """Whether a finding is left that makes a run fail: one about the program, not about its analysis."""
        return any(finding.code != rules.INCOMPLETE for finding in self.findings)


def located(report: FileReport) -> FileReport:
    """``report`` with every place as its reader sees it: in a notebook, the lines of each cell."""
    source = report.source
    if source is None or source.cells is None:
        return report
    return replace(report, findings=[_located(finding, source) for finding in report.findings])


def _located(finding: Finding, source: Source) -> Finding:
    notes = tuple(
        replace(note, span=source.located(note.span)) if note.span is not None else note for note in finding.notes
    )
    fix: Fix | None = None
    if finding.fix is not None:
        edits = tuple(replace(edit, span=source.located(edit.span)) for edit in finding.fix.edits)
        fix = replace(finding.fix, edits=edits)
    return replace(finding, span=source.located(finding.span), notes=notes, fix=fix)
