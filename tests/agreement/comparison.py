"""What is inferred for a program beside what TensorFlow computes in it, expression by expression."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from tests.agreement import recording
from tflint_gemm.domain.values import ANY_TENSOR
from tflint_gemm.interpreter import analyse
from tflint_gemm.interpreter.records import Analysis


class Difference(NamedTuple):
    """An expression of which not all is known, or of which something wrong is "known"."""

    file: str
    line: int
    text: str


def analyses(program: Path) -> list[Analysis]:
    """The analysis of each file of a program, as ``infer`` makes it."""
    return [analyse(*recording.read(path), record_facts=True) for path in recording.modules_of(program)]


def verdicts(program: Path, analysed: list[Analysis]) -> tuple[dict[str, Counter[str]], list[Difference]]:
    """How many expressions of each file are "exact", "partial", "unknown" and "WRONG", and all that are not exact."""
    recorded = recording.run_alone(program)
    counts: dict[str, Counter[str]] = {}
    differences = []
    for analysis in analysed:
        path = Path(analysis.source.path)
        name = path.relative_to(program if program.is_dir() else program.parent).as_posix()
        counts[name] = Counter()
        if path in recorded:
            for verdict, difference in compared(name, analysis, recorded[path]):
                counts[name][verdict] += 1
                if verdict != "exact":
                    differences.append(difference)
    return counts, differences


def compared(name: str, analysis: Analysis, recorded: recording.Recording) -> list[tuple[str, Difference]]:
    facts = {recording.place(node): tensor for node, tensor in analysis.facts.items()}
    found = []
    for number, observations in recorded.observed.items():
        node = recorded.nodes[number]
        inferred = facts.get(recording.place(node), ANY_TENSOR)
        verdict = recording.judge(inferred, observations)
        written = (ast.get_source_segment(analysis.source.text, node) or "")[:60]
        seen = sorted(map(str, observations))[:2]
        text = f"{verdict}: {written} is {seen}, inferred {inferred}"
        found.append((verdict, Difference(name, node.lineno, text)))
    return found
