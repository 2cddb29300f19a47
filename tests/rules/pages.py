"""The code blocks of the rule pages, and the marks in them that say what is to be found where."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from tflint_gemm import rules

_FENCE = re.compile(r"^```python (bad|good|fixed)(?: not-executed: ([^\n]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK = re.compile(r"  # (TFG\d{3})\b *(.*)$")
_MARK_BELOW = re.compile(r"^# +\^ (TFG\d{3})\b *(.*)$")
_PRINTED = re.compile(r"^\s*print\(.*\)  # (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Mark:
    """What is to be found on a line: the rule and pieces of the message."""

    line: int
    code: str
    pieces: tuple[str, ...]


@dataclass
class Block:
    """One code block of a page, without its marks.

    ``skip`` is why it is not executed, ``fixed`` what ``--fix`` makes of it.
    """

    code: str
    number: int
    kind: str
    text: str
    skip: str | None
    marks: list[Mark] = field(default_factory=list)
    fixed: str | None = None

    @property
    def name(self) -> str:
        return f"{self.code}-{self.kind}-{self.number}"

    @property
    def printed(self) -> list[str]:
        """What the block's print statements say that they print."""
        return _PRINTED.findall(self.text)


@cache
def blocks() -> tuple[Block, ...]:
    """Every block of every page; the fixed ones also hang on the bad block before them."""
    found: list[Block] = []
    for code, rule in rules.all_rules().items():
        for number, (kind, skip, text) in enumerate(_FENCE.findall(rule.page), 1):
            block = _block(code, number, kind, text, skip or None)
            if kind == "fixed":
                found[-1 if found[-1].kind == "bad" else -2].fixed = text
            found.append(block)
    return tuple(found)


def _block(code: str, number: int, kind: str, text: str, skip: str | None) -> Block:
    lines: list[str] = []
    marks: list[Mark] = []
    for line in text.splitlines():
        below = _MARK_BELOW.match(line)
        mark = _MARK.search(line)
        if below:
            marks.append(Mark(len(lines), below[1], _pieces(below[2])))
            continue
        if mark and mark[1] == code:
            marks.append(Mark(len(lines) + 1, mark[1], _pieces(mark[2])))
            line = line[: mark.start()]
        lines.append(line)
    return Block(code, number, kind, "\n".join(lines) + "\n", skip, marks)


def _pieces(text: str) -> tuple[str, ...]:
    """Words, except that brackets and quotes hold together: ``[2, 3] 'a' by``."""
    return tuple(re.findall(r"\[[^\]]*\]|'[^']*'|\S+", text))
