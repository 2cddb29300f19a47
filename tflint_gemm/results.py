"""What checking one file gave, as it travels from the engine to the reporters."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tflint_gemm.findings import Finding
from tflint_gemm.syntax.source import Source


@dataclass(slots=True)
class FileReport:
    """The findings left in one file, in order.

    ``source`` is the text that they point into, None where nothing was found.  ``fixed`` counts the findings repaired
    by code, ``diff`` shows how; ``failure`` is an internal error or a failure to write, ``traceback`` its details.
    ``unmodelled`` counts the calls that the analysis could not follow, ``questions`` is what it would ask TensorFlow.
    """

    path: str
    findings: list[Finding] = field(default_factory=list)
    source: Source | None = None
    fixed: Counter[str] = field(default_factory=Counter)
    diff: str = ""
    new_text: str | None = None
    suppressed: int = 0
    unmodelled: Counter[str] = field(default_factory=Counter)
    questions: tuple[str, ...] = ()
    failure: str | None = None
    traceback: str | None = None
