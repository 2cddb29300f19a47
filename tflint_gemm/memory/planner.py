"""From the allocation trace to plans: of the module, and of each function as it takes most."""

from __future__ import annotations

import ast
import bisect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tflint_gemm.domain import dims
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.values import Tensor
from tflint_gemm.findings import Span
from tflint_gemm.interpreter.allocation_trace import AllocationTrace, Buffer, Invocation, Role, Step
from tflint_gemm.interpreter.records import Analysis
from tflint_gemm.memory import conversions, operations
from tflint_gemm.memory.plan import Allocation, Ending, Moment, Plan, magnitude, total
from tflint_gemm.memory.training import Training

MAX_INVOCATIONS = 6  # of one function that are compared
_COMPOUND = (ast.With, ast.AsyncWith, ast.Try, ast.If, ast.For, ast.AsyncFor, ast.While, ast.Match, ast.FunctionDef,
             ast.AsyncFunctionDef, ast.ClassDef)  # fmt: skip


def plans_of(analysis: Analysis) -> tuple[Plan, ...]:
    """The plans of an analysis that recorded memory: the module's, then those of its functions in order of lines.

    Of a function that is called several times it is the call that takes most; it counts what the function was given and
    what it allocates itself.
    """
    trace = analysis.trace
    if trace is None:
        return ()
    end = len(trace.steps) if trace.module is None else trace.module
    last = analysis.source.text.count("\n") + 1
    whole = Span(1, 1, last, 1)
    plans = [_Builder(analysis, trace, trace.steps[:end], 0).plan("<module>", whole)]
    for calls in _by_function(analysis, trace):
        node = calls[0].function.node
        owner = calls[0].function.owner
        name = calls[0].function.name if owner is None else f"{owner.name}.{calls[0].function.name}"
        found = [
            _Builder(analysis, trace, trace.steps[call.begin : call.end], call.begin, call).plan(
                name, analysis.source.span(node)
            )
            for call in calls[:MAX_INVOCATIONS]
        ]
        best = max(found, key=lambda plan: magnitude(plan.nbytes))
        if best.moments:
            plans.append(best)
    return tuple(plans)


def _by_function(analysis: Analysis, trace: AllocationTrace) -> list[list[Invocation]]:
    """The calls of each function of this file, in the order in which the functions stand there."""
    found: dict[ast.AST, list[Invocation]] = {}
    for call in trace.invocations:
        if call.function.scope.unit.source is analysis.source and call.end > call.begin:
            found.setdefault(call.function.node, []).append(call)
    return sorted(found.values(), key=lambda calls: calls[0].function.node.lineno)


@dataclass(slots=True)
class _Life:
    """What is known of a buffer so far: its name, and the first and the last moment at which it is alive."""

    index: int
    begin: int
    end: int
    name: str = ""
    gone: ast.AST | None = None


@dataclass
class _Builder:
    """Makes one plan.  ``offset`` is the number of the first of ``steps`` in the trace."""

    analysis: Analysis
    trace: AllocationTrace
    steps: Sequence[Step]
    offset: int
    call: Invocation | None = None
    moments: list[Moment] = field(default_factory=list)
    lives: dict[Buffer, _Life] = field(default_factory=dict)

    def plan(self, name: str, span: Span) -> Plan:
        self.uses = _uses(self.steps)
        self.training = Training(self.trace)
        self.floating: set[Buffer] = set()
        self.copies: list[Buffer] = []
        self.last_step: ast.AST | None = None
        before: Mapping[Buffer, str] = {}
        for number, step in enumerate(self.steps):
            held = self._held(step, number)
            self._let_go(before, held, number)
            before = held
            if step.api:
                self._op(step, number, held)
            else:
                self._statement(step, number, held)
            self.last_step = step.node
        allocations = tuple(
            self._allocation(buffer, life)
            for buffer, life in sorted(self.lives.items(), key=lambda item: item[1].index)
        )
        moments = tuple(
            Moment(
                moment.span, moment.display, moment.alive, total(allocations, moment.alive),
                sum(allocations[index].nbytes is None for index in moment.alive),
            )
            for moment in self.moments
        )  # fmt: skip
        complete = self.trace.complete and not self.analysis.exhausted
        return Plan(name, span, allocations, moments, self.call is not None and self.call.graph, complete)

    # ------------------------------------------------------------------------------------------- what is alive

    def _counts(self, buffer: Buffer) -> bool:
        """Whether a buffer is the function's own or was given to it; the module counts all."""
        if buffer.nbytes == 0:
            return False
        return self.call is None or buffer.made >= self.offset or buffer in self.call.given

    def _held(self, step: Step, number: int) -> dict[Buffer, str]:
        """What variables hold; in a graph nobody holds what it computes, a buffer is there until its last use."""
        held = {buffer: name for buffer, name in step.held.items() if self._counts(buffer)}
        if not (step.graph or self._in_graph()):
            return held
        for buffer in list(held):
            if buffer in self.training.computed and not self._used_from(buffer, number):
                name = held.pop(buffer)
                life = self.lives.get(buffer)
                if life is not None:
                    life.name = life.name or name
        return held

    def _in_graph(self) -> bool:
        return self.call is not None and self.call.graph

    def _used_from(self, buffer: Buffer, number: int) -> bool:
        """Whether an op reads the buffer at that step or later, or it outlives the graph."""
        uses = self.uses.get(buffer, [])
        return bisect.bisect_left(uses, number) < len(uses)

    def _let_go(self, before: Mapping[Buffer, str], held: Mapping[Buffer, str], number: int) -> None:
        """What a function has returned is nobody's until it is used or bound."""
        for buffer in before:
            if buffer not in held:
                self.copies = [] if buffer.role == "tensor" else self.copies
                uses = self.uses.get(buffer, [])
                position = bisect.bisect_left(uses, number)
                if position < len(uses) and buffer not in self.steps[uses[position]].held:
                    self.floating.add(buffer)

    def _op(self, step: Step, number: int, held: Mapping[Buffer, str]) -> None:
        graph = step.graph
        operands = [buffer for buffer in step.operands if self._counts(buffer)]
        results = [buffer for buffer in step.results if self._counts(buffer)]
        self.floating -= set(held)
        before = [*held, *operands, *self.floating, *self.training.retained(), *self.copies]
        copy = conversions.kept_copy(step)
        self.copies += [copy] if copy is not None else []
        alive = [*before, *results, *self.copies[-1:]]
        if graph and operations.can_reuse(step.api) and results:
            alive = self._without_reused(alive, operands, results[0], held, number)
        elif results:
            alive = self._without_elided(alive, step, number, held)
        layers = {buffer: name for buffer, name in step.after.items() if buffer.role == "weights"}
        phases = self.training.phases(step, {**held, **layers})
        in_phases = bool(step.layers) or step.api == "GradientTape.gradient"  # they say when the results are there
        for display, extra in phases:
            self._moment(
                step,
                display,
                [*(before if in_phases else alive), *(b for b in layers if self._counts(b)), *extra],
                held,
            )
        if results and not phases:
            self._moment(step, step.display, [*alive, *self._temporaries(step)], held)
        self.training.done(step)
        self.floating |= {buffer for buffer in results if self._used_from(buffer, number + 1)}
        spent = {buffer for buffer in operands if not self._used_from(buffer, number + 1) and buffer not in held}
        self.floating -= spent
        if conversions.releases_copies(step) or any(buffer.role == "tensor" for buffer in spent):
            self.copies = []

    def _without_reused(
        self, alive: list[Buffer], operands: list[Buffer], result: Buffer, held: Mapping[Buffer, str], number: int
    ) -> list[Buffer]:
        """A graph writes the result into an operand of its size that is not needed any more."""
        dying = [
            buffer
            for buffer in operands
            if buffer.nbytes == result.nbytes
            and buffer in self.training.computed
            and not self._used_from(buffer, number + 1)
            and buffer not in self.training.retained()
        ]
        return [buffer for buffer in alive if buffer not in dying[:1]]

    def _without_elided(self, alive: list[Buffer], step: Step, number: int, held: Mapping[Buffer, str]) -> list[Buffer]:
        """NumPy writes the result of an operator into an operand that nobody else has."""
        result = step.results[0]
        given = [
            self.trace.buffer_of(value) if isinstance(value, Tensor) else None for value in step.arguments.values()
        ]
        for operand in operations.elided(step.api, given):
            if operand is None or operand in held or self._used_from(operand, number + 1):
                continue
            if (operand.nbytes, operand.dtype) == (result.nbytes, result.dtype):
                return [buffer for buffer in alive if buffer is not operand]
        return alive

    def _temporaries(self, step: Step) -> list[Buffer]:
        size = dims.add(
            operations.temporaries(step.api, step.results, step.operands, step.arguments),
            conversions.temporaries(step),
        )
        if size == 0:
            return []
        made = step.results[0] if step.results else step.operands[0]
        return [Buffer(step.node, f"inside {step.display}", "tensor", made.dtype, None, size)]

    def _statement(self, step: Step, number: int, held: Mapping[Buffer, str]) -> None:
        self.floating = {buffer for buffer in self.floating if buffer not in held and self._used_from(buffer, number)}
        alive = [*held, *self.floating, *self.training.retained(), *self.copies]
        for buffer, name in held.items():
            if buffer in self.lives and name:
                self.lives[buffer].name = name
        if isinstance(step.node, _COMPOUND):
            return
        indices = {self.lives[buffer].index for buffer in alive if buffer in self.lives}
        if not self.moments or indices != set(self.moments[-1].alive) or len(indices) < len(set(alive)):
            self._moment(step, "", alive, held)

    # ------------------------------------------------------------------------------------------- moments

    def _moment(self, step: Step, display: str, alive: Sequence[Buffer], held: Mapping[Buffer, str]) -> None:
        number = len(self.moments)
        indices = []
        for buffer in dict.fromkeys(alive):
            life = self.lives.get(buffer)
            if life is None:
                life = self.lives[buffer] = _Life(len(self.lives), number, number)
                if buffer.storage is None:  # found by the plan, not by the trace
                    buffer.times = step.times
            life.end, life.gone = number, None
            life.name = held.get(buffer, "") or life.name
            indices.append(life.index)
        for life in self.lives.values():
            if life.end == number - 1 and life.gone is None:
                life.gone = step.node
        self.moments.append(Moment(self.analysis.source.span(step.node), display, tuple(indices), 0))

    def _allocation(self, buffer: Buffer, life: _Life) -> Allocation:
        at = self.moments[life.begin].span
        span = at if buffer.node is None else self.analysis.source.span(buffer.node)
        given = self.call is not None and buffer in self.call.given
        role: Role = "argument" if given and buffer.role == "tensor" else buffer.role
        ending = self._ending(life, buffer in self.copies)
        where = self.moments[life.end].span.line
        if ending in ("rebound", "deleted"):
            where = getattr(life.gone, "lineno", where)
        return Allocation(
            span, life.name, buffer.display or ("given" if given else role), role, _dtype_name(buffer), buffer.shape,
            buffer.nbytes, life.begin, life.end, where, ending, buffer.count, buffer.times,
        )  # fmt: skip

    def _ending(self, life: _Life, is_kept: bool) -> Ending:
        if not life.name:
            return "never" if is_kept and self.call is None else "last use"
        if life.end == len(self.moments) - 1:
            return "never" if self.call is None else "scope"
        if isinstance(life.gone, ast.Delete):
            return "deleted"
        bound = {target.id for target in _targets(life.gone) if isinstance(target, ast.Name)}
        return "rebound" if life.name in bound else "scope"


def _targets(node: ast.AST | None) -> Iterator[ast.AST]:
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    for target in targets:
        if isinstance(target, ast.AST):
            yield from ast.walk(target)


def _dtype_name(buffer: Buffer) -> str | None:
    return None if buffer.dtype is None else buffer.dtype.name


def _uses(steps: Sequence[Step]) -> dict[Buffer, list[int]]:
    """The numbers of the steps that read each buffer."""
    found: dict[Buffer, list[int]] = {}
    for number, step in enumerate(steps):
        for buffer in step.operands:
            found.setdefault(buffer, []).append(number)
    return found


def sum_of(buffers: Sequence[Buffer]) -> Dim:
    """The bytes of all; what is not known counts as nothing."""
    result: Dim = 0
    for buffer in buffers:
        more = dims.add(result, buffer.nbytes)
        result = result if more is None else more
    return result
