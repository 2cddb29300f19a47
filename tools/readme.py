"""Write the generated parts of the README: the rule table, the output of examples, what was measured.

The measurements are those of ``make bench`` and ``make memory``.

With ``--check`` only say whether they are current.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from tflint_gemm import rules

README = Path(__file__).parent.parent / "README.md"
END = "<!-- end of what tools/readme.py writes -->"
RULES, EXAMPLE = "<!-- rules -->", "<!-- tflint-gemm examples/dtype_mismatch.py -->"
PLAN, PEAKS = "<!-- tflint-gemm memory examples/memory_allocation.py -->", "<!-- make memory -->"
MEMORY = README.parent / "benchmarks" / "memory_results.json"
SPEED, MEASURED = "<!-- make bench -->", README.parent / "benchmarks" / "results.json"
OURS = ("cold, ", "warm")
BUSY = 1.5  # times its processor time that a program takes on the clock where it has to share the processor
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
    return _shown("examples/dtype_mismatch.py", status=1)


def plan() -> str:
    """The memory plan of an example."""
    return _shown("memory", "examples/memory_allocation.py", status=0)


def _shown(*arguments: str, status: int) -> str:
    command = [sys.executable, "-m", "tflint_gemm", *arguments]
    done = subprocess.run(command, cwd=README.parent, capture_output=True, text=True, check=False)
    if done.returncode != status or not done.stdout:
        raise SystemExit(f"{arguments}: status {done.returncode}\n{done.stderr}")
    return f"```text\n{done.stdout.rstrip()}\n```"


def peaks() -> str:
    """What the last ``make memory`` measured, as a table."""
    results = json.loads(MEMORY.read_text("utf-8"))
    lines = [
        f"TensorFlow {results['tensorflow']} on the CPU, Python {results['python']}; MiB:",
        "",
        "| program | predicted | measured | ratio | with TensorFlow's pool |",
        "|---|--:|--:|--:|--:|",
    ]
    for row in sorted(results["rows"], key=lambda row: (row["program"].startswith("training"), row["program"])):
        predicted, measured, pooled = (row[name] / (1 << 20) for name in ("predicted", "measured", "pooled"))
        ratio = row["predicted"] / row["measured"]
        lines.append(f"| {row['program']} | {predicted:.1f} | {measured:.1f} | {ratio:.2f} | {pooled:.1f} |")
    return "\n".join(lines)


def speed() -> str:
    """What the last ``make bench`` measured, as tables."""
    results = json.loads(MEASURED.read_text("utf-8"))
    corpus, machine = results["corpus"], results["machine"]
    lines = [
        f"{corpus['files']:,} files, {corpus['lines']:,} lines ({corpus['lines importing TensorFlow']:,} of them in "
        f"files that import TensorFlow), {machine['processors']} processors, Python {machine['python']}:",
        "",
        "| | processor time | on the clock | times LibCST | largest process |",
        "|---|--:|--:|--:|--:|",
    ]
    for label, row in sorted(results["rows"].items(), key=lambda item: item[1]["times LibCST"]):
        shown = f"**tflint-gemm: {label}**" if label.startswith(OURS) else label
        times = f"{row['cpu']:.2f} s | {row['wall']:.2f} s | {row['times LibCST']:.2f}"
        lines.append(f"| {shown} | {times} | {row['megabytes']:.0f} MB |")
    parsing = results["rows"]["libcst.parse_module"]
    if parsing["wall"] > BUSY * parsing["cpu"]:
        lines += ["", "The machine had other work to do meanwhile, which shows on the clock."]
    lines += ["", *_parts(results["parts"])]
    return "\n".join(lines)


def _parts(parts: dict[str, dict[str, Any]]) -> list[str]:
    """What is measured otherwise than on the whole of that code."""
    small, changed, source = parts["small file"], parts["one changed file"], parts["one changed file, not compiled"]
    lines = [
        f"A file of 20 lines, starting the program included: {small['seconds']:.2f} s, {small['ratio']:.2f} times what "
        '`python -c "import libcst, click"` takes.',
        "",
        f"One changed file of 450 to 550 lines, its imported modules as they were: {changed['seconds']:.2f} s, "
        f"{changed['ratio']:.2f} times as long as that import (at most {changed['worst ratio']:.2f} times); "
        f"not compiled {source['ratio']:.2f} times.",
        "",
        "| time against lines, start-up deducted | from | to | exponent | largest process | Python's own `ast.parse` |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for label, part in parts.items():
        if "exponent" in part:
            points = part["points"]
            memory = max(megabytes for _, _, megabytes in points)
            lines.append(
                f"| {label} | {points[0][0]:,} | {points[-1][0]:,} | {part['exponent']:.2f} | {memory:.0f} MB "
                f"| {part['parser']:.0f} MB |"
            )
    return lines


def written(readme: str) -> str:
    """The README's text with its generated parts as they should be."""
    parts = {RULES: table(), EXAMPLE: example(), PLAN: plan(), PEAKS: peaks(), SPEED: speed()}
    for start, text in parts.items():
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
