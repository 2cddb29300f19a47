"""What a session runs, with the sizes of what it is fed: the ops behind a fetched tensor are computed once more.

A placeholder leaves its batch open, so that shapes clash only when the graph runs.  Each tensor of a graph remembers
the call that made it; where ``Session.run`` is told arrays of known shape, the calls that lead from the placeholders to
the fetched tensors are repeated with these shapes.  What then fails is reported at the op, as TensorFlow names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tflint_gemm.domain import dtypes, shapes
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    NONE,
    UNKNOWN,
    ApiObject,
    DictValue,
    Kind,
    ListValue,
    Reference,
    Tensor,
    TupleValue,
    Value,
)
from tflint_gemm.interpreter.program import Instance, UserFunction
from tflint_gemm.interpreter.records import Call
from tflint_gemm.ops import context, conversion, sessions, structures
from tflint_gemm.ops import violations as v
from tflint_gemm.ops.rules import merge_shapes
from tflint_gemm.replacing import replace

if TYPE_CHECKING:
    from tflint_gemm.interpreter.interpreter import Interpreter

RUNS = frozenset(
    {"Operation.run", "Tensor.eval", "Variable.eval", *(f"{owner}.run" for owner in sessions.SESSIONS)},
)
Again = Callable[[Mapping[str, Value]], Any]
"""Runs a call's model with some of its arguments replaced; raises what the model raises."""
_MAX_CALLS = 20_000
_MAX_DEPTH = 3  # the states of stacked cells, both ways


@dataclass(frozen=True, slots=True)
class Producer:
    """The call that made a tensor or an operation; ``index`` is the way to it where that is in a tuple or list."""

    number: int
    call: Call
    again: Again | None
    index: tuple[int, ...]
    made: Value


@dataclass(slots=True)
class Graph:
    """How the tensors and operations of a program's graphs were made, by identity."""

    producers: dict[int, Producer] = field(default_factory=dict)
    seen: set[tuple[object, ...]] = field(default_factory=set)
    calls_left: int = _MAX_CALLS

    def made(self, result: Value, call: Call, again: Again | None) -> None:
        """Keep what ``call`` returned."""
        self._keep(result, call, again, ())

    def _keep(self, value: Value, call: Call, again: Again | None, index: tuple[int, ...]) -> None:
        if len(index) < _MAX_DEPTH:
            for position, one in enumerate(conversion.sequence_items(value) or ()):
                self._keep(one, call, again, (*index, position))
        tensor = isinstance(value, Tensor) and value.kind in (Kind.TENSOR, Kind.VARIABLE)
        if any(value is argument for argument in call.arguments.values()):
            return  # reading a variable does not run what was assigned to it
        operation = isinstance(value, ApiObject) and value.path == sessions.OPERATION
        if (tensor or operation) and id(value) not in self.producers:
            self.producers[id(value)] = Producer(len(self.producers), call, again, index, value)

    def behind(self, wanted: Iterator[Value]) -> list[Producer]:
        """What has to be computed for these values, in the order in which it was made."""
        found: dict[int, Producer] = {}
        pending = list(wanted)
        while pending:
            producer = self.producers.get(id(pending.pop()))
            if producer is None or producer.number in found:
                continue
            found[producer.number] = producer
            for argument in producer.call.arguments.values():
                pending.extend(_leaves(argument))
        return [found[number] for number in sorted(found)]

    def first_unfed(self, wanted: Iterator[Value], fed: frozenset[int]) -> Call | None:
        """A placeholder without which these values cannot be computed, where only the tensors of ``fed`` are given."""
        pending, done = list(wanted), set(fed)
        while pending:
            value = pending.pop()
            producer = self.producers.get(id(value))
            if producer is None or id(value) in done or not isinstance(value, Tensor) or value.kind is Kind.VARIABLE:
                continue
            done.add(id(value))
            if producer.call.api == "compat.v1.placeholder":
                return producer.call
            if producer.call.api.startswith(_NEEDS_ITS_TENSORS) or producer.call.api in _MOVES_ITS_TENSORS:
                for argument in producer.call.arguments.values():
                    pending.extend(_leaves(argument))
        return None


def keep(interp: "Interpreter", result: Value, call: Call, again: Again | None) -> None:
    """Remember how ``result`` was made, and which summaries there are."""
    interp.graph.made(result, call, again)
    before = interp.module.slots.get(_COLLECTED, TupleValue(()))
    if call.api in _SUMMARIES and isinstance(before, TupleValue):
        interp.heap.write(interp.module, _COLLECTED, replace(before, items=(*before.items, result)))


def merged_summaries(interp: "Interpreter", call: Call) -> Value:
    """What ``merge_all`` returns: it is computed from all summaries that there are."""
    parts = interp.module.slots.get(_COLLECTED)
    several = "reset_default_graph" in interp.source.text or interp.source.text.count(".as_default(") > 1
    if several or not interp.graph_only or not isinstance(parts, TupleValue):
        return UNKNOWN
    merged = Tensor(dtypes.STRING, ())
    interp.graph.made(merged, replace(call, arguments={"parts": parts}), None)
    return merged


_SUMMARIES = frozenset(f"compat.v1.summary.{kind}" for kind in ("scalar", "histogram", "image"))
_COLLECTED = "(summaries)"
_NEEDS_ITS_TENSORS = (
    "math.", "nn.", "linalg.", "Tensor.__", "compat.v1.math.", "compat.v1.nn.", "compat.v1.reduce_",
    "compat.v1.losses.", "compat.v1.layers.", "compat.v1.summary.",
)  # fmt: skip
"""Ops that are not computed without their operands.  Others may do without: the shape of a tensor is often known."""
_MOVES_ITS_TENSORS = frozenset({
    "cast", "concat", "expand_dims", "gather", "identity", "one_hot", "reshape", "squeeze", "stack", "stop_gradient",
    "tile", "transpose", "unstack", "split", "compat.v1.gather", "compat.v1.to_float", "compat.v1.to_int32",
    "compat.v1.to_int64", "compat.v1.argmax", "compat.v1.expand_dims", "compat.v1.squeeze", "compat.v1.transpose",
    "compat.v1.assign", "Variable.assign",
})  # fmt: skip


def is_checked_by_kernels(violation: v.Violation, call: Call) -> bool:
    """Whether what ``call`` objects to is found when a graph runs, if it was not when the graph was built."""
    if call.api in _KERNELS_CHECK_LABELS and isinstance(violation, v.TargetMismatch):
        return True
    if call.api in _KERNELS_CHECK_SHAPES and isinstance(violation, v.AssignMismatch):
        return True
    return isinstance(violation, v.CHECKED_BY_KERNELS) and not call.api.startswith("keras.")


_KERNELS_CHECK_LABELS = frozenset({
    "nn.softmax_cross_entropy_with_logits", "compat.v1.nn.softmax_cross_entropy_with_logits",
    "compat.v1.nn.softmax_cross_entropy_with_logits_v2", "nn.sparse_softmax_cross_entropy_with_logits",
    "compat.v1.nn.sparse_softmax_cross_entropy_with_logits",
})  # fmt: skip
_KERNELS_CHECK_SHAPES = frozenset({"compat.v1.assign", "Variable.assign"})


def _leaves(value: Value) -> Iterator[Value]:
    """The tensors and operations in an argument."""
    items = conversion.sequence_items(value) if isinstance(value, (TupleValue, ListValue)) else None
    if isinstance(value, DictValue):
        items = tuple(item for item in value.slots.values() if isinstance(item, Value))
    if items is None:
        yield value
    else:
        for item in items:
            yield from _leaves(item)


def run(interp: "Interpreter", record: Call, fetches: Value, feed_dict: Value, result: Value) -> Value:
    """What a session returns, with the sizes that follow from what it is fed; reports what fails with these."""
    _require_placeholders(interp, record, fetches, feed_dict)
    fed = _fed(feed_dict)
    if not fed:
        return result
    producers = interp.graph.behind(_leaves(fetches))
    key = (*(producer.number for producer in producers[-3:]), len(producers), *sorted(fed.items(), key=str))
    if len(producers) > interp.graph.calls_left or key in interp.graph.seen:
        return result
    interp.graph.seen.add(key)
    interp.graph.calls_left -= len(producers)
    replay = _Replay(interp, fed)
    with context.use(interp.call_context()):
        for producer in producers:
            replay.compute(producer)
            if replay.failed:
                return result
    return structures.map_leaves(lambda leaf: sessions.fetched(replay.value(leaf)), fetches)


def _require_placeholders(interp: "Interpreter", record: Call, fetches: Value, feed_dict: Value) -> None:
    """Report a fetch that needs a placeholder which is not fed."""
    targets: list[Value] = []
    if isinstance(feed_dict, DictValue):
        targets = [key.target if isinstance(key, Reference) else UNKNOWN for key in feed_dict.slots]
    elif feed_dict != NONE:
        return
    if any(id(target) not in interp.graph.producers for target in targets):
        return  # it may be the placeholder, known by another name
    missing = interp.graph.first_unfed(_leaves(fetches), frozenset(map(id, targets)))
    if missing is not None:
        where = f" (line {missing.node.lineno})" if interp.at_home else ""
        interp.report(v.InvalidArgument([], f"what it computes needs a placeholder that is not fed{where}"), record, ())


def _fed(feed_dict: Value) -> dict[int, Shape]:
    """The shapes of what is fed, by the identity of the placeholder; empty where one is not known to fit."""
    found: dict[int, Shape] = {}
    if not isinstance(feed_dict, DictValue):
        return found
    for key, value in feed_dict.slots.items():
        if not isinstance(key, Reference) or not isinstance(key.target, Tensor):
            return {}
        fed = conversion.to_tensor(value)
        if fed.kind not in (Kind.ARRAY, Kind.PYTHON) or fed.shape is None:
            continue
        if shapes.equal(key.target.shape, fed.shape) is False:
            return {}
        found[id(key.target)] = fed.shape
    return found


class _Replay:
    """One run of a session: the tensors of the graph with the shapes that they have in it."""

    def __init__(self, interp: "Interpreter", fed: dict[int, Shape]) -> None:
        self.interp, self.fed, self.failed = interp, fed, False
        self.values: dict[int, Value] = {}
        self.results: dict[int, Value] = {}

    def value(self, value: Value) -> Value:
        """``value`` as it is in this run."""
        if isinstance(value, Tensor) and id(value) in self.fed and id(value) not in self.values:
            shape = self.fed[id(value)]
            known = shape if value.shape is None else merge_shapes(value.shape, shape)
            self.values[id(value)] = replace(value, shape=known, elements=None)
        found = self.values.get(id(value))
        if found is not None:
            return found
        items = conversion.sequence_items(value) if isinstance(value, (TupleValue, ListValue)) else None
        if items is None:
            return value
        inside = tuple(self.value(item) for item in items)
        if all(new is old for new, old in zip(inside, items)):
            return value
        return replace(value, items=inside) if isinstance(value, TupleValue) else ListValue(TupleValue(inside))

    def compute(self, producer: Producer) -> None:
        """Repeat the call that made a tensor, where its operands have other shapes in this run."""
        if id(producer.made) in self.fed or producer.again is None or not isinstance(producer.made, Tensor):
            return
        arguments = producer.call.arguments
        changed = {name: self.value(argument) for name, argument in arguments.items()}
        if all(changed[name] is argument for name, argument in arguments.items()) or not _is_pure(changed):
            return
        call = producer.call
        if id(call) not in self.results:
            self.results[id(call)] = self._repeat(call, producer.again, changed)
        result = self.results[id(call)]
        for position in producer.index:
            items = conversion.sequence_items(result)
            result = items[position] if items is not None and position < len(items) else UNKNOWN
        if isinstance(result, Tensor) and result.kind is Kind.TENSOR:
            made = producer.made
            shape = result.shape if made.shape is None else merge_shapes(made.shape, result.shape)
            self.values[id(made)] = replace(made, shape=shape, elements=result.elements)

    def _repeat(self, call: Call, again: Again, changed: dict[str, Value]) -> Value:
        try:
            result = again(changed)
        except v.Violation as violation:
            if is_checked_by_kernels(violation, call):
                from tflint_gemm.interpreter.tensor_operations import operand_nodes

                there = replace(call, arguments=changed, result=None)
                self.interp.report(violation, there, operand_nodes(there, violation))
                self.failed = True  # the run ends here
            return UNKNOWN
        return result if isinstance(result, Value) else UNKNOWN


def _is_pure(arguments: Mapping[str, Value]) -> bool:
    """Whether a call only computes: the program's functions and Keras's layers have effects."""
    return not any(
        isinstance(value, (UserFunction, Instance))
        or (isinstance(value, ApiObject) and value.path.startswith("keras."))
        or type(value).__name__ in ("BoundMethod", "PartialValue")
        for value in arguments.values()
    )
