"""What IPython understands beyond Python: magics, shell lines and help, replaced so that every position stays.

Nothing is replaced in a cell that is Python as it stands.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

UNKNOWN_NAME = "ᚠ"
"""Stands for a value that no Python expression gives; a letter that no program uses as a name."""

_RUN_HERE = frozenset(
    {"capture", "debug", "ipytest", "memit", "prun", "pyinstrument", "snakeviz", "time", "timeit", "wandb"}
)
"""Cell magics that run the cell as Python, in the namespace of the notebook."""

_FIRST_LINE = re.compile(r"(?:[ \t]*(?:#[^\r\n]*)?(?:\r\n|\r|\n))*(?P<line>%%(?P<name>\S*)[^\r\n]*)")
_STATEMENT = re.compile(
    r"[ \t]*(?P<magic>[%!?,;/]"
    r"|(?:pip|conda|cd|ls|cat|cp|mv|rm|mkdir|load_ext|matplotlib|env|run|time|timeit)[ \t]+(?=[\w.~/$-]))"
)
_TIMED = re.compile(r"%?[ \t]*(?P<name>time|timeit|prun)(?P<options>(?:[ \t]+-(?:[nrplsTDm][ \t]*\S+|\w+))*)[ \t]+")
_LINE = re.compile(r"(?:\\(?:\r\n|\r|\n)|[^\r\n])*")
_TOKEN = re.compile(
    r"""(?P<comment>\#[^\r\n]*)
    | (?P<string>\"{3}(?:\\.|[^\\])*?(?:\"{3}|\Z) | '{3}(?:\\.|[^\\])*?(?:'{3}|\Z)
        | "(?:\\.|[^"\\\r\n])*"? | '(?:\\.|[^'\\\r\n])*'?)
    | (?P<space>[ \t\f]+ | \\(?:\r\n|\r|\n))
    | (?P<newline>\r\n|\r|\n)
    | (?P<open>[(\[{]) | (?P<close>[)\]}])
    | (?P<other>\w+ | [=!<>]= | :=  | .)""",
    re.VERBOSE | re.DOTALL,
)
_VISIBLE = re.compile(r"[^\r\n]")
_ASSIGNED = re.compile(r"\b([^\W\d]\w*)\s*(?:[-+*/%&|^@]|\*\*|//|<<|>>)?=(?!=)|\b(?:def|class|for|as)\s+([^\W\d]\w*)")

Parse = Callable[[str], ast.Module]


def is_python(text: str) -> bool:
    """Whether a code cell runs as Python: not with ``%%bash``, ``%%html``, ``%%writefile`` and the like above it."""
    magic = _FIRST_LINE.match(text)
    return magic is None or magic["name"] in _RUN_HERE


def parse(text: str, parse_python: Parse, *, may_raise: bool = False) -> ast.Module:
    """The syntax tree of a code cell; raises what ``parse_python`` raises.

    ``may_raise``: the cell is there to show an exception, after which the notebook goes on.
    """
    tree = _parsed(text, parse_python)
    magic = _FIRST_LINE.match(text)
    if magic is not None and magic["name"] == "timeit" and tree.body:
        # Its body runs as a function's does: what it assigns is gone afterwards.
        tree.body = [_spanning(tree.body, ast.parse("def timeit(): pass").body[0])]
    if may_raise and tree.body:
        tree.body = [_spanning(tree.body, ast.parse("try: pass\nexcept (Exception, TypeError): pass").body[0])]
    return tree


def python_text(text: str) -> str:
    """``text`` with everything that is not Python blanked, character by character."""
    magic = _FIRST_LINE.match(text)
    body = text if magic is None else _without(text, *magic.span("line"), "")
    return body if _is_valid(body) else _without_magics(body)


def assigned_names(text: str) -> list[str]:
    """The names that a cell which cannot be parsed seems to give a new value."""
    found = (match[1] or match[2] for match in _ASSIGNED.finditer(text))
    return list(dict.fromkeys(found))


def _parsed(text: str, parse_python: Parse) -> ast.Module:
    code = python_text(text)
    try:
        return parse_python(code)
    except IndentationError:
        if not code.startswith((" ", "\t")):
            raise
    # IPython takes away the indentation that the first line has.
    tree = parse_python(f"if 1:\n{code}")
    tree.body = [statement for holder in tree.body for statement in getattr(holder, "body", [holder])]
    ast.increment_lineno(tree, -1)
    return tree


def _spanning(body: list[ast.stmt], holder: ast.stmt) -> ast.stmt:
    """``holder``, a compound statement, with ``body`` and its position."""
    first, last = body[0], body[-1]
    for node in ast.walk(holder):
        if hasattr(node, "lineno"):
            ast.copy_location(node, first)
            node.end_lineno, node.end_col_offset = last.end_lineno, last.end_col_offset  # type: ignore[attr-defined]
    holder.body = body  # type: ignore[attr-defined]
    return holder


# ------------------------------------------------------------------------------------------------- line magics


def _is_valid(code: str) -> bool:
    try:
        compile(code, "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _without(text: str, start: int, end: int, replacement: str) -> str:
    """``text`` with blanks from ``start`` to ``end`` but for a ``replacement`` at their beginning; lines stay lines."""
    blank = _VISIBLE.sub(" ", text[start:end])
    return text[:start] + replacement + blank[len(replacement) :] + text[end:]


def _without_magics(text: str) -> str:
    at = 0
    while at < len(text):
        found = _STATEMENT.match(text, at)
        if found is not None:
            start, end = found.start("magic"), _line_end(text, found.start("magic"))
            text = _without_magic(text, start, end)
            at = end
        else:
            text, at = _statement(text, at)
        newline = re.compile(r"\r\n|\r|\n").match(text, at)
        at = newline.end() if newline is not None else at
    return text


def _line_end(text: str, at: int) -> int:
    """Where the line ends that ``at`` is in, with the lines that a backslash joins to it."""
    match = _LINE.match(text, at)
    return match.end() if match is not None else at


def _without_magic(text: str, start: int, end: int) -> str:
    timed = _TIMED.match(text, start, end)
    if timed is not None:
        code = text[timed.end() : end]
        # ``if 1:`` takes no more room than ``%time``; what %timeit assigns is gone afterwards.
        if _is_valid(f"if 1: {code}") and (timed["name"] != "timeit" or _is_expression(code)):
            return _without(text, start, timed.end(), "if 1:")
    return _without(text, start, end, "0")


def _is_expression(code: str) -> bool:
    try:
        ast.parse(code.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _statement(text: str, at: int) -> tuple[str, int]:
    """``text`` without ``= !ls``, ``= %magic`` and ``name?`` in the statement at ``at``, and where that ends."""
    start, depth, before, assigned = at, 0, "", False
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            break
        kind = token.lastgroup
        if kind == "newline" and depth <= 0:
            break
        if kind in ("open", "close"):
            depth += 1 if kind == "open" else -1
        if kind == "other" and depth == 0 and before == "=" and token[0] in ("!", "%"):
            end = _line_end(text, at)
            return _without_assigned(text, at, end), end
        assigned = assigned or token[0] == "="
        if kind not in ("space", "comment", "newline"):
            before = token[0]
        at = token.end()
    if before == "?":
        indent = len(text[start:at]) - len(text[start:at].lstrip(" \t"))
        text = _without(text, start + indent, at, "0")
    return text, at


def _without_assigned(text: str, start: int, end: int) -> str:
    timed = _TIMED.match(text, start, end)
    if timed is not None and timed["name"] == "time" and _is_expression(text[timed.end() : end]):
        return _without(text, start, timed.end(), "")  # it gives the value of what it times
    return _without(text, start, end, UNKNOWN_NAME)
