"""The files of a project as an analysis asks for them: where an import leads, and what a file holds.

Nothing else of a project's files has an influence on an analysis beside the file that is analysed.  So ``noted`` gives
all that a result depends on, as questions with their answers, and a result is still true while ``answer`` answers the
same.  Answers are remembered within a run; ``forget`` begins the next one.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache

from tflint_gemm import reading
from tflint_gemm.kept import Kept

try:
    from _blake2 import blake2b  # without OpenSSL, whose loading takes longer than many a run
except ImportError:
    from hashlib import blake2b

MAX_BYTES = 400_000  # a larger module is generated data, not worth its parsing
_MARKERS = ("pyproject.toml", "setup.py", "setup.cfg", ".git")
_MAX_ASCENT = 8  # folders between a file and the root of its project
_BYTES_KEPT = 8_000_000  # of the contents of files

Question = tuple[str, str, str, int]
"""What is asked (``module``, ``content`` or ``folder``), of which folder or file, for which module, on which level."""
Noted = dict[Question, str | None]
_noted: ContextVar[Noted | None] = ContextVar("_noted", default=None)


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a file, told apart by their digest."""

    path: str
    digest: str
    data: bytes = field(compare=False, repr=False)


@contextmanager
def noted() -> Iterator[Noted]:
    """What is asked in the ``with`` block, with the answers."""
    questions: Noted = {}
    token = _noted.set(questions)
    try:
        yield questions
    finally:
        _noted.reset(token)


def answer(question: Question) -> str | None:
    """The answer as it is now: the path of a module, the digest of a file, ``yes`` for a folder; None for nothing."""
    kind, place, module, level = question
    if kind == "module":
        return _module(place, module, level)
    if kind == "content":
        content = _content(place)
        return None if content is None else content.digest
    return "yes" if os.path.isdir(place) else None


def forget() -> None:
    """Ask the file system again: what was true in an earlier run need not be true in this one."""
    _KEPT.clear()
    _find.cache_clear()
    _roots.cache_clear()


def _note(kind: str, place: str, answered: str | None, module: str = "", level: int = 0) -> None:
    questions = _noted.get()
    if questions is not None:
        questions[kind, place, module, level] = answered


# ------------------------------------------------------------------------------------------------ what a file holds


def digest(data: bytes) -> str:
    """What tells ``data`` from all other contents."""
    return blake2b(data, digest_size=16).hexdigest()


def content(path: str) -> Content | None:
    """What is in the file ``path``; None where it cannot be read, or is huge."""
    found = _content(path)
    _note("content", path, None if found is None else found.digest)
    return found


def is_folder(path: str) -> bool:
    """Whether there is a folder ``path``."""
    found = os.path.isdir(path)
    _note("folder", path, "yes" if found else None)
    return found


def _content(path: str) -> Content | None:
    try:
        status = os.stat(path)
        if status.st_size > MAX_BYTES or not stat.S_ISREG(status.st_mode):
            return None
        # Stamps tell a file from the same one after most changes.
        key = path, status.st_mtime_ns, status.st_ctime_ns, status.st_size
        return _KEPT.get(key, lambda stamps: stamps[-1], lambda: _read(path))
    except OSError:
        return None


def _read(path: str) -> Content:
    data = reading.read_bytes(path)
    return Content(path, digest(data), data)


_KEPT: Kept[tuple[str, int, int, int], Content] = Kept(_BYTES_KEPT)


# ------------------------------------------------------------------------------------------------ where imports lead


def find_module(importer: str, module: str, level: int) -> str | None:
    """The file (or the folder, of a package without ``__init__.py``) of a module as imported from ``importer``.

    None if it is not a module of the project.  A relative import starts at the importer's package; an absolute one is
    looked for beside the importer, at the root of its package, at the root of the project, and in the folder around
    that of its name in which the importer lies.
    """
    folder = os.path.dirname(os.path.abspath(importer))
    found = _module(folder, module, level)
    _note("module", folder, found, module, level)
    return found


def find_in(folder: str, module: str) -> str | None:
    """The file of a module that lies in ``folder``."""
    found = _module(folder, module, 1)
    _note("module", folder, found, module, 1)
    return found


def _module(folder: str, module: str, level: int) -> str | None:
    if level:
        for _ in range(level - 1):
            folder = os.path.dirname(folder)
        return _find((folder,), module)
    return _find((*_roots(folder), *_around(folder, module.partition(".")[0])), module)


@lru_cache(maxsize=8192)
def _around(folder: str, package: str) -> tuple[str, ...]:
    """The folder around the nearest one of that name in which ``folder`` lies: packages need no ``__init__.py``."""
    for _ in range(_MAX_ASCENT):
        parent, name = os.path.split(folder)
        if name == package:
            return (parent,)
        folder = parent
    return ()


@lru_cache(maxsize=8192)
def _find(roots: Sequence[str], module: str) -> str | None:
    parts = module.split(".") if module else []
    folders = []
    for root in roots:
        path = os.path.join(root, *parts)
        for candidate in (os.path.join(path, "__init__.py"), f"{path}.py"):
            if os.path.isfile(candidate):
                return candidate
        if parts and os.path.isdir(path):
            folders.append(path)
    return next((path for path in folders if _holds_python(path)), None)


def _holds_python(folder: str) -> bool:
    try:
        return any(name.endswith(".py") for name in os.listdir(folder))
    except OSError:
        return False


@lru_cache(maxsize=1024)
def _roots(folder: str) -> tuple[str, ...]:
    """The folders in which an absolute import of a file in ``folder`` is looked for."""
    package = folder
    while os.path.isfile(os.path.join(package, "__init__.py")) and os.path.dirname(package) != package:
        package = os.path.dirname(package)
    found = [folder, package]
    project = package
    for _ in range(_MAX_ASCENT):
        if any(os.path.exists(os.path.join(project, marker)) for marker in _MARKERS):
            found += [project, os.path.join(project, "src")]
            break
        project = os.path.dirname(project)
    return tuple(dict.fromkeys(found))
