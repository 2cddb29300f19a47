"""Reading what somebody named without being held up by it: pipes that nobody writes to, devices without an end."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # dear to import, and not needed for a file that is named
    import pathspec

MAX_READ = 100_000_001  # bytes; more are cut off, and are too many wherever they are looked at
_MANY_STARS = re.compile(r"(?<!\*)(?:\*+[^*/]+){4}\*")


def read_bytes(path: str) -> bytes:
    """The first ``MAX_READ`` bytes of a regular file; raises OSError, for anything else too, and waits for nothing."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    handle = os.open(path, flags)
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError("not a regular file")
        data = file.read(min(status.st_size + 1, MAX_READ))  # a buffer for all that may come takes time to get
        return data if len(data) <= status.st_size else data + file.read(MAX_READ - len(data))


def standard_input() -> bytes:
    """All of standard input; raises click's UsageError where that does not end."""
    import click

    data = sys.stdin.buffer.read(MAX_READ)
    if len(data) == MAX_READ:
        raise click.UsageError("there is more on standard input than is analysed")
    return data


def patterns(lines: Sequence[str]) -> pathspec.GitIgnoreSpec:
    """What git's ignore patterns say; a line that is none says nothing, as for git.

    Neither does one with more than four stars in a name: it could take hours to be compared with a long name.
    """
    import pathspec

    lines = [line for line in lines if not _MANY_STARS.search(line)]
    try:
        return pathspec.GitIgnoreSpec.from_lines(lines)
    except (ValueError, re.error):
        pass
    good: list[str] = []
    for line in lines:
        try:
            pathspec.GitIgnoreSpec.from_lines([line])
        except (ValueError, re.error):
            continue
        good.append(line)
    return pathspec.GitIgnoreSpec.from_lines(good)
