"""Workflow commands of GitHub Actions: each finding becomes an annotation of the changed line.

Of a notebook that is the line of its JSON, whose columns mean nothing to a reader.
"""

from __future__ import annotations

from collections.abc import Sequence

from tflint_gemm.findings import Finding
from tflint_gemm.report.printable import place_text
from tflint_gemm.results import FileReport
from tflint_gemm.syntax.source import Source

_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


def render(reports: Sequence[FileReport]) -> str:
    """One command per finding."""
    return "".join(_command(finding, report.source) for report in reports for finding in report.findings)


def _command(finding: Finding, source: Source | None) -> str:
    span = finding.span if source is None else source.in_file(finding.span)
    properties = {
        "title": f"{finding.code} {finding.name}",
        "file": finding.path,
        "line": span.line,
        "col": span.column,
    }
    properties["endLine"] = span.end_line
    if span.end_line == span.line and finding.span.cell is None:  # GitHub refuses columns over several lines
        properties["endColumn"] = span.end_column
    else:
        del properties["col"]
    shown = ",".join(f"{key}={_escape_property(str(value))}" for key, value in properties.items())
    place = f"{finding.path}:{place_text(finding.span)}: "
    verdict = f" ({finding.verdict.outcome}: {finding.verdict.reason})" if finding.verdict else ""
    message = f"{place}{finding.code} {finding.message}{verdict}"
    return f"::{_LEVELS[finding.severity]} {shown}::{_escape(message)}\n"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")
