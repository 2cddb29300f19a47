"""The format for people: the source line, its operands underlined, where their dtype and shape come from, the help."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from tflint_gemm.findings import Finding, Span
from tflint_gemm.report.printable import Label, one_line, path_text, place_text, underlined
from tflint_gemm.results import FileReport
from tflint_gemm.syntax.source import Source

COLOURS = {"error": "red", "warning": "yellow", "info": "cyan"}
VERDICTS = {"confirmed": "green", "refuted": "yellow", "inconclusive": "cyan"}


def render(reports: Sequence[FileReport]) -> str:
    """Every finding as a block of lines, and a summary."""
    blocks = ["\n".join(_finding(finding, report.source)) for report in reports for finding in report.findings]
    return "\n\n".join([*blocks, summary(reports)]) + "\n"


def _finding(finding: Finding, source: Source | None) -> Iterator[str]:
    colour = COLOURS[finding.severity]
    label = click.style(f"{finding.severity}[{finding.code}]", fg=colour, bold=True)
    yield f"{label} {click.style(f'{finding.name}: {one_line(finding.message)}', bold=True)}"
    span = finding.span
    lines = _labels(finding, source) if source is not None and source.line_at(span.cell, span.line) else {}
    margin = len(str(max([span.line, *(number for _, number in lines)])))
    yield f"{'':{margin}}{_dim('--> ')}{path_text(finding.path)}:{place_text(span)}"
    if source is not None and lines:
        yield _dim(f"{'':{margin}} |")
        shown = min(cell for cell, _ in lines) if len({cell for cell, _ in lines}) == 1 else None
        for cell, number in sorted(lines):
            if shown != cell:
                shown = cell
                yield _dim(f"{'':{margin}} ::: cell {cell}")
            text, below = underlined(source.line_at(cell or None, number), lines[cell, number])
            yield _dim(f"{number:>{margin}} | ") + text
            yield from (_dim(f"{'':{margin}} | ") + click.style(line, fg=colour) for line in below)
        yield _dim(f"{'':{margin}} |")
    for note in finding.notes:
        if note.span is None or not lines:
            yield _remark(margin, "note", note.message)
    yield from _advice(finding, margin)


def _labels(finding: Finding, source: Source) -> dict[tuple[int, int], list[Label]]:
    """What is underlined, by cell (0 in a file) and line: the operands (``^``), and what else plays a part (``-``).

    The operands tell more than the whole expression; a finding without any on its first line underlines itself there.
    """
    primary = finding.span
    labels: dict[tuple[int, int], list[Label]] = {}
    for note in finding.notes:
        if note.span is not None and source.line_at(note.span.cell, note.span.line):
            inside = note.span.cell == primary.cell and primary.line <= note.span.line <= primary.end_line
            mark = "^" if inside else "-"
            labels.setdefault(_line(note.span), []).append(_label(note.span, source, mark, one_line(note.message)))
    if _line(primary) not in labels:
        labels[_line(primary)] = [_label(primary, source, "^")]
    return labels


def _line(span: Span) -> tuple[int, int]:
    return span.cell or 0, span.line


def _label(span: Span, source: Source, mark: str, text: str = "") -> Label:
    line = source.line_at(span.cell, span.line)
    end = span.end_column - 1 if span.end_line == span.line else len(line.rstrip())
    return Label(span.column - 1, end, mark, text)


def _advice(finding: Finding, margin: int) -> Iterator[str]:
    if finding.help:
        yield _remark(margin, "help", finding.help)
    if finding.fix is not None:
        option = {"safe": "--fix", "unsafe": "--unsafe-fixes"}.get(finding.fix.safety)
        how = f"{option}: " if option else "suggestion: "
        why = f" (unsafe: {finding.fix.reason})" if finding.fix.reason else ""
        yield _remark(margin, "fix", how + finding.fix.message + why)
    if finding.verdict is not None:
        outcome = click.style(finding.verdict.outcome, fg=VERDICTS[finding.verdict.outcome], bold=True)
        yield _remark(margin, "verified", f"{outcome}: {one_line(finding.verdict.reason)}", styled=True)


def _remark(margin: int, kind: str, text: str, *, styled: bool = False) -> str:
    return f"{'':{margin}} {_dim('=')} {click.style(kind, bold=True)}: {text if styled else one_line(text)}"


def _dim(text: str) -> str:
    return click.style(text, fg="blue")


def summary(reports: Sequence[FileReport]) -> str:
    """How much was found, repaired and can be repaired."""
    findings = [finding for report in reports for finding in report.findings]
    fixed = sum(report.fixed.total() for report in reports)
    parts = [f"Fixed {count(fixed, 'finding')}. "] if fixed else []
    if not reports:
        return "No Python files or notebooks to check."
    if not findings:
        return "".join(parts) + f"Nothing found in {count(len(reports), 'file')}."
    kinds = [
        count(number, severity if severity != "info" else "remark")
        for severity in ("error", "warning", "info")
        if (number := sum(finding.severity == severity for finding in findings))
    ]
    files = sum(bool(report.findings) for report in reports)
    parts.append(f"Found {', '.join(kinds)} in {files} of {count(len(reports), 'file')}.")
    for safety, option in (("safe", "--fix"), ("unsafe", "--unsafe-fixes")):
        number = sum(finding.fix is not None and finding.fix.safety == safety for finding in findings)
        if number:
            parts.append(f" {number} can be repaired with {option}.")
    return "".join(parts)


def count(number: int, noun: str) -> str:
    """``1 error``, ``2 errors``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
