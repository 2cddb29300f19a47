"""Memory plans for people and for JSON: what is allocated where, how long it lives, and the total line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tflint_gemm.domain import shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.memory import Moment, Plan, Site
from tflint_gemm.memory.plan import magnitude
from tflint_gemm.memory.text import size_text
from tflint_gemm.report.facts import excerpt
from tflint_gemm.report.json_format import place
from tflint_gemm.report.printable import one_line
from tflint_gemm.syntax.source import Source

BAR = 24  # characters for the peak
SMALLEST = 200  # an allocation below this fraction of the peak is left out of the table
MOST_ROWS = 40
_EIGHTHS = " ▏▎▍▌▋▊▉"
_UNTYPED = "float32?"  # what an unknown dtype counts as
_WRITTEN = ("tensor", "array", "variable")  # made by an expression of the program
_UNWRITTEN = ("inside ", "gradient of ", "copy kept ")


# ------------------------------------------------------------------------------------------------- JSON


def rows(source: Source, plans: Sequence[Plan]) -> list[dict[str, Any]]:
    """The plans for JSON; of sizes None is unknown and text is symbolic.

    An allocation stands there once, with how often it is made and from which to which moment each of those lives that
    the analysis has followed.  ``alive`` are indices of allocations, one as often as it is alive several times.
    """
    return [_plan_row(source, plan) for plan in plans]


def _plan_row(source: Source, plan: Plan) -> dict[str, Any]:
    sites = plan.sites()
    number = {index: place for place, site in enumerate(sites) for index in site.indices}
    return {
        "path": source.path,
        "function": plan.name,
        **place(source.located(plan.span)),
        "graph": plan.graph,
        "complete": plan.complete,
        "symbols": plan.symbols(),
        "assumed": dict(plan.assumed),
        "peak": None if plan.peak_index is None else {"moment": plan.peak_index, "bytes": _size(plan.nbytes)},
        "allocations": [_allocation_row(source, plan, site) for site in sites],
        "moments": [_moment_row(source, moment, number) for moment in plan.moments],
    }


def _size(dim: Dim) -> int | str | None:
    return dim if dim is None or isinstance(dim, int) else str(dim)


def _allocation_row(source: Source, plan: Plan, site: Site) -> dict[str, Any]:
    one, followed = site.one, [plan.allocations[index] for index in site.indices]
    return {
        **place(source.located(one.span)),
        "name": one.name or None,
        "display": one.display,
        "role": one.role,
        "temporary": one.is_temporary,
        "dtype": one.dtype,
        "shape": None if one.shape is None else [_size(dim) for dim in one.shape],
        "count": _size(one.count),
        "times": _size(site.times),
        "bytes": _size(one.nbytes),
        "lives": [[each.begin, each.end] for each in followed],
        "last_line": max(each.end_line for each in followed),
        "ending": followed[-1].ending,
    }


def _moment_row(source: Source, moment: Moment, number: dict[int, int]) -> dict[str, Any]:
    return {
        **place(source.located(moment.span)),
        "display": moment.display or None,
        "bytes": _size(moment.nbytes),
        "unknown": moment.unknown,
        "alive": sorted(number[index] for index in moment.alive),
    }


# ------------------------------------------------------------------------------------------------- text


def text(source: Source, plans: Sequence[Plan], device_memory: int) -> Iterator[str]:
    """The lines of all plans of a file that hold anything, in order."""
    for plan in plans:
        if any(one.nbytes != 0 for one in plan.allocations):
            yield from _plan(source, plan, device_memory)


def _plan(source: Source, plan: Plan, device_memory: int) -> Iterator[str]:
    peak = plan.peak
    assert peak is not None
    what = f" ({one_line(peak.display)})" if peak.display else ""
    yield f"{source.path}: {plan.name}{' (graph)' if plan.graph else ''}: "
    if plan.nbytes == 0:
        yield f"nothing of known size, {len(plan.allocations)} allocations of unknown size"
        yield " (an input_signature, an annotation or a call would tell the shapes)\n\n"
        return
    unknown = f", besides {peak.unknown} of unknown size" if peak.unknown else ""
    yield f"peak {size_text(plan.nbytes)} at {source.where(peak.span.line)}{what}"
    yield f"{unknown}{_against(plan.nbytes, device_memory)}\n"
    if not plan.complete:
        yield "  (a budget ended the analysis before the end of the program: what follows is not in the plan)\n"
    yield from _sizes(plan)
    whole = magnitude(plan.nbytes)
    yield from _table(source, plan, whole)
    yield from _lines(plan, whole)
    yield "\n"


def _sizes(plan: Plan) -> Iterator[str]:
    """Which sizes have been assumed, and which may be."""
    if plan.assumed:
        yield f"  with {', '.join(f'{one_line(name)}={size}' for name, size in plan.assumed)}\n"
    open_sizes = [one_line(name) for name in plan.symbols()]
    if open_sizes:
        yield f"  for numbers: --assume {','.join(f'{name}=…' for name in open_sizes)}\n"


def _against(nbytes: Dim, device_memory: int) -> str:
    if not isinstance(nbytes, int):
        return ""
    return f", {100 * nbytes / device_memory:.0f} % of device-memory ({size_text(device_memory)})"


def _table(source: Source, plan: Plan, whole: int) -> Iterator[str]:
    sites = plan.sites()
    alive = set(plan.peak.alive) if plan.peak is not None else set()
    shown = [row for row in sites if magnitude(row.one.nbytes) * SMALLEST >= whole or row.one.nbytes is None]
    left_out = len(sites) - len(shown[:MOST_ROWS])
    yield f"  {'lines':>11}  {'bytes':>10}  {'':{BAR}}  peak  what\n"
    for row in shown[:MOST_ROWS]:
        one = row.one
        last = max((plan.allocations[index] for index in row.indices), key=lambda each: each.end)
        until = "end" if last.ending == "never" else str(last.end_line)
        since = "" if one.role == "argument" else str(one.span.line)
        lines = f"{since}-{until}" if until != since else until
        mark = "" if alive.isdisjoint(row.indices) else "●"
        yield f"  {lines:>11}  {size_text(one.nbytes):>10}  {bar(one.nbytes, whole)}  {mark:^4}  {_what(source, row)}\n"
    if left_out > 0:
        yield f"  {'':11}  {left_out} more\n"


def _what(source: Source, row: Site) -> str:
    """``a = tf.zeros([1000]) float32 [1000] (tensor)``."""
    one = row.one
    written = one.role in _WRITTEN and not one.display.startswith(_UNWRITTEN)
    display = excerpt(source.segment(one.span)) if written else one.display
    kind = "temporary" if one.is_temporary and one.role in ("tensor", "array") else one.role
    name = f"{one.name} = " if one.name else ""
    typed = f" {one.dtype or _UNTYPED} {shapes.show(one.shape)}" if one.shape is not None else ""
    count = f", {one.count} of them" if one.count != 1 else ""
    often = "again and again" if row.times is None else f"{row.times} times"
    again = "" if row.times in (0, 1) or one.count != 1 else f", made {often}"
    freed = {"rebound": ", rebound", "deleted": ", deleted"}.get(one.ending, "")
    return f"{one_line(name + display)}{typed} ({kind}{count}{freed}{again})"


def _lines(plan: Plan, whole: int) -> Iterator[str]:
    """The most that is alive at each line, as bars."""
    peak = plan.peak
    lines = plan.by_line()
    if len(lines) < 2 or peak is None:
        return
    yield "  alive, by line\n"
    for line, nbytes in lines[:MOST_ROWS]:
        mark = "  ◀ peak" if line == peak.span.line else ""
        yield f"  {line:>11}  {size_text(nbytes):>10}  {bar(nbytes, whole)}{mark}\n"


def bar(nbytes: Dim, whole: int) -> str:
    """A bar of ``BAR`` characters for ``whole``, in eighths of a character."""
    eighths = round(8 * BAR * min(magnitude(nbytes), whole) / whole) if whole else 0
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(BAR)
