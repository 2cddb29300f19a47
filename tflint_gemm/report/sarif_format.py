"""SARIF 2.1.0, which code scanning services and editors read."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from tflint_gemm import __version__, rules
from tflint_gemm.findings import Finding, Fix, Span
from tflint_gemm.report.printable import place_text
from tflint_gemm.results import FileReport
from tflint_gemm.syntax.source import Source

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def render(reports: Sequence[FileReport]) -> str:
    """One run with the rules that were violated and their results."""
    findings = [finding for report in reports for finding in report.findings]
    codes = sorted({finding.code for finding in findings})
    driver = {"name": "tflint-gemm", "version": __version__, "rules": [_rule(code) for code in codes]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(finding, codes.index(finding.code), report.source)
            for report in reports
            for finding in report.findings
        ],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _rule(code: str) -> dict[str, Any]:
    rule = rules.rule(code)
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "help": {"text": rule.page, "markdown": rule.page},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(finding: Finding, index: int, source: Source | None) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [_location(finding.path, finding.span, source)],
    }
    related = [
        {**_location(finding.path, note.span, source), "message": {"text": note.message}}
        for note in finding.notes
        if note.span is not None
    ]
    if related:
        result["relatedLocations"] = related
    if finding.fix is not None and finding.fix.edits and finding.span.cell is None:
        result["fixes"] = [_fix(finding.path, finding.fix)]
    if finding.verdict is not None:
        result["properties"] = {"verdict": finding.verdict.outcome, "verdictReason": finding.verdict.reason}
    return result


def _location(path: str, span: Span, source: Source | None) -> dict[str, Any]:
    """Where ``span`` is; of a notebook, the lines of its JSON, and the place in the cell by name."""
    if span.cell is None or source is None:
        return {"physicalLocation": {"artifactLocation": {"uri": _uri(path)}, "region": _region(span)}}
    lines = source.in_file(span)
    region = {"startLine": lines.line, "endLine": lines.end_line}
    return {
        "physicalLocation": {"artifactLocation": {"uri": _uri(path)}, "region": region},
        "logicalLocations": [{"name": f"cell {span.cell}", "fullyQualifiedName": place_text(span)}],
    }


def _uri(path: str) -> str:
    if os.path.isabs(path):
        return "file://" + quote(os.fsencode(path))
    return quote(os.fsencode(path.replace(os.sep, "/")))


def _region(span: Span) -> dict[str, int]:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _fix(path: str, fix: Fix) -> dict[str, Any]:
    replacements = [
        {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.replacement}} for edit in fix.edits
    ]
    change = {"artifactLocation": {"uri": _uri(path)}, "replacements": replacements}
    return {"description": {"text": fix.message}, "artifactChanges": [change]}
