"""From violations and events to findings.  A check reads what the interpreter recorded and never infers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tflint_gemm.checks import (
    blow_up,
    devices,
    dtype,
    hardware,
    leaks,
    masks,
    memory,
    overflow,
    precision,
    shape,
    silent,
    text,
)
from tflint_gemm.config import Config
from tflint_gemm.findings import Finding, Span
from tflint_gemm.fixes.program import Program
from tflint_gemm.interpreter.records import Analysis
from tflint_gemm.ops import violations as v

_VIOLATIONS: dict[type[v.Violation], Callable[..., Finding]] = {
    v.DTypeMismatch: dtype.mixed,
    v.ConversionMismatch: dtype.conversion,
    v.ResultMismatch: dtype.returned,
    v.LoopVariableMismatch: dtype.loop_variable,
    v.LoopShapeMismatch: shape.loop_variable,
    v.BranchMismatch: dtype.branches,
    v.NoKernel: dtype.no_kernel,
    v.ConstantTooLarge: memory.graph_constant,
    v.InnerDimMismatch: shape.inner_dims,
    v.RankTooLow: shape.rank_too_low,
    v.BatchMismatch: shape.batch_dims,
    v.BroadcastMismatch: shape.broadcast,
    v.ReshapeCount: shape.reshape,
    v.ConcatMismatch: shape.concat,
    v.WindowMismatch: shape.window,
    v.LayerInputMismatch: shape.layer_input,
    v.TargetMismatch: shape.target,
    v.EquationMismatch: shape.equation,
    v.AxisOutOfRange: shape.axis,
    v.IndexOutOfRange: shape.index,
    v.UnpackMismatch: shape.unpacking,
    v.AssignMismatch: shape.fed_shape,
    v.InvalidArgument: shape.invalid,
}
_EVENTS: dict[str, Callable[[Program], Iterator[Finding]]] = {
    "TFG104": leaks.float64_leaks,
    "TFG105": devices.strict_placements,
    "TFG106": precision.lossy_casts,
    "TFG107": dtype.redundant_casts,
    "TFG108": overflow.half_overflows,
    "TFG109": precision.reinterpreted_buffers,
    "TFG110": precision.half_outputs,
    "TFG220": silent.accidental_broadcasts,
    "TFG221": silent.degenerate_axes,
    "TFG222": masks.boolean_products,
    "TFG301": memory.huge_allocations,
    "TFG302": memory.working_sets,
    "TFG303": blow_up.blow_ups,
    "TFG305": hardware.large_indices,
    "TFG401": hardware.misaligned_products,
    "TFG402": hardware.permuted_entries,
    "TFG403": devices.unlimited_memory,
    "TFG404": hardware.reduced_precision,
    "TFG405": devices.fallbacks,
}


def run(analysis: Analysis, config: Config) -> list[Finding]:
    """The findings in an analysed file, one per rule and place, in order."""
    program = Program(analysis, config)
    found: dict[tuple[str, Span], Finding] = {}
    for record in analysis.violations:
        check: Callable[..., Any] = _VIOLATIONS[type(record.violation)]
        finding = check(program, record, record.violation)
        if record.elsewhere is not None:
            finding = text.found_elsewhere(program, finding, record.elsewhere)
        found.setdefault((finding.code, finding.span), finding)
    for code, events in _EVENTS.items():
        if config.is_enabled(code):
            for finding in events(program):
                found.setdefault((code, finding.span), finding)
    return sorted(found.values(), key=lambda finding: finding.sort_key)
