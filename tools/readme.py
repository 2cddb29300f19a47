"""Write the generated parts of the README: the rule table, from the rule pages, and the output of an example.

With ``--check`` only say whether they are current.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

from tflint_gemm import rules

README = Path(__file__).parent.parent / "README.md"
END = "<!-- end of what tools/readme.py writes -->"
RULES, EXAMPLE = "<!-- rules -->", "<!-- tflint-gemm examples/dtype_mismatch.py -->"
FIXES = {"safe": "`--fix`", "unsafe": "`--unsafe-fixes`", "suggestion": "suggestion", "none": ""}


def table() -> str:
    """The rules as a Markdown table."""
    lines = ["| code | name | finds | severity | fix |", "|---|---|---|---|---|"]
    for rule in rules.all_rules().values():
        severity = rule.severity if rule.enabled else f"{rule.severity}, off"
        summary = rule.summary.split(". ")[0].rstrip(".").removeprefix("Reports ").replace("|", r"\|")
        summary = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", summary)  # the pages link to their neighbours
        link = f"[{rule.code}](rules/{rule.code}.md)"
        lines.append(f"| {link} | {rule.name} | {summary} | {severity} | {FIXES[rule.fix]} |")
    return "\n".join(lines)


def example() -> str:
    """What the linter says of the first example."""
    command = [sys.executable, "-m", "tflint_gemm", "examples/dtype_mismatch.py"]
    done = subprocess.run(command, cwd=README.parent, capture_output=True, text=True, check=False)
    if done.returncode != 1 or not done.stdout:
        raise SystemExit(f"the example shows no finding:\n{done.stderr}")
    return f"```text\n{done.stdout}```"


def written(readme: str) -> str:
    """The README's text with its generated parts as they should be."""
    for start, text in ((RULES, table()), (EXAMPLE, example())):
        replacement = f"{start}\n{text}\n{END}"
        readme = re.sub(f"{start}.*?{END}", lambda _, new=replacement: new, readme, flags=re.DOTALL)  # type: ignore[misc]
    return readme


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    before = README.read_text("utf-8")
    after = written(before)
    if before != after and not check:
        README.write_text(after, "utf-8")
    return int(before != after and check)


if __name__ == "__main__":
    sys.exit(main())
