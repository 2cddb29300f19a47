"""Findings as text for people and machines: one module per format, each with ``render(reports) -> str``."""

from __future__ import annotations

import importlib
from collections.abc import Sequence

from tflint_gemm.results import FileReport, located

FORMATS = ("text", "concise", "json", "github", "sarif", "html")


def render(reports: Sequence[FileReport], form: str) -> str:
    """The findings of ``reports`` in one of ``FORMATS``; the text may hold colours as ANSI sequences."""
    # Only the module that is wanted is imported; their names are kept apart from those of the standard library.
    module = importlib.import_module(f"tflint_gemm.report.{form}_format")
    # The page shows whole sources, and the places in them.
    text: str = module.render(reports if form == "html" else [located(report) for report in reports])
    return text
