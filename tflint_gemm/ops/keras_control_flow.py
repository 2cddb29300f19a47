"""Keras's loops, branches and scans over functions of the program."""

from __future__ import annotations

from tflint_gemm.domain.values import NONE, UNKNOWN, Constant, Kind, OfType, Tensor, TupleValue, Unknown, Value, dim_of
from tflint_gemm.ops import control_flow, conversion, structures
from tflint_gemm.ops.context import current
from tflint_gemm.ops.control_flow import MAX_ROUNDS, as_tensors, element_of, stacked
from tflint_gemm.ops.conversion import sequence_items
from tflint_gemm.ops.registry import op
from tflint_gemm.replacing import replace

_HELD = (Kind.TENSOR, Kind.VARIABLE, Kind.ARRAY, Kind.PYTHON)


def _computes(*values: Value) -> bool:
    """Whether all leaves of ``values`` are known to be tensors or to become some: nothing symbolic among them."""
    leaves = [leaf for value in values for leaf in structures.leaves(value)]
    return all(conversion.to_tensor(leaf).kind in _HELD for leaf in leaves if leaf != NONE)


def _call(function: Value, *arguments: Value) -> Value:
    return current().call(function, arguments, {})


@op("keras.ops.cond")
def cond(pred: Value, true_fn: Value, false_fn: Value) -> Value:
    """What the branch that is taken gives, or what both have in common."""
    result = control_flow.cond(pred, true_fn, false_fn)
    return result if _computes(pred, result) else UNKNOWN


@op("keras.ops.switch")
def switch(index: Value, branches: Value, *operands: Value) -> Value:
    """An index beyond the branches means the first or the last of them."""
    functions = sequence_items(branches)
    if not functions or not _computes(index, *operands):
        return UNKNOWN
    chosen = dim_of(index)
    if isinstance(chosen, int):
        return as_tensors(_call(functions[max(0, min(chosen, len(functions) - 1))], *operands))
    results = [as_tensors(_call(function, *operands)) for function in functions]
    joined = results[0]
    for result in results[1:]:
        joined = structures.join_structures(joined, result)
    return joined


@op("keras.ops.while_loop")
def while_loop(cond: Value, body: Value, loop_vars: Value) -> Value:
    """The variables behind the loop: a tuple of them, or the single one."""
    items = sequence_items(loop_vars)
    if not _computes(loop_vars):
        return UNKNOWN
    result = control_flow.while_loop(cond, body, TupleValue((loop_vars,) if items is None else items))
    made = sequence_items(result)
    if made is None:
        return UNKNOWN
    return made[0] if items is None and len(made) == 1 else TupleValue(made)


@op("keras.ops.fori_loop")
def fori_loop(lower: Value, upper: Value, body_fun: Value, init_val: Value) -> Value:
    if not _computes(init_val):
        return UNKNOWN
    in_graph = current().mode == "graph"
    state = as_tensors(init_val) if in_graph else init_val
    index = conversion.to_tensor(lower) if in_graph or isinstance(lower, Tensor) else OfType("int")
    if isinstance(index, Tensor):
        index = replace(index, elements=None)
    for _ in range(MAX_ROUNDS):
        after = _call(body_fun, index, state)
        joined = structures.join_structures(state, as_tensors(after) if in_graph else after)
        if joined == state or isinstance(joined, Unknown):
            return as_tensors(joined)
        state = joined
    return UNKNOWN


@op("keras.ops.map")
def map_function(f: Value, xs: Value) -> Value:
    return control_flow.map_fn(f, xs) if _computes(xs) else UNKNOWN


@op("keras.ops.vectorized_map")
def vectorized_map(function: Value, elements: Value) -> Value:
    return control_flow.vectorized_map(function, elements) if _computes(elements) else UNKNOWN


@op("keras.ops.scan")
def scan(f: Value, init: Value, xs: Value = NONE, length: Value = NONE) -> Value:
    """The last carry, and what the function returns beside the carry, stacked."""
    if not _computes(init, xs) or isinstance(xs, Unknown):
        return UNKNOWN
    element = NONE if xs == NONE else structures.map_leaves(element_of, xs)
    count = dim_of(length) if length != NONE else control_flow.count_of(xs)
    state = as_tensors(init)
    for _ in range(MAX_ROUNDS):
        made = sequence_items(_call(f, state, element))
        if made is None or len(made) != 2:
            return UNKNOWN
        joined = structures.join_structures(state, as_tensors(made[0]))
        if joined == state:
            return TupleValue((state, stacked(count, made[1])))
        if isinstance(joined, Unknown):
            return UNKNOWN
        state = joined
    return UNKNOWN


@op("keras.ops.associative_scan")
def associative_scan(f: Value, elems: Value, axis: Value = NONE) -> Value:
    """As many results as elements; the function combines parts of them of any number."""
    place = 0 if axis == NONE else dim_of(axis)
    if not _computes(elems) or isinstance(elems, Unknown) or not isinstance(place, int):
        return UNKNOWN
    whole = as_tensors(elems)

    def part(value: Value) -> Value:
        tensor = conversion.to_tensor(value)
        if tensor.shape is None or not -len(tensor.shape) <= place < len(tensor.shape):
            return replace(tensor, shape=None, elements=None)
        at = place % len(tensor.shape)
        size = 1 if tensor.shape[at] in (2, 3) else None  # half of them, then half of these, ...
        return replace(tensor, shape=(*tensor.shape[:at], size, *tensor.shape[at + 1 :]), elements=None)

    parts = structures.map_leaves(part, whole)
    made = as_tensors(_call(f, parts, parts))

    def result(before: Value, after: Value) -> Value:
        same = isinstance(before, Tensor) and isinstance(after, Tensor) and before.dtype == after.dtype
        return Tensor(before.dtype, before.shape) if same and isinstance(before, Tensor) else UNKNOWN

    return structures.map_leaves(result, whole, made)


@op("keras.ops.jvp")
def jvp(fun: Value, primals: Value, tangents: Value, has_aux: Value = NONE) -> Value:
    """What the function gives, and a derivative of the same shape."""
    arguments = sequence_items(primals)
    if arguments is None or has_aux not in (NONE, Constant(False)) or not _computes(primals, tangents):
        return UNKNOWN
    made = as_tensors(_call(fun, *arguments))
    return TupleValue((made, made)) if isinstance(made, Tensor) else UNKNOWN
