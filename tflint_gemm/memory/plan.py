"""The plan as data: allocations with their lifetimes, and the moments between which the total changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from tflint_gemm.domain import dims
from tflint_gemm.domain.dims import Dim, SymbolicDim
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.findings import Span
from tflint_gemm.interpreter.allocation_trace import Role

Ending = Literal["last use", "rebound", "deleted", "scope", "never"]
"""Why a buffer is freed: its only consumer is done, its name was bound anew or deleted, the function that held it
returned; or it is still alive at the end."""

NOMINAL = 64
"""What a symbol counts as where totals of symbolic size are compared."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """A buffer: what makes it where, its bytes, and its lifetime.

    ``name`` is the variable that holds it, "" for a temporary; ``display`` the op that makes it ("tf.matmul").
    ``nbytes`` is an integer, a polynomial over symbols, or None where it is not known; ``count`` buffers of one
    loop's iterations are one allocation of ``count`` times the bytes of ``shape``.  ``begin`` and ``end`` are indices
    of the plan's moments, both inclusive; ``end_line`` is the 1-based line at which it is freed.  ``times`` is how
    often the program makes one like it: as one round of a loop it stands for others, which are 0 times on their own.
    """

    span: Span
    name: str
    display: str
    role: Role
    dtype: str | None
    shape: Shape
    nbytes: Dim
    begin: int
    end: int
    end_line: int
    ending: Ending
    count: Dim = 1
    times: Dim = 1

    @property
    def is_temporary(self) -> bool:
        """Whether no variable ever holds it."""
        return not self.name

    @property
    def label(self) -> str:
        """What a reader calls it: its name, or the op that made it."""
        return self.name or self.display


@dataclass(slots=True)
class Site:
    """The allocations of one place that look the same: the rounds of a loop, the calls of a function.

    ``indices`` are theirs in the plan; ``times`` is how often the program makes one, None where that is not known.
    """

    one: Allocation
    indices: list[int]
    times: Dim

    def add(self, index: int, one: Allocation) -> None:
        self.indices.append(index)
        self.times = dims.add(self.times, one.times)


@dataclass(frozen=True, slots=True)
class Moment:
    """One op being done: where it stands, what is alive while it runs (indices of allocations), and their sum.

    ``unknown`` of the allocations alive are of unknown size and count as nothing in ``nbytes``.
    """

    span: Span
    display: str
    alive: tuple[int, ...]
    nbytes: Dim
    unknown: int = 0


@dataclass(frozen=True)
class Plan:
    """The memory of the module or of one function while it runs once.

    ``name`` is "<module>" or the function's qualified name, ``span`` that of its body; ``moments`` are in the order
    of execution.  ``graph``: ``tf.function`` traces it, so that a buffer lives until its last consumer is done.
    ``complete`` is False where a budget ended the analysis: what follows is missing.  ``assumed`` are the numbers that
    were put in the place of symbols.
    """

    name: str
    span: Span
    allocations: tuple[Allocation, ...]
    moments: tuple[Moment, ...]
    graph: bool = False
    complete: bool = True
    assumed: tuple[tuple[str, int], ...] = ()

    @cached_property
    def peak_index(self) -> int | None:
        """The moment at which most is alive; None for a plan without moments."""
        order = range(len(self.moments))
        return max(order, key=lambda index: magnitude(self.moments[index].nbytes), default=None)

    @property
    def peak(self) -> Moment | None:
        index = self.peak_index
        return None if index is None else self.moments[index]

    @property
    def nbytes(self) -> Dim:
        """The bytes alive at the peak."""
        return 0 if self.peak is None else self.peak.nbytes

    def at_peak(self) -> list[Allocation]:
        """What is alive at the peak, largest first."""
        found = [] if self.peak is None else [self.allocations[index] for index in self.peak.alive]
        return sorted(found, key=lambda allocation: -magnitude(allocation.nbytes))

    def sites(self) -> list[Site]:
        """The allocations, those of one place that look the same together, in order."""
        found: dict[tuple[object, ...], dict[str, Site]] = {}
        for index, one in enumerate(self.allocations):
            key = (one.span, one.display, one.dtype, one.shape, str(one.nbytes), one.role)
            named = found.setdefault(key, {})
            if one.name in named:
                named[one.name].add(index, one)
            else:
                named[one.name] = Site(one, [index], one.times)
        for named in found.values():
            if "" in named and len(named) == 2:  # what the end of the analysis of a loop left without its name
                rest = named.pop("")
                [site] = named.values()
                for index in rest.indices:
                    site.add(index, self.allocations[index])
                site.indices.sort()
        return sorted((site for named in found.values() for site in named.values()), key=lambda site: site.indices[0])

    def by_line(self) -> list[tuple[int, Dim]]:
        """Per line at which something happens, in order of the lines: the most that is alive there."""
        lines: dict[int, Dim] = {}
        for moment in self.moments:
            line = moment.span.line
            if line not in lines or magnitude(moment.nbytes) > magnitude(lines[line]):
                lines[line] = moment.nbytes
        return sorted(lines.items())

    def symbols(self) -> list[str]:
        """The names of the symbols in its sizes, in alphabetical order."""
        sizes = [allocation.nbytes for allocation in self.allocations]
        return sorted({symbol.name for size in sizes for symbol in dims.symbols_in(size)})

    def assuming(self, sizes: Mapping[str, int]) -> Plan:
        """The plan with numbers in the place of the symbols of these names."""
        names = set(self.symbols())
        assumed = tuple((name, size) for name, size in sizes.items() if name in names)
        if not assumed:
            return self
        allocations = tuple(
            replace(
                one,
                nbytes=dims.evaluate(one.nbytes, sizes),
                count=dims.evaluate(one.count, sizes),
                shape=None if one.shape is None else tuple(dims.evaluate(dim, sizes) for dim in one.shape),
            )
            for one in self.allocations
        )
        moments = tuple(replace(moment, nbytes=total(allocations, moment.alive)) for moment in self.moments)
        return replace(self, allocations=allocations, moments=moments, assumed=assumed)


def total(allocations: Sequence[Allocation], alive: Sequence[int]) -> Dim:
    """The sum of what is known of the bytes of these allocations."""
    result: Dim = 0
    for index in alive:
        nbytes = allocations[index].nbytes
        more = dims.add(result, nbytes) if nbytes is not None else result
        result = result if more is None else more
    return result


def magnitude(dim: Dim) -> int:
    """A number to order sizes by: what is symbolic counts with ``NOMINAL`` for each symbol, the unknown as nothing."""
    if isinstance(dim, SymbolicDim):
        dim = dims.substitute(dim, dict.fromkeys(dims.symbols_in(dim), NOMINAL))
    return dim if isinstance(dim, int) else 0
