"""Proves findings by running what they flag: the only stage that executes code, and only when asked.

``verify(analysis, findings)`` cuts out what each flagged expression needs, runs it under real TensorFlow in a child
process with limits, and returns a verdict per finding: confirmed, refuted, or inconclusive with the reason.
"""

from __future__ import annotations

import contextlib
import itertools
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from tflint_gemm.findings import Finding, Verdict
from tflint_gemm.interpreter.records import Analysis
from tflint_gemm.verify.claims import Allocates, Claim, Peaks, Raises, Unverifiable, claims_for
from tflint_gemm.verify.sandbox import Device, Job, Limits, Sandbox, SandboxError, available_memory
from tflint_gemm.verify.slicing import NotSliceable, Slicer
from tflint_gemm.verify.verdicts import ONLY_TRACED, inconclusive, judge, raised_first

__all__ = ["Claim", "Sandbox", "VerifyOptions", "claims_for", "verify"]

MAX_ATTEMPTS = 4  # slices that are run for one finding
MAX_OBSTACLES = 4  # lines that are replaced, since they raise
HEADROOM = 2 << 30  # what else the slice holds: other arrays, copies that kernels make


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """``python`` is the interpreter of the project, the one that has its TensorFlow."""

    device: Device = "cpu"
    python: str = sys.executable
    limits: Limits = field(default_factory=Limits)


def verify(
    analysis: Analysis,
    claims: Iterable[Finding | Claim],
    options: VerifyOptions | None = None,
    sandbox: Sandbox | None = None,
) -> list[Verdict]:
    """A verdict per finding, in order.  All share one start of TensorFlow, and so do files given one ``sandbox``."""
    options = options or VerifyOptions()
    given = list(claims)
    made = iter(claims_for(analysis, [item for item in given if isinstance(item, Finding)]))
    complete = [next(made) if isinstance(item, Finding) else item for item in given]
    slicer = Slicer(analysis)
    if sandbox is not None:
        return [_verdict(claim, slicer, sandbox, options) for claim in complete]
    with Sandbox(options.python, options.device) as own:
        return [_verdict(claim, slicer, own, options) for claim in complete]


def _verdict(claim: Claim, slicer: Slicer, sandbox: Sandbox, options: VerifyOptions) -> Verdict:
    expected = claim.expected
    if isinstance(expected, Unverifiable):
        return inconclusive(expected.reason)
    if isinstance(expected, Raises) and expected.device not in (None, sandbox.device):
        return inconclusive(f"it is said to raise on this device only: --device {expected.device}")
    try:
        return _tried(claim, slicer, sandbox, _limits_for(claim, options.limits))
    except (NotSliceable, SandboxError) as obstacle:
        return inconclusive(str(obstacle))


def _tried(claim: Claim, slicer: Slicer, sandbox: Sandbox, limits: Limits) -> Verdict:
    """The verdict on the slice that begins furthest out, or of one further in where that shows nothing."""
    is_measured = isinstance(claim.expected, (Allocates, Peaks))
    first: Verdict | None = None
    obstacles: set[int] = set()
    for cut in itertools.islice(slicer.cuts(claim), 1 if is_measured else MAX_ATTEMPTS):
        report = sandbox.run(Job(cut.text, limits, measure=is_measured))
        verdict = judge(claim, cut, report, limits.memory_bytes)
        # What a part of the program does with inputs made up shows that it raises, not that the whole would run.
        if first is None or verdict.outcome == "confirmed":
            first = verdict
        if first.outcome != "inconclusive" or report.stopped is not None:
            break
        line = raised_first(cut, report)
        if line is not None:
            obstacles.add(line)
    if first is not None and first.reason == ONLY_TRACED:
        with contextlib.suppress(NotSliceable):
            cut = slicer.to_the_end(claim)
            later = judge(claim, cut, sandbox.run(Job(cut.text, limits)), limits.memory_bytes)
            return later if later.outcome == "confirmed" else first
    if first is not None and first.outcome == "inconclusive" and obstacles and not is_measured:
        return _past(obstacles, claim, slicer, sandbox, limits) or first
    assert first is not None  # else there is nothing to cut, which is raised
    return first


def _past(obstacles: set[int], claim: Claim, slicer: Slicer, sandbox: Sandbox, limits: Limits) -> Verdict | None:
    """The confirmation by a slice in which lines that raise, as calls that this TensorFlow lacks, are replaced."""
    with contextlib.suppress(NotSliceable):
        for _ in range(MAX_OBSTACLES):
            cut = slicer.around(claim, obstacles)
            report = sandbox.run(Job(cut.text, limits))
            verdict = judge(claim, cut, report, limits.memory_bytes)
            if verdict.outcome == "confirmed":
                return verdict
            line = raised_first(cut, report)
            if line is None or line in obstacles:
                return None
            obstacles.add(line)
    return None


def _limits_for(claim: Claim, limits: Limits) -> Limits:
    """Memory enough to see the claim, and never more than half of what the machine has left."""
    wanted = limits.memory_bytes
    if isinstance(claim.expected, (Allocates, Peaks)):
        wanted = max(wanted, 2 * claim.expected.nbytes + HEADROOM)
    return replace(limits, memory_bytes=min(wanted, available_memory() // 2))
