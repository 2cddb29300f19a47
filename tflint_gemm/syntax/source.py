"""A source file as text: decoding as Python does it (PEP 263), line starts, and spans of syntax nodes."""

from __future__ import annotations

import ast
import codecs
import contextlib
import io
import re
import tokenize
import warnings
from dataclasses import dataclass, field

from tflint_gemm.findings import Span
from tflint_gemm.syntax import python2

MAX_BYTES = 10_000_000  # a larger file is generated data; parsing it would cost gigabytes
_LINE_END = re.compile(r"\r\n|\r|\n")


class SourceError(Exception):
    """The file cannot be read as Python text; ``line`` and ``column`` are 1-based."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column


@dataclass(slots=True)
class Source:
    """The decoded text of a file, with what is needed to write it back byte for byte.

    ``text`` keeps its line endings; lines end at ``\\r\\n``, ``\\r`` or ``\\n`` only, as Python's tokenizer has it
    (not at form feeds).
    """

    path: str
    text: str
    encoding: str = "utf-8"
    bom: bool = False
    _starts: list[int] | None = field(default=None, repr=False)

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

    def encode(self, text: str) -> bytes:
        """The bytes of ``text`` in this file's encoding, with its byte-order mark if it had one."""
        encoded = text.encode(self.encoding)
        return codecs.BOM_UTF8 + encoded if self.bom else encoded


def decode(path: str, data: bytes) -> Source:
    """The text of ``data``; raises SourceError where Python itself could not decode it."""
    if len(data) > MAX_BYTES:
        raise SourceError(f"the file has {len(data):,} bytes; files over {MAX_BYTES:,} bytes are not analysed")
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
    """The syntax tree of ``source``, Python 3 or 2; raises SourceError with the place where it is neither."""
    try:
        return _tree(source.text, source.path)
    except SyntaxError as error:
        modern = python2.modernized(source.text)
        if modern is not None:
            with contextlib.suppress(SyntaxError, RecursionError, MemoryError, ValueError):
                return _tree(modern, source.path)
        raise SourceError(f"not Python: {error.msg}", error.lineno or 1, max(error.offset or 1, 1)) from None
    except (RecursionError, MemoryError):
        raise SourceError("nested too deeply to be parsed") from None
    except ValueError as error:
        raise SourceError(f"not Python: {error}") from None


def _tree(text: str, path: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes and the like are other linters' business
        return ast.parse(text, filename=path)
