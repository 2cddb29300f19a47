"""Source text on a terminal: nothing in a file may move the cursor, and markers stand below what they mark."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from tflint_gemm.findings import Span

TAB = "    "
MAX_WIDTH = 160
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """``text`` with control characters and marks that turn the direction of writing shown, not obeyed."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def path_text(path: str) -> str:
    """``path`` on one line: a name may hold line breaks, and what follows them would pass for a line of ours."""
    return printable(path.replace("\n", "\\x0a"))


def place_text(span: Span) -> str:
    """Where ``span`` begins: ``3:5``, in a notebook ``cell 2:3:5``."""
    cell = f"cell {span.cell}:" if span.cell is not None else ""
    return f"{cell}{span.line}:{span.column}"


def one_line(text: str) -> str:
    """``text`` printable and without line breaks."""
    return printable(" ".join(text.split()))


def width(text: str) -> int:
    """How many columns of a terminal ``text`` takes."""
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def show_line(line: str) -> str:
    """A source line as it is printed."""
    return printable(line.replace("\t", TAB))


@dataclass(frozen=True, slots=True, order=True)
class Label:
    """Characters ``start`` to ``end`` (0-based, exclusive) of a line, their underline, and what is said of them."""

    start: int
    end: int
    mark: str
    text: str = ""


def underlined(line: str, labels: Sequence[Label]) -> tuple[str, list[str]]:
    """A source line, and the lines below it that underline its labels and say their texts; cropped if very long."""
    start, end = _window(line, labels)
    before, after = "… " if start else "", " …" if end < len(line) else ""
    shown = before + show_line(line[start:end]) + after

    def column(offset: int) -> int:
        return width(before + show_line(line[start : min(max(offset, start), end)]))

    placed = sorted((column(label.start), max(column(label.end), column(label.start) + 1), label) for label in labels)
    marks = [" "] * max((right for _, right, _ in placed), default=0)
    for left, right, label in placed:
        marks[left:right] = label.mark * (right - left)
    return shown, ["".join(marks), *_texts([(left, label.text) for left, _, label in placed if label.text])]


def _texts(texts: list[tuple[int, str]]) -> list[str]:
    """The texts below their marks, the rightmost first, bars leading down to the others."""
    lines = []
    while texts:
        column, text = texts.pop()
        bars = sorted({left for left, _ in texts if left < column})
        lead = "".join("|" if place in bars else " " for place in range(column))
        lines.append(lead + text)
    return lines


def _window(line: str, labels: Sequence[Label]) -> tuple[int, int]:
    if len(line) <= MAX_WIDTH:
        return 0, len(line)
    start = max(0, min((label.start for label in labels), default=0) - MAX_WIDTH // 3)
    return start, min(len(line), start + MAX_WIDTH)
