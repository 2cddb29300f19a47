"""The cells of a notebook within the text that they make together, and where they stand in the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Cell:
    """A code cell: its 1-based number among all cells, its offset in the text, the line of the file of each line.

    ``may_raise``: the notebook says that it is there to show an exception.
    """

    number: int
    start: int
    file_lines: tuple[int, ...] = (1,)
    may_raise: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """Where the source of a cell stands in the file, from ``start`` to ``end``, and what it was when it was read."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class CellMap:
    """The Python cells of a notebook in order.  Each ends with a line feed of its own, which is not in the file.

    ``document`` is the file's text and ``slots`` the places of the cells in it; without them it can be read only.
    """

    cells: tuple[Cell, ...]
    document: str = ""
    slots: tuple[Slot, ...] = ()

    def texts(self, text: str) -> list[str]:
        """The sources of the cells, which together make ``text``."""
        ends = [*(cell.start for cell in self.cells[1:]), len(text)]
        return [text[cell.start : end].removesuffix("\n") for cell, end in zip(self.cells, ends)]

    def edited(self, changes: Sequence[tuple[int, int, str]]) -> CellMap:
        """The cells after ``changes`` (start, end, replacement) in their text.

        What is inserted where a cell begins is in that cell.
        """
        moved = []
        for cell in self.cells:
            before = [change for change in changes if change[1] <= cell.start and change[0] < cell.start]
            shift = sum(len(new) - (end - start) for start, end, new in before)
            moved.append(replace(cell, start=cell.start + shift))
        return replace(self, cells=tuple(moved))

    def separates(self, start: int, end: int) -> bool:
        """Whether a cell begins between two offsets."""
        return any(start < cell.start < end for cell in self.cells)
