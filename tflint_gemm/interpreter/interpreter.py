"""The interpreter's core: the budget, the stack, the records, and dispatch on the kind of syntax node.

What each kind of node does stands in the modules beside this one; they register handlers with ``expression`` and
``statement``.  A handler for an expression returns its abstract value; one for a statement returns whether control
reaches the statement behind it.
"""

from __future__ import annotations

import abc
import ast
import itertools
import os
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from tflint_gemm.domain.dtypes import DType
from tflint_gemm.domain.join import join
from tflint_gemm.domain.values import ANY_TENSOR, UNKNOWN, Kind, Tensor, Value
from tflint_gemm.interpreter.graph_runs import Graph, is_checked_by_kernels
from tflint_gemm.interpreter.heap import Heap
from tflint_gemm.interpreter.memory import MemoryMeter
from tflint_gemm.interpreter.oracle import Oracle
from tflint_gemm.interpreter.program import (
    Frame,
    FunctionNode,
    ImportedName,
    Instance,
    Scope,
    Unit,
    UserClass,
    UserFunction,
    VariableScope,
)
from tflint_gemm.interpreter.records import Analysis, Call, Place, ViolationRecord
from tflint_gemm.interpreter.side_effects import AssumedAttributes
from tflint_gemm.interpreter.sizes import SizeNames
from tflint_gemm.interpreter.versions import is_tensorflow_1
from tflint_gemm.ops.context import CallContext, Mode
from tflint_gemm.ops.violations import Violation
from tflint_gemm.replacing import replace
from tflint_gemm.syntax.source import Source

if TYPE_CHECKING:
    from tflint_gemm.interpreter.allocation_trace import AllocationTrace

MAX_QUESTIONS = 1000  # that one file may ask the oracle: each takes some ten milliseconds when it is new
MAX_DEPTH = 24  # calls of the program's functions inside each other
MAX_UNDECIDED = 15_000  # branches inside each other of which it is not known whether they are taken
MAX_RECURSION = 4  # ... of one and the same function
MAX_STEPS_ELSEWHERE = 8_000  # of all the code in other modules that one file calls; more of them tell little more
MIN_STEPS_A_CALL = 1_000  # ... by one call, which may take a third of what is left: others need something as well
MAX_CALLS_PER_NODE = 16  # evaluations of one expression that are kept for the checks

ANYWHERE = ast.Call(
    func=ast.Name(id="<call>", ctx=ast.Load()),
    args=[],
    keywords=[],
    lineno=1,
    col_offset=0,
    end_lineno=1,
    end_col_offset=0,
)
"""The node of calls that stand nowhere in the program."""

Listener = Callable[[Source, Call, bool], None]
"""Called with the module in which an op stands, its evaluation, and whether that is but assumed to happen so."""
Handler = TypeVar("Handler", bound=Callable[..., Any])
MemoKey = tuple[FunctionNode, Scope, tuple[Value, ...]]
EXPRESSIONS: dict[type[ast.expr], Callable[["Interpreter", Any], Value]] = {}
STATEMENTS: dict[type[ast.stmt], Callable[["Interpreter", Any], bool]] = {}


def expression(*kinds: type[ast.expr]) -> Callable[[Handler], Handler]:
    """Register the decorated function as the evaluator of these kinds of expression."""

    def register(handler: Handler) -> Handler:
        EXPRESSIONS.update(dict.fromkeys(kinds, handler))
        return handler

    return register


def statement(*kinds: type[ast.stmt]) -> Callable[[Handler], Handler]:
    """Register the decorated function as the executor of these kinds of statement."""

    def register(handler: Handler) -> Handler:
        STATEMENTS.update(dict.fromkeys(kinds, handler))
        return handler

    return register


class BudgetExhausted(Exception):
    """The file took more steps than it may; what was found so far stands."""


STOPS = (BudgetExhausted, RecursionError)
"""What ends an analysis before its end."""


class Interpreter(abc.ABC):
    """Executes one file.  The budget counts expressions and statements, so it is the same on every machine."""

    def __init__(self, source: Source, tree: ast.Module, max_steps: int, record_facts: bool, mode: Mode) -> None:
        self.analysis = Analysis(source, tree)
        self.unit = Unit(source)
        """The module that is analysed; code of others runs when it is called, and leaves no records."""
        self.heap = Heap()
        self.memory = MemoryMeter(self)
        self.trace: AllocationTrace | None = None
        """What is allocated and held, step by step, where a memory plan is wanted."""
        self.sizes: SizeNames | None = None
        """Names for unknown sizes, where memory is what is asked about."""
        self.module = Scope("module", self.unit)
        self.frames: list[Frame] = [Frame(self.module, mode=mode)]
        self.graph_only = mode == "graph"
        self.tensorflow_1 = is_tensorflow_1(source.text, tree)
        self.oracle: Oracle | None = None
        """Who is asked about pure functions without a model."""
        self.questions_left = MAX_QUESTIONS
        self.steps_left = max_steps
        self.stopped_at: ast.stmt | None = None
        """Where in the analysed file the steps ended."""
        self.record_facts = record_facts
        self.listener: Listener | None = None
        """Who wants to hear of every evaluation of an op, those in other modules too."""
        self.assumed = False
        """Whether what is being executed begins in a function with arguments that nobody gave it."""
        self.silenced = 0
        self.running = 0  # whether a graph that was traced is run: only kernels object then
        """Greater than zero where failing is expected (``assertRaises``) or what is known may not go together."""
        self.call_stack: list[ast.AST] = []
        """The calls in the analysed file, of the program's functions, that are being followed."""
        self.steps_elsewhere = MAX_STEPS_ELSEWHERE
        self.current: ast.Call = ANYWHERE
        """The library call being modelled; what its model calls back (``tf.map_fn``) is called from there."""
        self.functions: dict[FunctionNode, UserFunction] = {}
        """Functions that were defined and have not been called yet, latest definition."""
        self.defined: list[FunctionNode] = []
        """What was defined, in order and as often as it was."""
        self.called: set[FunctionNode] = set()
        self.classes: dict[ast.ClassDef, UserClass] = {}
        self.classes_open: list[UserClass] = []
        """The classes whose bodies are being executed."""
        self.instances: dict[ast.ClassDef, Instance] = {}
        """The latest instance of each class that the program itself made."""
        self.assumed_attributes: dict[UserClass, AssumedAttributes] = {}
        """What a method that nobody calls finds in its instance, by class."""
        self.memo: dict[MemoKey, tuple[int, Value]] = {}
        """Results of calls of the program's functions, each with the heap's epoch in which it holds."""
        self.modules: dict[str, Scope | None] = {os.path.abspath(source.path): self.module}
        """The modules of the project that were asked for, by file; None for one that cannot be read."""
        self.variable_scope = VariableScope()
        self.graph = Graph()
        """How the tensors of TensorFlow 1's graphs were made."""
        self.autocast: DType | None = None
        """The dtype that the weights of the running Keras layer have while it computes, where it is not their own."""
        self._unknown_at_times: set[ast.expr] = set()
        self._call_counts: Counter[ast.AST] = Counter()
        self._reported: set[tuple[ast.AST, type[Violation] | type[Place]]] = set()

    # ------------------------------------------------------------------------------------------- evaluation

    @property
    def frame(self) -> Frame:
        """The running function."""
        return self.frames[-1]

    @property
    def scope(self) -> Scope:
        """The namespace of the running function."""
        return self.frames[-1].scope

    @property
    def source(self) -> Source:
        """The text of the module whose code is running."""
        return self.frames[-1].scope.unit.source

    @property
    def at_home(self) -> bool:
        """Whether the code that is running stands in the file that is analysed."""
        return self.frames[-1].scope.unit is self.unit

    def step(self) -> None:
        """Count one step; raises BudgetExhausted."""
        self.steps_left -= 1
        if self.steps_left < 0:
            raise BudgetExhausted

    def eval(self, node: ast.expr) -> Value:
        """The abstract value of an expression; Unknown for what is not understood."""
        self.steps_left -= 1  # as ``step`` does: half of a run's expressions are names and constants
        if self.steps_left < 0:
            raise BudgetExhausted
        handler = EXPRESSIONS.get(type(node))
        value = handler(self, node) if handler is not None else UNKNOWN
        if self.record_facts and self.at_home:
            self.record_fact(node, value)
        return value

    def run(self, statements: Sequence[ast.stmt]) -> bool:
        """Execute a block; returns whether control reaches its end."""
        for node in statements:
            handler = STATEMENTS.get(type(node))
            try:
                self.step()
                if handler is None:
                    continue
                reached = handler(self, node)
            except STOPS:
                if self.stopped_at is None and self.at_home:
                    self.stopped_at = node
                raise
            if self.trace is not None:
                self.trace.statement(node)
            if not reached:
                return False
        return True

    def unwind(self, frames: int, journals: int) -> None:
        """Leave the functions and paths that were being followed beyond these depths."""
        del self.frames[frames:]
        while self.heap.depth > journals:
            self.heap.commit()

    # ------------------------------------------------------------------------------------------- operations on values

    @abc.abstractmethod
    def call(self, function: Value, positional: tuple[Value, ...], keywords: dict[str, Value]) -> Value:
        """Call something callable with arguments that are not written in the program."""

    @abc.abstractmethod
    def call_method(
        self, receiver: Value, name: str, positional: tuple[Value, ...], keywords: dict[str, Value]
    ) -> Value:
        """Call a method by its name; Unknown where there is none."""

    @abc.abstractmethod
    def get_attribute(self, receiver: Value, name: str, node: ast.expr) -> Value:
        """``receiver.name``."""

    @abc.abstractmethod
    def get_item(self, receiver: Value, key: Value, node: ast.expr) -> Value:
        """``receiver[key]``."""

    @abc.abstractmethod
    def imported(self, name: ImportedName) -> Value:
        """What a name of another module of the project means; Unknown where that is not known."""

    @abc.abstractmethod
    def call_context(self) -> CallContext:
        """What op models may ask about the circumstances here."""

    def stack(self) -> tuple[ast.AST, ...]:
        """The calls of the program's own functions that led here, outermost first."""
        return tuple(self.call_stack)

    # ------------------------------------------------------------------------------------------- variables

    def lookup(self, name: str) -> Value | None:
        """The value of a variable as seen from here; None where it is not bound."""
        value = self.frames[-1].scope.find(name)
        return self.imported(value) if isinstance(value, ImportedName) else value

    def assign_name(self, name: str, value: Value) -> None:
        """``name = value`` here, or where ``global`` and ``nonlocal`` say."""
        scope = self.frames[-1].scope
        self.heap.write(scope.declared.get(name, scope), name, value)

    # ------------------------------------------------------------------------------------------- paths

    def branch(self, paths: Sequence[Callable[[], Value]]) -> list[Value]:
        """Evaluate alternative expressions, each from the state now, and move to the join of their states."""
        results, deltas = [], []
        for path in paths:
            self.heap.begin()
            with self.undecided():
                results.append(path())
            deltas.append(self.heap.rollback())
        self.heap.merge(deltas)
        return results

    def undecided(self) -> Undecided:
        """Run a branch of which it is not known whether it is taken."""
        return Undecided(self.frame)

    def quiet(self, when: bool = True) -> Quiet:
        """Report nothing while the block runs."""
        return Quiet(self, when)

    # ------------------------------------------------------------------------------------------- records

    def record_fact(self, node: ast.expr, value: Value) -> None:
        """Join ``value`` to what is known of the expression where it is a tensor; what may be one counts as well."""
        if not isinstance(value, Tensor) or value.kind is Kind.PYTHON:
            if value == UNKNOWN:
                self._unknown_at_times.add(node)
                self.analysis.facts.pop(node, None)
            return
        if node in self._unknown_at_times:
            return
        known = self.analysis.facts.get(node)
        joined = value if known is None else join(known, value)
        self.analysis.facts[node] = joined if isinstance(joined, Tensor) else ANY_TENSOR

    def record_call(self, call: Call) -> None:
        """Keep an evaluation of an op for the checks, a few per expression."""
        if self.listener is not None:
            self.listener(self.source, call, self.assumed)
        if not self.at_home or self.running:
            return
        count = self._call_counts[call.node]
        if count < MAX_CALLS_PER_NODE:
            self._call_counts[call.node] = count + 1
            self.analysis.calls.append(call)

    def report(self, violation: Violation, call: Call, operand_nodes: tuple[ast.expr | None, ...]) -> None:
        """Keep a violation, once per place and kind, unless failing is expected here.

        One in another module is kept at the call that led there, if it is certain to lead there: only the first, as
        the rest of that call is not reached.
        """
        place = None
        if not self.at_home:
            away = itertools.takewhile(lambda frame: frame.scope.unit is not self.unit, reversed(self.frames))
            if not all(frame.is_certain for frame in away):
                return
            if not self.call_stack or not isinstance(self.call_stack[-1], (ast.expr, ast.stmt)):
                return
            place = Place(self.source.path, call.node.lineno)
            call = replace(call, node=self.call_stack[-1], arguments={}, nodes={}, stack=self.stack()[:-1])
            operand_nodes = ()
        key = (call.node, type(violation) if place is None else Place)
        if self.silenced or key in self._reported or (self.running and not is_checked_by_kernels(violation, call)):
            return
        self._reported.add(key)
        self.analysis.violations.append(ViolationRecord(violation, call, operand_nodes, place))


# Generators as context managers would take as long as many of the blocks that they are around.


class Undecided:
    """While the block runs, what it does in the frame may not be done at all; raises RecursionError for too many.

    Others than Python counts: an ``and`` of many operands is a branch for each within the one before, and where the
    interpreter is compiled no frame of Python's is between them.
    """

    __slots__ = ("_frame",)

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def __enter__(self) -> None:
        if self._frame.undecided >= MAX_UNDECIDED:
            raise RecursionError
        self._frame.undecided += 1

    def __exit__(self, *_error: object) -> None:
        self._frame.undecided -= 1


class Quiet:
    """While the block runs, nothing is reported (if ``when`` says so)."""

    __slots__ = ("_interpreter", "_when")

    def __init__(self, interpreter: Interpreter, when: bool) -> None:
        self._interpreter, self._when = interpreter, when

    def __enter__(self) -> None:
        self._interpreter.silenced += self._when

    def __exit__(self, *_error: object) -> None:
        self._interpreter.silenced -= self._when
