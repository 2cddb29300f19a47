"""Source edits that findings carry, and putting them into the text."""

from __future__ import annotations

from collections.abc import Iterable

from tflint_gemm.findings import Finding
from tflint_gemm.syntax import edits
from tflint_gemm.syntax.source import Source


def apply(source: Source, findings: Iterable[Finding], *, unsafe: bool) -> Source:
    """``source`` with the safe (and, if asked, the unsafe) fixes of ``findings`` made.

    Of fixes that overlap the first is made; the others wait for the next round.
    """
    allowed = ("safe", "unsafe") if unsafe else ("safe",)
    return edits.apply(source, [f.fix.edits for f in findings if f.fix is not None and f.fix.safety in allowed])
