"""One page that holds everything: the findings, the source with its shapes, the tensor flow and the memory.

Nothing is loaded from anywhere: style, scripts and data are in the page, which is ASCII and opens from a file.  It can
be read without its scripts; they filter, and draw the graphs and charts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from string import Template

from tflint_gemm import __version__, rules
from tflint_gemm.findings import Finding, Severity
from tflint_gemm.report.html import functions, source_view
from tflint_gemm.report.html.markup import Markup, join, tag
from tflint_gemm.report.html.source_view import badge
from tflint_gemm.report.text_format import count, summary
from tflint_gemm.results import FileReport
from tflint_gemm.syntax.source import Source

ASSETS = Path(__file__).parent / "html" / "assets"
SCRIPTS = ("vendor.min.js", "page.js", "flow.js", "memory.js")
BUDGET = 16_000_000  # characters of source with pictures; what goes beyond is shown as excerpts
OPEN_FILES = 3  # of more, only the first is unfolded
_RANKS: dict[Severity, int] = {"error": 0, "warning": 1, "info": 2}


def render(reports: Sequence[FileReport]) -> str:
    """The page; places in ``reports`` are those of the text, also in notebooks."""
    shown = [
        report if report.source is not None else replace(report, source=Source(report.path, ""))
        for report in reports
        if report.findings or report.picture is not None
    ]
    articles = _articles(shown)
    findings = [finding for report in shown for finding in report.findings]
    filled = {
        "title": _title(shown),
        "heading": _title(shown),
        "summary": join([summary(reports)]),
        "findings": _findings(shown, findings),
        "failures": _failures(reports),
        "links": _links(shown),
        "files": _index(shown, articles) if len(shown) > 1 else Markup(),
        "articles": join(articles.values()),
        "version": join([__version__]),
        "style": _asset("page.css"),
        "scripts": "\n".join(f"<script>\n{_asset(name)}</script>" for name in SCRIPTS),
    }
    return Template(_asset("page.html")).substitute(filled)


def _asset(name: str) -> str:
    return (ASSETS / name).read_text("ascii")


def _title(shown: Sequence[FileReport]) -> Markup:
    return join([shown[0].path if len(shown) == 1 else count(len(shown), "file") if shown else "Nothing found"])


def _failures(reports: Sequence[FileReport]) -> Markup:
    """What could not be checked: a page without findings is to mean that there are none."""
    items = [tag("li", f"{report.path}: {report.failure}") for report in reports if report.failure is not None]
    return tag("ul", *items, class_="failures") if items else Markup()


def _links(shown: Sequence[FileReport]) -> Markup:
    """The parts that not every page has."""
    if len(shown) > 1:
        return tag("a", "Files", href="#files")
    has_functions = bool(shown) and shown[0].picture is not None and bool(shown[0].picture.functions)
    return tag("a", "Tensor flow and memory", href="#f1-functions") if has_functions else Markup()


def _name(index: int) -> str:
    return f"f{index + 1}"


# --- the list of findings ---------------------------------------------------------------------------------------------


def _findings(shown: Sequence[FileReport], findings: Sequence[Finding]) -> Markup:
    if not findings:
        return tag("p", "Nothing found.")
    rows = [
        (_RANKS[finding.severity], index, number, finding)
        for index, report in enumerate(shown)
        for number, finding in enumerate(report.findings)
    ]
    rows.sort(key=lambda row: row[:3])
    items = [
        _item(finding, shown[index], f"{_name(index)}-F{number + 1}", len(shown) > 1)
        for _, index, number, finding in rows
    ]
    filters = _filters(findings) if len(findings) > 1 else ""
    return join([filters, tag("ol", *items, class_="findings", id="finding-list")])


def _item(finding: Finding, report: FileReport, anchor: str, several: bool) -> Markup:
    assert report.source is not None
    line = report.source.where(finding.span.line)
    return tag(
        "li",
        tag(
            "a",
            badge(finding.severity),
            " ",
            tag("span", tag("b", finding.code), " ", finding.message, class_="message"),
            " ",
            tag("span", f"{report.path}, {line}" if several else line, class_="place"),
            href=f"#{anchor}",
        ),
        data_severity=finding.severity,
        data_rule=finding.code,
    )


def _filters(findings: Sequence[Finding]) -> Markup:
    severities = Counter(finding.severity for finding in findings)
    codes = Counter(finding.code for finding in findings)
    groups = [
        tag(
            "fieldset",
            tag("legend", "Severity"),
            *(_box("severity", one, badge(one), severities[one]) for one in _RANKS if one in severities),
        ),
        tag("fieldset", tag("legend", "Rule"), *(_box("rule", one, one, codes[one]) for one in sorted(codes))),
    ]
    status = tag("p", tag("output", count(len(findings), "finding"), id="shown"), " ",
                 tag("button", "Show all", type="reset", hidden=True))  # fmt: skip
    return tag("form", *groups, status, id="filters", class_="scripted")


def _box(name: str, value: str, label: str, number: int) -> Markup:
    title = rules.rule(value).name if name == "rule" else None
    box = tag("input", type="checkbox", name=name, value=value, checked=True)
    return tag("label", box, " ", label, " ", tag("span", str(number), class_="quiet"), title=title)


# --- the files --------------------------------------------------------------------------------------------------------


def _articles(shown: Sequence[FileReport]) -> dict[str, Markup]:
    """The article of each file by its name, the gravest first while the budget lasts."""
    order = sorted(range(len(shown)), key=lambda index: _gravity(shown[index]))
    articles: dict[str, Markup] = {}
    left = BUDGET
    if len(shown) == 1:
        return {"f1": join(_whole(shown[0], "f1", 2))}
    for position, index in enumerate(order):
        is_open = len(shown) <= OPEN_FILES or position == 0
        article = _article(shown[index], _name(index), is_open, whole=left > 0)
        if article is not None:
            articles[_name(index)] = article
            left -= len(article)
    return articles


def _gravity(report: FileReport) -> tuple[int, int]:
    return min((_RANKS[finding.severity] for finding in report.findings), default=3), -len(report.findings)


def _article(report: FileReport, name: str, is_open: bool, whole: bool) -> Markup | None:
    assert report.source is not None
    if whole:
        parts = _whole(report, name, 3)
    elif report.findings:
        parts = [
            tag("p", "Only the lines of the findings: this run found too much for one page. To see the whole file: ",
                tag("code", f"tflint-gemm --format html {report.path}"), class_="quiet"),
            source_view.excerpt(report.source, report.findings, name),
        ]  # fmt: skip
    else:
        return None
    return tag("details", tag("summary", tag("h2", report.path), *_badges(report)), *parts, class_="file", id=name,
               open=is_open)  # fmt: skip


def _whole(report: FileReport, name: str, level: int) -> list[Markup]:
    """The sections of a file, with headings of ``level``."""
    assert report.source is not None
    picture = report.picture
    source = source_view.view(report.source, report.findings, picture, name)
    parts = [tag("section", tag(f"h{level}", "Code"), source, id=f"{name}-code")]
    if picture is not None and picture.functions:
        drawn = functions.cards(picture.functions, report.findings, report.source, name, level + 1)
        heading = tag(f"h{level}", "Tensor flow and memory")
        parts.append(tag("section", heading, *drawn, id=f"{name}-functions"))
    return parts


def _badges(report: FileReport) -> Iterator[Markup]:
    found = Counter(finding.severity for finding in report.findings)
    for severity in _RANKS:
        if severity in found:
            yield tag("span", badge(severity), f": {found[severity]} ", class_="total")


def _index(shown: Sequence[FileReport], articles: dict[str, Markup]) -> Markup:
    rows = []
    for index, report in sorted(enumerate(shown), key=lambda item: _gravity(item[1])):
        name = _name(index)
        path = tag("a", report.path, href=f"#{name}") if name in articles else report.path
        counts = Counter(finding.severity for finding in report.findings)
        cells = [tag("td", str(counts[severity]) if counts[severity] else "", class_="number") for severity in _RANKS]
        rows.append(tag("tr", tag("th", path, scope="row"), *cells))
    heads = ("File", "Errors", "Warnings", "Remarks")
    head = tag("thead", tag("tr", *(tag("th", one, scope="col") for one in heads)))
    table = tag("div", tag("table", head, tag("tbody", *rows)), class_="scroll", tabindex=0, role="region",
                aria_label="Files")  # fmt: skip
    return tag("section", tag("h2", "Files"), table, id="files")
