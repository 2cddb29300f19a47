"""Training: what a tape keeps for the backward pass, the gradients, and what optimizers keep per variable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tflint_gemm.domain import dims
from tflint_gemm.domain.dims import Dim
from tflint_gemm.domain.values import (
    FALSE,
    NONE,
    TRUE,
    ApiObject,
    Constant,
    Kind,
    Mutable,
    Tensor,
    Value,
    dim_of,
)
from tflint_gemm.interpreter.allocation_trace import AllocationTrace, Buffer, LayerCall, Step
from tflint_gemm.interpreter.memory import nbytes
from tflint_gemm.interpreter.sizes import FLOATING
from tflint_gemm.memory import operations
from tflint_gemm.memory.layers import Layer, Primitive, primitives
from tflint_gemm.memory.plan import magnitude
from tflint_gemm.ops import structures
from tflint_gemm.ops.keras_models import model_layers

Phase = tuple[str, list[Buffer]]
"""What a moment inside an op is called, and the buffers that are alive then besides those of the program."""

_SLOTS = {
    "adam": 2, "adamw": 2, "adamax": 2, "nadam": 2, "lamb": 2, "ftrl": 2, "adadelta": 2, "rmsprop": 1, "adagrad": 1,
    "lion": 1, "adafactor": 1, "sgd": 0,
}  # fmt: skip
"""How many tensors of its shape an optimizer keeps for each variable (Keras 3)."""
_MORE_SLOTS = {"amsgrad": 1, "centered": 1, "use_ema": 1}
_TEMPORARIES = {
    "sgd": (1, 1), "rmsprop": (4, 3), "adagrad": (3, 2), "adadelta": (4, 4), "adamax": (3, 3), "nadam": (5, 3),
    "ftrl": (6, 4), "lion": (3, 4), "lamb": (4, 3), "adafactor": (4, 2),
}  # fmt: skip
"""How many tensors of the size of a variable an update takes while it runs: outside of graphs, and in one."""
_USUAL_TEMPORARIES = (3, 2)
_MORE_TEMPORARIES = {
    ("sgd", "momentum"): (2, 1), ("sgd", "weight_decay"): (1, 1), ("rmsprop", "momentum"): (0, 1),
    ("rmsprop", "centered"): (0, 1), ("", "clipnorm"): (1, 1), ("", "global_clipnorm"): (1, 1),
}  # fmt: skip
"""The same, more for an option of an optimizer or (\"\") of any."""
_SUMMED_FROM = 128 << 20
"""Bytes of gradients of one tensor at which a tape outside of a graph adds up what it has."""
_FITTING = {"keras.Model.fit": "fit", "keras.Model.train_on_batch": "train_on_batch"}
_BATCHED = {"keras.Model.fit", "keras.Model.evaluate", "keras.Model.predict"}
"""What cuts its data into batches."""
_DEFAULT_BATCH = 32


@dataclass
class Training:
    """Follows a program's tapes, models and optimizers, step by step."""

    trace: AllocationTrace
    computed: set[Buffer] = field(default_factory=set)
    """What graphs have computed."""

    def __post_init__(self) -> None:
        self._tapes: dict[int, list[Primitive]] = {}
        self._tracked: set[Buffer] = set()
        self._optimizers: dict[int, tuple[Value, Value]] = {}
        self._slots: dict[int, list[Buffer]] = {}
        self._rounds: dict[tuple[Buffer, int], Buffer] = {}

    # ------------------------------------------------------------------------------------------- state

    def retained(self) -> list[Buffer]:
        """What open tapes keep alive, and what optimizers have for their variables."""
        kept = [buffer for recorded in self._tapes.values() for primitive in recorded for buffer in primitive.kept]
        return [*kept, *(buffer for slots in self._slots.values() for buffer in slots)]

    def done(self, step: Step) -> None:
        """An op of the program is done: what it means for the steps behind it."""
        if step.graph:
            self.computed.update(step.results)
        if step.api == "keras.Model.compile":
            model = step.arguments.get("self", NONE)
            self._optimizers[id(model)] = (model, step.arguments.get("optimizer", Constant("rmsprop")))
        elif step.api == "GradientTape.watch":
            self._tracked.update(step.operands)
        elif step.api == "GradientTape.gradient":
            tape = step.arguments.get("self", NONE)
            if isinstance(tape, ApiObject) and tape.arguments.get("persistent", FALSE) == FALSE:
                self._tapes.pop(id(tape), None)
        elif step.tapes:
            self._record(step)

    def _record(self, step: Step) -> None:
        recorded = _run(self.trace, step) if step.layers else [_as_primitive(step)]
        watched = any(isinstance(one, Tensor) and one.kind is Kind.VARIABLE for one in step.arguments.values()) or any(
            buffer in self._tracked or buffer.role in ("variable", "weights")
            for primitive in recorded
            for buffer in primitive.operands
        )
        if not watched:
            return
        for primitive in recorded:
            self._tracked.update(primitive.results)
        for tape in step.tapes:
            found = (
                recorded if step.times == 1 else self._of_all_rounds(recorded, step, self.trace.tape_times[id(tape)])
            )
            self._tapes.setdefault(id(tape), []).extend(found)

    def _of_all_rounds(self, recorded: Sequence[Primitive], step: Step, opened: Dim) -> list[Primitive]:
        """The ops of a round of a loop inside the tape, which keep what all rounds leave behind.

        ``opened`` is how often there is such a tape: in loops around it, each has one round only.
        """
        if step.times == 0 and opened != 0:
            return []  # a round that another one stood for
        rounds = _rounds(step.times, opened)
        found = []
        for one in recorded:
            others = [self._others(buffer, step, opened) for buffer in one.kept]
            kept = (*one.kept, *(buffer for buffer in others if buffer.count))
            found.append(replace(one, rounds=rounds, kept=kept))
        return found

    def _others(self, buffer: Buffer, step: Step, opened: Dim) -> Buffer:
        """What is kept of the rounds besides the one that ``buffer`` is of; nothing, if it is not made in the loop."""
        more = _rounds(step.times if buffer.storage is None else buffer.times, opened) - 1
        key = (buffer, more)
        if key not in self._rounds:
            display = f"{buffer.display} of other rounds"
            self._rounds[key] = Buffer(
                buffer.node, display, buffer.role, buffer.dtype, buffer.shape, dims.multiply(buffer.nbytes, more), more
            )
        return self._rounds[key]

    # ------------------------------------------------------------------------------------------- phases

    def phases(self, step: Step, held: Mapping[Buffer, str]) -> list[Phase]:
        """The moments inside an op that is more than one."""
        if step.api in _FITTING:
            return self._fit(step)
        if step.api == "GradientTape.gradient":
            return self._gradient(step)
        if step.api in ("keras.Optimizer.apply_gradients", "keras.Optimizer.apply", "keras.Optimizer.minimize"):
            return self._apply(step)
        if step.layers:
            graph = step.graph or step.api in _BATCHED
            alive = _largest(_forward(_run(self.trace, step, graph), graph, bool(step.tapes)))
            results = list(step.results)
            if step.api == "keras.Model.predict":  # the outputs of all batches are joined in the end
                results += [replace(one, display="the batches' outputs") for one in step.results]
            return [(step.display, alive), (step.display, results)]
        return []

    def _gradient(self, step: Step) -> list[Phase]:
        recorded = self._tapes.get(id(step.arguments.get("self", NONE)), [])
        targets = [buffer for buffer in step.operands if buffer in self._tracked and buffer.role == "tensor"]
        for buffer in step.results:
            buffer.role = "gradient"
        sources = [self.trace.buffer_of(leaf) for leaf in _tensors(step.arguments.get("sources", NONE))]
        whole = zip(sources, step.results) if len(sources) == len(step.results) else ()
        named = {source: result for source, result in whole if source is not None}
        peak = _largest(_backward(recorded, targets, step, step.graph, named))
        own = [buffer for buffer in peak if buffer.role == "gradient"]
        own_peak = peak if sum_of(own) != 0 else []
        return [(step.display, own_peak), (step.display, list(step.results))]

    def _apply(self, step: Step) -> list[Phase]:
        optimizer = step.arguments.get("self", NONE)
        gradients = [buffer for buffer in step.operands if buffer.role == "gradient"]
        self._add_slots(optimizer, gradients, step)
        slots = self._slots.get(id(optimizer), [])  # there from the first update on
        return [(step.display, [*slots, *self._temporary(optimizer, gradients, step)])]

    def _add_slots(self, optimizer: Value, variables: Sequence[Buffer], step: Step) -> None:
        count = slots_of(optimizer)
        if id(optimizer) in self._slots or not count:
            return
        made = [
            Buffer(step.node, f"{optimizer_name(optimizer)}'s {count} per variable", "slot", one.dtype, one.shape,
                   dims.multiply(one.nbytes, count), 1, len(self.trace.steps))
            for one in variables
        ]  # fmt: skip
        self._slots[id(optimizer)] = made

    def _temporary(self, optimizer: Value, variables: Sequence[Buffer], step: Step) -> list[Buffer]:
        """What updating the largest variable takes."""
        largest = max(variables, key=lambda buffer: magnitude(buffer.nbytes), default=None)
        if largest is None:
            return []
        count = temporaries_of(optimizer, step.graph or step.api in _FITTING)
        size = dims.multiply(largest.nbytes, count)
        return [Buffer(step.node, f"inside {step.display}", "tensor", largest.dtype, None, size)]

    # ------------------------------------------------------------------------------------------- fit

    def _fit(self, step: Step) -> list[Phase]:
        """One step of training: forward, backward, update."""
        model = step.arguments.get("self", NONE)
        _, optimizer = self._optimizers.get(id(model), (NONE, NONE))
        if optimizer == NONE and isinstance(model, Mutable):
            optimizer = model.slots.get("optimizer", NONE)
        weights = [buffer for buffer in step.after if buffer.role in ("weights", "variable")]
        data = _data(step)
        recorded = _run(self.trace, step, graph=True)
        forward = _largest(_forward(recorded, True, True))
        last = [recorded[-1].results[0]] if recorded else []
        own = self._trained(recorded, weights)
        gradients = [_gradient_of(buffer, step) for buffer in own]
        backward = _largest(_backward(recorded, last, step, True, dict(zip(own, gradients))))
        self._add_slots(optimizer, own, step)
        slots = self._slots.get(id(optimizer), [])
        update = [*gradients, *self._temporary(optimizer, own, step)]
        phases = [("forward", forward), ("backward", backward), ("update", update)]
        return [(f"{step.display}: {name}", [*data, *slots, *extra]) for name, extra in phases]

    def _trained(self, recorded: Sequence[Primitive], weights: Sequence[Buffer]) -> list[Buffer]:
        used = {buffer for primitive in recorded for buffer in primitive.operands}
        return [buffer for buffer in weights if buffer in used or not recorded] or list(weights)


def _rounds(times: Dim, opened: Dim) -> int:
    """How many rounds inside each tape, of which ``opened`` are made, take what is made so often; 1 if unknown."""
    known = isinstance(times, int) and isinstance(opened, int) and 0 < opened < times
    return times // opened if known else 1  # type: ignore[operator]


def optimizer_name(optimizer: Value) -> str:
    """ "adam" for the object and for its name; "" where it is not known."""
    if isinstance(optimizer, Constant):
        return str(optimizer.value).lower()
    return optimizer.path.rpartition(".")[2].lower() if isinstance(optimizer, ApiObject) else ""


def temporaries_of(optimizer: Value, graph: bool) -> int:
    """How many tensors of a variable's size the optimizer takes to update it."""
    name = optimizer_name(optimizer)
    count = _TEMPORARIES.get(name, _USUAL_TEMPORARIES)[graph]
    given = optimizer.arguments if isinstance(optimizer, ApiObject) else {}
    return count + sum(
        more[graph]
        for (whose, option), more in _MORE_TEMPORARIES.items()
        if whose in ("", name) and isinstance(value := given.get(option, NONE), Constant) and value.value
    )


def slots_of(optimizer: Value) -> int:
    """How many tensors of its shape the optimizer keeps for each variable."""
    name = optimizer_name(optimizer)
    count = _SLOTS.get(name, 0)
    if isinstance(optimizer, ApiObject):
        arguments = optimizer.arguments
        momentum = arguments.get("momentum", NONE)
        count += name in ("sgd", "rmsprop") and isinstance(momentum, Constant) and bool(momentum.value)
        count += sum(more for option, more in _MORE_SLOTS.items() if arguments.get(option, FALSE) == TRUE)
    return count


def _tensors(value: Value) -> list[Tensor]:
    return [leaf for leaf in structures.leaves(value) if isinstance(leaf, Tensor)]


def _data(step: Step) -> list[Buffer]:
    """The data as tensors, of which ``fit`` makes a copy where they are arrays, and two batches of them."""
    found = []
    for leaf in (leaf for name in ("x", "y") for leaf in structures.leaves(step.arguments.get(name, NONE))):
        if not isinstance(leaf, Tensor) or not leaf.shape:
            continue
        whole = nbytes(leaf)
        if step.api == "keras.Model.fit":
            found.append(Buffer(step.node, "the data as tensors", "batch", leaf.dtype, leaf.shape, whole))
            batch = (batch_size(step), *leaf.shape[1:])
            found.append(Buffer(step.node, "a batch", "batch", leaf.dtype, batch, nbytes(Tensor(leaf.dtype, batch))))
    return found


def batch_size(step: Step) -> Dim:
    """The rows of a batch: 32 where nothing is said, and not more than there are; unknown for datasets."""
    first = next(iter(structures.leaves(step.arguments.get("x", NONE))), None)
    if not isinstance(first, Tensor) or not first.shape:
        return None
    given = step.arguments.get("batch_size", NONE)
    size, rows = _DEFAULT_BATCH if given == NONE else dim_of(given), first.shape[0]
    return min(size, rows) if isinstance(size, int) and isinstance(rows, int) else size


# ------------------------------------------------------------------------------------------------- layers


def _layers(trace: AllocationTrace, calls: Iterable[LayerCall]) -> list[LayerCall]:
    """The calls of layers that compute something: those inside functional models in their place."""
    found: list[LayerCall] = []
    for call in calls:
        inner = trace.calls_of(call.layer)
        if inner:
            found += _layers(trace, inner)
        elif call.layer.path != "keras.Sequential":
            found.append(call)
    return found


def _run(trace: AllocationTrace, step: Step, graph: bool | None = None) -> list[Primitive]:
    """The ops of all layers that a step calls, from its operands to its results."""
    in_graph = step.graph if graph is None else graph
    sizes = _Sizes(rows=batch_size(step) if step.api in _BATCHED else None)
    made: dict[int, Buffer] = {}
    found: list[Primitive] = []
    for call in step.layers:
        for leaf, declared in _pairs(call):
            for own, given in zip(declared.shape or (), leaf.shape or ()):
                symbol = dims.single_symbol(own)
                if symbol is not None:
                    sizes.symbols[symbol] = sizes.rows if given is None else given
        for one in _layers(trace, [call]):
            inputs = [_activation(leaf, made, sizes, step) for leaf in one.inputs]
            output = next((leaf for leaf in structures.leaves(one.output) if isinstance(leaf, Tensor)), None)
            if output is None:
                continue
            result = _new(output, one.layer, sizes, step)
            made[id(output)] = made[id(one.layer)] = made[id(output.storage)] = result
            made_of = primitives(Layer(one.layer, inputs, result, trace.weights(one.layer), in_graph))
            made_of[-1].is_output = True
            found += made_of
        _alias(call, made)
    if found and len(step.results) == 1 and not in_graph:
        last = found[-1]
        kept = tuple(step.results[0] if buffer in last.results else buffer for buffer in last.kept)
        found[-1] = replace(last, results=step.results, kept=kept)
    return found


def _pairs(call: LayerCall) -> list[tuple[Tensor, Tensor]]:
    """What a functional model is called with, and the symbols that it was declared with."""
    declared = structures.leaves(call.layer.arguments.get("inputs", NONE))
    return [(given, own) for given, own in zip(call.inputs, declared) if isinstance(own, Tensor)]


def _alias(call: LayerCall, made: dict[int, Buffer]) -> None:
    """The output of a Sequential model is that of its last layer."""
    inner = model_layers(call.layer) if call.layer.path == "keras.Sequential" else None
    output = next(iter(structures.leaves(call.output)), None)
    if inner and output is not None and id(inner[-1]) in made:
        made[id(output)] = made[id(call.layer)] = made[id(inner[-1])]


@dataclass
class _Sizes:
    """What the dimensions of a model stand for in one call: symbols, and the rows of which nothing is known."""

    rows: Dim
    symbols: dict[dims.Symbol, Dim] = field(default_factory=dict)

    def of(self, leaf: Tensor) -> Tensor:
        if leaf.shape is None:
            return leaf
        shape = [dims.substitute(dim, self.symbols) for dim in leaf.shape]
        if shape and shape[0] is None:
            shape[0] = self.rows
        return Tensor(leaf.dtype, tuple(shape))


def _activation(leaf: Tensor, made: Mapping[int, Buffer], sizes: _Sizes, step: Step) -> Buffer:
    """The buffer that an input of a layer is: another layer's output, an operand of the step, or new."""
    known = made.get(id(leaf)) or (None if leaf.storage is None else made.get(id(leaf.storage)))
    if known is None and leaf.layer is not None:
        known = made.get(id(leaf.layer))
    if known is not None:
        return known
    size = nbytes(sizes.of(leaf), FLOATING)
    operand = next((one for one in step.operands if one.nbytes == size and size is not None), None)
    return operand if operand is not None else _new(leaf, None, sizes, step)


def _new(leaf: Tensor, layer: ApiObject | None, sizes: _Sizes, step: Step) -> Buffer:
    sized = sizes.of(leaf)
    name = "the input" if layer is None else layer.path.rpartition(".")[2]
    return Buffer(step.node, name, "activation", leaf.dtype, sized.shape, nbytes(sized, FLOATING))


def _as_primitive(step: Step) -> Primitive:
    return Primitive.of(step.api, step.operands, step.results, step.graph)


# ------------------------------------------------------------------------------------------------- passes


def sum_of(buffers: Iterable[Buffer]) -> Dim:
    """The bytes of all; what is not known counts as nothing."""
    result: Dim = 0
    for buffer in dict.fromkeys(buffers):
        more = dims.add(result, buffer.nbytes)
        result = result if more is None else more
    return result


def _largest(moments: Sequence[list[Buffer]]) -> list[Buffer]:
    return max(moments, key=lambda alive: magnitude(sum_of(alive)), default=[])


def _forward(recorded: Sequence[Primitive], graph: bool, taped: bool) -> list[list[Buffer]]:
    """What is alive at each op: what later ops read, and with a tape what gradients need.

    Outside graphs a model holds what its layers return until it returns itself.
    """
    last = {buffer: number for number, primitive in enumerate(recorded) for buffer in primitive.operands}
    kept: set[Buffer] = set()
    made: list[Buffer] = []
    found: list[list[Buffer]] = []
    needed = {buffer for primitive in recorded for buffer in primitive.kept} if taped else set()
    outputs = {buffer for primitive in recorded if primitive.is_output and not graph for buffer in primitive.results}
    for number, primitive in enumerate(recorded):
        made = [buffer for buffer in made if last.get(buffer, -1) >= number or buffer in needed | outputs]
        alive = [*made, *kept, *primitive.results]
        if graph and operations.can_reuse(primitive.api):
            dying = {b for b in primitive.operands if last[b] == number and b not in needed and b.role == "activation"}
            alive = [buffer for buffer in alive if buffer not in dying]
        if primitive.temporaries != 0:
            alive.append(_inside(primitive, primitive.temporaries))
        found.append(alive)
        made += primitive.results
        if taped:
            kept.update(buffer for buffer in primitive.kept if buffer.role not in ("weights", "variable"))
    return found


def _backward(
    recorded: Sequence[Primitive], targets: Sequence[Buffer], step: Step, graph: bool, named: Mapping[Buffer, Buffer]
) -> list[list[Buffer]]:
    """What is alive at each gradient: what the ops before still need, and the gradients that are on their way.

    ``named`` are those of which somebody wants the gradient, with the buffer that holds it.
    """
    gradients = {target: _gradient_of(target, step) for target in targets}
    found: list[list[Buffer]] = []
    waiting = [buffer for primitive in recorded for buffer in primitive.kept]
    summands = _Summands(named)
    read = {buffer for primitive in recorded for buffer in primitive.operands}
    for primitive in reversed(recorded):
        arriving = [gradients.pop(buffer) for buffer in primitive.results if buffer in gradients]
        if not arriving and primitive.rounds > 1:  # what nothing reads here is read by the next round
            arriving = [_gradient_of(buffer, step) for buffer in primitive.results if buffer not in read]
        if arriving:
            handed_on = operations.hands_on_gradient(primitive.api)
            for operand in primitive.operands:
                summands.add(operand, primitive, step)
                if operand in gradients or not _is_float(operand):
                    continue
                reused = handed_on and operand.nbytes == arriving[0].nbytes
                made = named.get(operand) or _gradient_of(operand, step)
                gradients[operand] = arriving[0] if reused else made
            extra = [_inside(primitive, primitive.extra)] if primitive.extra != 0 and not graph else []
            waits = [] if graph else summands.made
            found.append([*waiting, *arriving, *gradients.values(), *extra, *waits])
        del waiting[len(waiting) - len(primitive.kept) :]
    return found


@dataclass
class _Summands:
    """The gradients that are wanted, of what several ops read: outside of graphs they are added up at the end."""

    named: Mapping[Buffer, Buffer]
    made: list[Buffer] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._counts: dict[Buffer, int] = {}

    def add(self, operand: Buffer, primitive: Primitive, step: Step) -> None:
        """One more for each round of the op, the first of all being the gradient itself."""
        if operand not in self.named or not isinstance(operand.nbytes, int) or not operand.nbytes:
            return
        before = self._counts.get(operand, 0)
        after = self._counts[operand] = min(before + primitive.rounds, 1 + _SUMMED_FROM // operand.nbytes)
        more = after - max(before, 1)
        if more > 0:
            made = _gradient_of(operand, step)
            made.nbytes, made.count = more * operand.nbytes, more
            self.made.append(made)


def _is_float(buffer: Buffer) -> bool:
    return buffer.dtype is None or buffer.dtype.is_floating or buffer.dtype.is_complex


def _inside(primitive: Primitive, size: Dim) -> Buffer:
    made = (*primitive.results, *primitive.operands)[0]
    return Buffer(made.node, f"inside {made.display}", "tensor", made.dtype, None, size)


def _gradient_of(buffer: Buffer, step: Step) -> Buffer:
    return Buffer(step.node, f"gradient of {buffer.display}", "gradient", buffer.dtype, buffer.shape, buffer.nbytes)
