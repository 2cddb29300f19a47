"""Applying fixes until nothing changes, and writing the result without ever leaving half a file."""

from __future__ import annotations

import difflib
import errno
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from tflint_gemm import fixes, reading
from tflint_gemm.findings import Finding
from tflint_gemm.syntax.source import Source

MAX_ATTEMPTS = 200
Check = Callable[[Source], list[Finding]]


class WriteError(Exception):
    """The repaired file could not be written; the old one is untouched."""


@dataclass(slots=True)
class Repair:
    """The repaired text, what is still found in it, and what was repaired."""

    source: Source
    findings: list[Finding]
    applied: list[Finding]


def repair(source: Source, check: Check, *, unsafe: bool) -> Repair:
    """Apply the fixes of the findings in ``source``.

    All are tried at once, and fewer at a time where that fails.  A fix that does not remove its finding, or brings a
    new one, is taken back, and offered as a suggestion only.
    """
    allowed = ("safe", "unsafe") if unsafe else ("safe",)
    findings, applied = check(source), []
    refused: set[tuple[str, str, str]] = set()
    size = None
    for _ in range(MAX_ATTEMPTS):
        candidates = [
            finding
            for finding in findings
            if finding.fix is not None and finding.fix.safety in allowed and _identity(source, finding) not in refused
        ]
        if not candidates:
            break
        batch = candidates[:size]
        attempt = _attempt(source, findings, batch, check, unsafe=unsafe)
        if attempt is not None:
            source, findings = attempt
            applied.extend(batch)
        elif len(batch) > 1:
            size = len(batch) // 2
        else:
            refused.add(_identity(source, batch[0]))
    return Repair(source, [_demoted(finding, source, refused) for finding in findings], applied)


def _attempt(
    source: Source, findings: Sequence[Finding], batch: Sequence[Finding], check: Check, *, unsafe: bool
) -> tuple[Source, list[Finding]] | None:
    """The source with the fixes of ``batch`` and what is found in it then; None if that is not simply less."""
    changed = fixes.apply(source, batch, unsafe=unsafe)
    if changed.text == source.text:
        return None
    left = check(changed)
    # Positions and line numbers in messages shift, counts by code do not.
    most = Counter(finding.code for finding in findings)
    most.subtract(finding.code for finding in batch)
    if any(count > most[code] for code, count in Counter(finding.code for finding in left).items()):
        return None
    return changed, left


def _identity(source: Source, finding: Finding) -> tuple[str, str, str]:
    """What tells a finding from others even when lines have moved."""
    return (finding.code, source.segment(finding.span), re.sub(r"\d+", "", finding.message))


def _demoted(finding: Finding, source: Source, refused: set[tuple[str, str, str]]) -> Finding:
    if finding.fix is None or _identity(source, finding) not in refused:
        return finding
    return replace(finding, fix=replace(finding.fix, safety="suggestion"))


def difference(before: Source, after: Source) -> str:
    """A unified diff that ``patch`` and ``git apply`` accept; of a notebook, one diff per cell, to be read."""
    path = before.path.replace(os.sep, "/").lstrip("/")
    if before.cells is None or after.cells is None:
        return _difference(before.text, after.text, path)
    texts = zip(before.cells.cells, before.cells.texts(before.text), after.cells.texts(after.text))
    return "".join(_difference(old, new, f"{path}:cell {cell.number}") for cell, old, new in texts)


def _difference(before: str, after: str, path: str) -> str:
    return "".join(_terminated(difflib.unified_diff(_lines(before), _lines(after), f"a/{path}", f"b/{path}")))


def _lines(text: str) -> list[str]:
    # diff and patch know line feeds only: carriage returns belong to the line
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _terminated(lines: Iterable[str]) -> Iterable[str]:
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _keep_owner(target: str, temporary: str) -> None:
    """Give the new file to whom the old one belongs, where that is somebody else and we may."""
    old, new = os.stat(target), os.stat(temporary)
    if hasattr(os, "chown") and (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        try:
            os.chown(temporary, old.st_uid, old.st_gid)
        except PermissionError:
            pass  # only root gives files away


def write(path: str, before: bytes, after: bytes) -> None:
    """Replace the content of ``path`` in one step; raises WriteError, also if it is no longer ``before``."""
    target = os.path.realpath(path)  # a link stays a link
    temporary = None
    try:
        if not os.access(target, os.W_OK):  # replacing it would need no more than a folder that can be written
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        handle, temporary = tempfile.mkstemp(prefix=".tflint-gemm-", suffix=".tmp", dir=os.path.dirname(target))
        with os.fdopen(handle, "wb") as file:
            file.write(after)
            file.flush()
            os.fsync(handle)  # else a crash of the machine may leave the new name with nothing in it
        _keep_owner(target, temporary)
        shutil.copymode(target, temporary)
        if reading.read_bytes(target) != before:
            raise WriteError("the file changed while it was checked; it is left as it is")
        os.replace(temporary, target)
        temporary = None
    except OSError as error:
        raise WriteError(f"cannot be written: {error.strerror or error}") from None
    finally:
        if temporary is not None:
            os.unlink(temporary)
