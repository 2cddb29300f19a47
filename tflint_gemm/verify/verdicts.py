"""From a report of the sandbox to a verdict on a claim."""

from __future__ import annotations

import re
from typing import Any

from tflint_gemm.domain.values import Tensor
from tflint_gemm.findings import Outcome, Verdict
from tflint_gemm.ops.violations import UnpackMismatch
from tflint_gemm.verify import probe
from tflint_gemm.verify.claims import Allocates, Claim, HasShape, KeepsDType, Peaks
from tflint_gemm.verify.compatible import is_compatible
from tflint_gemm.verify.sandbox import MIB, Report
from tflint_gemm.verify.slicing import Slice

# What TensorFlow, Keras and NumPy raise for operands that do not fit; anything else is some other trouble.
KINDS = frozenset({
    "OpError", "ValueError", "TypeError", "IndexError", "OverflowError", "AssertionError", "KeyError",
})  # fmt: skip
HIDING = "RuntimeError"  # of Keras, which says so of symbolic tensors, and where what a layer raised is its own
MEMORY_KINDS = frozenset({"MemoryError", "ResourceExhaustedError", "_ArrayMemoryError"})
NOT_OPERANDS = frozenset(
    {"PermissionDeniedError", "CancelledError", "AbortedError", "DeadlineExceededError", "UnavailableError"}
)
ONLY_TRACED = "a graph was made of it without raising, which does not show that the graph runs"
TOLERANCE = 0.25
MAX_MESSAGE = 300
_INTERNAL = re.compile(r"\x1b\[[0-9;]*m|\{\{function_node [^}]*\}\}")
_TAIL = re.compile(r"\s*\[Op:\w+\](\s*name:.*)?$")


def raised_first(cut: Slice, report: Report) -> int | None:
    """The line of the program that raised before the flagged expression was reached, None where none did."""
    if report.named("done") or any(event["running"] for event in report.named("raised")):
        return None
    return next((cut.lines.get(event["line"] or 0) for event in report.named("raised")), None)


def judge(claim: Claim, cut: Slice, report: Report, memory_limit: int) -> Verdict:
    """The verdict on ``claim`` of running ``cut`` under ``memory_limit`` bytes."""
    if report.named("no-gpu"):
        return inconclusive("no GPU is visible to TensorFlow: run with --device cpu, or check the driver (nvidia-smi)")
    own = [event for event in report.named("raised") if event.get("running") or _is_told(event, cut)]
    if isinstance(claim.expected, (Allocates, Peaks)):
        return _judge_memory(claim.expected, cut, report, own, memory_limit)
    if own:
        return _judge_exception(claim, cut, report, own[0])
    done = report.named("done")
    if not done:
        return inconclusive(_why_not_reached(cut, report))
    if isinstance(claim.expected, HasShape):
        return _judge_shape(claim.expected, cut, done)
    if isinstance(claim.expected, KeepsDType):
        return _judge_cast(report, done)
    if all("Symbolic" in event["value"].get("type", "") for event in done):
        return inconclusive(ONLY_TRACED)
    if cut.assumptions:
        return inconclusive(f"it ran without raising, but {'; '.join(cut.assumptions)}")
    return Verdict("refuted", f"it ran without raising{_value(done[-1].get('value'))}")


def _judge_exception(claim: Claim, cut: Slice, report: Report, error: dict[str, Any]) -> Verdict:
    error = _of_operands(error)
    kinds, said = set(error["kinds"]), _exception(error)
    if kinds & MEMORY_KINDS:
        return inconclusive(f"the sandbox's memory did not suffice: {said}")
    unpacks = isinstance(claim.violation, UnpackMismatch)
    if not (kinds & KINDS or (unpacks and HIDING in kinds)) or kinds & NOT_OPERANDS:
        return inconclusive(f"it raised what was not claimed: {said}")
    if not error["complete"]:
        return inconclusive(f"an operand raised before the operation itself ran: {said}")
    if (other := _unlike_inferred(claim, cut, report)) is not None:
        return inconclusive(f"with inputs made up, {other}, and it raised {said}")
    if not is_compatible(claim.violation, error["message"], guessed=bool(cut.assumptions)):
        return inconclusive(f"it raised something else than what was claimed: {said}")
    if cut.assumptions:
        said = f"{said} ({'; '.join(cut.assumptions)})"
    outcome: Outcome = "refuted" if isinstance(claim.expected, (HasShape, KeepsDType)) else "confirmed"
    return Verdict(outcome, said)


def _unlike_inferred(claim: Claim, cut: Slice, report: Report) -> str | None:
    """An operand that inputs made up have led to, and that is not what the claim is about; None without one."""
    if claim.call is None or not (cut.inputs.used or cut.assumptions) or not _is_running(report):
        return None
    claimed = {node: claim.call.arguments.get(name) for name, node in claim.call.nodes.items()}
    nodes = probe.operands_of(claim.node)
    begins = [index for index, event in enumerate(report.events) if event["event"] == "begin"]
    for event in report.events[begins[-1] :]:
        if event["event"] != "operand":
            continue
        index, actual = event["index"], event["value"].get("shape")
        value = claimed.get(nodes[index]) if 0 <= index < len(nodes) else None
        if not isinstance(value, Tensor) or value.shape is None or actual is None:
            continue
        sizes = [size if isinstance(size, int) else None for size in value.shape]
        if len(sizes) != len(actual) or any(
            None not in (size, other) and size != other for size, other in zip(sizes, actual)
        ):
            return f"an operand has shape {actual}, not {sizes}"
    return None


def _is_told(event: dict[str, Any], cut: Slice) -> bool:
    """Whether a graph failed, when it ran, in an op that the flagged line had made; the probe saw it traced only."""
    lines = cut.text.splitlines()
    told = event["told"]
    return isinstance(told, int) and 0 < told <= len(lines) and f"{probe.NAME}.begin(" in lines[told - 1]


def _of_operands(error: dict[str, Any]) -> dict[str, Any]:
    """The exception itself; what it hides where it is of another kind: Keras names the layer whose shape is unknown."""
    if HIDING in error["kinds"]:
        for cause in error["causes"]:
            if set(cause["kinds"]) & KINDS:
                return {**error, **cause}
    return error


def _judge_shape(expected: HasShape, cut: Slice, done: list[dict[str, Any]]) -> Verdict:
    wanted = cut.inputs.concrete(expected.shape)
    for event in done:
        actual = event["value"].get("shape")
        if actual is None or wanted is None:
            return inconclusive("it ran, but what came out has no known shape")
        same = len(actual) == len(wanted) and all(
            None in (size, other) or size == other for size, other in zip(actual, wanted)
        )
        if not same:
            return Verdict("refuted", f"its value has shape {actual}, not {wanted}")
    return Verdict("confirmed", f"its value has shape {done[-1]['value']['shape']}")


def _judge_cast(report: Report, done: list[dict[str, Any]]) -> Verdict:
    operands = [event["value"].get("dtype") for event in report.named("operand") if event["index"] == 0]
    result = done[-1]["value"].get("dtype")
    if result is None or not operands or operands[-1] is None:
        return inconclusive("it ran, but the dtypes could not be told")
    if set(operands) == {result}:
        return Verdict("confirmed", f"what is cast to {result} is {result} already")
    return Verdict("refuted", f"what is cast is {operands[-1]}, and becomes {result}")


def _judge_memory(
    expected: Allocates | Peaks, cut: Slice, report: Report, own: list[dict[str, Any]], limit: int
) -> Verdict:
    raised = own if isinstance(expected, Allocates) else report.named("raised")
    exhausted = any(
        set(event["kinds"]) & MEMORY_KINDS and (event["complete"] or isinstance(expected, Peaks)) for event in raised
    )
    killed = report.stopped is not None and "of memory" in report.stopped
    if exhausted or (killed and (isinstance(expected, Peaks) or _is_running(report))):
        return Verdict("confirmed", f"it needs more than {_mib(limit)}, at which the sandbox stopped it")
    step = "_step" if isinstance(expected, Allocates) else ""
    growths = [event["memory"] for event in (*report.named("done"), *own) if event.get("memory")]
    growths += _growth_when_stopped(expected, report)
    if not growths:
        return inconclusive(_why_not_reached(cut, report))
    # Memory that is reserved and never touched is mapped but not resident; allocators reserve more than they give out.
    figures = [growth[kind + step] for growth in growths for kind in ("resident", "mapped")]
    closest = min(figures, key=lambda figure: abs(figure - expected.nbytes))
    resident = max(growth["resident" + step] for growth in growths)
    if abs(closest - expected.nbytes) <= TOLERANCE * expected.nbytes:
        return Verdict("confirmed", f"measured {_mib(closest)} where {_mib(expected.nbytes)} were claimed")
    if resident > expected.nbytes:
        return Verdict("confirmed", f"measured {_mib(resident)}, more than the {_mib(expected.nbytes)} claimed")
    if own or report.stopped:
        return inconclusive(f"it did not get to its end: {_exception(own[0]) if own else report.stopped}")
    return Verdict("refuted", f"measured {_mib(max(figures))} where {_mib(expected.nbytes)} were claimed")


def _is_running(report: Report) -> bool:
    """Whether the flagged expression was being evaluated when the process ended."""
    return len(report.named("begin")) > len(report.named("done"))


def _growth_when_stopped(expected: Allocates | Peaks, report: Report) -> list[dict[str, int]]:
    """What a process had taken that ran out of time in the flagged expression."""
    start = report.named("start")
    if (
        report.stopped is None
        or report.memory is None
        or isinstance(expected, Allocates)
        or not (start and _is_running(report))
    ):
        return []
    before = start[0]["memory"]
    return [
        {"resident": report.memory["VmHWM"] - before["VmRSS"], "mapped": report.memory["VmPeak"] - before["VmSize"]}
    ]


def _why_not_reached(cut: Slice, report: Report) -> str:
    """Why the flagged expression was not evaluated to its end."""
    for event in report.named("missing") + report.named("broken"):
        return str(event["message"])
    if report.stopped is not None:
        return f"stopped: {report.stopped}"
    refused = report.named("refused")
    for event in report.named("raised"):
        line = cut.lines.get(event["line"] or 0)
        place = cut.source.where(line) if line else "another line"
        forbidden = f" (the sandbox refused {refused[0]['what']})" if refused else ""
        return f"{place} raised first: {_exception(event)}{forbidden}"
    if report.signal is not None:
        said = report.output.strip().splitlines()[-1:] or ["out of CPU time or memory, or a fault of native code"]
        return f"the process was killed by signal {report.signal}: {said[0][:MAX_MESSAGE]}"
    return "the line was not reached"


def _exception(event: dict[str, Any]) -> str:
    """The type and the first line of the message, without TensorFlow's internal names."""
    lines = [line.strip() for line in str(event["message"]).splitlines() if line.strip()]
    if lines and lines[0] == "in user code:":
        lines = _behind_traceback(lines, str(event["type"]))
    if len(lines) > 1 and lines[0].startswith("Exception encountered when calling"):
        del lines[0]  # Keras names the layer first; what happened follows
    if lines and lines[0] == "in user code:":
        lines = _behind_traceback(lines, str(event["type"]))
    if lines and lines[0] == "Graph execution error:":
        lines = _behind_graph(lines)
    if lines and lines[0].startswith("Could not automatically infer the output shape"):
        lines = _behind(lines, "Error encountered:")
    first = _TAIL.sub("", lines[0]) if lines else ""
    first = _INTERNAL.sub("", first).strip()
    return f"{event['type']}: {first[:MAX_MESSAGE]}" if first else str(event["type"])


def _behind(lines: list[str], mark: str) -> list[str]:
    """The lines behind a mark, all of them where there is none."""
    return lines[lines.index(mark) + 1 :] if mark in lines[:-1] else lines


def _behind_graph(lines: list[str]) -> list[str]:
    """What was wrong, which a graph tells behind where the op was made: lines of code and of their files."""
    # A session goes on with "Node: ...", the error, and the way to the op once more.
    marks = [index for index, line in enumerate(lines) if line.startswith("Node: ")]
    marks = marks or [index for index, line in enumerate(lines) if line.startswith('File "')]
    last = max(marks, default=-1)
    rest = [line for line in lines[last + 1 :] if not line.startswith(("Detected at node", "Graph execution", "[["))]
    return rest or lines


def _behind_traceback(lines: list[str], kind: str) -> list[str]:
    """The lines of the error itself, which AutoGraph puts behind the way to it; the last one where it is not named."""
    for index, line in enumerate(lines):
        if line.startswith(f"{kind}: "):
            return [line.removeprefix(f"{kind}: "), *lines[index + 1 :]]
    return lines[-1:]


def _value(description: dict[str, Any] | None) -> str:
    if not description or "dtype" not in description:
        return ""
    return f": {description['dtype']} {description.get('shape', '')}".rstrip()


def _mib(nbytes: int) -> str:
    return f"{nbytes / MIB:,.0f} MiB"


def inconclusive(reason: str) -> Verdict:
    """The verdict that nothing was shown, and why."""
    return Verdict("inconclusive", reason)
