"""The source of a file with what is known of it: inlays behind expressions, marks, and findings under their lines."""

from __future__ import annotations

import io
import keyword
import tokenize
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from tflint_gemm.findings import Edit, Finding, Note, Span
from tflint_gemm.picture import Inlay, Picture
from tflint_gemm.report.html.markup import Markup, join, tag
from tflint_gemm.report.printable import one_line
from tflint_gemm.report.text_format import VERDICTS
from tflint_gemm.syntax.source import Source

ICONS = {"error": "✕", "warning": "▲", "info": "i"}
CONTEXT = 2  # lines round a finding where only excerpts are shown
_STRINGS = {tokenize.STRING} | {
    getattr(tokenize, name)
    for name in ("FSTRING_START", "FSTRING_MIDDLE", "FSTRING_END")
    if hasattr(tokenize, name)  # since Python 3.12
}


@dataclass(slots=True)
class _Line:
    """What is to be drawn on one line: classes of pieces (0-based columns), inlays by column, cards below."""

    tokens: list[tuple[int, int, str]] = field(default_factory=list)
    marks: list[tuple[int, int, str]] = field(default_factory=list)
    inlays: dict[int, list[Inlay]] = field(default_factory=dict)
    cards: list[Markup] = field(default_factory=list)
    severity: str = ""


def view(source: Source, findings: Sequence[Finding], picture: Picture | None, name: str) -> Markup:
    """The whole source.  ``name`` begins the ids of its lines: ``f1`` has ``f1-L12``.  Places are those of the text."""
    last = len(source.line_starts)
    numbers = range(1, last + (1 if source.line(last) else 0))
    return _view(source, findings, picture, name, numbers)


def excerpt(source: Source, findings: Sequence[Finding], name: str) -> Markup:
    """The lines of the findings and some round them."""
    shown: set[int] = set()
    for finding in findings:
        shown.update(range(finding.span.line - CONTEXT, finding.span.line + CONTEXT + 1), {finding.span.end_line})
    last = len(source.line_starts)
    return _view(source, findings, None, name, sorted(line for line in shown if 1 <= line <= last))


def _view(
    source: Source, findings: Sequence[Finding], picture: Picture | None, name: str, numbers: Collection[int]
) -> Markup:
    lines: dict[int, _Line] = defaultdict(_Line)
    for number, start, end, kind in _tokens(source):
        lines[number].tokens.append((start, end, kind))
    for inlay in picture.inlays if picture is not None else ():
        lines[inlay.span.end_line].inlays.setdefault(inlay.span.end_column - 1, []).append(inlay)
    for index, finding in enumerate(findings):
        _mark(source, finding, lines)
        line = lines[finding.span.end_line]
        line.cards.append(_card(source, finding, name, index))
    return tag("div", *_rows(source, lines, name, numbers), class_="code")


def _rows(source: Source, lines: dict[int, _Line], name: str, numbers: Collection[int]) -> Iterator[Markup]:
    previous, cell = 0, None
    for number in numbers:
        if number != previous + 1:
            yield tag("div", "⋯", class_="gap", aria_hidden="true")
        located = source.located(Span(number, 1, number, 1))
        if located.cell != cell:
            cell = located.cell
            yield tag("h4", f"Cell {cell}", class_="cell")
        previous = number
        line = lines.get(number) or _Line()
        anchor = f"{name}-L{number}"
        yield tag(
            "div",
            tag("a", str(located.line), class_="no", href=f"#{anchor}", tabindex="-1"),
            tag("code", _text(source, number, line), style=_indent(source.line(number))),
            class_=f"line {line.severity}".strip(),
            id=anchor,
        )
        yield from line.cards
    # A file that cannot be read has findings and no lines.
    yield from (card for number in sorted(set(lines) - set(numbers)) for card in lines[number].cards)


def _indent(line: str) -> str | None:
    """What a long line is indented by where it goes on."""
    columns = len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())
    return f"--i:{columns}" if columns else None


# --- one line ---------------------------------------------------------------------------------------------------------


def _text(source: Source, number: int, line: _Line) -> Markup:
    text = source.line(number)
    cuts = {0, len(text)}
    for start, end, _ in (*line.tokens, *line.marks):
        cuts |= {start, end}
    cuts |= set(line.inlays)
    places = sorted(cut for cut in cuts if 0 <= cut <= len(text))
    tokens = sorted(line.tokens)  # that do not overlap
    starts = [start for start, _, _ in tokens]
    parts: list[str] = []
    for start, end in zip(places, [*places[1:], len(text)]):
        parts.extend(_inlays(source, line.inlays.get(start, [])))
        if start == end:
            continue
        at = bisect_right(starts, start)
        classes = [
            kind for left, right, kind in (*tokens[max(at - 1, 0) : at], *line.marks) if left <= start and end <= right
        ]
        piece = text[start:end]
        parts.append(tag("span", piece, class_=" ".join(classes)) if classes else piece)
    return join(parts)


def _inlays(source: Source, inlays: Sequence[Inlay]) -> Iterator[Markup]:
    """The inlays at one place: those of inner expressions first."""
    for inlay in sorted(inlays, key=lambda one: (one.span.line, one.span.column), reverse=True):
        shown = one_line(source.segment(inlay.span))
        title = f"{inlay.kind} {shown if len(shown) <= 60 else shown[:59] + '…'}"
        text = f"⇒ {inlay.text}" if inlay.is_whole else inlay.text
        yield tag("i", text, class_="t n" if inlay.is_news else "t", title=title)


def _tokens(source: Source) -> Iterator[tuple[int, int, int, str]]:
    """Line, columns and class of keywords, strings, comments and numbers, as far as Python can tell them apart."""
    for first, text in source.pieces():
        try:
            for token in tokenize.generate_tokens(io.StringIO(text).readline):
                kind = _token_class(token)
                if kind:
                    for line in range(token.start[0], token.end[0] + 1):
                        start = token.start[1] if line == token.start[0] else 0
                        end = token.end[1] if line == token.end[0] else len(source.line(first + line - 1))
                        yield first + line - 1, start, end, kind
        except (tokenize.TokenError, SyntaxError):
            continue  # Python 2, or a cell that is not Python: its first lines are coloured


def _token_class(token: tokenize.TokenInfo) -> str:
    if token.type == tokenize.COMMENT:
        return "c"
    if token.type in _STRINGS:
        return "s"
    if token.type == tokenize.NUMBER:
        return "m"
    return "k" if token.type == tokenize.NAME and keyword.iskeyword(token.string) else ""


# --- findings ---------------------------------------------------------------------------------------------------------

_RANKS = ("", "info", "warning", "error")


def _mark(source: Source, finding: Finding, lines: dict[int, _Line]) -> None:
    """Underline the operands, which tell more than the whole expression; without any the expression."""
    span = finding.span
    inside = [
        note.span for note in finding.notes if note.span is not None and span.line <= note.span.line <= span.end_line
    ]
    for place in inside or [span]:
        for number in range(place.line, place.end_line + 1):
            text = source.line(number)
            start = place.column - 1 if number == place.line else len(text) - len(text.lstrip())
            end = place.end_column - 1 if number == place.end_line else len(text)
            lines[number].marks.append((start, max(end, start), f"u {finding.severity}"))
    for number in range(span.line, span.end_line + 1):
        line = lines[number]
        line.severity = max(line.severity, finding.severity, key=_RANKS.index)


def _card(source: Source, finding: Finding, name: str, index: int) -> Markup:
    """Everything that is said of a finding."""
    said: list[Markup] = [
        tag(
            "p",
            badge(finding.severity),
            " ",
            tag("b", finding.code),
            " ",
            tag("span", finding.name, class_="quiet"),
            class_="head",
        ),
        tag("p", finding.message, class_="message"),
    ]
    here = range(finding.span.line, finding.span.end_line + 1)
    notes = [_note(source, note, here, name) for note in finding.notes]
    said += [tag("ul", *notes)] if notes else []
    said += [tag("p", tag("b", "Help: "), finding.help)] if finding.help else []
    said += _fix(source, finding)
    if finding.verdict is not None:
        outcome = tag("b", f"Verified: {finding.verdict.outcome}", class_=VERDICTS[finding.verdict.outcome])
        said.append(tag("p", outcome, ". ", finding.verdict.reason))
    label = f"{finding.severity} {finding.code}"
    identity = f"{name}-F{index + 1}"
    return tag("div", *said, class_=f"card {finding.severity}", id=identity, role="note", aria_label=label, tabindex=-1)


def badge(severity: str) -> Markup:
    """The severity as a sign and a word: colour alone tells too little."""
    return tag("span", tag("span", ICONS[severity], aria_hidden="true"), f" {severity}", class_=f"badge {severity}")


def _note(source: Source, note: Note, here: range, name: str) -> Markup:
    """What is said of a place, with the way there if it is not above."""
    if note.span is None or note.span.end_line > len(source.line_starts):
        return tag("li", note.message)
    if note.span.line in here:
        return tag("li", tag("code", one_line(source.segment(note.span))), ": ", note.message)
    where = source.where(note.span.line)
    return tag("li", tag("a", where[0].upper() + where[1:], href=f"#{name}-L{note.span.line}"), ": ", note.message)


def _fix(source: Source, finding: Finding) -> list[Markup]:
    fix = finding.fix
    if fix is None:
        return []
    how = {"safe": "--fix", "unsafe": "--unsafe-fixes"}.get(fix.safety)
    reason = f" (unsafe: {fix.reason})" if fix.reason else ""
    lead = tag("b", tag("code", how), ": ") if how else tag("b", "Suggestion: ")
    said = [tag("p", lead, fix.message + reason)]
    change = _change(source, fix.edits)
    return [*said, change] if change is not None else said


def _change(source: Source, edits: Sequence[Edit]) -> Markup | None:
    """The line before and after, where the edits are on one."""
    if not edits or len({number for edit in edits for number in (edit.span.line, edit.span.end_line)}) != 1:
        return None
    before = after = source.line(edits[0].span.line)
    for edit in sorted(edits, key=lambda one: one.span, reverse=True):
        after = after[: edit.span.column - 1] + edit.replacement + after[edit.span.end_column - 1 :]
    return tag("pre", tag("del", f"- {before.strip()}"), "\n", tag("ins", f"+ {after.strip()}"), class_="change")
