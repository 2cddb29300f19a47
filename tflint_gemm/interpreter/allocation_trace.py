"""What each op allocates, and which buffers are held after each step, in order: what the memory plan is made of.

Kept on request only.  A buffer is held as long as a variable, a container, an instance or a layer that can be reached
from the running functions refers to it; what an expression has made and not used yet is nobody's, and for the plan to
work out from its operands and results.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tflint_gemm.domain import dims
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    ApiObject,
    IterableValue,
    Kind,
    ListValue,
    Mutable,
    Storage,
    Tensor,
    TupleValue,
    Value,
)
from tflint_gemm.interpreter.buffer_sharing import makes_no_buffer, shared_operand
from tflint_gemm.interpreter.memory import CODE, nbytes, new_storage
from tflint_gemm.interpreter.program import Instance, Scope, UserFunction
from tflint_gemm.interpreter.sizes import FLOATING
from tflint_gemm.ops import structures
from tflint_gemm.ops.keras_weights import Weight, weights_of
from tflint_gemm.replacing import replace

if TYPE_CHECKING:
    from tflint_gemm.interpreter.interpreter import Interpreter
    from tflint_gemm.interpreter.records import Call

MAX_VISITED = 3_000_000  # values looked at for what they hold, in all; a trace ends where that is used up
MAX_STEPS = 50_000
_JOINING = {
    "stack", "concat", "constant", "convert_to_tensor", "numpy.array", "numpy.asarray", "numpy.stack",
    "numpy.concatenate", "numpy.vstack", "numpy.hstack",
}  # fmt: skip
"""What puts the items of a list into one buffer."""


Role = Literal["array", "tensor", "variable", "weights", "activation", "gradient", "slot", "batch", "argument"]
"""What a buffer is for: NumPy memory, a tensor, a ``tf.Variable``, the weights of a Keras layer, what the backward
pass needs of the forward one, gradients, what the optimizer keeps per variable, the data and batches of ``fit``, and
what the caller of a function holds."""


@dataclass(slots=True, eq=False)
class Buffer:
    """A piece of memory: what makes it where, and what is in it; ``count`` of them where a loop makes one each time."""

    node: ast.AST | None
    display: str
    role: Role
    dtype: DType | None
    shape: Shape
    nbytes: Dim
    count: Dim = 1
    made: int = 0
    """The number of steps before it."""
    storage: object = None  # keeps what it is known by from being collected
    times: Dim = 1
    """How often the program makes one like it where this one was made: the rounds of a loop that it stands for."""


@dataclass(slots=True, eq=False)
class LayerCall:
    """A layer of a library was called, on its own or inside a model."""

    layer: ApiObject
    inputs: tuple[Tensor, ...]
    output: Value


@dataclass(slots=True, eq=False)
class Invocation:
    """A function being run: from which step to which, and what it was given."""

    function: UserFunction
    begin: int
    end: int
    graph: bool
    given: frozenset[Buffer] = frozenset()


@dataclass(slots=True, eq=False)
class Step:
    """An op is done, or (without ``api``) a statement is.

    ``held`` are the buffers that are reachable before (behind a statement: after) it, with the name that leads to each.
    ``joined`` marks what puts a list's items into one buffer.
    """

    node: ast.AST
    api: str
    display: str
    held: Mapping[Buffer, str]
    operands: tuple[Buffer, ...] = ()
    results: tuple[Buffer, ...] = ()
    graph: bool = False
    tapes: tuple[ApiObject, ...] = ()
    layers: tuple[LayerCall, ...] = ()
    arguments: Mapping[str, Value] = field(default_factory=dict)
    after: Mapping[Buffer, str] = field(default_factory=dict)
    times: Dim = 1


class AllocationTrace:
    """Written by the interpreter while it runs; ``buffer_of`` and the lists are what the plan reads."""

    def __init__(self, interpreter: "Interpreter") -> None:
        self._interpreter = interpreter
        self.steps: list[Step] = []
        self.invocations: list[Invocation] = []
        self.symbolic: list[LayerCall] = []
        """Calls of layers with symbols, of which functional models are made."""
        self.module: int | None = None
        """The number of steps that the module itself took; None where it was not finished."""
        self.complete = True
        self.times: Dim = 1
        """How often what is executed now happens: as one round of a loop it stands for those that follow."""
        self._visits_left = MAX_VISITED
        self._buffers: dict[int, Buffer] = {}
        self._sharing: list[Storage] = []
        self._weights: dict[int, tuple[object, tuple[Buffer, ...]]] = {}
        self._held: dict[Buffer, str] = {}
        self._layers: list[LayerCall] = []
        self._fresh: list[LayerCall] = []
        self._written: dict[int, tuple[ApiObject, ast.AST]] = {}
        self._tapes: list[ApiObject] = []
        self.tape_times: dict[int, Dim] = {}
        """How often a tape like that one is opened, by its identity: more is recorded only by loops inside it."""
        self._open: list[Invocation] = []
        self._multiples: dict[int, tuple[ListValue, Dim, int]] = {}
        self._copies: dict[tuple[int, Buffer], Buffer] = {}

    # ------------------------------------------------------------------------------------------- buffers

    def buffer_of(self, tensor: Tensor, node: ast.AST | None = None, display: str = "") -> Buffer | None:
        """The buffer of a tensor, None for what takes no memory of its own."""
        storage = tensor.storage
        if storage is None or tensor.kind in (Kind.KERAS, Kind.PYTHON):
            return None
        known = self._buffers.get(id(storage))
        if known is None:
            at = node if node is not None else storage.node
            known = Buffer(
                at if isinstance(at, ast.AST) else None, display, _role(tensor), tensor.dtype, tensor.shape,
                storage.nbytes, 1, len(self.steps), storage, self.times,
            )  # fmt: skip
            self._buffers[id(storage)] = known
        return known

    def _buffers_in(self, value: Value) -> Iterator[Buffer]:
        for buffer, _ in self._reach([("", value)]):
            yield buffer

    def weights(self, layer: ApiObject) -> tuple[Buffer, ...]:
        """The buffers of the weights of a library's layer; none before it is built."""
        found = weights_of(layer)
        if not found:
            return ()
        known = self._weights.get(id(layer))
        if known is None:
            known = (layer, tuple(self._weight(layer, weight) for weight in found))
            self._weights[id(layer)] = known
        return known[1]

    def _weight(self, layer: ApiObject, weight: Weight) -> Buffer:
        size = nbytes(Tensor(weight.dtype, weight.shape))
        display = f"{layer.path.rpartition('.')[2]}.{weight.name}".rstrip(".")
        _, node = self._written.get(id(layer), (layer, self.steps[-1].node if self.steps else None))
        return Buffer(node, display, "weights", weight.dtype, weight.shape, size, 1, len(self.steps), weight)

    def given(self, value: Value, node: ast.AST, role: Role) -> Value:
        """``value``, of which nothing is known to have made it, with buffers of its own."""

        def with_storage(leaf: Value) -> Value:
            if not isinstance(leaf, Tensor) or leaf.storage is not None or leaf.kind in (Kind.KERAS, Kind.PYTHON):
                return leaf
            made = replace(leaf, storage=new_storage(leaf, node, otherwise=FLOATING))
            if made.storage is None or made.storage.nbytes is None:
                return leaf
            buffer = self.buffer_of(made)
            if buffer is not None:
                buffer.role = role
            return made

        return structures.map_leaves(with_storage, value) if structures.is_nested(value) else with_storage(value)

    # ------------------------------------------------------------------------------------------- what is reachable

    def _reach(self, roots: Iterable[tuple[str, Value]]) -> Iterator[tuple[Buffer, str]]:
        """The buffers reachable from ``roots``, each with the name that leads there."""
        pending: list[tuple[str, Value]] = list(roots)
        pending.reverse()
        seen: set[int] = set()
        while pending:
            name, value = pending.pop()
            self._visits_left -= 1
            if isinstance(value, Tensor):
                buffer = self.buffer_of(value)
                if buffer is not None:
                    yield buffer, name
            elif isinstance(value, TupleValue):
                pending.extend((name, item) for item in value.items)
            elif isinstance(value, Mutable) and not isinstance(value, CODE) and id(value) not in seen:
                seen.add(id(value))
                if isinstance(value, ListValue) and isinstance(value.slots[ListValue.CONTENT], IterableValue):
                    yield from self._repeated(value, name)
                    continue
                if isinstance(value, ApiObject):
                    yield from ((buffer, name) for buffer in self.weights(value))
                    pending.extend((name, layer) for layer in self.layers_of(value))
                whole = isinstance(value, (Instance, ApiObject))
                pending.extend(
                    (f"{name}.{key}" if whole and isinstance(key, str) and key.isidentifier() else name, item)
                    for key, item in value.slots.items()
                )

    def _repeated(self, items: ListValue, name: str) -> Iterator[tuple[Buffer, str]]:
        """What a list holds of which only one item is known: as many of them as a loop has put there."""
        content = items.slots[ListValue.CONTENT]
        assert isinstance(content, IterableValue)
        _, count, since = self._multiples.get(id(items), (items, 1, 0))
        for buffer, _ in self._reach([(name, content.element)]):
            yield (buffer if count == 1 or buffer.made < since else self._copy(items, buffer, count)), name

    def _copy(self, items: ListValue, buffer: Buffer, count: Dim) -> Buffer:
        key = (id(items), buffer)
        if key not in self._copies:
            self._copies[key] = replace(buffer, nbytes=dims.multiply(buffer.nbytes, count), count=count, times=1)
        return self._copies[key]

    def layers_of(self, model: ApiObject) -> list[ApiObject]:
        """The layers of a functional model."""
        return [call.layer for call in self.calls_of(model)]

    def calls_of(self, model: ApiObject) -> list[LayerCall]:
        """The calls of layers between the symbolic inputs and outputs of a functional model, in order."""
        if model.path != "keras.Model" or "outputs" not in model.arguments:
            return []
        wanted = {id(leaf.storage) for leaf in _tensors(model.arguments["outputs"])}
        found: list[LayerCall] = []
        for call in reversed(self.symbolic):
            if any(id(leaf.storage) in wanted for leaf in _tensors(call.output)):
                found.append(call)
                wanted |= {id(tensor.storage) for tensor in call.inputs}
        return found[::-1]

    def scan(self) -> dict[Buffer, str]:
        """What the running functions, those around them and the module hold, by buffer."""
        held: dict[Buffer, str] = {}
        for buffer, name in self._reach(self._roots()):
            held.setdefault(buffer, name)
        if self._visits_left < 0:
            self.complete = False
        return held

    def _roots(self) -> Iterator[tuple[str, Value]]:
        seen: set[int] = set()
        for frame in reversed(self._interpreter.frames):
            for scope in frame.scope.chain():
                if id(scope) not in seen:
                    seen.add(id(scope))
                    yield from ((str(name), value) for name, value in scope.slots.items())
            yield from (("", value) for value in frame.returns)
            if frame.yields is not None:
                yield "", frame.yields

    # ------------------------------------------------------------------------------------------- what happens

    def op(self, call: Call, result: Value, operands: Iterable[Value]) -> None:
        """An op is done."""
        node = self._here(call.node)
        layers, self._layers = tuple(self._layers), []
        self._note_symbolic(call, result, operands)
        if node is None or not self.complete:
            return
        before = self._held
        used = tuple(dict.fromkeys(buffer for operand in operands for buffer in self._buffers_in(operand)))
        made = self._made(call, result, node, {*used, *before})
        if len(made) == 1 and not isinstance(made[0].nbytes, int) and call.api in _JOINING:
            lists = [operand for operand in operands if isinstance(operand, ListValue)]
            parts = [buffer for items in lists for buffer in self._buffers_in(items)]
            known = _sum(part.nbytes for part in parts) if parts else None
            made[0].nbytes = made[0].nbytes if known is None else known
        graph = self._interpreter.frame.mode == "graph"
        step = Step(node, call.api, call.display, before, used, tuple(made), graph, tuple(self._tapes), layers)
        step.arguments, step.times = call.arguments, self.times
        self._append(step)
        if layers or call.api.startswith("keras."):
            self._held = self.scan()  # layers may have been built
        step.after = self._held

    def _note_symbolic(self, call: Call, result: Value, operands: Iterable[Value]) -> None:
        """What a functional model is made of: layers, and ops between them, by what they return."""
        fresh, self._fresh = self._fresh, []
        made = [leaf for leaf in _tensors(result) if leaf.kind is Kind.KERAS]
        if fresh:
            fresh[-1].output = result
        elif made and call.api != "keras.layers.Input":
            inputs = [leaf for value in operands for leaf in _tensors(value)]
            self.symbolic.append(LayerCall(ApiObject(call.api, call.arguments), tuple(inputs), result))

    def _made(self, call: Call, result: Value, node: ast.AST, old: set[Buffer]) -> list[Buffer]:
        """The buffers that the op allocates for its result."""
        made: list[Buffer] = []
        in_place = isinstance(call.node, ast.AugAssign) and _is_array(call.arguments.get("x"))
        for leaf in structures.leaves(result):
            if not isinstance(leaf, Tensor) or leaf.storage is None:
                continue
            operand = shared_operand(call, leaf)
            source = self.buffer_of(operand) if operand is not None else None
            if source is not None and id(leaf.storage) not in self._buffers:
                self._buffers[id(leaf.storage)] = source
                self._sharing.append(leaf.storage)
                known = source in self._held or source.role == "argument"
                source.role = source.role if known else _role(leaf)
                continue
            buffer = self.buffer_of(leaf, node, call.display)
            if buffer is None or buffer.made != len(self.steps) or buffer in old:
                continue
            if in_place or makes_no_buffer(call):
                buffer.nbytes = 0
            else:
                made.append(buffer)
        return made

    def _here(self, node: ast.AST) -> ast.AST | None:
        """The node in the analysed file."""
        if self._interpreter.at_home:
            return node
        return self._interpreter.call_stack[-1] if self._interpreter.call_stack else None

    def _append(self, step: Step) -> None:
        if len(self.steps) >= MAX_STEPS:
            self.complete = False
        if self.complete:
            self.steps.append(step)

    def statement(self, node: ast.stmt) -> None:
        """A statement is done."""
        here = self._here(node)
        if here is not None and self.complete and (self._buffers or self._weights):
            self._held = self.scan()
            graph = self._interpreter.frame.mode == "graph"
            self._append(Step(here, "", "", self._held, graph=graph))

    def enter(self, function: UserFunction, scope: Scope, graph: bool) -> None:
        """A function begins; its parameters are bound."""
        for name, value in scope.slots.items():
            scope.slots[name] = self.given(value, function.node, "argument")
        given = frozenset(buffer for value in scope.slots.values() for buffer in self._buffers_in(value))
        self._open.append(Invocation(function, len(self.steps), len(self.steps), graph, given))
        self.invocations.append(self._open[-1])
        self._held = self.scan()

    def leave(self) -> None:
        """The innermost function has returned."""
        self._open.pop().end = len(self.steps)
        self._held = self.scan()

    def module_done(self) -> None:
        """The module has ended; what nobody calls follows."""
        self.module = len(self.steps)

    def layer_called(self, layer: Value, inputs: Iterable[Tensor], output: Value) -> None:
        """A library's layer was called; with symbols it computes nothing yet."""
        if isinstance(layer, ApiObject):
            call = LayerCall(layer, tuple(inputs), output)
            symbolic = any(leaf.kind is Kind.KERAS for leaf in _tensors(output))
            (self._layers if not symbolic else self._fresh).append(call)
            if symbolic:
                self.symbolic.append(call)

    def constructed(self, made: ApiObject, node: ast.AST) -> None:
        """An object of the library was made: its weights are those of that line."""
        here = self._here(node)
        if here is not None:
            self._written[id(made)] = (made, here)

    def tape_opened(self, tape: Value) -> bool:
        """``with tf.GradientTape() as tape`` begins, if it is one."""
        if isinstance(tape, ApiObject) and tape.path == "GradientTape":
            self._tapes.append(tape)
            self.tape_times[id(tape)] = self.times
            return True
        return False

    def tapes_closed(self, count: int) -> None:
        """The innermost ``count`` tapes record no more."""
        del self._tapes[-count:]

    # ------------------------------------------------------------------------------------------- loops

    def lengths(self) -> dict[int, tuple[ListValue, Dim]]:
        """The lists that are reachable, each with its length."""
        found: dict[int, tuple[ListValue, Dim]] = {}
        pending = [value for _, value in self._roots()]
        seen: set[int] = set()
        while pending:
            value = pending.pop()
            if isinstance(value, TupleValue):
                pending.extend(value.items)
            elif isinstance(value, Mutable) and not isinstance(value, CODE) and id(value) not in seen:
                seen.add(id(value))
                pending.extend(value.slots.values())
                if isinstance(value, ListValue):
                    found[id(value)] = (value, self._length(value))
        return found

    def _length(self, items: ListValue) -> Dim:
        content = items.slots[ListValue.CONTENT]
        if isinstance(content, TupleValue):
            return len(content.items)
        return self._multiples[id(items)][1] if id(items) in self._multiples else None

    def repeats(self, before: Mapping[int, tuple[ListValue, Dim]], rounds: Dim, since: int) -> None:
        """A round of a loop was run; ``rounds`` more of the kind follow, this one included.

        ``before`` are the lists as they were before the round, ``since`` the number of steps before the loop.
        """
        for key, (items, length) in self.lengths().items():
            if key not in before or length is None or before[key][1] is None:
                continue
            more = dims.subtract(length, before[key][1])
            if more != 0:
                self._multiples[key] = (items, dims.add(before[key][1], dims.multiply(more, rounds)), since)

    def comprehended(self, items: ListValue, since: int) -> None:
        """A list was made item by item; where only one was looked at, it is known how many there are."""
        content = items.slots[ListValue.CONTENT]
        if isinstance(content, IterableValue) and content.length is not None:
            self._multiples[id(items)] = (items, content.length, since)


def _tensors(value: Value) -> Iterator[Tensor]:
    return (leaf for leaf in structures.leaves(value) if isinstance(leaf, Tensor))


def _sum(sizes: Iterable[Dim]) -> Dim:
    result: Dim = 0
    for size in sizes:
        result = dims.add(result, size)
    return result


def _is_array(value: Value | None) -> bool:
    return isinstance(value, Tensor) and value.kind is Kind.ARRAY and value.rank != 0


def _role(tensor: Tensor) -> Role:
    if tensor.kind is Kind.ARRAY:
        return "array"
    return "variable" if tensor.kind is Kind.VARIABLE else "tensor"
