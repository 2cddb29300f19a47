"""Source edits: applying them, and making the few kinds that fixes are composed of.

Every edit touches as little text as it can, so that formatting and comments round it stay byte for byte.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tflint_gemm.findings import Edit, Span
from tflint_gemm.syntax.source import Source

if TYPE_CHECKING:  # dear to import, and few fixes need it
    import libcst

_CLOSING = re.compile(r"(?:\s|#[^\r\n]*)*\)")


# ------------------------------------------------------------------------------------------------- applying


def apply(source: Source, groups: Iterable[Sequence[Edit]]) -> Source:
    """``source`` after the edits of each group.

    A group is done as a whole or not at all: one that overlaps an earlier group, or the border of two cells, is left
    out.  An edit that an earlier group has made already (the same import, the same ``dtype=``) is made once.
    """
    cells = source.cells
    accepted: list[_Change] = []
    near: dict[int, list[_Change]] = {}  # by parts of the text, since a file may have 100,000 edits
    for group in groups:
        wanted = [_offsets(source, edit) for edit in group]
        fresh = [edit for edit in wanted if edit not in near.get(edit[0] // _PART, ())]
        if cells is not None and any(cells.separates(start, end) for start, end, _ in fresh):
            continue
        if not any(_overlap(edit, other) for edit in fresh for part in _parts(edit) for other in near.get(part, ())):
            accepted.extend(fresh)
            for edit in fresh:
                for part in _parts(edit):
                    near.setdefault(part, []).append(edit)
    text = _changed(source.text, accepted)
    return Source(source.path, text, source.encoding, source.bom, cells.edited(accepted) if cells is not None else None)


_Change = tuple[int, int, str]  # what replaces the text between two offsets
_PART = 256  # characters


def _parts(change: _Change) -> range:
    return range(change[0] // _PART, change[1] // _PART + 1)


def _changed(text: str, changes: Iterable[_Change]) -> str:
    """``text`` after the changes; of those in one place, the first stands first."""
    pieces, done = [], 0
    for start, end, replacement in sorted(changes, key=lambda change: change[:2]):
        pieces += [text[done:start], replacement]
        done = max(done, end)
    return "".join([*pieces, text[done:]])


def _offsets(source: Source, edit: Edit) -> _Change:
    span = edit.span
    return source.offset(span.line, span.column), source.offset(span.end_line, span.end_column), edit.replacement


def _overlap(one: _Change, other: _Change) -> bool:
    if one[0] == one[1] == other[0] == other[1]:
        return True  # two insertions in one place: whose comes first is not for us to guess
    return one[0] < other[1] and other[0] < one[1]


# ------------------------------------------------------------------------------------------------- making


def insertion(span: Span, text: str, *, at_end: bool = False) -> Edit:
    """Insert ``text`` before ``span``, or behind it."""
    line, column = (span.end_line, span.end_column) if at_end else (span.line, span.column)
    return Edit(Span(line, column, line, column, span.cell), text)


def wrap(source: Source, node: ast.expr, before: str, after: str, *, grouped: bool) -> tuple[Edit, Edit]:
    """Put ``before(`` and ``after)`` round an expression.

    Where parentheses do nothing but group it (``grouped`` says that they may), they become the call's: ``(a + b) @ c``
    turns into ``cast(a + b, t) @ c``.
    """
    span = source.span(node)
    if grouped and (opening := _grouping(source, span)) is not None:
        return insertion(opening, before), insertion(span, after, at_end=True)
    bare = isinstance(node, (ast.GeneratorExp, ast.NamedExpr, ast.Yield, ast.YieldFrom))
    own = bare and not source.segment(span).startswith("(")
    head, tail = ("(", ")") if own else ("", "")
    return insertion(span, f"{before}({head}"), insertion(span, f"{tail}{after})", at_end=True)


def _grouping(source: Source, span: Span) -> Span | None:
    """The place of the parenthesis directly before ``span``, where its partner stands directly behind."""
    before = source.text[: source.offset(span.line, span.column)].rstrip()
    if not before.endswith("(") or not _CLOSING.match(source.text, source.offset(span.end_line, span.end_column)):
        return None
    return _point(source, len(before) - 1)


def _point(source: Source, offset: int) -> Span:
    line = bisect_right(source.line_starts, offset)
    column = offset - source.line_starts[line - 1] + 1
    return Span(line, column, line, column)


def unwrap(source: Source, outer: ast.expr, inner: ast.expr) -> tuple[Edit, Edit]:
    """Leave of ``outer`` only the part ``inner``, with parentheses where a call needed none and an operand may."""
    whole, kept = source.span(outer), source.span(inner)
    atom = isinstance(inner, (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Constant, ast.List))
    head, tail = ("", "") if atom else ("(", ")")
    return (
        Edit(Span(whole.line, whole.column, kept.line, kept.column), head),
        Edit(Span(kept.end_line, kept.end_column, whole.end_line, whole.end_column), tail),
    )


def remove_statement(source: Source, parent: ast.AST, statement: ast.stmt) -> Edit | None:
    """Remove a statement with its lines; None where it is not alone on them, or all that its block has."""
    blocks = [value for _, value in ast.iter_fields(parent) if isinstance(value, list) and statement in value]
    span = source.span(statement)
    behind = source.line(span.end_line)[span.end_column - 1 :]
    if not blocks or len(blocks[0]) < 2 or not _begins_line(source, statement) or behind.lstrip()[:1] not in ("", "#"):
        return None
    if span.end_line == len(source.line_starts):
        return None
    return Edit(Span(span.line, 1, span.end_line + 1, 1), "")


def append_method(source: Source, node: ast.expr, method: str, *, grouped: bool) -> tuple[Edit, ...]:
    """Call a method on an expression: ``.astype(np.float32)`` behind it, in parentheses where it is an operation.

    ``grouped``: parentheses that it has do nothing but group, and serve.
    """
    span = source.span(node)
    if grouped and _grouping(source, span) is not None:
        closing = _CLOSING.match(source.text, source.offset(span.end_line, span.end_column))
        return (insertion(_point(source, closing.end()), method),) if closing is not None else ()
    if isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.Subscript)):
        return (insertion(span, method, at_end=True),)
    return insertion(span, "("), insertion(span, f"){method}", at_end=True)


def has_comment(source: Source, span: Span) -> bool:
    """Whether a comment stands inside ``span``."""
    return has_comment_in(source.segment(span)) if "#" in source.segment(span) else False


def has_comment_in(text: str) -> bool:
    """Whether the piece of source ``text`` holds a comment; where it cannot be told, that it does."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return True
    return any(token.type == tokenize.COMMENT for token in tokens)


# ------------------------------------------------------------------------------------------------- passing arguments


def add_keyword(source: Source, call: ast.Call, name: str, value: str) -> Edit | None:
    """Pass one keyword argument more, laid out as the others are; None where the call cannot take one so."""
    span = source.span(call)
    before = source.segment(span)
    if _is_plain(call, before):
        inside = before[:-1] if not (call.args or call.keywords) else before[:-1].rstrip()
        behind = _point(source, source.offset(span.line, span.column) + len(inside))
        return insertion(behind, f", {name}={value}" if call.args or call.keywords else f"{name}={value}")
    return _add_laid_out(source, span, before, name, value)


def _is_plain(call: ast.Call, text: str) -> bool:
    """Whether the arguments stand in one line and simply end: then LibCST, which is dear to import, is not needed."""
    values = [one.value if isinstance(one, (ast.keyword, ast.Starred)) else one for one in (*call.args, *call.keywords)]
    generators = any(isinstance(value, ast.GeneratorExp) for value in values)
    one_line = len(text.splitlines()) == 1 and text.endswith(")")
    return one_line and not generators and not text[:-1].rstrip().endswith(",")


def _add_laid_out(source: Source, span: Span, before: str, name: str, value: str) -> Edit | None:
    import libcst

    try:
        tree = libcst.parse_expression(before)
    except libcst.ParserSyntaxError:
        return None
    if not isinstance(tree, libcst.Call) or any(isinstance(arg.value, libcst.GeneratorExp) for arg in tree.args):
        return None
    argument = libcst.Arg(
        keyword=libcst.Name(name),
        value=libcst.parse_expression(value),
        equal=libcst.AssignEqual(libcst.SimpleWhitespace(""), libcst.SimpleWhitespace("")),
    )
    module = libcst.Module([], default_newline=_newline(before))
    if module.code_for_node(tree) != before:
        return None  # several kinds of line endings
    after = module.code_for_node(tree.with_changes(args=_with_argument(tree, argument)))
    return _difference(source, span, before, after)


def _with_argument(call: libcst.Call, argument: libcst.Arg) -> list[libcst.Arg]:
    """The arguments of a LibCST ``call`` and one more, which stands as they do: on a line of its own where they do."""
    import libcst

    if not call.args:
        return [argument]
    *rest, last = call.args
    if isinstance(last.comma, libcst.Comma):
        behind = last.comma.whitespace_after
        between: libcst.BaseParenthesizableWhitespace = libcst.SimpleWhitespace(" ")
        first = rest[-1].comma.whitespace_after if rest and isinstance(rest[-1].comma, libcst.Comma) else None
        first = first if first is not None else call.whitespace_before_args
        if isinstance(behind, libcst.ParenthesizedWhitespace) and isinstance(first, libcst.ParenthesizedWhitespace):
            # What follows the last argument (a comment, blank lines) stays with it.
            between = behind.with_changes(indent=first.indent, last_line=first.last_line)
            behind = libcst.ParenthesizedWhitespace(behind.first_line.with_changes(
                comment=None, whitespace=libcst.SimpleWhitespace("")
            ), [], behind.indent, behind.last_line)  # fmt: skip
        comma = last.comma.with_changes(whitespace_after=between)
        ending = last.comma.with_changes(whitespace_after=behind)
        return [*rest, last.with_changes(comma=comma), argument.with_changes(comma=ending)]
    above = rest[-1].comma.whitespace_after if rest and isinstance(rest[-1].comma, libcst.Comma) else None
    space = libcst.SimpleWhitespace(" ")
    lined = isinstance(above, libcst.ParenthesizedWhitespace) and above.first_line.comment is None
    comma = libcst.Comma(whitespace_after=above if lined and above is not None else space)
    tail = last.whitespace_after_arg
    return [
        *rest,
        last.with_changes(comma=comma, whitespace_after_arg=libcst.SimpleWhitespace("")),
        argument.with_changes(whitespace_after_arg=tail),
    ]


def _difference(source: Source, span: Span, before: str, after: str) -> Edit:
    """The smallest edit that turns the text ``before`` of ``span`` into ``after``."""
    start = next((i for i, (a, b) in enumerate(zip(before, after)) if a != b), min(len(before), len(after)))
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    offset = source.offset(span.line, span.column)
    low, high = _point(source, offset + start), _point(source, offset + len(before) - end)
    return Edit(Span(low.line, low.column, high.line, high.column), after[start : len(after) - end])


# ------------------------------------------------------------------------------------------------- an import of its own


def add_import(source: Source, tree: ast.Module, statement: str) -> Edit:
    """Insert the import ``statement`` on a line of its own before the first import at the top of the file.

    Without one it stands before the first statement; docstring and ``__future__`` imports stay first.
    """
    body = [node for node in tree.body if getattr(node, "module", None) != "__future__"]
    if body and ast.get_docstring(tree, clean=False) is not None and body[0] is tree.body[0]:
        body = body[1:]
    imports = [node for node in body if isinstance(node, (ast.Import, ast.ImportFrom)) and _begins_line(source, node)]
    anchor = next(iter(imports or body))
    decorators = getattr(anchor, "decorator_list", None)
    line = min(node.lineno for node in [anchor, *(decorators or ())])
    column = 1 if _begins_line(source, anchor) else source.span(anchor).column
    ending = _newline(source.text) if column == 1 else "; "
    return Edit(Span(line, column, line, column), statement + ending)


def _begins_line(source: Source, node: ast.stmt) -> bool:
    return not source.line(node.lineno)[: source.span(node).column - 1].strip()


def _newline(text: str) -> str:
    match = re.search(r"\r\n|\r|\n", text)
    return match[0] if match else "\n"
