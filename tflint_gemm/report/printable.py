"""Source text on a terminal: nothing in a file may move the cursor, and markers stand below what they mark."""

from __future__ import annotations

import re
import unicodedata

TAB = "    "
MAX_WIDTH = 160
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """``text`` with control characters and marks that turn the direction of writing shown, not obeyed."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


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


def marked(line: str, ranges: list[tuple[int, int]], mark: str) -> tuple[str, str]:
    """A source line and the line below it that underlines ``ranges`` (0-based, end exclusive); cropped if very long."""
    start, end = _window(line, ranges)
    before, after = "… " if start else "", " …" if end < len(line) else ""
    marks = [" "] * (width(before + show_line(line[start:end])) + 1)
    for low, high in ranges:
        left = width(before + show_line(line[start : max(low, start)]))
        right = width(before + show_line(line[start : min(high, end)]))
        for column in range(left, max(right, left + 1)):
            if column < len(marks):
                marks[column] = mark
    return before + show_line(line[start:end]) + after, "".join(marks).rstrip()


def _window(line: str, ranges: list[tuple[int, int]]) -> tuple[int, int]:
    if len(line) <= MAX_WIDTH:
        return 0, len(line)
    start = max(0, min((low for low, _ in ranges), default=0) - MAX_WIDTH // 3)
    return start, min(len(line), start + MAX_WIDTH)
