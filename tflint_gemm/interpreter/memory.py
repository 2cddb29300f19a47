"""Adds up what is alive: Python keeps a buffer until the last name, container or pending expression lets go of it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tflint_gemm.domain import dims, shapes
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.values import Kind, Mutable, Storage, Tensor, TupleValue, Value
from tflint_gemm.interpreter import array_copies
from tflint_gemm.interpreter.array_copies import KeptCopies
from tflint_gemm.interpreter.program import Scope, UserClass
from tflint_gemm.interpreter.records import Call, Peak

if TYPE_CHECKING:
    from tflint_gemm.interpreter.interpreter import Interpreter

SMALL = 1 << 20  # buffers below a mebibyte do not decide about memory
WORTH_COUNTING = 64 << 20  # nothing is added up before so much has been allocated in all
CODE = (Scope, UserClass)
_MAX_VISITED = 20_000


def nbytes(tensor: Tensor, otherwise: DType | None = None) -> dims.Dim:
    """The bytes of a dense tensor, ``otherwise`` in place of an unknown dtype; unknown where dtype or size are.

    A sparse or ragged tensor takes what its values take, however large its shape: that is unknown as well.
    """
    dtype = tensor.dtype or otherwise
    if dtype is None or not dtype.size or tensor.kind in (Kind.SPARSE, Kind.RAGGED):
        return None
    return dims.multiply(shapes.num_elements(tensor.shape), dtype.size)


def new_storage(
    tensor: Tensor, node: ast.AST | None, symbolic: bool = False, otherwise: DType | None = None
) -> Storage:
    """The buffer that ``node`` allocates for ``tensor``; ``otherwise`` is what an unknown dtype counts as."""
    return Storage(nbytes(tensor, otherwise), tensor.kind is Kind.ARRAY, node, symbolic)


class MemoryMeter:
    """Watches allocations and remembers the peak since ``start``."""

    def __init__(self, interpreter: "Interpreter") -> None:
        self._interpreter = interpreter
        self._allocated = 0
        self._copies = KeptCopies()
        self.peak: Peak | None = None

    def start(self) -> None:
        """Forget the peak: another unit (the module, a function nobody calls) begins."""
        self._allocated = 0
        self._copies.release()
        self.peak = None

    def allocated(self, call: Call, result: Value, operands: Iterable[Value]) -> None:
        """A call made ``result`` out of ``operands``, which are alive while it runs."""
        eager = self._interpreter.frame.mode != "graph"
        if eager and call.api in array_copies.CONVERTING:
            self._keep(call, result)
        self._count(call, result, operands)
        if eager and self._copies.waiting:
            self._copies.made(_storages([result]))
            if array_copies.releases(call.api, call.arguments):
                self._copies.release()

    def _keep(self, call: Call, result: Value) -> None:
        """Remember the copy of an array that became a tensor."""
        storage = result.storage if isinstance(result, Tensor) else None
        if storage is not None and self._size(storage) and array_copies.arrays(call.arguments):
            roots = [value for _, value in self._roots()]
            copy = Storage(storage.nbytes, True, call.node)
            self._copies.keep(copy, _storages([*roots, result]))

    def _count(self, call: Call, result: Value, operands: Iterable[Value]) -> None:
        fresh = sum(self._size(storage) for storage in _storages([result]))
        self._allocated += fresh
        if not fresh or self._allocated < WORTH_COUNTING:
            return
        reached: dict[int, tuple[str, Storage]] = {}
        for name, value in (*self._roots(), *(("", operand) for operand in (*operands, result))):
            for storage in _storages([value]):
                reached.setdefault(id(storage), (name, storage))
        self._copies.look(storage for _, storage in reached.values())
        alive = tuple((name, storage) for name, storage in reached.values() if self._size(storage))
        copies = tuple(self._copies.waiting)
        total = sum(self._size(storage) for storage in (*copies, *(storage for _, storage in alive)))
        if isinstance(call.node, ast.expr) and (self.peak is None or total > self.peak.nbytes):
            self.peak = Peak(call.node, call.display, total, alive, copies)

    def _size(self, storage: Storage) -> int:
        """The bytes of a buffer that decides about memory, 0 of a small one and of one whose size is not known."""
        known = storage.nbytes
        if isinstance(known, dims.SymbolicDim) and self._interpreter.sizes is not None:
            known = dims.evaluate(known, self._interpreter.sizes.assumed)
        return known if isinstance(known, int) and known >= SMALL else 0

    def _roots(self) -> Iterator[tuple[str, Value]]:
        """The variables of all running functions, of the functions around them and of the module."""
        seen: set[int] = set()
        for frame in self._interpreter.frames:
            scope: Scope | None = frame.scope
            while scope is not None and id(scope) not in seen:
                seen.add(id(scope))
                yield from ((str(name), value) for name, value in scope.slots.items())
                scope = scope.parent


def _storages(values: Iterable[Value]) -> Iterator[Storage]:
    """The buffers reachable from ``values`` through containers and instances."""
    pending = list(values)
    seen: set[int] = set()
    while pending and len(seen) < _MAX_VISITED:
        value = pending.pop()
        if isinstance(value, Tensor):
            if value.storage is not None:
                yield value.storage
        elif isinstance(value, TupleValue):
            pending.extend(value.items)
        elif isinstance(value, Mutable) and not isinstance(value, CODE) and id(value) not in seen:
            seen.add(id(value))
            pending.extend(value.slots.values())
