"""Comments that silence findings: ``# noqa: TFG101``, ``# tflint-gemm: ignore[TFG101]`` and ``ignore-file[...]``.

A comment silences a finding when it stands on the first or the last line of the finding, or on the last line of the
statement that the finding begins in.
"""

from __future__ import annotations

import itertools
import re
import tokenize
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from tflint_gemm.findings import Edit, Fix, Span
from tflint_gemm.syntax.source import Source

MAX_IN_COMMENT = 100  # each finding of a line is held against every directive there
_CODE = "[A-Z]+[0-9]+"
_DIRECTIVE = re.compile(
    # The first form is read as flake8 reads it.
    rf"#\s*noqa(?!\w)(?::[ \t]?(?P<noqa>{_CODE}(?:[,\s]+{_CODE})*))?"
    rf"|#\s*tflint-gemm:\s*(?P<kind>ignore-file|ignore)(?![\w-])(?:\[\s*(?P<ignore>{_CODE}(?:[,\s]+{_CODE})*)?\s*,?\s*\])?",
    re.IGNORECASE,
)
_HINTS = ("noqa", "tflint-gemm:")

Kind = Literal["noqa", "ignore", "ignore-file"]


@dataclass(slots=True, eq=False)
class Directive:
    """One suppression comment.  No ``codes`` means every code; ``used`` are the codes that silenced something."""

    kind: Kind
    codes: tuple[str, ...]
    line: int
    start: int  # offsets of the directive within its line
    end: int
    codes_start: int
    used: set[str] = field(default_factory=set)

    def silences(self, code: str, *, by_name: bool = False) -> bool:
        """Whether it covers ``code`` (a bare ``# noqa`` not ``by_name``), and if so remembers that it was needed."""
        if not self.codes:
            if by_name and self.kind == "noqa":
                return False
            self.used.add(code)
            return True
        matching = [mine for mine in self.codes if code.startswith(mine)]
        self.used.update(matching)
        return bool(matching)


@dataclass(slots=True)
class Suppressions:
    """The directives of one file, and the last line of the statement that each line belongs to."""

    source: Source
    directives: list[Directive]
    statement_ends: Mapping[int, int]
    everywhere: list[Directive] = field(init=False)
    by_line: dict[int, list[Directive]] = field(init=False)

    def __post_init__(self) -> None:
        self.everywhere = [directive for directive in self.directives if directive.kind == "ignore-file"]
        self.by_line = {}
        for directive in self.directives:
            if directive.kind != "ignore-file":
                self.by_line.setdefault(directive.line, []).append(directive)

    def silences(self, span: Span, code: str, *, noqa: bool = True, by_name: bool = False) -> bool:
        """Whether a finding of ``code`` at ``span`` is suppressed, by more than a bare ``# noqa`` if ``by_name``.

        Every directive that covers it counts as used.  With ``noqa`` false, ``# noqa`` counts but does not silence:
        that is flake8's business where flake8 runs us.
        """
        lines = {span.line, span.end_line, self.statement_ends.get(span.line, span.line)}
        there = itertools.chain(self.everywhere, *(self.by_line.get(line, ()) for line in lines))
        found = [directive for directive in there if directive.silences(code, by_name=by_name)]
        return any(noqa or directive.kind != "noqa" for directive in found)

    def unused(self, off: Collection[str] = ()) -> Iterator[tuple[Span, tuple[str, ...], Fix]]:
        """Directives of ours that silenced nothing: their span, the codes in question, and the fix that removes them.

        ``# noqa`` without a code, or with other tools' codes, is not ours.  Of rules that are ``off`` it is not known
        whether they are silenced.
        """
        for directive in self.directives:
            ours = (code for code in directive.codes if code.startswith("TFG"))
            idle = (code for code in ours if code not in directive.used)
            stale = tuple(code for code in idle if not any(other.startswith(code) for other in off))
            if stale or (directive.kind != "noqa" and not directive.codes and not directive.used):
                gone = set(stale)
                keep = [code for code in directive.codes if code not in gone]
                span = Span(directive.line, directive.start + 1, directive.line, directive.end + 1)
                yield span, stale, _removal(self.source, directive, keep)


def _removal(source: Source, directive: Directive, keep: Sequence[str]) -> Fix:
    number, text = directive.line, source.line(directive.line)
    if keep:
        end = directive.end - (0 if directive.kind == "noqa" else 1)
        span = Span(number, directive.codes_start + 1, number, end + 1)
        return Fix("safe", "remove the unused code", (Edit(span, ", ".join(keep)),))
    before, after = text[: directive.start], text[directive.end :].strip()
    if after:  # another directive, or words of the author's: they stay
        replacement = after if after.startswith("#") else f"# {after}"
        span = Span(number, directive.start + 1, number, len(text) + 1)
    elif before.strip():
        replacement, span = "", Span(number, len(before.rstrip()) + 1, number, len(text) + 1)
    else:  # the comment has the line to itself
        last = number == len(source.line_starts)
        replacement, span = "", Span(number, 1, number, len(text) + 1) if last else Span(number, 1, number + 1, 1)
    return Fix("safe", "remove the unused suppression", (Edit(span, replacement),))


def find(source: Source) -> Suppressions:
    """The suppressions of a file; of one that Python cannot tokenize, those before the fault."""
    text = source.text.lower()
    if not any(hint in text for hint in _HINTS):
        return Suppressions(source, [], {})
    return _scan(source)


def _scan(source: Source) -> Suppressions:
    directives: list[Directive] = []
    ends: dict[int, int] = {}
    first = None
    for before, token in _tokens(source):
        line = token.start[0] + before
        if token.type == tokenize.COMMENT:
            directives.extend(_directives(token, line))
        elif token.type == tokenize.NEWLINE:
            ends.update((number, line) for number in range(first or line, line + 1))
            first = None
        elif first is None and token.type not in (tokenize.NL, tokenize.INDENT, tokenize.DEDENT):
            first = line
    return Suppressions(source, directives, ends)


def _tokens(source: Source) -> Iterator[tuple[int, tokenize.TokenInfo]]:
    """The tokens of each piece, and how many lines there are before it."""
    for first, text in source.pieces():
        # The tokenizer disagrees with the parser about lone carriage returns; what ends a line does not change columns.
        lines = iter([line + "\n" for line in re.split(r"\r\n|\r|\n", text)])
        try:
            for token in tokenize.generate_tokens(lambda: next(lines, "")):  # noqa: B023
                yield first - 1, token
        except (tokenize.TokenError, SyntaxError):
            continue


def _directives(token: tokenize.TokenInfo, line: int) -> Iterator[Directive]:
    column = token.start[1]
    for match in itertools.islice(_DIRECTIVE.finditer(token.string), MAX_IN_COMMENT):
        kind: Kind = "noqa"
        if match["kind"]:
            kind = "ignore-file" if match["kind"].lower() == "ignore-file" else "ignore"
        group = "noqa" if kind == "noqa" else "ignore"
        codes = tuple(dict.fromkeys(re.split(r"[,\s]+", match[group].upper()))) if match[group] else ()
        start = match.start(group) if match[group] else match.end()
        yield Directive(kind, codes, line, column + match.start(), column + match.end(), column + start)


def add_noqa(source: Source, findings: Iterable[tuple[Span, str]]) -> list[Edit]:
    """The edits that put ``# noqa: CODE`` at each finding, merged with a ``# noqa`` that is there."""
    wanted: dict[int, set[str]] = {}
    present = _scan(source)
    for span, code in findings:
        wanted.setdefault(present.statement_ends.get(span.line, span.line), set()).add(code)
    existing = {item.line: item for item in present.directives if item.kind == "noqa" and item.codes}
    made = []
    for number in sorted(wanted):
        line = source.line(number)
        directive = existing.get(number)
        codes = sorted(wanted[number].union(directive.codes if directive else ()))
        body = f"# noqa: {', '.join(codes)}"
        if directive is not None:
            changed = line[: directive.start] + body + line[directive.end :]
        else:
            changed = f"{line.rstrip()}  {body}"
        made.append(Edit(Span(number, 1, number, len(line) + 1), changed))
    return made
