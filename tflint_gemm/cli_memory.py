"""The command ``tflint-gemm memory``: the plans of files, as tables or as JSON."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from typing import Any

import click

from tflint_gemm import engine
from tflint_gemm.config import Config, ConfigError, Resolver
from tflint_gemm.discovery import STDIN, discover
from tflint_gemm.reading import standard_input
from tflint_gemm.report import json_format, memory_format
from tflint_gemm.syntax.source import SourceError, faults

NOTHING_FOUND, FINDINGS_LEFT, FAILED = 0, 1, 2
Complain = Callable[[str, dict[str, Any]], None]


def run(
    paths: Sequence[str], make_resolver: Callable[[], Resolver], options: dict[str, Any], complain: Complain
) -> int:
    """Print the plans of all files; the exit status: 1 where a file cannot be read as Python, 2 for failures."""
    data = standard_input() if STDIN in paths else None
    try:
        resolver = make_resolver()
        found = discover(paths, resolver)
        configs = [resolver.for_file(path) for path in found.files]
    except ConfigError as error:
        raise click.UsageError(str(error)) from None
    rows: list[Any] = []
    status = FAILED if found.errors else NOTHING_FOUND
    for path, config in zip(found.files, configs):
        name = options["stdin_filename"] or STDIN if path == STDIN else path
        shown, failure = _one(name, config, data if path == STDIN else None, options, complain)
        rows.extend(shown)
        status = max(status, failure)
    for path, reason in found.errors:
        complain(f"{path}: {reason}", options)
    click.echo(json_format.dump(rows) if options["form"] == "json" else "".join(rows), nl=False)
    return status


def _one(
    path: str, config: Config, data: bytes | None, options: dict[str, Any], complain: Complain
) -> tuple[Sequence[Any], int]:
    """The plans of one file, and the exit status that it asks for."""
    try:
        found = engine.plans(path, config, data)
        if found is None:
            return [], NOTHING_FOUND
        source, plans = found
        broken = faults(source)
        for fault in broken:
            complain(f"{path}:{fault.line}:{fault.column}: {fault.message}", options)
        if options["form"] == "json":
            shown: Sequence[Any] = memory_format.rows(source, plans)
        else:
            shown = list(memory_format.text(source, plans, config.device_memory))
        return shown, FINDINGS_LEFT if broken else NOTHING_FOUND
    except SourceError as error:
        complain(f"{path}:{error.line}:{error.column}: {error.message}", options)
        return [], FINDINGS_LEFT
    except Exception as error:  # the boundary, as in the engine: the other files still get their plans
        complain(f"{path}: internal error: {type(error).__name__}: {error}", options)
        if options["verbose"]:
            complain(traceback.format_exc(), options)
        return [], FAILED
