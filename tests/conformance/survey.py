"""Many cases of one op, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from tflint_gemm.ops.registry import OpModel

from .calls import make_case
from .check import Judgement, Verdict, judge
from .operands import Traits
from .oracle import Case

HEADER = f"{'op':44} {'cases':>5} {'exact':>6} {'partly':>6} {'unkn.':>6} {'wrong':>6}   objected / raised"


UNSAFE = {
    "compat.v1.scatter_div": "divides by what lies beyond the end of updates that are too small, and dies of SIGFPE",
}
"""Ops that are not run, because the real one may end the process."""


@dataclass
class Row:
    """What came of the cases of one op."""

    name: str
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    contradictions: list[tuple[Case, str]] = field(default_factory=list)
    missed: list[tuple[Case, str]] = field(default_factory=list)

    def add(self, case: Case, judgement: Judgement) -> None:
        """Count one case."""
        self.verdicts[judgement.verdict] += 1
        self.contradictions += [(case, text) for text in judgement.contradictions]
        if judgement.verdict is Verdict.MISSED:
            self.missed.append((case, judgement.raised))

    def line(self) -> str:
        """One line of the table."""
        count = self.verdicts
        raised = count[Verdict.OBJECTED] + count[Verdict.MISSED]
        return (
            f"{self.name:44} {sum(count.values()) - count[Verdict.SKIPPED]:5} "
            f"{count[Verdict.EXACT]:6} {count[Verdict.PARTLY]:6} "
            f"{count[Verdict.UNKNOWN]:6} {len(self.contradictions):6}   {count[Verdict.OBJECTED]} / {raised}"
        )

    def explain(self, limit: int, missed: bool) -> None:
        """Print the shortest contradictions, and the calls that raise where the model is silent."""
        for case, text in _shortest(self.contradictions, limit):
            print(f"    {case.source}" + ("   # in tf.function" if case.mode == "graph" else ""))
            print("        " + text.replace("\n", "\n        "))
        for case, text in _shortest(self.missed, limit) if missed else ():
            print(f"    {case.source}\n        not objected to: {text}")


def _shortest(found: list[tuple[Case, str]], limit: int) -> list[tuple[Case, str]]:
    """The shortest calls, one per kind of text."""
    kinds: dict[str, tuple[Case, str]] = {}
    for case, text in sorted(found, key=lambda pair: len(pair[0].source)):
        kinds.setdefault(text.partition("\n")[0], (case, text))
    return list(kinds.values())[:limit]


def survey(model: OpModel, count: int) -> Row:
    """Judge ``count`` cases of ``model``: a third at random, the rest like those that worked."""
    row = Row(model.name)
    explore(model, count, row.add)
    return row


def explore(model: OpModel, count: int, report: Callable[[Case, Judgement], None]) -> None:
    """Judge ``count`` cases and report each; the same cases every time."""
    worked: list[Traits] = []
    count = 0 if model.name in UNSAFE else count
    for index in range(count):
        case = make_case(model, Random(f"{model.name} {index}"), worked if index > count // 3 else ())
        judgement = judge(model, case)
        if judgement.verdict in (Verdict.EXACT, Verdict.PARTLY, Verdict.UNKNOWN) and case.traits is not None:
            worked.append(case.traits)
        report(case, judgement)
