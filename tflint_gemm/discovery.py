"""Which files to check: the paths of the command line, folders searched, excludes and .gitignore respected."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tflint_gemm.config import Config, Resolver

if TYPE_CHECKING:  # dear to import, and not needed for a file that is named
    import pathspec

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
    seen: set[str] = set()
    for path in paths:
        for file in _expand(path, resolver, found.errors):
            identity = file if file == STDIN else os.path.realpath(file)
            if identity not in seen:
                seen.add(identity)
                found.files.append(file)
    return found


def _expand(path: str, resolver: Resolver, errors: list[tuple[str, str]]) -> Iterator[str]:
    if path == STDIN:
        yield STDIN
    elif os.path.isdir(path):
        if not _is_forced_out(path, resolver.for_directory(Path(path)), is_directory=True):
            yield from _walk(os.path.normpath(path), resolver, errors)
    elif os.path.exists(path):
        if not _is_forced_out(path, resolver.for_file(path), is_directory=False):
            yield os.path.normpath(path)
    else:
        errors.append((path, "no such file or folder"))


def _is_forced_out(path: str, config: Config, *, is_directory: bool) -> bool:
    """Whether an excluded folder holds the path, or the path is excluded itself, and that counts for named ones too."""
    if not config.force_exclude:
        return False
    absolute = Path(os.path.abspath(path))
    holders = [parent for parent in absolute.parents if parent.is_relative_to(config.root)]
    return config.excludes(absolute, is_directory=is_directory) or any(
        config.excludes(parent, is_directory=True) for parent in holders if parent != config.root
    )


def _walk(top: str, resolver: Resolver, errors: list[tuple[str, str]]) -> Iterator[str]:
    """The files below ``top``, folder by folder in order of names.

    Somebody who names a folder means it: what excludes ``top`` itself does not exclude what is in it.
    """
    ignores = _Ignores(top)
    excluded = resolver.for_directory(Path(top)).excludes(Path(top), is_directory=True)
    base = Path(os.path.abspath(top)) if excluded else None
    pending = [top]
    visited = {os.path.realpath(top)}
    while pending:
        directory = pending.pop()
        config = resolver.for_directory(Path(directory))
        try:
            with os.scandir(directory) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            errors.append((directory, error.strerror or str(error)))
            continue
        folders = []
        for entry in entries:
            path = os.path.normpath(entry.path)
            is_directory = entry.is_dir()
            if not is_directory and os.path.splitext(entry.name)[1] not in SUFFIXES:
                continue
            if config.excludes(Path(path), is_directory=is_directory, base=base):
                continue
            if config.respect_gitignore and ignores.ignored(path, is_directory=is_directory):
                continue
            if not is_directory:
                if entry.is_file():  # no sockets, pipes or links to nowhere
                    yield path
                continue
            real = os.path.realpath(path)
            if real not in visited:  # links may form loops, or show a folder twice
                visited.add(real)
                folders.append(path)
        pending.extend(reversed(folders))


class _Ignores:
    """The .gitignore files that count in a folder: from the root of its git repository (else ``top``) down to it."""

    def __init__(self, top: str) -> None:
        self._chains: dict[str, list[tuple[str, pathspec.GitIgnoreSpec]]] = {}
        self._root = os.path.abspath(top)
        for folder in (Path(self._root), *Path(self._root).parents):
            if (folder / ".git").exists():
                self._root = str(folder)
                break
        if self._root != os.path.abspath(top) and self.ignored(top, is_directory=True):
            self._root = os.path.abspath(top)
            self._chains.clear()

    def ignored(self, path: str, *, is_directory: bool) -> bool:
        absolute = os.path.abspath(path)
        for directory, spec in self._chain(os.path.dirname(absolute)):
            relative = os.path.relpath(absolute, directory).replace(os.sep, "/") + ("/" if is_directory else "")
            verdict = spec.check_file(relative).include
            if verdict is not None:
                return verdict
        return False

    def _chain(self, directory: str) -> list[tuple[str, pathspec.GitIgnoreSpec]]:
        """The patterns that apply in ``directory``, the nearest first: it has the last word."""
        if directory not in self._chains:
            parent = os.path.dirname(directory)
            is_root = directory == self._root or os.path.exists(os.path.join(directory, ".git"))
            outer = [] if is_root else self._chain(parent)
            spec = _read_patterns(os.path.join(directory, ".gitignore"))
            self._chains[directory] = [(directory, spec), *outer] if spec is not None else outer
        return self._chains[directory]


def _read_patterns(file: str) -> pathspec.GitIgnoreSpec | None:
    try:
        with open(file, encoding="utf-8", errors="replace") as text:
            lines = text.read().splitlines()
    except OSError:
        return None
    import pathspec

    return pathspec.GitIgnoreSpec.from_lines(lines)
