"""Jupyter notebooks (nbformat 2 to 4): the Python in their code cells as one source, and writing it back.

Only the sources of cells that changed are written anew; every other byte of the file stays.
"""

from __future__ import annotations

import codecs
import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from tflint_gemm.syntax import ipython, limits
from tflint_gemm.syntax.cells import Cell, CellMap, Slot
from tflint_gemm.syntax.source import Source, SourceError, TooMuch, decode

SUFFIX = ".ipynb"
MAX_NOTEBOOK_BYTES = 100_000_000  # pictures among the outputs take room; code does not
_PYTHON = frozenset({"python", "python2", "python3", "ipython", "ipython2", "ipython3", "pyspark"})
_OTHER_KERNELS = ("ir", "julia", "javascript", "bash", "scala", "sos", "octave", "matlab", "rust", "gophernotes")
_SPACE = re.compile(r"[ \t\r\n]*")
_UNIT = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|.", re.DOTALL)
_ESCAPED = re.compile(r"\\u(?!00[0-7])[0-9a-fA-F]{4}")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def read(path: str, data: bytes) -> Source:
    """The source in the file ``path``, a notebook or a Python file; raises SourceError."""
    return _read(path, data) if path.lower().endswith(SUFFIX) else decode(path, data)


def content(source: Source) -> bytes:
    """The bytes of the file that holds ``source``."""
    if source.cells is None:
        return source.encode(source.text)
    document = source.cells.document
    changed = zip(source.cells.slots, source.cells.texts(source.text))
    for slot, text in sorted(changed, key=lambda item: -item[0].start):
        if text != slot.text:
            document = document[: slot.start] + _rewritten(document, slot, text) + document[slot.end :]
    return source.encode(document)


def without_document(source: Source) -> Source:
    """``source`` to look at only; a notebook's outputs may be large."""
    if source.cells is None:
        return source
    return replace(source, cells=CellMap(source.cells.cells))


# ------------------------------------------------------------------------------------------------- reading


def _read(path: str, data: bytes) -> Source:
    if len(data) > MAX_NOTEBOOK_BYTES:
        limit = f"notebooks over {MAX_NOTEBOOK_BYTES:,} bytes are not analysed"
        raise TooMuch(f"the notebook has {len(data):,} bytes; {limit}")
    bom = data.startswith(codecs.BOM_UTF8)
    body = data[len(codecs.BOM_UTF8) :] if bom else data
    try:
        document = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SourceError(f"the notebook is not utf-8 text: {error}", body.count(b"\n", 0, error.start) + 1) from None
    notebook = _loaded(document)
    text, cells, slots = "", [], []
    starts = [0, *(match.end() for match in re.finditer("\n", document))]
    for number, cell in enumerate(_cells(document, notebook), 1):
        found = _code(document, cell, number)
        if found is not None:
            slot, offsets = found
            lines = tuple(bisect_right(starts, offset) for offset in offsets)
            cells.append(Cell(number, len(text), lines, _may_raise(cell)))
            slots.append(slot)
            text += slot.text + "\n"
    excess = limits.excess(text.encode("utf-8", "surrogatepass"))
    if excess is not None:
        raise TooMuch(f"the code of the notebook: {excess}")
    return Source(path, text, "utf-8", bom, CellMap(tuple(cells), document, tuple(slots)))


def _loaded(document: str) -> dict[str, Any]:
    """The notebook as JSON has it, with an empty list of cells where its language is not Python."""
    try:
        notebook = json.loads(document)
    except json.JSONDecodeError as error:
        raise SourceError(f"not a notebook: invalid JSON: {error.msg}", error.lineno, error.colno) from None
    except ValueError as error:  # a number of thousands of digits
        raise SourceError(f"not a notebook: invalid JSON: {error}") from None
    except RecursionError:
        raise SourceError("not a notebook: JSON nested too deeply") from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells", notebook.get("worksheets")), list):
        raise SourceError("not a notebook: JSON without a list of cells")
    return notebook


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell as JSON has it, and the offsets of its values in the document."""

    value: dict[str, Any]
    offsets: dict[str, int]


def _cells(document: str, notebook: dict[str, Any]) -> Iterator[_Cell]:
    """The cells in order, of all worksheets where there are such (before nbformat 4); none of another language."""
    if not _is_python(notebook):
        return
    root = _members(document, _skip(document, 0))
    holders = [root] if "cells" in root else [_members(document, at) for at, _ in _items(document, root["worksheets"])]
    for holder in holders:
        if "cells" not in holder or document[holder["cells"]] != "[":
            continue
        for at, value in _items(document, holder["cells"]):
            if not isinstance(value, dict):
                raise SourceError("not a notebook: a cell is no JSON object", document.count("\n", 0, at) + 1)
            yield _Cell(value, _members(document, at))


def _is_python(notebook: dict[str, Any]) -> bool:
    metadata = _dict(notebook.get("metadata"))
    kernel, info = _dict(metadata.get("kernelspec")), _dict(metadata.get("language_info"))
    named = [name.lower() for name in (kernel.get("language"), info.get("name")) if isinstance(name, str) and name]
    if named:
        return any(name in _PYTHON for name in named)
    name = kernel.get("name")
    return not (isinstance(name, str) and name.lower().split("-")[0].startswith(_OTHER_KERNELS))


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _may_raise(cell: _Cell) -> bool:
    tags = _dict(cell.value.get("metadata")).get("tags")
    return isinstance(tags, list) and "raises-exception" in tags


def _code(document: str, cell: _Cell, number: int) -> tuple[Slot, list[int]] | None:
    """The slot of a code cell and the offset of each of its lines; None of a cell that is not Python."""
    if cell.value.get("cell_type") != "code":
        return None
    languages = (cell.value.get("language"), _dict(_dict(cell.value.get("metadata")).get("vscode")).get("languageId"))
    if any(isinstance(language, str) and language.lower() not in _PYTHON for language in languages):
        return None
    key = "source" if "source" in cell.value else "input"
    if key not in cell.value:
        return None
    at = cell.offsets[key]
    value, end = _DECODER.raw_decode(document, at)
    pieces = [value] if isinstance(value, str) else value
    if not isinstance(pieces, list) or not all(isinstance(piece, str) for piece in pieces):
        raise SourceError(
            f"not a notebook: the source of cell {number} is neither text nor a list of lines",
            document.count("\n", 0, at) + 1,
        )
    text = "".join(pieces)
    if not ipython.is_python(text):
        return None
    offsets = [at] if isinstance(value, str) else [place for place, _ in _items(document, at)]
    return Slot(at, end, text), _line_offsets(offsets or [at], pieces)


def _line_offsets(offsets: list[int], pieces: list[str]) -> list[int]:
    """Where each line of the joined ``pieces`` begins, as the offset of the piece that it begins in."""
    found = offsets[:1]
    for number, (offset, piece) in enumerate(zip(offsets, pieces)):
        following = offsets[number + 1] if number + 1 < len(offsets) else offset
        breaks = piece.count("\n")
        found.extend([offset] * (breaks - 1 if piece.endswith("\n") else breaks))
        found.extend([following] if piece.endswith("\n") else [])
    return found


# ------------------------------------------------------------------------------------------------- JSON with places

_DECODER = json.JSONDecoder()


def _skip(document: str, at: int) -> int:
    match = _SPACE.match(document, at)
    return match.end() if match is not None else at


def _items(document: str, at: int) -> Iterator[tuple[int, Any]]:
    """The offsets and values of the items of the array at ``at``; the document is known to be valid."""
    at = _skip(document, at + 1)
    while document[at] != "]":
        value, end = _DECODER.raw_decode(document, at)
        yield at, value
        at = _skip(document, end)
        at = _skip(document, at + 1) if document[at] == "," else at


def _members(document: str, at: int) -> dict[str, int]:
    """The offset of the value of each key of the object at ``at``; none of what is no object."""
    found: dict[str, int] = {}
    if document[at] != "{":
        return found
    at = _skip(document, at + 1)
    while document[at] != "}":
        key, end = _DECODER.raw_decode(document, at)
        at = _skip(document, _skip(document, end) + 1)
        found[key] = at
        _, end = _DECODER.raw_decode(document, at)
        at = _skip(document, end)
        at = _skip(document, at + 1) if document[at] == "," else at
    return found


# ------------------------------------------------------------------------------------------------- writing


def _rewritten(document: str, slot: Slot, text: str) -> str:
    """The JSON of a cell's new source, laid out and escaped as the old one was."""
    ascii_only = _escapes(document, slot)
    if document[slot.start] == '"':
        old = _raw_lines(document[slot.start + 1 : slot.end - 1])
        return '"' + "".join(_raw(old, text, ascii_only)) + '"'
    old, gaps, end = [], [], slot.start + 1
    for at, value in _items(document, slot.start):
        gaps.append(document[end:at])
        end = _DECODER.raw_decode(document, at)[1]
        old.append((value, document[at + 1 : end - 1]))
    opening = gaps[0] if gaps else ""
    between = gaps[1] if len(gaps) > 1 else f",{opening or ' '}"
    new = [f'"{raw}"' for raw in _raw(old, text, ascii_only)]
    return "[" + (opening + between.join(new) + document[end : slot.end - 1] if new else "") + "]"


def _escapes(document: str, slot: Slot) -> bool:
    """Whether this notebook's writer escapes what is not ASCII: seen at the cell, else anywhere."""
    for piece in (document[slot.start : slot.end], document):
        if _NOT_ASCII.search(piece):
            return False
        if _ESCAPED.search(piece):
            return True
    return False


def _raw_lines(raw: str) -> list[tuple[str, str]]:
    """The lines of a JSON string, decoded and as they are written."""
    found, line = [], ""
    for unit in _UNIT.findall(raw):
        line += unit
        if unit == "\\n":
            found.append((json.loads(f'"{line}"'), line))
            line = ""
    return [*found, (json.loads(f'"{line}"'), line)] if line else found


def _raw(old: list[tuple[str, str]], text: str, ascii_only: bool) -> list[str]:
    """The lines of ``text`` as JSON writes them; what stood there before is written as it was."""
    from difflib import SequenceMatcher  # only where a notebook is changed

    new = re.findall(r"[^\n]*\n|[^\n]+", text)
    lines = [line for line, _ in old]
    found: list[str] = []
    for kind, low, high, start, end in SequenceMatcher(None, lines, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found.extend(raw for _, raw in old[low:high])
        else:
            pairs = old[low:high] if high - low == end - start else [("", "")] * (end - start)
            found.extend(_raw_line(*pair, line, ascii_only) for pair, line in zip(pairs, new[start:end]))
    return found


def _raw_line(before: str, raw: str, after: str, ascii_only: bool) -> str:
    """``after`` as JSON writes it, its beginning and end as in ``raw``, which is how ``before`` was written."""
    units = _UNIT.findall(raw)
    if len(units) != len(before):
        units, before = [], ""
    shorter = min(len(before), len(after))
    head = next((i for i in range(shorter) if before[i] != after[i]), shorter)
    tail = next((i for i in range(shorter - head) if before[-1 - i] != after[-1 - i]), shorter - head)
    middle = json.dumps(after[head : len(after) - tail], ensure_ascii=ascii_only)[1:-1]
    return "".join(units[:head]) + middle + "".join(units[len(units) - tail :])
