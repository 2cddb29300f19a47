"""Functions of TensorFlow's own modules that programs import although they are not public."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tflint_gemm.domain.values import UNKNOWN, ListValue, TupleValue, Value
from tflint_gemm.interpreter.builtins import builtin
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.ops import structures

if TYPE_CHECKING:
    from tflint_gemm.interpreter.calls import Given

_NEST = "tensorflow.python.util.nest"


def _rows(shallow: Value, trees: tuple[Value, ...], depth: int = 0) -> list[tuple[Value, ...]] | None:
    """What stands in each tree in the place of each leaf of ``shallow``; None where the trees are not so deep."""
    if not structures.is_nested(shallow):
        return [trees]
    children = structures.children(shallow)
    columns = [structures.children(tree) if structures.is_nested(tree) else [] for tree in trees]
    if depth >= structures.MAX_DEPTH or any(len(column) != len(children) for column in columns):
        return None
    found: list[tuple[Value, ...]] = []
    for index, child in enumerate(children):
        rows = _rows(child, tuple(column[index] for column in columns), depth + 1)
        if rows is None:
            return None
        found.extend(rows)
    return found


@builtin(f"{_NEST}.flatten_up_to")
def _flatten_up_to(_interp: Interpreter, given: "Given") -> Value:
    """What stands in the places of the leaves of the first structure."""
    rows = _rows(given.positional[0], given.positional[1:2]) if len(given.positional) > 1 else None
    return UNKNOWN if rows is None else ListValue(TupleValue(tuple(row[0] for row in rows)))


@builtin(f"{_NEST}.map_structure_up_to")
def _map_structure_up_to(interp: Interpreter, given: "Given") -> Value:
    """The first structure with what the function makes of what stands in the places of its leaves."""
    if len(given.positional) < 3:
        return UNKNOWN
    shallow, function, *trees = given.positional
    rows = _rows(shallow, tuple(trees))
    if rows is None:
        return UNKNOWN
    results = iter([interp.call(function, row, {}) for row in rows])
    return structures.map_leaves(lambda _: next(results), shallow)
