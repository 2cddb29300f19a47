"""Many cases of one op, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from random import Random

from tflint_gemm.ops.op_model import OpModel

from .calls import make_case
from .check import Asker, Judgement, Verdict, ask, judge
from .operands import Traits
from .oracle import Case, reset

_ATTEMPTS = 10  # how often a case is made up anew because its arguments cannot be made
HEADER = f"{'op':44} {'cases':>5} {'exact':>6} {'partly':>6} {'unkn.':>6} {'wrong':>6}   objected / raised"

_MODES = {"eager": "", "graph": "   # in tf.function", "session": "   # in a graph of TensorFlow 1"}


@dataclass
class Row:
    """What came of the cases of one op."""

    name: str
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    contradictions: list[tuple[Case, str]] = field(default_factory=list)
    missed: list[tuple[Case, str]] = field(default_factory=list)
    deadly: list[str] = field(default_factory=list)  # calls that end the process or never return
    broken: str = ""  # what ended the survey

    def add(self, case: Case, judgement: Judgement) -> None:
        """Count one case."""
        case = replace(case, mode=judgement.mode)
        self.verdicts[judgement.verdict] += 1
        self.contradictions += [(case, text) for text in judgement.contradictions]
        if judgement.verdict is Verdict.MISSED:
            self.missed.append((case, judgement.raised))

    @property
    def count(self) -> int:
        """How many cases could be made."""
        return sum(self.verdicts.values()) - self.verdicts[Verdict.SKIPPED]

    @property
    def worked(self) -> bool:
        """Whether a call gave a result, with which the model was compared."""
        return self.count > self.verdicts[Verdict.OBJECTED] + self.verdicts[Verdict.MISSED]

    def line(self) -> str:
        """One line of the table."""
        count = self.verdicts
        raised = count[Verdict.OBJECTED] + count[Verdict.MISSED]
        return (
            f"{self.name:44} {self.count:5} "
            f"{count[Verdict.EXACT]:6} {count[Verdict.PARTLY]:6} "
            f"{count[Verdict.UNKNOWN]:6} {len(self.contradictions):6}   {count[Verdict.OBJECTED]} / {raised}"
        )

    def explanation(self, limit: int, missed: bool = False) -> Iterator[str]:
        """Lines with the shortest contradictions, and with the calls that raise where the model is silent."""
        if self.broken:
            yield f"    the survey broke off: {self.broken}"
        for case, text in _shortest(self.contradictions, limit):
            yield f"    {case.source}{_MODES[case.mode]}"
            yield from (f"        {line}" for line in text.splitlines())
        for source in self.deadly:
            yield f"    {source}"
            yield "        ends the process or never returns"
        for case, text in _shortest(self.missed, limit) if missed else ():
            yield f"    {case.source}"
            yield f"        not objected to: {text}"


def _shortest(found: list[tuple[Case, str]], limit: int) -> list[tuple[Case, str]]:
    """The shortest calls, one per kind of text."""
    kinds: dict[str, tuple[Case, str]] = {}
    for case, text in sorted(found, key=lambda pair: len(pair[0].source)):
        kinds.setdefault(text.partition("\n")[0], (case, text))
    return list(kinds.values())[:limit]


def survey(
    model: OpModel,
    count: int,
    left_out: frozenset[int] = frozenset(),
    note: Callable[[int, str], None] = lambda index, source: None,
    asker: Asker = ask,
    seed: int = 0,
) -> Row:
    """Judge ``count`` cases of ``model``, the same ones every time: a third at random, the rest like those that worked.

    The cases ``left_out`` are not run; ``note`` is told which case comes next; ``asker`` may answer for the model.
    Another ``seed`` makes other cases.
    """
    reset()
    row = Row(model.name)
    worked: list[Traits] = []
    for index in range(count):
        if index in left_out:
            continue
        for attempt in range(_ATTEMPTS):
            random = Random(" ".join([model.name, str(index), *(str(n) for n in (seed, attempt) if n)]))
            case = make_case(model, random, worked if index > count // 3 else ())
            note(index, case.source)
            judgement = judge(model, case, asker)
            if judgement.verdict is not Verdict.SKIPPED:
                break
        row.add(case, judgement)
        if judgement.verdict in (Verdict.EXACT, Verdict.PARTLY, Verdict.UNKNOWN) and case.traits is not None:
            worked.append(case.traits)
    return row
