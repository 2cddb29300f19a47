"""A source file as text: decoding as Python does it (PEP 263), line starts, and spans of syntax nodes."""

from __future__ import annotations

import ast
import codecs
import contextlib
import io
import re
import sys
import tokenize
import warnings
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from keyword import iskeyword

from tflint_gemm import stack
from tflint_gemm.findings import Span
from tflint_gemm.syntax import ipython, limits, python2
from tflint_gemm.syntax.cells import Cell, CellMap

TOO_DEEP = f"nested deeper than {limits.MAX_DEPTH:,} levels: it is not analysed"
_LINE_END = re.compile(r"\r\n|\r|\n")
_PARSER_COUNTS = sys.version_info >= (3, 11)  # the levels that it goes down; before, its stack overflows
_PARSER_ALLOWS_MORE = sys.version_info[:2] not in ((3, 11), (3, 12))


class SourceError(Exception):
    """The file cannot be read as Python text; ``line`` and ``column`` are 1-based."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column


class TooMuch(SourceError):
    """It may well be Python, but more of it, or nested deeper, than is analysed."""


@dataclass(slots=True)
class Source:
    """The decoded text of a file, with what is needed to write it back byte for byte.

    Of a notebook it is the text of all its Python ``cells``, one after the other; ``located`` and ``where`` translate
    its lines into lines of cells.  ``text`` keeps its line endings; lines end at ``\\r\\n``, ``\\r`` or ``\\n`` only,
    as Python's tokenizer has it (not at form feeds).
    """

    path: str
    text: str
    encoding: str = "utf-8"
    bom: bool = False
    cells: CellMap | None = field(default=None, repr=False)
    _starts: list[int] | None = field(default=None, repr=False)
    _cell_lines: list[int] | None = field(default=None, repr=False)

    @property
    def line_starts(self) -> list[int]:
        """The offset into ``text`` of the first character of each line."""
        if self._starts is None:
            self._starts = [0, *(match.end() for match in _LINE_END.finditer(self.text))]
        return self._starts

    def line(self, number: int) -> str:
        """The 1-based line ``number`` without its line ending; empty past the end."""
        starts = self.line_starts
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")

    def offset(self, line: int, column: int) -> int:
        """The offset into ``text`` of a 1-based line and column (in characters)."""
        return self.line_starts[line - 1] + column - 1

    def span(self, node: ast.AST) -> Span:
        """The span of a syntax node; ``ast`` counts columns in UTF-8 bytes, spans count characters."""
        line, end_line = node.lineno, node.end_lineno or node.lineno  # type: ignore[attr-defined]
        return Span(
            line,
            self._column(line, node.col_offset),  # type: ignore[attr-defined]
            end_line,
            self._column(end_line, node.end_col_offset or 0),  # type: ignore[attr-defined]
        )

    def _column(self, line: int, byte_offset: int) -> int:
        text = self.line(line)
        if text.isascii():
            return byte_offset + 1
        return len(text.encode("utf-8", "surrogatepass")[:byte_offset].decode("utf-8", "ignore")) + 1

    def segment(self, span: Span) -> str:
        """The text of ``span``."""
        return self.text[self.offset(span.line, span.column) : self.offset(span.end_line, span.end_column)]

    # Cells and their lines.

    @property
    def cell_lines(self) -> list[int]:
        """The line of ``text`` on which each cell begins."""
        if self._cell_lines is None:
            cells = self.cells.cells if self.cells is not None else ()
            self._cell_lines = [bisect_right(self.line_starts, cell.start) for cell in cells]
        return self._cell_lines

    def _cell(self, line: int) -> tuple[Cell, int] | None:
        """The cell that holds a line of ``text``, and the line on which it begins; None in a file."""
        if self.cells is None or not self.cells.cells:
            return None
        index = max(bisect_right(self.cell_lines, line) - 1, 0)
        return self.cells.cells[index], self.cell_lines[index]

    def located(self, span: Span) -> Span:
        """``span`` as the reader sees it: in a notebook, the lines of its cell."""
        found = self._cell(span.line)
        if found is None:
            return span
        cell, first = found
        return Span(span.line - first + 1, span.column, span.end_line - first + 1, span.end_column, cell.number)

    def where(self, line: int) -> str:
        """What a person calls a line of ``text``: ``line 6``, in a notebook ``cell 2, line 6``."""
        span = self.located(Span(line, 1, line, 1))
        return f"line {line}" if span.cell is None else f"cell {span.cell}, line {span.line}"

    def line_at(self, cell: int | None, line: int) -> str:
        """The text of a located line."""
        if self.cells is None or cell is None:
            return self.line(line)
        numbers = [one.number for one in self.cells.cells]
        return self.line(self.cell_lines[numbers.index(cell)] + line - 1) if cell in numbers else ""

    def in_file(self, span: Span) -> Span:
        """A located span as lines of the file, of which a notebook's are those of its JSON."""
        found = [one.file_lines for one in self.cells.cells if one.number == span.cell] if self.cells else []
        if not found:
            return span
        line, end_line = (found[0][min(number, len(found[0])) - 1] for number in (span.line, span.end_line))
        return Span(line, span.column, end_line, span.end_column)

    def pieces(self) -> Iterator[tuple[int, str]]:
        """The Python text of the file, or of each of its cells, and the line of ``text`` on which it begins."""
        if self.cells is None:
            yield 1, self.text
            return
        for first, text in zip(self.cell_lines, self.cells.texts(self.text)):
            yield first, ipython.python_text(text)

    def encode(self, text: str) -> bytes:
        """The bytes of ``text`` in this file's encoding, with its byte-order mark if it had one."""
        encoded = text.encode(self.encoding)
        return codecs.BOM_UTF8 + encoded if self.bom else encoded


def decode(path: str, data: bytes) -> Source:
    """The text of ``data``; raises SourceError where Python itself could not decode it."""
    excess = limits.excess(data)
    if excess is not None:
        raise TooMuch(excess)
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        raise SourceError(str(error.msg)) from None
    bom = data.startswith(codecs.BOM_UTF8)
    body = data[len(codecs.BOM_UTF8) :] if bom else data
    plain = "utf-8" if encoding == "utf-8-sig" else encoding
    try:
        text = body.decode(plain)
    except (UnicodeDecodeError, LookupError) as error:
        start = error.start if isinstance(error, UnicodeDecodeError) else 0
        line = body.count(b"\n", 0, start) + 1
        raise SourceError(f"the file is not {plain} text: {error}", line) from None
    if "\0" in text:
        raise SourceError("the file contains null bytes", text.count("\n", 0, text.index("\0")) + 1)
    return Source(path, text, plain, bom)


def parse(source: Source) -> ast.Module:
    """The syntax tree of ``source``, Python 3 or 2; raises SourceError with the place where it is neither.

    A notebook's cells make one module.  Those that are not Python are left out; ``faults`` says why.
    """
    if source.cells is None:
        return _explained(lambda: _python(source.text))
    parts = [part for part in _parsed_cells(source) if isinstance(part, ast.Module)]
    return ast.Module([statement for part in parts for statement in part.body], [])


def faults(source: Source) -> list[SourceError]:
    """Why cells of a notebook cannot be parsed; empty for a file, whose only fault ``parse`` raises."""
    return [part for part in _parsed_cells(source) if isinstance(part, SourceError)] if source.cells is not None else []


def _parsed_cells(source: Source) -> Iterator[ast.Module | SourceError]:
    """The tree of each cell at its lines of the text.

    Of a cell that cannot be parsed the reason, and a tree in which nothing is known of what it assigns.
    """
    assert source.cells is not None
    for cell, first, text in zip(source.cells.cells, source.cell_lines, source.cells.texts(source.text)):
        try:
            tree = _explained(lambda: ipython.parse(text, _python, may_raise=cell.may_raise))  # noqa: B023
        except SourceError as error:
            yield SourceError(error.message, first + error.line - 1, error.column)
            names = (name for name in ipython.assigned_names(text) if name.isidentifier())
            tree = ast.parse("".join(f"{name} = {ipython.UNKNOWN_NAME}; " for name in names if not iskeyword(name)))
        ast.increment_lineno(tree, first - 1)
        yield tree


def _explained(parsed: Callable[[], ast.Module]) -> ast.Module:
    """What ``parsed`` gives; raises SourceError where it fails as parsers do."""
    try:
        return parsed()
    except SyntaxError as error:
        raise SourceError(f"not Python: {error.msg}", error.lineno or 1, max(error.offset or 1, 1)) from None
    except (RecursionError, MemoryError):
        if not stack.has_room():
            raise RecursionError from None  # where there is room it may be parsed
        raise TooMuch(TOO_DEEP) from None
    except ValueError as error:
        raise SourceError(f"not Python: {error}") from None


def _python(text: str) -> ast.Module:
    try:
        return _tree(text)
    except SyntaxError:
        modern = python2.modernized(text)
        if modern is not None:
            with contextlib.suppress(SyntaxError, RecursionError, MemoryError, ValueError):
                return _tree(modern)
        raise


def _tree(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes and the like are other linters' business
        # With the name of a file, Python would read that file for the column of an error.
        tree = ast.parse(text) if _PARSER_COUNTS else stack.with_room(lambda: ast.parse(text), at_once=True)
    if (_PARSER_ALLOWS_MORE or stack.has_room()) and limits.is_too_deep(tree, text):
        raise TooMuch(TOO_DEEP)
    return tree
