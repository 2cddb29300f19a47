"""The command ``tflint-gemm memory``: the plans of files, as tables or as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tflint_gemm import cli_files, engine
from tflint_gemm.config import Resolver, parse_sizes
from tflint_gemm.report import memory_format


def run(
    paths: Sequence[str], make_resolver: Callable[[], Resolver], options: dict[str, Any], complain: cli_files.Complain
) -> int:
    """Print the plans of all files; the exit status is that of ``cli_files.show``."""
    met: set[str] = set()

    def shown(file: cli_files.Input) -> cli_files.Shown | None:
        result = engine.plans(file.name, file.config, file.data)
        if result is None:
            return None
        source, plans = result
        met.update(name for plan in plans for name in (*plan.symbols(), *dict(plan.assumed)))
        if options["form"] == "json":
            return source, memory_format.rows(source, plans)
        return source, list(memory_format.text(source, plans, file.config.device_memory))

    files, found = cli_files.inputs(paths, make_resolver, options)
    status = cli_files.show(files, found, shown, options, complain)
    unknown_sizes(options, met, complain)
    return status


def unknown_sizes(options: dict[str, Any], met: Iterable[str], complain: cli_files.Complain) -> None:
    """Say which names ``--assume`` gives numbers that no size has; ``met`` are the names that there are."""
    known = set(met)
    wrong = [name for name, _ in parse_sizes(options.get("assume") or "") if name not in known]
    if wrong:
        have = f"the sizes are called {', '.join(sorted(known))}" if known else "no size has a name"
        complain(f"--assume: there is no size {', '.join(wrong)}; {have}", options)
