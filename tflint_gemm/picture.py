"""What the HTML page shows of one file besides its findings: plain data, so that it travels between processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tflint_gemm.findings import Span
from tflint_gemm.memory import Plan

Role = Literal["op", "call", "input", "output"]


@dataclass(frozen=True, slots=True)
class Inlay:
    """What is known of the expression at ``span``: its ``kind`` ("tensor", "array", ...), and its dtype and shape.

    ``is_news``: a reader who has read the lines above does not know it yet.  ``is_whole``: its last characters are
    those of an operand (``a + b``), for which it could be mistaken.
    """

    span: Span
    kind: str
    text: str
    is_news: bool
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class FlowNode:
    """A box of the graph: an op, a call of one of the program's functions, or a value that comes in or goes out."""

    role: Role
    label: str
    detail: str = ""
    span: Span | None = None
    repeats: bool = False
    """Whether it computes from its own result, as in a loop."""


@dataclass(frozen=True, slots=True)
class FlowEdge:
    """An operand on its way from node ``source`` to node ``target`` (indices): dtype and shape, and its bytes.

    ``magnitude`` is a number of bytes to draw by, 0 for an unknown one.
    """

    source: int
    target: int
    text: str
    nbytes: str
    magnitude: int


@dataclass(frozen=True, slots=True)
class Flow:
    """The tensor flow of one function, in the order of its lines; ``left_out`` ops were too many to draw."""

    nodes: tuple[FlowNode, ...]
    edges: tuple[FlowEdge, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class FunctionPicture:
    """One function, or the module: its lines, its tensor flow and its memory, where there is anything to draw."""

    name: str
    span: Span
    flow: Flow | None
    plan: Plan | None


@dataclass(frozen=True, slots=True)
class Picture:
    """What there is to draw of one file."""

    inlays: tuple[Inlay, ...]
    functions: tuple[FunctionPicture, ...]
