"""What the memory rules say where sizes are assumed to be numbers (``--assume batch=64``).

The program is analysed once more for it, with names for its unknown sizes; errors are not looked for there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from tflint_gemm.checks import blow_up, hardware, memory
from tflint_gemm.config import Config
from tflint_gemm.domain import dims
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.values import Storage, Tensor, Value
from tflint_gemm.findings import Finding, Span
from tflint_gemm.fixes.program import Program
from tflint_gemm.interpreter.records import Analysis, Call, Peak
from tflint_gemm.interpreter.sizes import FLOATING

_RULES = {
    "TFG301": memory.huge_allocations,
    "TFG302": memory.working_sets,
    "TFG303": blow_up.blow_ups,
    "TFG305": hardware.large_indices,
}


_UNTYPED = FLOATING.name


def concerns(config: Config) -> bool:
    """Whether sizes are assumed, and a rule is on that asks for sizes."""
    return bool(config.assume) and any(config.is_enabled(code) for code in _RULES)


def sizes_in(analysis: Analysis) -> frozenset[str]:
    """The names of the sizes that tensors of the program have."""
    tensors = (value for call in analysis.calls for value in _tensors(call))
    return frozenset(symbol.name for one in tensors for dim in one.shape or () for symbol in dims.symbols_in(dim))


def merged(found: list[Finding], analysis: Analysis, config: Config) -> list[Finding]:
    """``found``, and what more there is to say of ``analysis`` with numbers for its sizes."""
    places = {(finding.code, finding.span) for finding in found}
    more = [one for one in _findings(analysis, config) if (one.code, one.span) not in places]
    return [*found, *more]


def _findings(analysis: Analysis, config: Config) -> Iterator[Finding]:
    numbers = _Numbers(config.assume_sizes)
    calls = [numbers.call(call) for call in analysis.calls]
    peaks = [numbers.peak(peak) for peak in analysis.peaks]
    program = Program(replace(analysis, calls=calls, peaks=peaks), config)
    used: dict[Span, set[str]] = {}
    for node, names in numbers.used.items():
        used.setdefault(program.span(node), set()).update(names)
    for code, rule in _RULES.items():
        for finding in rule(program) if config.is_enabled(code) else ():
            names = used.get(finding.span, set())
            said = [f"{name}={size}" for name, size in config.assume_sizes.items() if name in names]
            if said:
                said += [_UNTYPED] if _UNTYPED in names else []
                yield replace(finding, message=f"{finding.message}, assuming {', '.join(said)}", fix=None)


@dataclass
class _Numbers:
    """Puts numbers in the place of sizes; ``used`` are the sizes at each place for which it did."""

    sizes: Mapping[str, int]
    used: dict[ast.AST, set[str]] = field(default_factory=dict)
    _known: dict[int, tuple[Value, Value, frozenset[str]]] = field(default_factory=dict)
    _storages: dict[int, tuple[Storage, Storage]] = field(default_factory=dict)

    def call(self, call: Call) -> Call:
        """``call`` with numbers; what is one tensor in several calls stays one."""
        arguments = {name: self._value(value, call.node) for name, value in call.arguments.items()}
        result = None if call.result is None else self._value(call.result, call.node)
        return replace(call, arguments=arguments, result=result)

    def peak(self, peak: Peak) -> Peak:
        """``peak`` with numbers in its buffers; its sum has been made with them."""
        names = {name for one in (*peak.copies, *(kept for _, kept in peak.alive)) for name in self._names(one.nbytes)}
        self.used.setdefault(peak.node, set()).update(names)
        alive = tuple((name, self._storage(one)) for name, one in peak.alive)
        return replace(peak, alive=alive, copies=tuple(self._storage(one) for one in peak.copies))

    def _names(self, *sizes: Dim) -> frozenset[str]:
        return frozenset(s.name for dim in sizes for s in dims.symbols_in(dim) if s.name in self.sizes)

    def _value(self, value: Value, node: ast.AST) -> Value:
        if not isinstance(value, Tensor):
            return value
        if id(value) not in self._known:
            names = self._names(*(value.shape or ()))
            if value.dtype is None:
                names |= {_UNTYPED}
            self._known[id(value)] = value, self._tensor(value) if names else value, names
        _, number, names = self._known[id(value)]
        self.used.setdefault(node, set()).update(names)
        return number

    def _tensor(self, value: Tensor) -> Tensor:
        shape = None if value.shape is None else tuple(dims.evaluate(dim, self.sizes) for dim in value.shape)
        storage = None if value.storage is None else self._storage(value.storage)
        return replace(value, dtype=value.dtype or FLOATING, shape=shape, storage=storage)

    def _storage(self, storage: Storage) -> Storage:
        if id(storage) not in self._storages:
            self._storages[id(storage)] = storage, replace(storage, nbytes=dims.evaluate(storage.nbytes, self.sizes))
        return self._storages[id(storage)][1]


def _tensors(call: Call) -> Iterator[Tensor]:
    for value in (*call.arguments.values(), call.result):
        if isinstance(value, Tensor):
            yield value
