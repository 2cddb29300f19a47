"""Memory plans for people and for JSON: what is allocated where, how long it lives, and the total line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tflint_gemm.domain import shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.memory import Allocation, Moment, Plan
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


# ------------------------------------------------------------------------------------------------- JSON


def rows(source: Source, plans: Sequence[Plan]) -> list[dict[str, Any]]:
    """The plans for JSON; of sizes None is unknown and text is symbolic, ``alive`` are indices of allocations."""
    return [
        {
            "path": source.path,
            "function": plan.name,
            **place(source.located(plan.span)),
            "graph": plan.graph,
            "complete": plan.complete,
            "symbols": plan.symbols(),
            "assumed": dict(plan.assumed),
            "peak": None if plan.peak_index is None else {"moment": plan.peak_index, "bytes": _size(plan.nbytes)},
            "allocations": [_allocation_row(source, one) for one in plan.allocations],
            "moments": [_moment_row(source, moment) for moment in plan.moments],
        }
        for plan in plans
    ]


def _size(dim: Dim) -> int | str | None:
    return dim if dim is None or isinstance(dim, int) else str(dim)


def _allocation_row(source: Source, one: Allocation) -> dict[str, Any]:
    return {
        **place(source.located(one.span)),
        "name": one.name or None,
        "display": one.display,
        "role": one.role,
        "temporary": one.is_temporary,
        "dtype": one.dtype,
        "shape": None if one.shape is None else [_size(dim) for dim in one.shape],
        "count": _size(one.count),
        "bytes": _size(one.nbytes),
        "begin": one.begin,
        "end": one.end,
        "last_line": one.end_line,
        "ending": one.ending,
    }


def _moment_row(source: Source, moment: Moment) -> dict[str, Any]:
    return {
        **place(source.located(moment.span)),
        "display": moment.display or None,
        "bytes": _size(moment.nbytes),
        "unknown": moment.unknown,
        "alive": list(moment.alive),
    }


# ------------------------------------------------------------------------------------------------- text


@dataclass(slots=True)
class _Row:
    """The allocations of one place that look the same: a loop makes them again and again."""

    one: Allocation
    times: int = 1
    at_peak: bool = False
    last_line: int = 0


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
    shown = [row for row in _rows(plan) if magnitude(row.one.nbytes) * SMALLEST >= whole or row.one.nbytes is None]
    left_out = len(_rows(plan)) - len(shown[:MOST_ROWS])
    yield f"  {'lines':>11}  {'bytes':>10}  {'':{BAR}}  peak  what\n"
    for row in shown[:MOST_ROWS]:
        one = row.one
        until = "end" if one.ending == "never" else str(row.last_line)
        since = "" if one.role == "argument" else str(one.span.line)
        lines = f"{since}-{until}" if until != since else until
        mark = "●" if row.at_peak else ""
        yield f"  {lines:>11}  {size_text(one.nbytes):>10}  {bar(one.nbytes, whole)}  {mark:^4}  {_what(source, row)}\n"
    if left_out > 0:
        yield f"  {'':11}  {left_out} more\n"


def _rows(plan: Plan) -> list[_Row]:
    alive = set(plan.peak.alive) if plan.peak is not None else set()
    found: dict[tuple[object, ...], _Row] = {}
    for index, one in enumerate(plan.allocations):
        key = (one.span, one.name, one.display, one.dtype, one.shape, str(one.nbytes), one.role)
        row = found.setdefault(key, _Row(one, 0))
        row.times += 1
        row.at_peak = row.at_peak or index in alive
        row.last_line = max(row.last_line, one.end_line)
    return list(found.values())


def _what(source: Source, row: _Row) -> str:
    """``a = tf.zeros([1000]) float32 [1000] (tensor)``."""
    one = row.one
    written = one.role in _WRITTEN and not one.display.startswith(("inside ", "gradient of "))
    display = excerpt(source.segment(one.span)) if written else one.display
    kind = "temporary" if one.is_temporary and one.role in ("tensor", "array") else one.role
    name = f"{one.name} = " if one.name else ""
    typed = f" {one.dtype or _UNTYPED} {shapes.show(one.shape)}" if one.shape is not None else ""
    count = f", {one.count} of them" if one.count != 1 else ""
    again = f", made {row.times} times" if row.times > 1 else ""
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
