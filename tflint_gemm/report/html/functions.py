"""One card per function: its tensor flow as a graph and its memory as a chart, both as text as well.

The scripts of the page draw from the JSON that stands beside the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tflint_gemm.domain import shapes
from tflint_gemm.findings import Finding, Span
from tflint_gemm.memory.plan import Allocation, Moment, Plan, magnitude
from tflint_gemm.memory.text import size_text
from tflint_gemm.picture import Flow, FlowNode, FunctionPicture
from tflint_gemm.report.html.markup import Markup, data, join, tag
from tflint_gemm.report.html.source_view import badge
from tflint_gemm.syntax.source import Source

LAYERS = 6  # of the largest allocations at the peak that have a colour of their own; the others share one
ROWS = 8  # of the table of what is alive at the peak; the others are folded
_SEVERITIES = ("error", "warning", "info")


def cards(
    functions: Sequence[FunctionPicture], findings: Sequence[Finding], source: Source, name: str, level: int
) -> list[Markup]:
    """The functions, with headings of ``level``; those with findings are open, or else the first."""
    drawn = []
    faults = [_faults(function, findings) for function in functions]
    anywhere = any(any(found.values()) for found in faults)
    for index, (function, found) in enumerate(zip(functions, faults)):
        is_open = bool(found) or (not anywhere and index == 0)
        parts = _Parts(source, name, function.name, level)
        drawn.append(_card(function, found, parts, f"{name}-P{index + 1}", is_open))
    return drawn


@dataclass(frozen=True, slots=True)
class _Parts:
    """Where the parts of a function are: its source, how ids in it begin, its name, the level of its heading."""

    source: Source
    name: str
    function: str
    level: int

    def heading(self, text: str) -> Markup:
        return tag(f"h{self.level + 1}", text)

    def link(self, line: int) -> Markup:
        """The way to a line of the source."""
        return tag("a", self.source.where(line), href=f"#{self.name}-L{line}")


def _card(function: FunctionPicture, faults: dict[int, str], at: _Parts, identity: str, is_open: bool) -> Markup:
    parts = [tag(f"h{at.level}", function.name, class_="name")]
    if function.name != "<module>":
        parts.append(tag("span", at.source.where(function.span.line), class_="quiet"))
    plan = function.plan
    if plan is not None:
        parts.append(tag("span", f"peak {size_text(plan.nbytes)}", class_="quiet"))
    parts += [badge(severity) for severity in _SEVERITIES if severity in faults.values()][:1]
    body: list[Markup] = []
    if function.flow is not None:
        body.append(_flow(function.flow, faults, at))
    if plan is not None:
        body.append(_memory(plan, at))
    summary = tag("summary", *(part for pair in zip(parts, [" "] * len(parts)) for part in pair))
    return tag("details", summary, *body, class_="function", id=identity, open=is_open)


# --- the tensor flow --------------------------------------------------------------------------------------------------


def _faults(function: FunctionPicture, findings: Sequence[Finding]) -> dict[int, str]:
    """The severity of the finding at each node that has one: at the node of its very place, or the smallest around."""
    found: dict[int, str] = {}
    nodes = function.flow.nodes if function.flow is not None else ()
    for finding in sorted(findings, key=lambda one: _SEVERITIES.index(one.severity), reverse=True):
        around = [index for index, node in enumerate(nodes) if node.span is not None and _within(finding, node.span)]
        if around:
            best = min(around, key=lambda index: _length(nodes[index].span, function.span))
            found[best] = finding.severity
    return found


def _within(finding: Finding, span: Span) -> bool:
    start, end = (finding.span.line, finding.span.column), (finding.span.end_line, finding.span.end_column)
    return (span.line, span.column) <= start and end <= (span.end_line, span.end_column)


def _length(span: Span | None, whole: Span) -> tuple[int, int]:
    span = span or whole
    return span.end_line - span.line, span.end_column - span.column


def _flow(flow: Flow, faults: dict[int, str], at: _Parts) -> Markup:
    nodes = [_node(node, faults.get(index, ""), at.source, at.name) for index, node in enumerate(flow.nodes)]
    edges = [[edge.source, edge.target, edge.text, edge.nbytes, edge.magnitude] for edge in flow.edges]
    more = tag("p", f"{flow.left_out} more ops are not drawn.", class_="quiet") if flow.left_out else None
    return tag(
        "section",
        at.heading("Tensor flow"),
        tag("div", class_="graph", data_name=at.function),
        data({"nodes": nodes, "edges": edges}, class_="flow-data"),
        more,
        tag("details", tag("summary", "The same as text"), tag("ul", *_said(flow, faults)), class_="as-text"),
        class_="flow",
    )


def _node(node: FlowNode, fault: str, source: Source, name: str) -> dict[str, Any]:
    shown: dict[str, Any] = {"role": node.role, "label": node.label}
    where = source.where(node.span.line) if node.span is not None else ""
    detail = ", ".join(part for part in (node.detail, where, "in a loop" if node.repeats else "") if part)
    if detail:
        shown["detail"] = detail
    if node.span is not None:
        shown["href"] = f"#{name}-L{node.span.line}"
    if fault:
        shown["fault"] = fault
    return shown


def _said(flow: Flow, faults: dict[int, str]) -> Iterator[Markup]:
    """``tf.matmul (line 7, error) takes float32 [2, 2] from a, ...``: the graph in words."""
    for index, node in enumerate(flow.nodes):
        if node.span is None:
            continue
        notes = ", ".join(part for part in (f"line {node.span.line}", faults.get(index, "")) if part)
        takes = [f"{edge.text} from {flow.nodes[edge.source].label}" for edge in flow.edges if edge.target == index]
        gives = [edge.text for edge in flow.edges if edge.source == index][:1]
        text = f" ({notes})"
        text += f" takes {', '.join(takes)}" if takes else ""
        text += f"{' and' if takes else ''} gives {gives[0]}" if gives else ""
        yield tag("li", tag("code", node.label), text)


# --- the memory plan --------------------------------------------------------------------------------------------------


def _memory(plan: Plan, at: _Parts) -> Markup:
    peak = plan.peak
    assert peak is not None
    alive = plan.at_peak()
    lead = tag(
        "p",
        "Most is alive in ",
        at.link(peak.span.line),
        " (",
        tag("code", peak.display),
        "): ",
        tag("b", size_text(plan.nbytes)),
        ".",
        f" {peak.unknown} more of unknown size." if peak.unknown else "",
    )
    symbols = plan.symbols()
    note = f"Drawn with 64 for {', '.join(symbols)}: --assume {symbols[0]}=… says better." if symbols else None
    return tag(
        "section",
        at.heading("Memory"),
        lead,
        tag("div", class_="chart"),
        data(_chart(plan, at.source, at.name), class_="memory-data"),
        tag("p", note, class_="quiet") if note else None,
        _alive_table(alive, at),
        tag("details", tag("summary", "Line by line"), _line_table(plan, at), class_="as-text"),
        class_="memory",
    )


def _chart(plan: Plan, source: Source, name: str) -> dict[str, Any]:
    """Per line the moment at which most is alive, split into layers: the largest at the peak, and all others."""
    assert plan.peak is not None
    # In the order of the table, whose rows have the same colours.
    largest = sorted(plan.peak.alive, key=lambda index: -magnitude(plan.allocations[index].nbytes))[:LAYERS]
    moments = _by_line(plan)
    points = []
    for line in sorted(moments):
        moment = moments[line]
        layers = [magnitude(plan.allocations[index].nbytes) if index in moment.alive else 0 for index in largest]
        rest = sum(magnitude(plan.allocations[index].nbytes) for index in moment.alive if index not in largest)
        points.append([line, [*layers, rest], size_text(moment.nbytes), moment.display])
    return {
        "layers": [plan.allocations[index].label for index in largest] + ["all others"],
        "points": points,
        "peak": plan.peak.span.line,
        "end": max(plan.span.end_line, max(moments)) + 1,
        "anchor": f"#{name}-L",
        "cells": [[first, cell.number] for first, cell in zip(source.cell_lines, source.cells.cells)]
        if source.cells is not None
        else [],
    }


def _by_line(plan: Plan) -> dict[int, Moment]:
    """Per line the moment at which most is alive."""
    found: dict[int, Moment] = {}
    for moment in plan.moments:
        known = found.get(moment.span.line)
        if known is None or magnitude(moment.nbytes) > magnitude(known.nbytes):
            found[moment.span.line] = moment
    return found


def _alive_table(alive: Sequence[Allocation], at: _Parts) -> Markup:
    rows = [_allocation(one, index, at) for index, one in enumerate(alive)]
    label = f"Alive at the peak of {at.function}"
    table = _table(label, ("Alive at the peak", "What", "Bytes", "Made", "Freed"), rows[:ROWS])
    if len(rows) <= ROWS:
        return table
    rest = _table(f"{label}, smaller ones", (), rows[ROWS:])
    return join([table, tag("details", tag("summary", f"{len(rows) - ROWS} smaller ones"), rest, class_="as-text")])


def _table(label: str, heads: Sequence[str], rows: Sequence[Markup]) -> Markup:
    head = tag("thead", tag("tr", *(tag("th", one, scope="col") for one in heads))) if heads else None
    table = tag("table", head, tag("tbody", *rows), class_="alive")
    return tag("div", table, class_="scroll", tabindex=0, role="group", aria_label=label)


def _allocation(one: Allocation, index: int, at: _Parts) -> Markup:
    swatch = tag("span", class_=f"swatch s{min(index, LAYERS)}", aria_hidden="true")
    times = f"{one.count} of " if one.count != 1 else ""
    what = f"{one.role}, {times}{one.dtype or '?'} {shapes.show(one.shape)}"
    freed = "lives to the end" if one.ending == "never" else f"{one.ending}, {at.source.where(one.end_line)}"
    return tag(
        "tr",
        tag("th", swatch, " ", tag("code", one.label), scope="row"),
        tag("td", what),
        tag("td", size_text(one.nbytes), class_="number"),
        tag("td", at.link(one.span.line)),
        tag("td", freed),
    )


def _line_table(plan: Plan, at: _Parts) -> Markup:
    """The chart as a table with bars."""
    moments = _by_line(plan)
    most = max([magnitude(moment.nbytes) for moment in moments.values()]) or 1
    rows = []
    for line in sorted(moments):
        moment = moments[line]
        share = round(100 * magnitude(moment.nbytes) / most)
        bar = tag("span", class_="bar", style=f"width:{share}%")
        rows.append(
            tag(
                "tr",
                tag("th", at.link(line), scope="row"),
                tag("td", size_text(moment.nbytes), class_="number"),
                tag("td", bar, class_="bars"),
            )
        )
    return tag("table", tag("tbody", *rows))
