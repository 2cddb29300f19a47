"""Write the rule table of the README from the rule pages; with ``--check`` only say whether it is current."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from tflint_gemm import rules

README = Path(__file__).parent.parent / "README.md"
START, END = "<!-- rules: written by tools/readme_rules.py -->", "<!-- end of rules -->"
FIXES = {"safe": "`--fix`", "unsafe": "`--unsafe-fixes`", "suggestion": "suggestion", "none": ""}


def table() -> str:
    """The rules as a Markdown table."""
    lines = ["| code | name | finds | severity | fix |", "|---|---|---|---|---|"]
    for rule in rules.all_rules().values():
        severity = rule.severity if rule.enabled else f"{rule.severity}, off"
        summary = rule.summary.split(". ")[0].rstrip(".").replace("|", r"\|")
        link = f"[{rule.code}](rules/{rule.code}.md)"
        lines.append(f"| {link} | {rule.name} | {summary} | {severity} | {FIXES[rule.fix]} |")
    return "\n".join(lines)


def with_table(readme: str) -> str:
    """The README's text with the table as it should be."""
    return re.sub(f"{START}.*?{END}", lambda _: f"{START}\n{table()}\n{END}", readme, flags=re.DOTALL)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    before = README.read_text("utf-8")
    after = with_table(before)
    if before != after and not check:
        README.write_text(after, "utf-8")
    return int(before != after and check)


if __name__ == "__main__":
    sys.exit(main())
