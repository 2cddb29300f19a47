"""Counts instead of findings: which rules speak how often, and which calls the analysis could not follow."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from tflint_gemm.results import FileReport

CALLS_SHOWN = 15
ENDED = {
    "modules": "other modules of the project were not followed to the end",
    "questions": "TensorFlow was not asked about every call without a model",
}


def render(reports: Sequence[FileReport], form: str) -> str:
    """A table, or for "json" an object with the same numbers."""
    findings = [finding for report in reports for finding in report.findings]
    counts = Counter((finding.code, finding.name) for finding in findings)
    fixable = Counter(finding.code for finding in findings if finding.fix and finding.fix.safety == "safe")
    calls: Counter[str] = Counter()
    for report in reports:
        calls.update(report.unmodelled)
    ended = {what: sum(what in report.ended_early for report in reports) for what in ENDED}
    rules = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    if form == "json":
        rows = [{"code": code, "name": name, "count": n, "fixable": fixable[code]} for (code, name), n in rules]
        shown = {"rules": rows, "unmodelled": dict(calls.most_common()), "ended_early": ended}
        return json.dumps(shown, indent=1) + "\n"
    lines = [f"{n:>7}  {code}  {'[*]' if fixable[code] else '   '} {name}" for (code, name), n in rules]
    if calls:
        lines.append(f"{calls.total():>7}  calls without a model, most often:")
        lines.extend(f"{n:>14}  {name}" for name, n in calls.most_common(CALLS_SHOWN))
    lines.extend(f"{n:>7}  {'file' if n == 1 else 'files'}: {ENDED[what]}" for what, n in ended.items() if n)
    return "\n".join(lines) + "\n" if lines else ""
