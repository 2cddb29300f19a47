"""Ops that call functions of the program: conditions, loops, maps and folds."""

from __future__ import annotations

from collections.abc import Sequence

from tflint_gemm.domain import shapes
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.join import join
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiObject,
    DTypeValue,
    Kind,
    ListValue,
    Tensor,
    TupleValue,
    Unknown,
    Value,
)
from tflint_gemm.ops import conversion, specs, structures
from tflint_gemm.ops.context import current
from tflint_gemm.ops.conversion import Unsure, sequence_items
from tflint_gemm.ops.registry import op
from tflint_gemm.ops.violations import InvalidArgument, RankTooLow, ResultMismatch
from tflint_gemm.replacing import replace

MAX_ROUNDS = 4


def _call(function: Value, *arguments: Value) -> Value:
    return current().call(function, arguments, {})


def as_tensors(value: Value) -> Value:
    """What a branch returns, as TensorFlow holds it: numbers and arrays become tensors."""
    return structures.map_leaves(conversion.as_tensor, value)


@op("cond")
def cond(pred: Value, true_fn: Value = NONE, false_fn: Value = NONE) -> Value:
    """What either branch gives; raises ResultMismatch, InvalidArgument where a graph gets two dtypes or structures."""
    known, in_graph = conversion.to_flag(pred), current().mode == "graph"
    if isinstance(known, Unsure):
        one, other = as_tensors(_call(true_fn)), as_tensors(_call(false_fn))
        result = structures.join_structures(one, other)
    else:
        result = as_tensors(_call(true_fn if known else false_fn))
        left = as_tensors(current().try_out(false_fn if known else true_fn)) if in_graph else UNKNOWN
        one, other = (result, left) if known else (left, result)
    if in_graph and isinstance(pred, Tensor):
        counts = (_count(one), _count(other))
        if None not in counts and counts[0] != counts[1]:
            raise InvalidArgument([], f"branches that return {counts[0]} and {counts[1]} tensors", result)
        _keep_dtypes([*structures.leaves(one)], [*structures.leaves(other)], result)
    return result


def _count(value: Value) -> int | None:
    """How many tensors a branch returns, where these are all in one list or tuple."""
    items = sequence_items(value) if isinstance(value, (TupleValue, ListValue)) else (value,)
    if items is None or not all(isinstance(item, Tensor) and item.kind is Kind.TENSOR for item in items):
        return None
    return len(items)


@op("case")
def case(pred_fn_pairs: Value, default: Value = NONE) -> Value:
    pairs = sequence_items(pred_fn_pairs)
    if pairs is None:
        return UNKNOWN
    branches = [sequence_items(pair) for pair in pairs]
    functions = [branch[1] for branch in branches if branch is not None and len(branch) == 2]
    return _any_of(functions + ([] if default == NONE else [default]))


@op("switch_case")
def switch_case(branch_index: Value, branch_fns: Value, default: Value = NONE) -> Value:
    functions = sequence_items(branch_fns)
    if functions is None or any(sequence_items(function) is not None for function in functions):
        return UNKNOWN
    return _any_of([*functions, *([] if default == NONE else [default])])


def _any_of(functions: list[Value]) -> Value:
    results = [as_tensors(_call(function)) for function in functions]
    if not results:
        return UNKNOWN
    joined = results[0]
    for result in results[1:]:
        joined = structures.join_structures(joined, result)
    if current().mode == "graph":
        for result in results[1:]:
            _keep_dtypes([*structures.leaves(results[0])], [*structures.leaves(result)], joined)
    return joined


@op("while_loop")
def while_loop(
    cond: Value,
    body: Value,
    loop_vars: Value,
    shape_invariants: Value = NONE,
    maximum_iterations: Value = NONE,
) -> Value:
    """The loop's variables, as they are before every iteration and behind the last.

    Eagerly, what is no tensor stays what it is until the end.  Raises ResultMismatch, InvalidArgument where a graph's
    variable changes.
    """
    in_graph = current().mode == "graph"
    state = as_tensors(loop_vars) if in_graph else loop_vars
    items = sequence_items(state)
    for _ in range(MAX_ROUNDS):
        if items is None:
            return UNKNOWN
        _call(cond, *items)
        after = _call(body, *items)
        after = as_tensors(after) if in_graph else after
        following = sequence_items(after) if len(items) > 1 or sequence_items(after) is not None else (after,)
        if following is None or len(following) != len(items):
            return UNKNOWN
        joined = tuple(structures.join_structures(a, b) for a, b in zip(items, following))
        if in_graph:
            _keep_dtypes(items, following, structures.rebuild(state, list(items)))
            if shape_invariants == NONE:
                _keep_shapes(items, following, structures.rebuild(state, list(joined)))
        if joined == items:
            return as_tensors(structures.rebuild(state, list(joined)))
        items = joined
    return UNKNOWN


def _keep_dtypes(before: Sequence[Value], after: Sequence[Value], result: Value) -> None:
    """Raise ResultMismatch where a variable of the loop changes its dtype, which only a graph minds."""
    for one, other in zip(before, after):
        if not isinstance(one, Tensor) or not isinstance(other, Tensor) or not one.kind is other.kind is Kind.TENSOR:
            continue
        if one.dtype is not None and other.dtype is not None and one.dtype != other.dtype:
            raise ResultMismatch(other, one.dtype, result)


def _keep_shapes(before: Sequence[Value], after: Sequence[Value], result: Value) -> None:
    """Raise InvalidArgument where a variable of a graph's loop changes its shape, which is not declared to vary."""
    for one, other in zip(before, after):
        if not isinstance(one, Tensor) or not isinstance(other, Tensor) or not one.kind is other.kind is Kind.TENSOR:
            continue
        if shapes.equal(one.shape, other.shape) is False:
            reason = f"a variable of the loop of shape {shapes.show(one.shape)} is {shapes.show(other.shape)} after it"
            raise InvalidArgument([one], f"{reason}; shape_invariants says which sizes may change", result)


def element_of(value: Value) -> Value:
    """One element of a tensor along its first dimension."""
    tensor = conversion.to_tensor(value)
    if tensor.kind is Kind.UNKNOWN:
        return UNKNOWN
    shape = tensor.shape[1:] if tensor.shape else None
    kind = tensor.kind if tensor.kind in (Kind.RAGGED, Kind.SPARSE) else Kind.TENSOR
    if kind is Kind.RAGGED and shape is not None and len(shape) == 1:  # a row by itself is not ragged
        kind = Kind.TENSOR
    return replace(tensor, shape=shape, kind=kind, elements=None, storage=None, parts=())


def count_of(elems: Value) -> Dim:
    """The number of elements that a map goes over."""
    first = next(structures.leaves(elems), UNKNOWN)
    tensor = conversion.to_tensor(first)
    return tensor.shape[0] if tensor.shape else None


def stacked(count: Dim, result: Value) -> Value:
    def stack(value: Value) -> Value:
        tensor = conversion.to_tensor(value)
        if tensor.kind in (Kind.UNKNOWN, Kind.RAGGED, Kind.SPARSE):
            return UNKNOWN if tensor.kind is Kind.UNKNOWN else Tensor(tensor.dtype, None, tensor.kind)
        shape = None if tensor.shape is None else (count, *tensor.shape)
        return Tensor(tensor.dtype, shape)

    return structures.map_leaves(stack, result)


def _mapped(elems: Value, count: Dim, result: Value, signature: Value) -> Value:
    """What mapping gives: of the dtype that is declared, else of the elements'; raises ResultMismatch."""
    described = specs.described(signature) if isinstance(signature, ApiObject) else UNKNOWN
    if isinstance(described, Tensor) and described.kind in (Kind.RAGGED, Kind.SPARSE):
        return replace(described, shape=None if described.shape is None else (count, *described.shape))
    wanted = _wanted_dtype(elems, signature)
    tensor = conversion.to_tensor(result)
    together = stacked(count, tensor)
    if wanted is None or isinstance(signature, Unknown):
        return together if signature == NONE or isinstance(described, Tensor) else UNKNOWN
    if isinstance(together, Unknown):
        return Tensor(wanted) if signature != NONE else UNKNOWN
    assert isinstance(together, Tensor)
    expected = replace(together, dtype=wanted)
    other = tensor.dtype is not None and tensor.dtype != wanted and count != 0
    if other and (tensor.kind is Kind.TENSOR or (tensor.kind is Kind.PYTHON and _loses_fraction(tensor, wanted))):
        raise ResultMismatch(tensor, wanted, expected)
    return expected


def _wanted_dtype(elems: Value, signature: Value) -> DType | None:
    """The dtype that ``fn_output_signature`` declares; without one it is that of the elements."""
    if signature == NONE:
        tensor = conversion.to_tensor(elems)
        return tensor.dtype if tensor.kind in (Kind.TENSOR, Kind.ARRAY, Kind.VARIABLE) else None
    described = specs.described(signature)
    if isinstance(described, Tensor) and described.kind is Kind.TENSOR:
        return described.dtype
    dtype = conversion.to_dtype(signature)
    return dtype if isinstance(dtype, DType) else None


def _loses_fraction(tensor: Tensor, wanted: DType) -> bool:
    return tensor.dtype is not None and tensor.dtype.is_floating and wanted.is_integer


def _check_elements(elems: Value) -> None:
    """Raise RankTooLow where there is nothing to go over."""
    for leaf in structures.leaves(elems) if structures.is_nested(elems) else (elems,):
        tensor = conversion.to_tensor(leaf)
        if tensor.kind is not Kind.UNKNOWN and tensor.rank == 0:
            raise RankTooLow(tensor, 1, result=UNKNOWN)


@op("map_fn")
def map_fn(fn: Value, elems: Value, dtype: Value = NONE, fn_output_signature: Value = NONE) -> Value:
    if isinstance(elems, Unknown):
        return UNKNOWN
    _check_elements(elems)
    result = _call(fn, structures.map_leaves(element_of, elems))
    signature = fn_output_signature if fn_output_signature != NONE else dtype
    _check_form(elems if signature == NONE else signature, result, count_of(elems))
    if structures.is_nested(result):
        return stacked(count_of(elems), result)
    return _mapped(elems, count_of(elems), result, signature)


def _check_form(described: Value, result: Value, count: Dim) -> None:
    """Raise InvalidArgument where the function gives another structure than is declared, or than the elements have."""
    wanted, given = _parts(described), _parts(result)
    if wanted is None or given is None or wanted == given:
        return
    reason = f"the function gives {_form(given)}, where {_form(wanted)} is declared by fn_output_signature or elems"
    raise InvalidArgument([], reason, stacked(count, result))


def _parts(value: Value) -> int | None:
    """Of how many parts a structure is; -1 for a single tensor or its description, None where that is not known."""
    if isinstance(value, Tensor):
        return None if value.kind is Kind.UNKNOWN else -1
    if isinstance(value, DTypeValue) or (isinstance(value, ApiObject) and value.path in specs.DENSE):
        return -1
    known = isinstance(value, (ListValue, TupleValue)) and structures.is_nested(value)
    return len(structures.children(value)) if known else None


def _form(parts: int) -> str:
    return "one tensor" if parts < 0 else f"a structure of {parts}"


@op("vectorized_map")
def vectorized_map(fn: Value, elems: Value, fallback_to_while_loop: Value = NONE) -> Value:
    if isinstance(elems, Unknown):
        return UNKNOWN
    return stacked(count_of(elems), _call(fn, structures.map_leaves(element_of, elems)))


def _fold(fn: Value, elems: Value, initializer: Value) -> Value:
    """The accumulator of a fold: joined with what another step makes of it until that changes nothing."""
    if isinstance(elems, Unknown):
        return UNKNOWN
    element = structures.map_leaves(element_of, elems)
    state = element if initializer == NONE else as_tensors(initializer)
    for _ in range(MAX_ROUNDS):
        joined = (
            structures.map_leaves(join, state, after)
            if _same_form(state, after := _call(fn, state, element))
            else UNKNOWN
        )
        if joined == state or isinstance(joined, Unknown):
            return joined
        state = joined
    return UNKNOWN


def _same_form(left: Value, right: Value) -> bool:
    return structures.is_nested(left) == structures.is_nested(right)


@op("foldl", "foldr")
def foldl(fn: Value, elems: Value, initializer: Value = NONE) -> Value:
    return _fold(fn, elems, initializer)


@op("scan")
def scan(fn: Value, elems: Value, initializer: Value = NONE) -> Value:
    return stacked(count_of(elems), _fold(fn, elems, initializer))


@op("tuple")
def tuple_of(tensors: Value) -> Value:
    """The very same structure where ops run at once, a list of tensors where a graph is built."""
    mode, items = current().mode, sequence_items(tensors)
    if mode == "eager" and not current().v1:
        return tensors
    if items is None or mode == "unknown":
        return UNKNOWN
    return ListValue(TupleValue(tuple(item if item == NONE else _packed(item) for item in items)))


def _packed(value: Value) -> Value:
    tensor = conversion.to_tensor(value)
    return Tensor() if tensor.kind is Kind.UNKNOWN else conversion.firm(tensor)
