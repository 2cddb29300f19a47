"""The command line: ``tflint-gemm [check] PATHS``, ``infer``, ``memory``, ``verify``, ``rule`` and ``doctor``."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from tflint_gemm import __version__
from tflint_gemm.report import FORMATS

if TYPE_CHECKING:  # start-up is felt in editors and hooks: what a command needs it imports itself
    from tflint_gemm.config import Config, Resolver
    from tflint_gemm.engine import Executor, Task
    from tflint_gemm.results import FileReport
    from tflint_gemm.verify import Sandbox
    from tflint_gemm.verify.answers import Inference

NOTHING_FOUND, FINDINGS_LEFT, FAILED, INTERRUPTED = 0, 1, 2, 130
FILES_FOR_PROGRESS = 20
FILES_DRAWN = 20  # in pages on more files, those without findings are left out
OBJECTS_PER_COLLECTION = 200_000  # nearly nothing dies before its file is done, and then it is collected
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class DefaultToCheck(click.Group):
    """A group in which ``check`` is understood where no command is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help", "--version"):
            args = ["check", *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)


@click.group(cls=DefaultToCheck, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tflint-gemm")
def main() -> None:
    """A linter that knows TensorFlow.

    It infers the dtype and the shape of every tensor without running the program, and reports where TensorFlow would
    raise, compute the wrong thing, or run out of memory.  `check` is the default command.

    Exit status: 0 nothing found, 1 findings left, 2 wrong usage or an internal failure, 130 interrupted.
    """
    gc.set_threshold(OBJECTS_PER_COLLECTION)
    atexit.register(gc.freeze)  # the memory goes back with the process, nobody need look what in it is garbage


def _options(*options: Decorator) -> Decorator:
    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


_paths = click.argument("paths", nargs=-1, metavar="[PATHS]...")
_config_options = _options(
    click.option("--config", "config_file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
                 help="Use this pyproject.toml instead of the nearest one of each file."),
    click.option("--isolated", is_flag=True, help="Ignore all configuration files."),
    click.option("--exclude", metavar="PATTERNS", help="Leave these out instead of the default folders (commas)."),
    click.option("--extend-exclude", metavar="PATTERNS", help="Leave these out as well (commas)."),
    click.option("--force-exclude", is_flag=True, help="Leave out excluded files even if they are named."),
    click.option("--stdin-filename", metavar="PATH", help="The name of what is read from standard input."),
    click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True),
    click.option("-v", "--verbose", is_flag=True, help="Say more; show the tracebacks of internal errors."),
)  # fmt: skip
_memory_options = _options(
    click.option("--device-memory", metavar="SIZE",
                 help="What the device has, such as 8GiB or A100-40GB: TFG302 speaks of working sets beyond it."),
    click.option("--assume", metavar="SIZES", help="Numbers for symbolic sizes, such as batch=64,seq=2048."),
)  # fmt: skip
_rule_options = _options(
    click.option("--select", metavar="CODES", help="Only these rules (codes or prefixes with commas, or ALL)."),
    click.option("--extend-select", metavar="CODES", help="These rules as well."),
    click.option("--ignore", metavar="CODES", help="Not these rules."),
    click.option("--max-tensor-bytes", metavar="SIZE", help="The allocation from which TFG301 speaks, such as 512MiB."),
    click.option("--cast-target", metavar="POLICY", help="Whose dtype a fix keeps: majority, first or widest."),
    click.option("--max-steps", type=int, help="The step budget of one file."),
    click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True),
    click.option("--statistics", is_flag=True, help="Show counts instead of findings."),
    click.option("--exit-zero", is_flag=True, help="Exit with 0 even if there are findings."),
    click.option("-j", "--jobs", type=click.IntRange(min=1), help="Processes; one per processor by default."),
    click.option(
        "--executor",
        type=click.Choice(["local", "dask"]),
        default="local",
        show_default=True,
        help="Who does the work: processes of this machine, or a cluster of Dask.",
    ),
    click.option(
        "--scheduler",
        metavar="ADDRESS",
        help="The scheduler of the cluster; without one, --executor dask starts a cluster on this machine.",
    ),
)
_oracle_options = _options(
    click.option("--oracle", metavar="WHOM", help="Whom to ask about calls without a model: tensorflow or none."),
    click.option("--python", default=sys.executable, metavar="PATH", show_default="the one that runs this",
                 help="The Python that has the project's TensorFlow, for verification and the oracle."),
    click.option("--cache-dir", type=click.Path(file_okay=False, path_type=Path),
                 help="Where results and the oracle's answers are kept, instead of .tflint_gemm_cache in the project "
                      "and the user's cache."),
    click.option("--no-cache", is_flag=True, help="Neither use nor keep results and the oracle's answers."),
)  # fmt: skip
_verify_options = _options(
    click.option("--device", type=click.Choice(["cpu", "gpu"]), default="cpu", show_default=True,
                 help="Where verification runs the code."),
)  # fmt: skip


@main.command()
@_paths
@click.option("--fix", is_flag=True, help="Apply the safe fixes.")
@click.option("--unsafe-fixes", is_flag=True, help="Apply the unsafe fixes as well.")
@click.option("--diff", is_flag=True, help="Show what the fixes would change instead of changing it.")
@click.option("--add-noqa", is_flag=True, help="Add `# noqa: CODE` to every line with a finding.")
@click.option(
    "--verify", is_flag=True, help="Run the flagged code under TensorFlow, in a sandbox, to prove the findings."
)
@_verify_options
@_oracle_options
@_rule_options
@_memory_options
@_config_options
def check(paths: tuple[str, ...], **options: Any) -> None:
    """Check files and folders (`-` is standard input), by default the working directory."""
    if options["add_noqa"] and (options["fix"] or options["unsafe_fixes"] or options["diff"]):
        raise click.UsageError("--add-noqa silences findings, --fix and --diff repair them: choose one")
    sys.exit(_check(paths or (".",), options))


@main.command()
@_paths
@_verify_options
@_oracle_options
@_rule_options
@_memory_options
@_config_options
def verify(paths: tuple[str, ...], **options: Any) -> None:
    """Check, and prove each finding by running the flagged code under TensorFlow in a sandbox."""
    sys.exit(_check(paths or (".",), {**options, "verify": True}))


@main.command()
@_paths
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@_oracle_options
@_config_options
def infer(paths: tuple[str, ...], **options: Any) -> None:
    """Show the dtype and the shape of every tensor and array."""
    sys.exit(_infer(paths or (".",), options))


@main.command()
@_paths
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@_memory_options
@_config_options
def memory(paths: tuple[str, ...], **options: Any) -> None:
    """Show what is allocated where, how long it lives, and what is alive at the peak."""
    from tflint_gemm import cli_memory

    sys.exit(cli_memory.run(paths or (".",), lambda: _resolver(options), options, _complain))


@main.command()
@click.argument("code", required=False)
def rule(code: str | None) -> None:
    """Explain a rule (its code or its name), or list them all."""
    from tflint_gemm import rules

    if code is not None:
        try:
            click.echo(rules.rule_page(code), nl=False)
        except KeyError:
            raise click.UsageError(f"there is no rule {code}; `tflint-gemm rule` lists them") from None
        return
    for known in rules.all_rules().values():
        notes = [known.severity, *([] if known.enabled else ["off"]), *(["fix"] if known.fix == "safe" else [])]
        click.echo(f"{known.code}  {known.name:<28} {', '.join(notes)}")


@main.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--python",
    default=sys.executable,
    metavar="PATH",
    show_default="the one that runs this",
    help="The Python that has the TensorFlow to be examined.",
)
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
def doctor(form: str, python: str, color: str) -> None:
    """Find out whether this machine multiplies matrices, dtype by dtype, and if not, why.

    Loads TensorFlow, and takes a good part of the free memory for some seconds.  Exit status: 0 no problem, 1 problems.
    """
    from tflint_gemm.doctor import examine, present

    problems = present(examine(python, os.environ), form, _colour({"color": color}))
    sys.exit(FINDINGS_LEFT if problems else NOTHING_FOUND)


# --- check ------------------------------------------------------------------------------------------------------------

_KEYS = ("select", "extend-select", "ignore", "exclude", "extend-exclude", "max-tensor-bytes", "device-memory",
         "assume", "cast-target", "max-steps", "oracle", "jobs")  # fmt: skip


def _resolver(options: dict[str, Any]) -> Resolver:
    from tflint_gemm.config import Resolver

    given = {key: options.get(key.replace("-", "_")) for key in _KEYS}
    for key in ("exclude", "extend-exclude"):
        if given[key] is not None:
            given[key] = [pattern.strip() for pattern in str(given[key]).split(",") if pattern.strip()]
    given["force-exclude"] = options["force_exclude"] or None
    return Resolver(given, options["config_file"], options["isolated"])


def _check(paths: Sequence[str], options: dict[str, Any]) -> int:
    from tflint_gemm.config import ConfigError
    from tflint_gemm.discovery import STDIN, discover
    from tflint_gemm.reading import standard_input

    data = standard_input() if STDIN in paths else None
    try:
        resolver = _resolver(options)
        found = discover(paths, resolver)
        tasks = _drawn([_task(path, resolver, data, options) for path in found.files], options)
        here = resolver.for_directory(Path.cwd())
    except ConfigError as error:
        raise click.UsageError(str(error)) from None
    for path, reason in found.errors:
        _complain(f"{path}: {reason}", options)
    reports = _reports(tasks, here, options)
    _show(reports, data, options)
    failed = [report for report in reports if report.failure is not None]
    for report in failed:
        _complain(f"{report.path}: {report.failure}", options)
        if report.traceback is not None and options["verbose"]:
            _complain(report.traceback, options)
    if any(report.traceback is not None for report in failed) and not options["verbose"]:
        _complain("internal errors are our fault; --verbose shows where they come from", options)
    if options.get("assume") and not failed:
        from tflint_gemm.cli_memory import unknown_sizes

        unknown_sizes(options, {name for report in reports for name in report.sizes}, _complain)
    if found.errors or failed:
        return FAILED
    left = any(report.fails or (options.get("diff") and report.diff) for report in reports)
    return FINDINGS_LEFT if left and not options["exit_zero"] else NOTHING_FOUND


def _reports(tasks: Sequence[Task], here: Config, options: dict[str, Any]) -> list[FileReport]:
    """The reports on all tasks; TensorFlow, where it is needed, is loaded once for questions and verdicts."""
    from tflint_gemm import engine
    from tflint_gemm.cache import FOLDER, Cache

    cache = None if options["no_cache"] else Cache(options["cache_dir"] or here.root / FOLDER)
    with ExitStack() as stack:
        asking = [_asks(task.config, options) for task in tasks]
        sandbox = inference = None
        if any(asking) or options["verify"]:
            sandbox = _sandbox(stack, options, options["device"])
        if sandbox is not None and any(asking):
            strict = any(task.config.oracle == "tensorflow" for task in tasks)
            inference = _inference(stack, sandbox, options, strict)
        if inference is not None:
            folder = inference.answers.folder
            tasks = [replace(task, answers=folder) if asks else task for task, asks in zip(tasks, asking)]
        executor = _executor(stack, here.jobs or engine.available_processors(), options)
        checked = engine.run(tasks, here.jobs, inference, cache, executor)
        reports = _run(checked, len(tasks), "Checking", long=len(tasks) >= FILES_FOR_PROGRESS)
        if sandbox is not None and options["verify"]:
            reports = _run(engine.verified(zip(tasks, reports), sandbox), len(reports), "Verifying", long=True)
    if cache is not None and cache.trouble is not None:
        _complain(f"nothing is kept for the next run: {cache.trouble}", options)
    return reports


def _executor(stack: ExitStack, processes: int, options: dict[str, Any]) -> Executor | None:
    """The cluster that is to do the work, None for processes of this machine."""
    if options["executor"] == "local":
        if options["scheduler"] is not None:
            raise click.UsageError("--scheduler is for --executor dask")
        return None
    from tflint_gemm import cluster

    try:
        return stack.enter_context(cluster.opened(options["scheduler"], processes))
    except cluster.ClusterError as error:
        raise click.UsageError(str(error)) from None


def _asks(config: Config, options: dict[str, Any]) -> bool:
    """Whether TensorFlow is asked about this file's calls without a model."""
    return config.oracle == "tensorflow" or (config.oracle == "auto" and bool(options.get("verify")))


def _sandbox(stack: ExitStack, options: dict[str, Any], device: Literal["cpu", "gpu"]) -> Sandbox:
    from tflint_gemm.verify import Sandbox

    return stack.enter_context(Sandbox(options["python"], device))


def _inference(stack: ExitStack, sandbox: Sandbox, options: dict[str, Any], strict: bool) -> Inference | None:
    """Who answers; None without TensorFlow, which is a usage error if it was asked for (``strict``)."""
    from tflint_gemm.verify import answers
    from tflint_gemm.verify import sandbox as sandboxes

    cache = None if options["no_cache"] else options["cache_dir"] or answers.default_folder()
    inference = stack.enter_context(answers.opened(sandbox, cache))
    if inference is None and strict:
        raise click.UsageError(f"--oracle tensorflow: {sandboxes.INSTALL.format(python=sandbox.python)}")
    return inference


def _task(path: str, resolver: Resolver, data: bytes | None, options: dict[str, Any]) -> Task:
    from tflint_gemm.discovery import STDIN
    from tflint_gemm.engine import FixMode, Task

    name = options["stdin_filename"] or STDIN if path == STDIN else path
    fix: FixMode = "none"
    if options.get("unsafe_fixes"):
        fix = "unsafe"
    elif options.get("fix") or options.get("diff"):
        fix = "safe"
    return Task(
        name,
        resolver.for_file(name),
        fix=fix,
        write=path != STDIN and not options.get("diff"),
        add_noqa=bool(options.get("add_noqa")),
        data=data if path == STDIN else None,
    )


def _drawn(tasks: Sequence[Task], options: dict[str, Any]) -> Sequence[Task]:
    """The tasks, asking for pictures where the format shows them; among many files only of those with findings."""
    if options["form"] != "html" or options["statistics"] or options.get("diff"):
        return tasks
    return [replace(task, picture="all" if len(tasks) <= FILES_DRAWN else "findings") for task in tasks]


def _run(reports: Generator[FileReport], length: int, label: str, *, long: bool) -> list[FileReport]:
    """All reports, with a progress bar where somebody waits for them at a terminal."""
    with closing(reports):
        if not (long and sys.stderr.isatty()):
            return list(reports)
        with click.progressbar(reports, length=length, label=label, file=sys.stderr) as bar:
            return list(bar)


def _show(reports: Sequence[FileReport], data: bytes | None, options: dict[str, Any]) -> None:
    from tflint_gemm import report

    if options.get("diff"):
        for item in reports:
            click.echo(item.diff, nl=False)
        return
    changes = options.get("fix") or options.get("unsafe_fixes") or options.get("add_noqa")
    if data is not None and changes:  # the changed text takes standard output, as filters do
        _write_back(reports, data, options)
    if options["statistics"]:
        from tflint_gemm.report import statistics

        text = statistics.render(reports, options["form"])
    else:
        text = report.render(reports, options["form"])
    click.echo(text, nl=False, err=bool(data is not None and changes), color=_colour(options))
    if options["verbose"]:
        suppressed = sum(item.suppressed for item in reports)
        click.echo(f"{suppressed} findings are suppressed", err=True)


def _write_back(reports: Sequence[FileReport], data: bytes, options: dict[str, Any]) -> None:
    name = options["stdin_filename"] or "-"
    for item in reports:
        if item.path == name and item.new_content is not None:
            data = item.new_content
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _colour(options: dict[str, Any]) -> bool | None:
    """Whether to colour; None leaves it to what standard output is (https://no-color.org)."""
    if options["color"] != "auto":
        return bool(options["color"] == "always")
    return False if os.environ.get("NO_COLOR") else None


def _complain(message: str, options: dict[str, Any]) -> None:
    click.echo(f"{click.style('tflint-gemm', fg='red')}: {message}", err=True, color=_colour(options))


# --- infer ------------------------------------------------------------------------------------------------------------


def _infer(paths: Sequence[str], options: dict[str, Any]) -> int:
    from tflint_gemm import cli_files, engine
    from tflint_gemm.report import facts
    from tflint_gemm.report.statistics import ENDED

    files, found = cli_files.inputs(paths, lambda: _resolver(options), options)
    with ExitStack() as stack:
        asking = any(_asks(file.config, options) for file in files)
        inference = _inference(stack, _sandbox(stack, options, "cpu"), options, strict=True) if asking else None

        def shown(file: cli_files.Input) -> cli_files.Shown | None:
            asked = inference if _asks(file.config, options) else None
            analysis = engine.infer(file.name, file.config, file.data, asked)
            if analysis is None:
                return None
            if analysis.exhausted:
                message = "the analysis ended early, so facts are missing (TFG002 says where)"
                _complain(f"{file.name}: {message}", options)
            if options["verbose"]:
                for ended in sorted(analysis.ended_early):
                    _complain(f"{file.name}: {ENDED[ended]}, so facts are missing", options)
            return analysis.source, facts.rows(analysis) if options["form"] == "json" else facts.lines(analysis)

        return cli_files.show(files, found, shown, options, _complain)


if __name__ == "__main__":
    main()
