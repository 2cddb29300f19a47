"""Python 2's statements as Python 3's, so that TensorFlow 1 programs of that time can be read.

Only what the two grammars write differently in the same place is rewritten: print statements, ``except E, e``,
``raise E, message``, long integers, and ``async``, which was a name until Python 3.6.  Lines stay lines, and columns
before the rewritten place stay columns, so findings point into the file as it is.
"""

from __future__ import annotations

import io
import tokenize
from itertools import pairwise

_Token = tokenize.TokenInfo
_BLANK = (tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT)
_OPENING, _CLOSING = "([{", ")]}"


def modernized(text: str) -> str | None:
    """``text`` with Python 2's statements rewritten; None where there are none or it cannot even be tokenized."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return None
    lines = text.split("\n")  # where the tokenizer sees lines end
    edits: list[tuple[int, int, int, str]] = []  # line, start and end column, replacement
    for statement in _statements(tokens):
        edits.extend(_rewritten(statement))
    if not edits:
        return None
    for line, start, end, replacement in sorted(edits, reverse=True):
        lines[line - 1] = lines[line - 1][:start] + replacement + lines[line - 1][end:]
    return "\n".join(lines)


def _statements(tokens: list[_Token]) -> list[list[_Token]]:
    """The tokens of each simple statement or clause head; they end at newlines, semicolons and clause colons."""
    statements: list[list[_Token]] = [[]]
    depth = 0
    for token in tokens:
        if token.type in _BLANK:
            continue
        if token.type == tokenize.OP and token.string in _OPENING:
            depth += 1
        elif token.type == tokenize.OP and token.string in _CLOSING:
            depth -= 1
        if token.type in (tokenize.NEWLINE, tokenize.ENDMARKER) or (depth == 0 and token.string in (";", ":")):
            statements.append([])
        else:
            statements[-1].append(token)
    return [statement for statement in statements if statement]


def _rewritten(statement: list[_Token]) -> list[tuple[int, int, int, str]]:
    edits = [
        (token.start[0], *_columns(token), " ")
        for before, token in pairwise(statement)
        if before.type == tokenize.NUMBER and token.string in ("L", "l") and token.start == before.end
    ]
    edits += [
        (token.start[0], *_columns(token), "Async")
        for token, after in zip(statement, [*statement[1:], None])
        if token.string == "async" and (after is None or after.string not in ("def", "for", "with"))
    ]
    head = statement[0].string
    if head == "print" and len(statement) > 1 and statement[1].string not in ("(", "=", ".", "["):
        edits.extend(_print(statement))
    elif head in ("except", "raise"):
        comma = _top_level_comma(statement)
        if comma is not None and head == "except" and len(statement) == comma + 2:
            edits.append((statement[comma].start[0], *_columns(statement[comma]), " as"))
        elif comma is not None and head == "raise" and statement[-1].end[0] == statement[comma].start[0]:
            edits.append((statement[comma].start[0], statement[comma].start[1], statement[-1].end[1], ""))
    return edits


def _columns(token: _Token) -> tuple[int, int]:
    return token.start[1], token.end[1]


def _print(statement: list[_Token]) -> list[tuple[int, int, int, str]]:
    """``print x`` becomes ``print(x)``: the parenthesis takes the place of the space."""
    keyword, first, last = statement[0], statement[1], statement[-1]
    gap = (keyword.end[1], max(keyword.end[1], min(keyword.end[1] + 1, first.start[1])))
    edits = [(keyword.start[0], *gap, "("), (last.end[0], last.end[1], last.end[1], ")")]
    if first.string == ">>":
        edits.append((first.start[0], *_columns(first), "  "))
    return edits


def _top_level_comma(statement: list[_Token]) -> int | None:
    depth = 0
    for index, token in enumerate(statement):
        if token.string in _OPENING:
            depth += 1
        elif token.string in _CLOSING:
            depth -= 1
        elif token.string == "," and depth == 0:
            return index
    return None
