"""Which files to check: the paths of the command line, folders searched, excludes and .gitignore respected."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tflint_gemm import reading
from tflint_gemm.config import Config, Resolver

if TYPE_CHECKING:  # dear to import, and not needed where no patterns are
    import pathspec

    _Chain = list[tuple[str, pathspec.GitIgnoreSpec]]  # the nearest first: it has the last word

STDIN = "-"
SUFFIXES = frozenset({".py", ".ipynb"})


@dataclass(slots=True)
class Discovered:
    """The files to check, in a fixed order, each once; and what could not be read, with the reason."""

    files: list[str] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)


def discover(paths: Iterable[str], resolver: Resolver) -> Discovered:
    """The files that ``paths`` (files, folders, ``-``) stand for; raises ConfigError.

    A file that is named is checked whatever its suffix, and even if it is excluded unless ``force-exclude`` is set.
    """
    found = Discovered()
    paths = sorted(paths)  # the order in which somebody names them changes nothing
    seen: set[str] = set()
    for path in paths:
        for file, real in _expand(path, resolver, found.errors):
            if real not in seen:
                seen.add(real)
                found.files.append(file)
    return found


def _expand(path: str, resolver: Resolver, errors: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The files, each with the path at which it really lies."""
    if path == STDIN:
        yield STDIN, STDIN
    elif os.path.isdir(path):
        if not _is_forced_out(path, resolver.for_directory(Path(path)), is_directory=True):
            yield from _walk(os.path.normpath(path), resolver, errors)
    elif os.path.isfile(path):
        if not _is_forced_out(path, resolver.for_file(path), is_directory=False):
            yield os.path.normpath(path), os.path.realpath(path)
    else:
        there = os.path.exists(path)
        errors.append((path, "neither a file nor a folder" if there else "no such file or folder"))


def _is_forced_out(path: str, config: Config, *, is_directory: bool) -> bool:
    """Whether an excluded folder holds the path, or the path is excluded itself, and that counts for named ones too."""
    if not config.force_exclude:
        return False
    absolute = Path(os.path.abspath(path))
    holders = [parent for parent in absolute.parents if parent.is_relative_to(config.root)]
    return config.excludes(absolute, is_directory=is_directory) or any(
        config.excludes(parent, is_directory=True) for parent in holders if parent != config.root
    )


def _walk(top: str, resolver: Resolver, errors: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The files below ``top``, folder by folder in order of names, each with the path at which it really lies.

    Somebody who names a folder means it: what excludes ``top`` itself does not exclude what is in it.
    """
    ignores = _Ignores(top)
    excluded = resolver.for_directory(Path(top)).excludes(Path(top), is_directory=True)
    base = Path(os.path.abspath(top)) if excluded else None
    pending = [(top, os.path.realpath(top))]
    visited = {pending[0][1]}
    while pending:
        directory, real_directory = pending.pop()
        try:
            with os.scandir(directory) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            errors.append((directory, error.strerror or str(error)))
            continue
        folders = []
        is_left_out = _left_out(directory, resolver.for_directory(Path(directory)), base, ignores)
        for entry in entries:
            is_directory = _holds(entry.is_dir)
            if not is_directory and os.path.splitext(entry.name)[1] not in SUFFIXES:
                continue
            if is_left_out(entry.name, is_directory):
                continue
            path = entry.name if directory == os.curdir else os.path.join(directory, entry.name)
            real = os.path.join(real_directory, entry.name)
            if entry.is_symlink():
                real = os.path.realpath(real)
            if not is_directory:
                if _holds(entry.is_file):  # no sockets, pipes or links to nowhere
                    yield path, real
            elif real not in visited:  # links may form loops, or show a folder twice
                visited.add(real)
                folders.append((path, real))
        pending.extend(reversed(folders))


def _holds(question: Callable[[], bool]) -> bool:
    """What the file system says of an entry; nothing is true of a link that leads round in a circle."""
    try:
        return question()
    except OSError:
        return False


def _left_out(directory: str, config: Config, base: Path | None, ignores: _Ignores) -> Callable[[str, bool], bool]:
    """Whether what has a name in ``directory``, and is a folder or is none, is excluded or ignored."""
    excludes = config.excluder(directory, base)
    chain = ignores.chain(os.path.abspath(directory)) if config.respect_gitignore else []

    def is_left_out(name: str, is_directory: bool) -> bool:
        slash = "/" if is_directory else ""
        return excludes(name + slash) or (bool(chain) and _ignored(os.path.join(directory, name), slash, chain))

    return is_left_out


class _Ignores:
    """The .gitignore files that count in a folder: from the root of its git repository (else ``top``) down to it."""

    def __init__(self, top: str) -> None:
        self._chains: dict[str, _Chain] = {}
        self._root = os.path.abspath(top)
        for folder in (Path(self._root), *Path(self._root).parents):
            if (folder / ".git").exists():
                self._root = str(folder)
                break
        here = os.path.abspath(top)
        if self._root != here and _ignored(here, "/", self.chain(os.path.dirname(here))):
            self._root = here
            self._chains.clear()

    def chain(self, directory: str) -> _Chain:
        """The patterns that apply in ``directory``."""
        if directory not in self._chains:
            parent = os.path.dirname(directory)
            is_root = directory == self._root or os.path.exists(os.path.join(directory, ".git"))
            outer = [] if is_root else self.chain(parent)
            spec = _read_patterns(os.path.join(directory, ".gitignore"))
            self._chains[directory] = [(directory, spec), *outer] if spec is not None else outer
        return self._chains[directory]


def _ignored(path: str, slash: str, chain: _Chain) -> bool:
    """Whether the files of ``chain`` ignore ``path``; a folder is told by its ``slash``."""
    absolute = os.path.abspath(path)
    for directory, spec in chain:
        relative = os.path.relpath(absolute, directory).replace(os.sep, "/") + slash
        verdict = spec.check_file(relative).include
        if verdict is not None:
            return verdict
    return False


def _read_patterns(file: str) -> pathspec.GitIgnoreSpec | None:
    try:
        lines = reading.read_bytes(file).decode("utf-8", "replace").splitlines()
    except OSError:
        return None
    return reading.patterns(lines)
