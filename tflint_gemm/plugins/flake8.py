"""The flake8 plugin: ``pip install tflint-gemm flake8`` is all it takes.

flake8 selects among what is reported and obeys ``# noqa`` itself; everything else comes from ``[tool.tflint-gemm]``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from tflint_gemm import __version__, rules, stack
from tflint_gemm.config import Resolver
from tflint_gemm.engine import check_source
from tflint_gemm.syntax import screen
from tflint_gemm.syntax.source import Source

_resolver = Resolver()


class Plugin:
    """Checks one file for flake8."""

    name = "tflint-gemm"
    version = __version__

    def __init__(self, tree: ast.AST, filename: str, lines: Sequence[str]) -> None:
        # The tree asks flake8 to call us once for each file that can be parsed; we need our own.
        del tree
        self._path, self._text = filename, "".join(lines)

    def run(self) -> Iterator[tuple[int, int, str, type[Plugin]]]:
        """The findings as (line, 0-based column, text, type)."""
        if not screen.concerns(self._text.encode("utf-8", "surrogatepass")):
            return
        config = _resolver.for_file("-" if self._path == "stdin" else self._path)
        source = Source(self._path, self._text)
        for finding in stack.with_room(lambda: check_source(source, config, noqa=False)):
            if finding.code == rules.INCOMPLETE:
                continue  # whatever is yielded makes flake8 fail
            message = " ".join(finding.message.split())
            yield finding.span.line, finding.span.column - 1, f"{finding.code} {message}", type(self)
