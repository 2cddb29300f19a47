"""The interpreter with everything it can do, and the order in which a file is executed.

First the module, as a script runs it; then every function and method that nothing called, with parameters of which
only annotations and defaults tell something.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable

from tflint_gemm import stack
from tflint_gemm.domain.values import (
    UNKNOWN,
    ApiMethod,
    ApiObject,
    BoundMethod,
    Constant,
    DictValue,
    OfType,
    Tensor,
    Value,
)
from tflint_gemm.interpreter import (
    argument_parsers,
    attributes,
    calls,
    configuration,
    containers,
    expressions,
    functions,
    loops,
    modules,
    python_collections,
    python_conversions,
    python_iterators,
    python_numbers,
    python_objects,
    python_sequences,
    statements,
    tensorflow_internals,
    tutorial_data,
)
from tflint_gemm.interpreter.annotations import annotated_value
from tflint_gemm.interpreter.array_types import Names
from tflint_gemm.interpreter.calls import Given
from tflint_gemm.interpreter.classes import own_method
from tflint_gemm.interpreter.interpreter import ANYWHERE, STOPS, Interpreter, Listener
from tflint_gemm.interpreter.iteration import items_of
from tflint_gemm.interpreter.oracle import Oracle
from tflint_gemm.interpreter.parametrization import OF_CLASS, SET_UP
from tflint_gemm.interpreter.program import Case, ImportedName, Instance, Scope, UserClass, UserFunction
from tflint_gemm.interpreter.rebinding import forget_rebound
from tflint_gemm.interpreter.records import Analysis, Stop
from tflint_gemm.interpreter.side_effects import AssumedAttributes
from tflint_gemm.interpreter.sizes import SizeNames
from tflint_gemm.ops import registry
from tflint_gemm.ops.context import CallContext, Mode
from tflint_gemm.ops.specs import described_structure
from tflint_gemm.syntax.source import Source

HANDLERS = (  # imported for what they register
    argument_parsers,
    configuration,
    expressions,
    loops,
    python_collections,
    python_conversions,
    python_iterators,
    python_numbers,
    python_objects,
    python_sequences,
    statements,
    tensorflow_internals,
    tutorial_data,
)
_GRAPH_MODE = re.compile(
    r"\b(?:tf|tensorflow|tf1|v1)\.(?:placeholder|Session|InteractiveSession|get_variable|disable_eager_execution"
    r"|disable_v2_behavior|app\.run|train\.\w*Optimizer)\b"
)
_GRAPH_NAMES = (".placeholder", "Session", ".get_variable", ".disable_", ".app.run", "Optimizer")
"""One of these is in every text that it matches."""


class Machine(Interpreter):
    """The complete interpreter of one file."""

    def call(self, function: Value, positional: tuple[Value, ...], keywords: dict[str, Value]) -> Value:
        return calls.call(self, function, Given(positional, dict(keywords)), self.current)

    def try_out(self, function: Value) -> Value:
        """What a call without arguments would give; nothing is reported, and nothing is left of what it does."""
        self.heap.begin()
        try:
            with self.quiet():
                return self.call(function, (), {})
        finally:
            self.heap.rollback()

    def run_again(self, step: Callable[[], object]) -> None:
        """Repeat what was traced with the sizes of a run: what kernels object to is reported, nothing else stays."""
        if self.trace is not None or self.listener is not None:
            return
        self.heap.begin()
        self.running += 1
        try:
            step()
        finally:
            self.running -= 1
            self.heap.rollback()

    def call_as(self, mode: Mode, function: Value, positional: tuple[Value, ...], keywords: dict[str, Value]) -> Value:
        """``call`` for what runs in another mode than the code around it."""
        outer, self.frame.mode = self.frame.mode, mode
        try:
            return self.call(function, positional, keywords)
        finally:
            self.frame.mode = outer

    def call_method(
        self, receiver: Value, name: str, positional: tuple[Value, ...], keywords: dict[str, Value]
    ) -> Value:
        if isinstance(receiver, Instance):
            found = receiver.cls.lookup(name)
            return self.call(BoundMethod(found, receiver), positional, keywords) if found is not None else UNKNOWN
        if isinstance(receiver, ApiObject):
            for owner in (receiver.path, *containers.library_bases(receiver.path)):
                if registry.find(f"{owner}.{name}") is not None:
                    return self.call(ApiMethod(f"{owner}.{name}", receiver), positional, keywords)
            return UNKNOWN
        return containers.call_method(self, receiver, name, positional, keywords)

    def get_attribute(self, receiver: Value, name: str, node: ast.expr) -> Value:
        return attributes.get_attribute(self, receiver, name, node)

    def get_item(self, receiver: Value, key: Value, node: ast.expr) -> Value:
        return attributes.get_item(self, receiver, key, node)

    def imported(self, name: ImportedName) -> Value:
        return modules.read(self, name)

    def call_context(self) -> CallContext:
        return CallContext(
            mode=self.frame.mode,
            graph_only=self.graph_only,
            floatx=configuration.setting(self, configuration.FLOATX),
            policy=configuration.setting(self, configuration.POLICY),
            data_format=configuration.setting(self, configuration.DATA_FORMAT),
            call=self.call,
            write=self.heap.write,
            try_out=self.try_out,
            run_again=self.run_again,
            call_as=self.call_as,
            method=own_method,
            attribute=lambda receiver, name: self.get_attribute(receiver, name, ANYWHERE),
            layer_called=_unheard if self.trace is None else self.trace.layer_called,
        )


def _unheard(_layer: Value, _inputs: Iterable[Tensor], _output: Value) -> None:
    """Nobody wants to know of calls of layers."""


def analyse(
    source: Source,
    tree: ast.Module,
    *,
    max_steps: int = 400_000,
    record_facts: bool = False,
    oracle: Oracle | None = None,
    listener: Listener | None = None,
    record_memory: bool = False,
    sizes: SizeNames | None = None,
) -> Analysis:
    """Execute ``tree`` abstractly; what could not be followed is unknown, and nothing in the file is run.

    ``oracle`` is asked about calls of pure functions that have no model.  ``record_memory`` keeps the trace of which
    memory plans are made; ``sizes`` guesses which values are sizes, for questions about memory only.
    ``listener`` hears of every evaluation of an op.
    """
    machine = Machine(source, tree, max_steps, record_facts, _initial_mode(source))
    machine.oracle = oracle
    machine.listener = listener
    machine.sizes = sizes
    machine.module.slots["__name__"] = Constant("__main__")
    machine.module.slots["__file__"] = OfType("str")
    machine.frame.mark = machine.heap.begin()
    if record_memory:
        from tflint_gemm.interpreter.allocation_trace import AllocationTrace

        machine.trace = machine.analysis.trace = AllocationTrace(machine)
    try:
        machine.run(tree.body)
        _keep_peak(machine)
        if machine.trace is not None:
            machine.trace.module_done()
        forget_rebound(machine.heap, machine.module, tree.body)
        _run_uncalled(machine)
    except STOPS as error:
        if isinstance(error, RecursionError) and not stack.has_room():
            raise
        machine.analysis.stop = Stop("depth" if isinstance(error, RecursionError) else "steps", machine.stopped_at)
        _keep_peak(machine)
    return machine.analysis


def _initial_mode(source: Source) -> Mode:
    """Whether the module builds a graph, as TensorFlow 1 programs do."""
    if not any(name in source.text for name in _GRAPH_NAMES):  # most files, in a fraction of the time
        return "eager"
    found = {match[0].rpartition(".")[2] for match in _GRAPH_MODE.finditer(source.text)}
    if found == {"placeholder"} and ".as_default()" in source.text:
        return "unknown"  # TensorFlow 2 has placeholders too, in a graph that a program opens
    return "graph" if found else "eager"


def _keep_peak(machine: Machine) -> None:
    if machine.memory.peak is not None:
        machine.analysis.peaks.append(machine.memory.peak)


# ------------------------------------------------------------------------------------------------- what nobody calls


def _run_uncalled(machine: Machine, since: int = 0, around: frozenset[ast.AST] = frozenset()) -> None:
    """Interpret each function that was defined since then and that nothing called, once.

    ``around`` are those that are being interpreted in this way: what they call may define them anew.
    """
    done = set(around)
    while True:
        defined = dict.fromkeys(machine.defined[since:])
        pending = [node for node in defined if node not in machine.called and node not in done]
        if not pending:
            return
        for node in pending:
            done.add(node)
            if node not in machine.called:
                _run_function(machine, machine.functions[node], around | {node})


def _run_function(machine: Machine, function: UserFunction, around: frozenset[ast.AST]) -> None:
    outer = machine.frame.mode
    if len(machine.frames) == 1:
        machine.memory.start()
        machine.frame.mode = "unknown" if outer == "eager" else outer
    for case in function.cases or ({},):
        _run_case(machine, function, case, around)
    machine.frame.mode = outer


def _run_case(machine: Machine, function: UserFunction, case: Case, around: frozenset[ast.AST]) -> None:
    """Execute a function that nobody calls, with what is known of its arguments."""
    scope = Scope("function", function.scope)
    since = len(machine.defined)
    outer, machine.assumed = machine.assumed, machine.assumed or _has_open_arguments(function, case)
    _assume_parameters(machine, function, scope)
    scope.slots.update((name, value) for name, value in case.items() if name in scope.slots)
    machine.heap.begin()
    try:
        functions.execute(machine, function, scope)
        _keep_peak(machine)
        # What it defined sees its variables as they are now, so before they are taken back.
        if not isinstance(function.node, ast.Lambda):
            forget_rebound(machine.heap, scope, function.node.body)
        _run_uncalled(machine, since, around)
        machine.called.update(machine.defined[since:])
    finally:
        machine.assumed = outer
        # One function's effects are not another's premises: they may run in any order, or not at all.
        machine.heap.rollback()


def _has_open_arguments(function: UserFunction, case: Case) -> bool:
    """Whether a caller may give the function, or the constructor of its class, what is not known here."""
    arguments = function.node.args
    own = int(function.owner is not None and function.kind != "staticmethod")
    positional = [*arguments.posonlyargs, *arguments.args][own:]
    if any(argument.arg not in case for argument in (*positional, *arguments.kwonlyargs)):
        return True
    initializer = function.owner.lookup("__init__") if function.owner is not None else None
    return isinstance(initializer, UserFunction) and len(initializer.node.args.args) > 1


def _assume_parameters(machine: Machine, function: UserFunction, scope: Scope) -> None:
    """What is known of the parameters of a function that nobody calls."""
    names = _bind_annotated(machine, function, scope)
    if function.owner is not None and names and function.kind not in ("staticmethod", "classmethod"):
        scope.slots[names[0]] = _assumed_instance(machine, function.owner)
    for name, value in zip(_data_parameters(function, names), _signature_items(machine, function)):
        scope.slots[name] = value if machine.sizes is None else machine.sizes.specified(name, value, function.node)


def _bind_annotated(machine: Machine, function: UserFunction, scope: Scope) -> list[str]:
    """Give each parameter what its annotation tells; the names of those that are passed by position."""
    arguments = function.node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    sizes: Names = {}
    for argument in (*positional, *arguments.kwonlyargs):
        scope.slots[argument.arg] = _assumed(machine, argument, sizes)
    if arguments.vararg is not None:
        scope.slots[arguments.vararg.arg] = OfType("tuple")
    if arguments.kwarg is not None:
        scope.slots[arguments.kwarg.arg] = DictValue(rest=UNKNOWN)
    return [argument.arg for argument in positional]


def _assumed(machine: Machine, argument: ast.arg, sizes: Names) -> Value:
    """What the annotation of a parameter tells."""
    annotated = annotated_value(machine, argument, sizes)
    if annotated is not None:
        return annotated
    # A default says little: a parameter that defaults to 3 takes (3, 3), one that defaults to "x" a list.
    return UNKNOWN if machine.sizes is None else machine.sizes.parameter(argument)


def _data_parameters(function: UserFunction, names: list[str]) -> list[str]:
    return names[1:] if function.owner is not None and function.kind != "staticmethod" else names


def _signature_items(machine: Machine, function: UserFunction) -> list[Value]:
    """The parameters that ``input_signature`` prescribes."""
    items = items_of(function.signature) if function.signature is not None else None
    return [described_structure(item) for item in items or ()]


def _assumed_instance(machine: Machine, cls: UserClass) -> Value:
    """An instance whose methods are looked at: one that the program made, else one made with unknown arguments."""
    instance = machine.instances.get(cls.node)
    if instance is None or instance.cls is not cls:
        instance = Instance(cls, partial=True)
        initializer = cls.lookup("__init__")
        if isinstance(initializer, UserFunction):
            scope = Scope("function", initializer.scope)
            _assume_initializer(machine, initializer, scope, instance)
        _set_up(machine, instance)
        # Who inherits the methods may have other attributes and methods for them to use.
        instance.slots.update((name, UNKNOWN) for name in _overridden(machine, cls))
        machine.instances[cls.node] = instance
    known = machine.assumed_attributes.get(cls)
    if known is None or not known.hold(instance):
        known = machine.assumed_attributes[cls] = AssumedAttributes(instance, ("__init__", *SET_UP))
    assumed = Instance(cls, partial=True)
    assumed.slots = known.slots()
    return assumed


def _overridden(machine: Machine, cls: UserClass) -> list[str]:
    """What the program's subclasses of ``cls`` define anew."""
    heirs = [heir for heir in machine.classes.values() if heir is not cls and cls in heir.linearization()]
    own = {name for ancestor in cls.linearization() for name in ancestor.slots}
    names = (str(name) for heir in heirs for name in heir.slots if name in own)
    return sorted({name for name in names if not name.startswith("__")})


def _set_up(machine: Machine, instance: Instance) -> None:
    """What a test runner calls before each test of a class."""
    for name in SET_UP:
        method = instance.cls.lookup(name)
        if isinstance(method, UserFunction):
            machine.call(BoundMethod(method, instance.cls if name in OF_CLASS else instance), (), {})


def _assume_initializer(machine: Machine, initializer: UserFunction, scope: Scope, instance: Instance) -> None:
    names = _bind_annotated(machine, initializer, scope)
    if names:
        scope.slots[names[0]] = instance
    machine.called.add(initializer.node)
    functions.execute(machine, initializer, scope)
