"""The format for people: the source line, its operands underlined, where their dtype and shape come from, the help."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from tflint_gemm.findings import Finding, Note, Span
from tflint_gemm.report.printable import marked, one_line, printable
from tflint_gemm.results import FileReport
from tflint_gemm.syntax.source import Source

COLOURS = {"error": "red", "warning": "yellow", "info": "cyan"}
VERDICTS = {"confirmed": "green", "refuted": "yellow", "inconclusive": "cyan"}


def render(reports: Sequence[FileReport]) -> str:
    """Every finding as a block of lines, and a summary."""
    blocks = ["\n".join(_finding(finding, report.source)) for report in reports for finding in report.findings]
    return "\n\n".join([*blocks, summary(reports)]) + "\n"


def _finding(finding: Finding, source: Source | None) -> Iterator[str]:
    label = click.style(f"{finding.severity}[{finding.code}]", fg=COLOURS[finding.severity], bold=True)
    yield f"{label} {click.style(f'{finding.name}: {one_line(finding.message)}', bold=True)}"
    span = finding.span
    operands = [note for note in finding.notes if note.span is not None and note.span.line == span.line]
    elsewhere = [note for note in finding.notes if note.span is not None and note.span.line != span.line]
    shown = {span.line} | {note.span.line for note in elsewhere if note.span}
    margin = len(str(max(shown)))
    cell = f"cell {span.cell}:" if span.cell else ""
    place = f"{printable(finding.path)}:{cell}{span.line}:{span.column}"
    yield " " * margin + _dim("--> ") + place
    if source is not None and source.line(span.line):
        yield _dim(f"{'':{margin}} |")
        # The operands tell more than the whole expression; a finding without any underlines itself.
        ranges = [note.span for note in operands if note.span] or [span]
        yield from _snippet(source, span, ranges, margin, COLOURS[finding.severity])
        for note in elsewhere:
            yield from _snippet(source, note.span, [note.span], margin, "blue", "-") if note.span else ()
        yield _dim(f"{'':{margin}} |")
    for note in finding.notes:
        yield _remark(margin, "note", _located(note, span))
    yield from _advice(finding, margin)


def _located(note: Note, primary: Span) -> str:
    where = f" (line {note.span.line})" if note.span is not None and note.span.line != primary.line else ""
    return note.message + where


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


def _snippet(
    source: Source, span: Span, ranges: Sequence[Span], margin: int, colour: str, mark: str = "^"
) -> Iterator[str]:
    text = source.line(span.line)
    columns = [
        (item.column - 1, item.end_column - 1 if item.end_line == item.line else len(text.rstrip()))
        for item in ranges
        if item.line == span.line
    ]
    line, marks = marked(text, columns, mark)
    yield _dim(f"{span.line:>{margin}} | ") + line
    yield _dim(f"{'':{margin}} | ") + click.style(marks, fg=colour, bold=True)


def _dim(text: str) -> str:
    return click.style(text, fg="blue")


def summary(reports: Sequence[FileReport]) -> str:
    """How much was found, repaired and can be repaired."""
    findings = [finding for report in reports for finding in report.findings]
    fixed = sum(report.fixed.total() for report in reports)
    parts = [f"Fixed {count(fixed, 'finding')}. "] if fixed else []
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
    return f"{number} {noun}{'' if number == 1 else 's'}"
