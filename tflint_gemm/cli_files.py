"""What ``infer`` and ``memory`` have in common: each file is shown by itself, and one that fails stops no other."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import click

from tflint_gemm.config import Config, ConfigError, Resolver
from tflint_gemm.discovery import STDIN, Discovered, discover
from tflint_gemm.reading import standard_input
from tflint_gemm.report import facts, json_format
from tflint_gemm.syntax.source import Source, SourceError, faults

NOTHING_FOUND, FINDINGS_LEFT, FAILED = 0, 1, 2
Complain = Callable[[str, dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Input:
    """A file under the name that it is reported by; ``data`` is its content where it is standard input."""

    name: str
    config: Config
    data: bytes | None


# The source of a file and the rows (JSON) or lines (text) about it; None where there is nothing to tell.
Shown = tuple[Source, Sequence[Any]]


def inputs(
    paths: Sequence[str], make_resolver: Callable[[], Resolver], options: dict[str, Any]
) -> tuple[list[Input], Discovered]:
    """The files under ``paths``; raises click's UsageError for a configuration that makes no sense."""
    data = standard_input() if STDIN in paths else None
    try:
        resolver = make_resolver()
        found = discover(paths, resolver)
        return [_input(path, resolver, data, options) for path in found.files], found
    except ConfigError as error:
        raise click.UsageError(str(error)) from None


def _input(path: str, resolver: Resolver, data: bytes | None, options: dict[str, Any]) -> Input:
    name = options["stdin_filename"] or STDIN if path == STDIN else path
    return Input(name, resolver.for_file(name), data if path == STDIN else None)


def show(
    files: Sequence[Input],
    found: Discovered,
    shown: Callable[[Input], Shown | None],
    options: dict[str, Any],
    complain: Complain,
) -> int:
    """Print what there is about all files; the exit status: 1 where one cannot be read as Python, 2 for failures."""
    rows: list[Any] = []
    status = FAILED if found.errors else NOTHING_FOUND
    for file in files:
        added, asked = _one(file, shown, options, complain)
        rows.extend(added)
        status = max(status, asked)
    for path, reason in found.errors:
        complain(f"{path}: {reason}", options)
    click.echo(json_format.dump(rows) if options["form"] == "json" else "".join(rows), nl=False)
    return status


def _one(
    file: Input, shown: Callable[[Input], Shown | None], options: dict[str, Any], complain: Complain
) -> tuple[Sequence[Any], int]:
    """The rows of one file, and the exit status that it asks for."""
    try:
        result = shown(file)
        if result is None:
            return [], NOTHING_FOUND
        source, rows = result
        broken = faults(source)
        for fault in broken:
            complain(f"{file.name}:{facts.spot(source, fault.line, fault.column)}: {fault.message}", options)
        return rows, FINDINGS_LEFT if broken else NOTHING_FOUND
    except SourceError as error:
        complain(f"{file.name}:{error.line}:{error.column}: {error.message}", options)
        return [], FINDINGS_LEFT
    except Exception as error:  # the boundary, as in the engine: the other files are still shown
        complain(f"{file.name}: internal error: {type(error).__name__}: {error}", options)
        if options["verbose"]:
            complain(traceback.format_exc(), options)
        return [], FAILED
