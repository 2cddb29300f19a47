"""Markup that is safe by construction: text is escaped unless it was made here."""

from __future__ import annotations

import json
from collections.abc import Iterable

from tflint_gemm.report.printable import printable


class Markup(str):
    """HTML; every other string is text."""

    __slots__ = ()


def escape(text: str) -> Markup:
    """``text`` as HTML for elements and attributes: ASCII, with nothing that hides or turns what follows."""
    if isinstance(text, Markup):
        return text
    shown = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return Markup(shown.encode("ascii", "xmlcharrefreplace").decode("ascii"))


def join(parts: Iterable[str]) -> Markup:
    """The parts one after the other."""
    return Markup("".join(map(escape, parts)))


def tag(element: str, /, *children: str | None, **attributes: str | int | bool | None) -> Markup:
    """An element.  ``class_`` is the attribute class, ``data_rule`` is data-rule; None and False leave one out."""
    shown = []
    for key, value in attributes.items():
        if value is not None and value is not False:
            attribute = key.rstrip("_").replace("_", "-")
            shown.append(f" {attribute}" if value is True else f' {attribute}="{escape(str(value))}"')
    inside = join(child for child in children if child is not None)
    end = "" if element in ("input", "hr", "br") else f"</{element}>"
    return Markup(f"<{element}{''.join(shown)}>{inside}{end}")


def data(value: object, **attributes: str) -> Markup:
    """A JSON block for scripts; nothing in it can end the element."""
    text = json.dumps(value, separators=(",", ":")).replace("<", "\\u003c").replace(">", "\\u003e")
    return tag("script", Markup(text), type="application/json", **attributes)
