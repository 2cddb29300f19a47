"""Findings and facts as JSON; the keys are a promise to other programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from tflint_gemm.findings import Finding, Fix, Span
from tflint_gemm.results import FileReport


def render(reports: Sequence[FileReport]) -> str:
    """An array with one object per finding."""
    return dump(as_object(finding) for report in reports for finding in report.findings)


def dump(rows: Iterable[dict[str, Any]]) -> str:
    """An array, one row to a line: readable by people, and friendly to ``diff``."""
    # Lone surrogates, which names of files may hold, are escaped: the output is always ASCII.
    lines = [json.dumps(row) for row in rows]
    return "[\n" + ",\n".join(lines) + "\n]\n" if lines else "[]\n"


def as_object(finding: Finding) -> dict[str, Any]:
    """The finding as the JSON formats write it."""
    return {
        "path": finding.path,
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity,
        "message": finding.message,
        **place(finding.span),
        "fix": None if finding.fix is None else _fix(finding.fix),
        "verdict": None if finding.verdict is None else asdict(finding.verdict),
    }


def place(span: Span) -> dict[str, Any]:
    """The keys that say where: 1-based, ends exclusive; ``cell`` is null in files that are no notebooks."""
    return {
        "cell": span.cell,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


def _fix(fix: Fix) -> dict[str, Any]:
    message = f"{fix.message} (unsafe: {fix.reason})" if fix.reason else fix.message
    edits = [{**place(edit.span), "replacement": edit.replacement} for edit in fix.edits]
    return {"safety": fix.safety, "message": message, "edits": edits}
