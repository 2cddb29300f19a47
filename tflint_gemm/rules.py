"""The rule pages: their metadata and their text.

``rules/TFGnnn.md`` is the only place where a rule's code, name, severity and defaults are written down.  The front
matter is ``key: value`` lines between two ``---``; the rest of the page is the user's documentation.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from tflint_gemm.findings import Severity

PREFIX = "TFG"
INCOMPLETE = "TFG002"
"""The rule that tells of the analysis and not of the program: no ground to fail a run."""
FIX_LEVELS = ("none", "suggestion", "unsafe", "safe")
_KEYS = frozenset({"code", "name", "severity", "default", "fix", "since"})


class RulePageError(Exception):
    """A rule page that does not say what every page must say; a fault of the installation, not of the user."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The metadata of one rule.  ``summary`` is the first paragraph of its page, ``page`` the text after the title."""

    code: str
    name: str
    severity: Severity
    enabled: bool
    fix: str
    since: str
    summary: str
    page: str


def pages_directory() -> Path:
    """Where the pages are: inside the installed package, or at the root of a checkout."""
    packaged = Path(__file__).parent / "data" / "rules"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent / "rules"


@functools.cache
def all_rules() -> Mapping[str, Rule]:
    """Every rule by its code, in order of codes."""
    pages = sorted(pages_directory().glob(f"{PREFIX}[0-9][0-9][0-9].md"))
    return {rule.code: rule for rule in (parse_page(page.read_text("utf-8"), page.stem) for page in pages)}


def rule(code: str) -> Rule:
    """The rule of ``code``; raises KeyError if there is none."""
    return all_rules()[code]


def rule_page(code: str) -> str:
    """The page of a rule, by its code or its name, as Markdown, without its front matter; raises KeyError."""
    known = all_rules()
    return known[next((rule.code for rule in known.values() if rule.name == code.lower()), code.upper())].page


def parse_page(text: str, code: str) -> Rule:
    """The rule that the page ``text`` of the file ``code``.md describes; raises RulePageError."""
    head, separator, body = text.removeprefix("---\n").partition("\n---\n")
    if not text.startswith("---\n") or not separator:
        raise RulePageError(f"rules/{code}.md has no front matter")
    fields = {}
    for line in head.splitlines():
        key, colon, value = line.partition(":")
        if not colon or key.strip() not in _KEYS:
            raise RulePageError(f"rules/{code}.md: not a front matter line: {line!r}")
        fields[key.strip()] = value.strip()
    if fields.get("code") != code or not fields.get("name"):
        raise RulePageError(f"rules/{code}.md must name its own code and a name")
    severity = _choice(fields, "severity", get_args(Severity), code)
    return Rule(
        code=code,
        name=fields["name"],
        severity=severity,  # type: ignore[arg-type]  # one of get_args(Severity)
        enabled=_choice(fields, "default", ("on", "off"), code, "on") == "on",
        fix=_choice(fields, "fix", FIX_LEVELS, code, "none"),
        since=fields.get("since", ""),
        summary=_summary(body),
        page=body.lstrip("\n"),
    )


def _choice(
    fields: Mapping[str, str], key: str, choices: tuple[str, ...], code: str, default: str | None = None
) -> str:
    value = fields.get(key, default)
    if value not in choices:
        raise RulePageError(f"rules/{code}.md: {key} must be one of {', '.join(choices)}, not {value!r}")
    return value


def _summary(body: str) -> str:
    """The first paragraph that is no heading, on one line."""
    for paragraph in body.split("\n\n"):
        lines = [line for line in paragraph.strip().splitlines() if not line.startswith("#")]
        if lines:
            return " ".join(line.strip() for line in lines)
    return ""
