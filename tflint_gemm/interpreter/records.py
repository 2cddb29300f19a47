"""What interpreting a file leaves behind for checks, fixes, verification and ``infer``."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tflint_gemm.domain.values import Storage, Tensor, Value
from tflint_gemm.ops.violations import Violation
from tflint_gemm.syntax.source import Source

if TYPE_CHECKING:
    from tflint_gemm.interpreter.allocation_trace import AllocationTrace


@dataclass(slots=True)
class Call:
    """One evaluation of an op: a call, an operator, a method or a subscript.

    ``api`` is the canonical name of the model ("linalg.matmul", "numpy.random.rand", "Tensor.__matmul__"), ``display``
    what a person would call it ("tf.matmul", "np.random.rand", "@").  ``arguments`` are the abstract arguments by
    parameter name; ``nodes`` the expressions they were written as, where they stand in the program (an argument that
    is a list display has its items under "values[0]", "values[1]", ...).  ``given`` are the parameters the call names
    itself.  ``stack`` is the chain of call expressions of the program's own functions through which the interpreter
    got here, outermost first.  ``policy`` is Keras's global dtype policy at that time.
    """

    node: ast.expr | ast.stmt
    api: str
    display: str
    arguments: dict[str, Value]
    nodes: dict[str, ast.expr]
    given: frozenset[str] = frozenset()
    result: Value | None = None
    stack: tuple[ast.AST, ...] = ()
    policy: str = "float32"


@dataclass(frozen=True, slots=True)
class Place:
    """A 1-based line of a file."""

    path: str
    line: int


@dataclass(slots=True)
class ViolationRecord:
    """A violation, where it happened, and the expressions of its operands (None where one has none of its own).

    ``elsewhere`` is the place in another module of the project if the call only leads there.
    """

    violation: Violation
    call: Call
    operand_nodes: tuple[ast.expr | None, ...]
    elsewhere: Place | None = None


@dataclass(slots=True)
class Peak:
    """The moment at which most memory is alive while a function or the module runs.

    ``alive`` are the buffers with the name of a variable that holds each ("" for a temporary), ``copies`` those of
    arrays that TensorFlow has not let go of yet; ``nbytes`` is the sum of both.
    """

    node: ast.expr
    display: str
    nbytes: int
    alive: tuple[tuple[str, Storage], ...]
    copies: tuple[Storage, ...] = ()


Ended = Literal["modules", "questions"]
"""The steps in other modules of the project; the questions to TensorFlow."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Why an analysis ended before its end, and the statement where it did (None before the first)."""

    reason: Literal["steps", "depth"]
    node: ast.stmt | None


@dataclass(slots=True)
class Analysis:
    """Everything the interpreter found out about one file.

    ``facts``: per expression that gives a tensor or an array, the join over those of its evaluations that do (filled on
    request).
    ``calls``: the evaluations of ops, in order, the first few of each expression.
    """

    source: Source
    tree: ast.Module
    violations: list[ViolationRecord] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    facts: dict[ast.expr, Tensor] = field(default_factory=dict)
    peaks: list[Peak] = field(default_factory=list)
    unmodelled: Counter[str] = field(default_factory=Counter)
    tensorflow_names: dict[str, str] = field(default_factory=dict)
    """How this file refers to the libraries at module level: {"tensorflow": "tf", "numpy": "np"}."""
    trace: AllocationTrace | None = None
    """What the memory plan is made of (kept on request)."""
    ended_early: set[Ended] = field(default_factory=set)
    """Which lesser budgets ran out: what they left open is unknown, and the rest of the file is analysed."""
    stop: Stop | None = None
    """Where the analysis ended early; None where it got to the end."""

    @property
    def exhausted(self) -> bool:
        """Whether the step budget ran out before the end, or the room on the stack."""
        return self.stop is not None
