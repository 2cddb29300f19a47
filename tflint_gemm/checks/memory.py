"""Memory: one huge allocation (TFG301), too much alive at once (TFG302), too large a constant (TFG304)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tflint_gemm.checks import text
from tflint_gemm.domain import shapes
from tflint_gemm.domain.dtypes import FLOAT64
from tflint_gemm.domain.values import Kind, Storage, Tensor
from tflint_gemm.findings import Finding, Note
from tflint_gemm.fixes.program import Program
from tflint_gemm.interpreter.records import Call, Peak, ViolationRecord
from tflint_gemm.ops.violations import ConstantTooLarge

_DENSE = (Kind.TENSOR, Kind.VARIABLE, Kind.ARRAY)
_SHOWN = 6


def huge_allocations(program: Program) -> Iterator[Finding]:
    """TFG301: one array or tensor of ``max-tensor-bytes`` or more."""
    seen: set[ast.AST] = set()
    for call in program.analysis.calls:
        result = call.result
        if call.node in seen or not isinstance(result, Tensor) or result.kind not in _DENSE:
            continue
        storage = result.storage
        if storage is None or storage.node is not call.node or not isinstance(storage.nbytes, int):
            continue  # a view of memory that something else allocated
        if storage.nbytes >= program.config.max_tensor_bytes:
            seen.add(call.node)
            yield _allocation(program, call, result, storage.nbytes)


def _allocation(program: Program, call: Call, result: Tensor, nbytes: int) -> Finding:
    limit = text.bytes_text(program.config.max_tensor_bytes)
    message = f"{call.display} allocates {text.bytes_text(nbytes)} at once: {result.dtype} {shapes.show(result.shape)}"
    advice = f"max-tensor-bytes is {limit}"
    if result.dtype == FLOAT64:
        advice += f"; in float32 it would be {text.bytes_text(nbytes // 2)}"
    return text.finding(program, "TFG301", call, message, help=advice)


def working_sets(program: Program) -> Iterator[Finding]:
    """TFG302: the buffers that are alive together exceed ``device-memory``."""
    for peak in program.analysis.peaks:
        if peak.nbytes > program.config.device_memory:
            yield _working_set(program, peak)


def _working_set(program: Program, peak: Peak) -> Finding:
    alive = sorted(peak.alive, key=lambda pair: -_nbytes(pair[1]))
    shown = [
        f"{_name(program, name, storage, peak)} {text.bytes_text(_nbytes(storage))}" for name, storage in alive[:_SHOWN]
    ]
    if len(alive) > _SHOWN:
        rest = sum(_nbytes(storage) for _, storage in alive[_SHOWN:])
        shown.append(f"{len(alive) - _SHOWN} more {text.bytes_text(rest)}")
    if peak.copies:
        kept = text.bytes_text(sum(_nbytes(storage) for storage in peak.copies))
        shown.append(f"copies of arrays that TensorFlow has not let go of yet {kept}")
    limit = text.bytes_text(program.config.device_memory)
    message = f"{text.bytes_text(peak.nbytes)} are alive at once at {peak.display}, "
    message += f"more than the {limit} of device-memory: "
    notes = tuple(_notes(program, alive, peak.node))
    call = Call(peak.node, "", peak.display, {}, {})
    advice = "delete what is no longer needed before this line, work in float32, or in batches"
    return text.finding(program, "TFG302", call, message + ", ".join(shown), notes, advice)


def _nbytes(storage: Storage) -> int:
    return storage.nbytes if isinstance(storage.nbytes, int) else 0


def _name(program: Program, name: str, storage: Storage, peak: Peak) -> str:
    if name:
        return f"'{name}'"
    if storage.node is peak.node:
        return "the result"
    if isinstance(storage.node, ast.expr):
        return f"a temporary of {program.source.where(storage.node.lineno)}"
    return "a temporary"


def _notes(program: Program, alive: list[tuple[str, Storage]], peak: ast.AST) -> Iterator[Note]:
    for name, storage in alive[:_SHOWN]:
        if isinstance(storage.node, ast.AST) and storage.node is not peak and hasattr(storage.node, "lineno"):
            what = f"{text.bytes_text(_nbytes(storage))} of {'NumPy' if storage.host else 'TensorFlow'} memory"
            yield Note(program.span(storage.node), what + (f", held by '{name}'" if name else ""))


def graph_constant(program: Program, record: ViolationRecord, violation: ConstantTooLarge) -> Finding:
    """TFG304: an array that becomes a constant of a graph, and does not fit one."""
    part, call = text.parts_of(record)[0], record.call
    message = f"{text.shown_api(call.display)} makes {text.named(program, part, 'an array')} a constant of the graph: "
    message += f"{text.bytes_text(violation.nbytes)}, and less than 2 GiB fit in one"
    advice = (
        "feed it: an argument of the function, a tf.constant made outside of it, or a tf.data.Dataset made from parts"
    )
    return text.finding(program, "TFG304", call, message, text.shape_notes(program, [part]), advice)
