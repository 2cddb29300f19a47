"""How much source text is analysed: what keeps memory and the depth of recursion within bounds."""

from __future__ import annotations

import ast
import re

from tflint_gemm.syntax.tree import children

MAX_BYTES = 10_000_000  # a larger file is generated data
MAX_ITEMS = 2_000_000  # each costs up to a kilobyte in the syntax tree
MAX_DEPTH = 2_600  # nodes within each other; every version of Python that we run on can still parse that
MAX_FIELDS = 20_000  # in one f-string: Python before 3.12 takes the square of their number to parse them
MAX_DIGITS = 200_000  # of one number: Python's tokenizer takes half a kilobyte for each
_CERTAINLY_FEW = 1 << 20
_NUMBER = re.compile(rb"(?<![\w\"'])[0-9][0-9a-fA-F_xXoO]{%d}" % MAX_DIGITS)  # not one in quotes
_F_STRING = re.compile(rb"(?<!\w)(?:[fF][rR]?|[rR][fF])(\"\"\"|'''|\"|')")
_ITEM = re.compile(rb"[,;+\-*/%|&^@<>=(\[{\n]|\.[A-Za-z_]")
_LINE_END = re.compile(r"\r\n|\r|\n")


def excess(data: bytes) -> str | None:
    """Why source text of these bytes is too much to be parsed; None where it is not."""
    if len(data) > MAX_BYTES:
        return f"the file has {len(data):,} bytes; files over {MAX_BYTES:,} bytes are not analysed"
    if len(data) > _CERTAINLY_FEW:
        items = sum(1 for _ in _ITEM.finditer(data))
        if items > MAX_ITEMS:
            return f"the file has some {items:,} items and operators; more than {MAX_ITEMS:,} are not analysed"
    if len(data) > MAX_DIGITS and _NUMBER.search(data):
        return f"a number has more than {MAX_DIGITS:,} digits and is not analysed"
    if data.count(b"{") > MAX_FIELDS:
        fields = max((_fields(data, match) for match in _F_STRING.finditer(data)), default=0)
        if fields > MAX_FIELDS:
            return f"an f-string has some {fields:,} fields; more than {MAX_FIELDS:,} are not analysed"
    return None


def _fields(data: bytes, opening: re.Match[bytes]) -> int:
    """How many braces open in an f-string, taken to end at the next such quote."""
    end = data.find(opening[1], opening.end())
    return data.count(b"{", opening.end(), end if end >= 0 else len(data))


def is_too_deep(tree: ast.Module, text: str) -> bool:
    """Whether nodes of ``tree``, which is ``text`` parsed, are nested deeper than ``MAX_DEPTH``."""
    if len(text) < 2 * MAX_DEPTH:  # each level takes an operator and something to be operated on
        return False
    starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
    pending: list[tuple[ast.AST, int]] = [(tree, 0)]
    while pending:
        node, depth = pending.pop()
        if depth > MAX_DEPTH:
            return True
        within = ((child, depth + 1) for child in children(node))
        pending.extend((child, level) for child, level in within if level + _written(child, starts) // 2 > MAX_DEPTH)
    return False


def _written(node: ast.AST, starts: list[int]) -> int:
    """How many characters a node is written in, at most."""
    if isinstance(node, ast.stmt) and node.end_lineno is not None and node.end_lineno < len(starts):
        return starts[node.end_lineno] - starts[node.lineno - 1]
    if isinstance(node, ast.expr) and node.lineno == node.end_lineno:
        return (node.end_col_offset or 0) - node.col_offset
    return 2 * MAX_DEPTH
