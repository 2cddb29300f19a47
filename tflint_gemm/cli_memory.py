"""The command ``tflint-gemm memory``: the plans of files, as tables or as JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tflint_gemm import cli_files, engine
from tflint_gemm.config import Resolver
from tflint_gemm.report import memory_format


def run(
    paths: Sequence[str], make_resolver: Callable[[], Resolver], options: dict[str, Any], complain: cli_files.Complain
) -> int:
    """Print the plans of all files; the exit status is that of ``cli_files.show``."""

    def shown(file: cli_files.Input) -> cli_files.Shown | None:
        result = engine.plans(file.name, file.config, file.data)
        if result is None:
            return None
        source, plans = result
        if options["form"] == "json":
            return source, memory_format.rows(source, plans)
        return source, list(memory_format.text(source, plans, file.config.device_memory))

    files, found = cli_files.inputs(paths, make_resolver, options)
    return cli_files.show(files, found, shown, options, complain)
