"""The doctor's lines as text for a terminal, and as JSON for a bug report."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Sequence

import click

from tflint_gemm import __version__
from tflint_gemm.doctor.lines import Line, verdict

WIDTH = 116
_COLOURS = {"ok": "green", "problem": "red", "cannot tell": "yellow"}
_MARGIN = len("  cannot tell  ")


def as_text(line: Line, before: Line | None) -> str:
    """One line, below the name of its topic if that is another than that of the line ``before``."""
    title = "" if before is not None and before.topic == line.topic else click.style(line.topic, bold=True) + "\n"
    if title and before is not None:
        title = "\n" + title
    mark = click.style(f"{line.status:<11}", fg=_COLOURS[line.status])
    text = _indented(line.text)
    advice = f"{' ' * _MARGIN}-> {_indented(line.advice, 3)}\n" if line.advice is not None else ""
    return f"{title}  {mark}  {text}\n{advice}"


def _indented(text: str, more: int = 0) -> str:
    margin = " " * (_MARGIN + more)
    wrapped = textwrap.wrap(" ".join(text.split()), WIDTH - len(margin), break_long_words=False, break_on_hyphens=False)
    return f"\n{margin}".join(wrapped)


def summary(lines: Sequence[Line]) -> str:
    """The last line: how many problems there are."""
    problems = sum(line.status == "problem" for line in lines)
    unknown = sum(line.status == "cannot tell" for line in lines)
    tail = f"; {unknown} cannot be told" if unknown else ""
    if not problems:
        return f"\nNo problem found{tail}.\n"
    return f"\n{problems} problem{'s' if problems > 1 else ''} found{tail}.\n"


def as_json(lines: Sequence[Line]) -> str:
    """``{"version", "status", "lines": [{"topic", "status", "text", "advice", "data"}]}``."""
    rows = [
        {"topic": line.topic, "status": line.status, "text": line.text, "advice": line.advice, "data": line.data}
        for line in lines
    ]
    # Infinity, the error of a product with NaN in it, is no JSON.
    text = json.dumps({"version": __version__, "status": verdict(lines), "lines": rows}, indent=2, default=str)
    return text.replace(": Infinity", ": null") + "\n"


def present(lines: Iterable[Line], form: str, color: bool | None) -> bool:
    """Prints the lines, as text while they come in; whether there is a problem."""
    seen: list[Line] = []
    for line in lines:
        if form == "text":
            click.echo(as_text(line, seen[-1] if seen else None), nl=False, color=color)
        seen.append(line)
    click.echo(as_json(seen) if form == "json" else summary(seen), nl=False, color=color)
    return verdict(seen) == "problem"
