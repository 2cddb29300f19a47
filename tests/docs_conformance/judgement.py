"""Compares what is inferred for a block, without running it, with what TensorFlow made of it."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from tests.agreement import recording
from tflint_gemm.domain.values import ANY_TENSOR
from tflint_gemm.interpreter import analyse
from tflint_gemm.interpreter.oracle import Oracle
from tflint_gemm.interpreter.records import ViolationRecord
from tflint_gemm.syntax.source import Source

from .examples import Block

_OF_OPERANDS = {"ValueError", "TypeError", "IndexError", "InvalidArgumentError", "UnimplementedError", "NotFoundError"}
_SPEAKS_OF_OPERANDS = re.compile(
    r"shape|dimension|\bdims?\b|\brank\b|broadcast|\bd?type|\baxis\b|\bsize|incompatible|convert|\bcast|kernel", re.I
)
_OF_SOMETHING_ELSE = re.compile(
    r"did not hold|nested structure|namedtuple|unhashable|KerasTensor|for datasets|__array__"
    r"|with an unsupported type \(<class '__main__"
)
"""Assertions about values, structures and kinds of objects (the program's own) speak of shapes and types too."""


@dataclass
class Judged:
    """The verdict on one block.

    ``verdicts`` count tensor-valued expressions; ``wrong``, ``poor`` and ``false_alarms`` are texts for a person.
    ``raised`` are the examples that raise an error of dtypes or shapes, each with whether its line was flagged.
    """

    block: Block
    verdicts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    poor: list[str] = field(default_factory=list)
    false_alarms: list[str] = field(default_factory=list)
    raised: list[tuple[str, bool]] = field(default_factory=list)
    unmodelled: Counter[str] = field(default_factory=Counter)


def judge(block: Block, truth: dict[str, Any], oracle: Oracle | None = None) -> Judged:
    """Interpret the block and compare; ``truth`` is ``execution.Truth`` as plain data."""
    source = Source(f"{block.api}.py", block.text)
    analysis = analyse(source, ast.parse(block.text), record_facts=True, oracle=oracle)
    judged = Judged(block, unmodelled=analysis.unmodelled)
    facts = {recording.place(node): tensor for node, tensor in analysis.facts.items()}
    failed = {failure["example"] for failure in truth["failures"]}
    stale = after_failures(block, failed)
    for at, observations in truth["observed"]:
        if block.example_at(at[0]) in stale:
            continue
        inferred = facts.get(tuple(at), ANY_TENSOR)
        observed = {recording.Observed(dtype, None if shape is None else tuple(shape)) for dtype, shape in observations}
        verdict = recording.judge(inferred, observed)
        judged.verdicts[verdict] += 1
        if verdict != "exact":
            shown = sorted(f"{seen.dtype}{seen.shape}" for seen in observed)
            text = f"{_written(block, at)!r} is {', '.join(shown[:2])}, inferred {inferred.dtype} {inferred.shape}"
            (judged.wrong if verdict == "WRONG" else judged.poor).append(f"{verdict} {text}")
    completed = {tuple(at) for at in truth["completed"]}
    judged.false_alarms = [
        f"{type(record.violation).__name__} at {_line(block, record.call.node.lineno)}: "
        + ", ".join(f"{operand.dtype} {operand.shape}" for operand in record.violation.operands)
        for record in analysis.violations
        if _is_false(block, record, completed, failed)
    ]
    flagged = {record.call.node.lineno for record in analysis.violations}
    judged.raised = [
        (f"{_line(block, failure['lines'][-1])}: {failure['types'][0]}: {failure['message'][:160]!r}",
         any(line in flagged for line in failure["lines"]) or failure["example"] in map(block.example_at, flagged))
        for failure in truth["failures"]
        if failure["lines"] and _is_of_operands(failure) and failure["example"] not in stale
    ]  # fmt: skip
    return judged


def after_failures(block: Block, failed: Collection[int]) -> set[int]:
    """The examples that use a name for which one that raised was to bind a value: they get an older one, or none.

    No program would have come so far.
    """
    used: dict[int, set[str]] = defaultdict(set)
    bound: dict[int, set[str]] = defaultdict(set)
    for node in ast.walk(ast.parse(block.text)):
        if isinstance(node, ast.Name):
            names = bound if isinstance(node.ctx, ast.Store) else used
            names[block.example_at(node.lineno)].add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            bound[block.example_at(node.lineno)].add(node.name)
    found: set[int] = set()
    unbound: set[str] = set()
    for example in range(len(block.starts)):
        if used[example] & unbound:
            found.add(example)
        if example in failed or example in found:
            unbound |= bound[example]
        else:
            unbound -= bound[example]
    return found


def _is_false(block: Block, record: ViolationRecord, completed: Collection[Any], failed: Collection[int]) -> bool:
    """Whether TensorFlow evaluated what was objected to, and nothing in that example raised."""
    node = record.call.node
    outermost = record.call.stack[0] if record.call.stack else node
    example = block.example_at(getattr(outermost, "lineno", node.lineno))
    return example not in failed and (recording.place(node) in completed or isinstance(node, ast.stmt))


def _is_of_operands(failure: dict[str, Any]) -> bool:
    """Whether an op raised because of the dtypes or shapes of what it was given."""
    message = failure["message"]
    if _OF_SOMETHING_ELSE.search(message):
        return False
    return bool(_OF_OPERANDS & set(failure["types"]) and _SPEAKS_OF_OPERANDS.search(message))


def _written(block: Block, at: recording.Place) -> str:
    line, column, end_line, end_column = at
    text = block.text.splitlines()[line - 1]
    return text[column:end_column] if line == end_line else text[column:] + " ..."


def _line(block: Block, line: int) -> str:
    return block.text.splitlines()[line - 1].strip()
