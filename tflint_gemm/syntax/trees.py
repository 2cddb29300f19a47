"""Syntax trees that are kept: a module is parsed once, as the file that is analysed and where it is imported.

Whoever gets such a tree leaves it as it is.
"""

from __future__ import annotations

import ast
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from tflint_gemm.syntax.source import Source, parse

MAX_LINES_KEPT = 40_000  # a line takes about a kilobyte
Key = TypeVar("Key", bound=Hashable)
Made = TypeVar("Made")


class Kept(Generic[Key, Made]):
    """What was made of the texts asked for last, as many as fit: files that lie together import the same ones."""

    def __init__(self) -> None:
        self._made: OrderedDict[Key, tuple[Made, int]] = OrderedDict()
        self._lines = 0

    def get(self, key: Key, lines: int, make: Callable[[], Made]) -> Made:
        """What ``make`` gives (or raises), from a text of so many lines; ``key`` tells the texts apart."""
        if key in self._made:
            self._made.move_to_end(key)
            return self._made[key][0]
        made = make()
        if lines <= MAX_LINES_KEPT:
            self._made[key] = made, lines
            self._lines += lines
        while self._lines > MAX_LINES_KEPT:
            _, (_, gone) = self._made.popitem(last=False)
            self._lines -= gone
        return made


_TREES: Kept[str, ast.Module] = Kept()


def tree_of(source: Source) -> ast.Module:
    """The syntax tree of ``source``, which others may have asked for before; raises SourceError."""
    if source.cells is not None:
        return parse(source)
    return _TREES.get(source.text, source.text.count("\n") + 1, lambda: parse(source))
