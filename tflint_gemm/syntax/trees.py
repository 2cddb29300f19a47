"""Syntax trees that are kept: a module is parsed once, as the file that is analysed and where it is imported.

Whoever gets such a tree leaves it as it is.
"""

from __future__ import annotations

import ast

from tflint_gemm.kept import Kept
from tflint_gemm.syntax.source import Source, parse

MAX_LINES_KEPT = 40_000  # a line takes about a kilobyte
_TREES: Kept[str, ast.Module] = Kept(MAX_LINES_KEPT)


def tree_of(source: Source) -> ast.Module:
    """The syntax tree of ``source``, which others may have asked for before; raises SourceError."""
    if source.cells is not None:
        return parse(source)
    return _TREES.get(source.text, lambda text: text.count("\n") + 1, lambda: parse(source))
