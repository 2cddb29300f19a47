"""One line per finding, as most compilers print them: editors know how to jump to it."""

from __future__ import annotations

from collections.abc import Sequence

import click

from tflint_gemm.report.printable import one_line, path_text, place_text
from tflint_gemm.report.text_format import COLOURS
from tflint_gemm.results import FileReport


def render(reports: Sequence[FileReport]) -> str:
    """``path:line:column: CODE message``; a ``[*]`` marks what ``--fix`` repairs."""
    lines = []
    for report in reports:
        for finding in report.findings:
            star = "[*] " if finding.fix is not None and finding.fix.safety == "safe" else ""
            verdict = f" ({finding.verdict.outcome})" if finding.verdict else ""
            code = click.style(finding.code, fg=COLOURS[finding.severity], bold=True)
            place = f"{path_text(finding.path)}:{place_text(finding.span)}"
            lines.append(f"{place}: {code} {star}{one_line(finding.message)}{verdict}\n")
    return "".join(lines)
