"""What a run reports: findings, their fixes and their verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]
Safety = Literal["safe", "unsafe", "suggestion"]
Outcome = Literal["confirmed", "refuted", "inconclusive"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A piece of a file: 1-based lines, 1-based columns counted in Unicode characters, the end exclusive.

    For notebooks ``cell`` is the 1-based cell and the lines count within it.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text of ``span`` (empty for an insertion) with ``replacement``."""

    span: Span
    replacement: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that belong together.

    ``safe``: the program raised there before, and the result type-checks; applied by ``--fix``.
    ``unsafe``: may change what the program means; applied by ``--unsafe-fixes``; ``reason`` says why.
    ``suggestion``: shown, never applied.
    """

    safety: Safety
    message: str
    edits: tuple[Edit, ...]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What running the flagged snippet showed.

    ``reason`` is the exception, the measured bytes, or why nothing was learned.
    """

    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    """A secondary location of a finding: an operand and where its dtype or shape comes from."""

    span: Span | None
    message: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation of one rule at one place."""

    path: str
    span: Span
    code: str
    name: str
    severity: Severity
    message: str
    notes: tuple[Note, ...] = ()
    help: str | None = None
    fix: Fix | None = None
    verdict: Verdict | None = None

    @property
    def sort_key(self) -> tuple[str, int, Span, str, str]:
        return (self.path, self.span.cell or 0, self.span, self.code, self.message)
