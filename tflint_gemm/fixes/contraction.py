"""How to write a contraction without its large intermediate: a matrix product, or the expanded square of distances."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tflint_gemm.domain.values import NONE, Constant, Kind, Tensor
from tflint_gemm.findings import Edit, Fix
from tflint_gemm.fixes.program import Program
from tflint_gemm.interpreter.records import Call
from tflint_gemm.ops.conversion import Unsure, to_axes

DIFFERENCES = frozenset({"__sub__", "subtract"})
_PRODUCTS = frozenset({"__mul__", "__rmul__", "multiply"})
_SQUARES = frozenset({"square", "__pow__", "pow", "power"})
_EXPANDS = frozenset({"expand_dims", "__getitem__"})
_SUMS = frozenset({"reduce_sum", "sum"})
_MEANS = frozenset({"reduce_mean", "mean"})
_LETTERS = "ijklmnop"


@dataclass(frozen=True, slots=True)
class Chain:
    """A value that broadcasting makes large, what is done to it element by element, and what reduces it."""

    maker: Call
    between: tuple[Call, ...]
    reduction: Call


@dataclass(frozen=True, slots=True)
class _Factor:
    """An operand of the maker: its text without the axes of size 1, and which axes of the result it has."""

    text: str
    axes: tuple[int, ...]
    whole: bool  # whether the text stands for exactly these axes


def proposal(program: Program, chain: Chain, made: Mapping[int, Call]) -> tuple[str | None, Fix | None]:
    """What to do about ``chain``: in words, or as the rewritten expression where that can be told (never applied).

    ``made`` leads from the identity of a value to the call that made it.
    """
    factors = _factors(program, chain.maker, made)
    axes = _reduced(chain)
    text = None
    if factors is not None and axes is not None and "keepdims" not in chain.reduction.given:
        if _is_distance(chain):
            text = _distance(program, chain, factors, axes)
        elif _is_product(chain):
            text = _product(program, chain, factors, axes)
        elif (parts := _in_parts(program, chain, factors, axes)) is not None:
            how = f"write {parts}, which holds one row's share at a time"
            return None, Fix("suggestion", how, _edits(program, chain, parts))
    if text is not None:
        made_edits = _edits(program, chain, text)  # the last digits differ, so the author decides
        how = f"write {text}, which takes the memory of the result"
        return (None, Fix("suggestion", how, made_edits)) if made_edits else (how, None)
    if _is_distance(chain):
        return "|a - b|² is |a|² - 2ab + |b|²: a matrix product instead of all differences", None
    if _is_product(chain):
        return "multiplying and summing is tf.linalg.matmul or tf.einsum, which make no such intermediate", None
    if isinstance(chain.maker.result, Tensor) and chain.maker.result.kind is Kind.ARRAY:
        return "reduce it in parts: a loop over the rows of one operand holds one row's share at a time", None
    return "reduce it in parts: tf.map_fn over the rows of one operand holds one row's share at a time", None


def last_name(call: Call) -> str:
    """``reduce_sum`` of ``math.reduce_sum``."""
    return call.api.rpartition(".")[2]


def _is_distance(chain: Chain) -> bool:
    """Whether squared differences are summed up."""
    maker, between = last_name(chain.maker), [last_name(call) for call in chain.between]
    if last_name(chain.reduction) == "norm":
        return maker in DIFFERENCES and not between and _is_euclidean(chain.reduction)
    squared = (maker in DIFFERENCES and len(between) == 1 and _squares(chain.between[0])) or (
        maker == "squared_difference" and not between
    )
    return squared and last_name(chain.reduction) in _SUMS | _MEANS


def _is_euclidean(norm: Call) -> bool:
    return norm.arguments.get("ord", NONE) in (NONE, Constant(2), Constant("euclidean"))


def _squares(call: Call) -> bool:
    name = last_name(call)
    if name in _PRODUCTS:
        return call.arguments.get("x") is call.arguments.get("y")
    exponent = call.arguments.get("y", call.arguments.get("x2"))
    return name == "square" or (name in _SQUARES and getattr(exponent, "value", None) in (2, 2.0))


def _is_product(chain: Chain) -> bool:
    return last_name(chain.maker) in _PRODUCTS and not chain.between and last_name(chain.reduction) in _SUMS


def _reduced(chain: Chain) -> tuple[int, ...] | None:
    """The axes over which the chain is reduced, counted from the front."""
    result = chain.maker.result
    if not isinstance(result, Tensor) or result.shape is None:
        return None
    given = chain.reduction.arguments.get("axis")
    axes = to_axes(given) if given is not None else None
    if isinstance(axes, Unsure):
        return None
    rank = len(result.shape)
    return tuple(range(rank)) if axes is None else tuple(axis % rank for axis in axes)


# ------------------------------------------------------------------------------------------------- operands


def operands(call: Call) -> list[tuple[str, Tensor]]:
    """The tensors and arrays that a call combines, by parameter."""
    return [
        (name, value)
        for name, value in call.arguments.items()
        if isinstance(value, Tensor) and value.kind is not Kind.PYTHON and "[" not in name
    ]


def _factors(program: Program, maker: Call, made: Mapping[int, Call]) -> tuple[_Factor, _Factor] | None:
    found = operands(maker)
    result = maker.result
    if len(found) != 2 or not isinstance(result, Tensor) or result.shape is None:
        return None
    first, second = (_factor(program, maker, name, value, len(result.shape), made) for name, value in found)
    return None if first is None or second is None else (first, second)


def _factor(
    program: Program, maker: Call, name: str, value: Tensor, rank: int, made: Mapping[int, Call]
) -> _Factor | None:
    node, shape = maker.nodes.get(name), value.shape
    if node is None or shape is None:
        return None
    axes = tuple(rank - len(shape) + axis for axis, size in enumerate(shape) if size != 1)
    expansion = made.get(id(value))
    base = _expanded(expansion, node)
    if expansion is not None and base is not None:
        before = expansion.arguments.get("self", expansion.arguments.get("input", expansion.arguments.get("a")))
        if not isinstance(before, Tensor) or before.shape != tuple(size for size in shape if size != 1):
            return None
        node = base
    if not isinstance(node, (ast.Name, ast.Attribute)):
        return None
    return _Factor(program.source.segment(program.source.span(node)), axes, len(axes) == len(shape) or base is not None)


def _expanded(call: Call | None, node: ast.expr) -> ast.expr | None:
    """What gets axes of size 1 in an expression such as ``a[:, None]`` and ``tf.expand_dims(a, 1)``."""
    if call is None or call.node is not node or last_name(call) not in _EXPANDS:
        return None
    if isinstance(node, ast.Subscript):
        return node.value
    return node.args[0] if isinstance(node, ast.Call) and node.args else None


# ------------------------------------------------------------------------------------------------- rewriting


def _distance(program: Program, chain: Chain, factors: Sequence[_Factor], axes: tuple[int, ...]) -> str | None:
    """The expanded square, for the rows of two matrices."""
    if last_name(chain.reduction) in _MEANS:
        return None
    rows, columns = sorted(factors, key=lambda factor: factor.axes)
    result = chain.maker.result
    if (rows.axes, columns.axes, axes) != ((0, 2), (1, 2), (2,)) or not (rows.whole and columns.whole):
        return None
    if not isinstance(result, Tensor) or result.dtype is None or not result.dtype.is_floating:
        return None
    a, b = rows.text, columns.text
    if result.kind is Kind.ARRAY:
        text = f"({a} ** 2).sum(axis=1)[:, None] - 2 * {a} @ {b}.T + ({b} ** 2).sum(axis=1)"
        np = program.library("numpy", chain.reduction.node) or "np"
        return _rooted(program, chain, text, np)
    tf = program.library("tensorflow", chain.reduction.node) or "tf"
    text = f"{tf}.reduce_sum({tf}.square({a}), axis=1)[:, None] - 2 * {tf}.matmul({a}, {b}, transpose_b=True)"
    text += f" + {tf}.reduce_sum({tf}.square({b}), axis=1)"
    return _rooted(program, chain, text, tf)


def _rooted(program: Program, chain: Chain, text: str, library: str) -> str:
    """``text``, which comes out a little below zero for rows that are equal, where a root is taken of it."""
    if last_name(chain.reduction) == "norm":
        return f"{library}.sqrt({library}.maximum({text}, 0))"
    around = program.tree.parent(chain.reduction.node)
    function = around.func if isinstance(around, ast.Call) else None
    rooted = isinstance(function, ast.Attribute) and function.attr == "sqrt"
    rooted = rooted or (isinstance(around, ast.BinOp) and isinstance(around.op, ast.Pow))
    return f"{library}.maximum({text}, 0)" if rooted else text


def _product(program: Program, chain: Chain, factors: Sequence[_Factor], axes: tuple[int, ...]) -> str | None:
    """A matrix product where the factors are matrices, else ``einsum``."""
    result = chain.maker.result
    if not isinstance(result, Tensor) or result.shape is None or len(result.shape) > len(_LETTERS):
        return None
    if not all(factor.whole for factor in factors):
        return None
    left = [axis for axis in range(len(result.shape)) if axis not in axes]
    first, second = factors
    is_array = result.kind is Kind.ARRAY
    library = program.library("numpy" if is_array else "tensorflow", chain.reduction.node) or (
        "np" if is_array else "tf"
    )
    if len(left) == 2 and len(axes) == 1:
        a, b = (first, second) if left[0] in first.axes else (second, first)
        if a.axes == (left[0], axes[0]) and b.axes == (left[1], axes[0]):
            return f"{a.text} @ {b.text}.T" if is_array else f"{library}.matmul({a.text}, {b.text}, transpose_b=True)"
        if a.axes == (left[0], axes[0]) and b.axes == (axes[0], left[1]):
            return f"{a.text} @ {b.text}" if is_array else f"{library}.matmul({a.text}, {b.text})"
    terms = ["".join(_LETTERS[axis] for axis in part) for part in (first.axes, second.axes, left)]
    return f"{library}.einsum('{terms[0]},{terms[1]}->{terms[2]}', {first.text}, {second.text})"


def _in_parts(program: Program, chain: Chain, factors: Sequence[_Factor], axes: tuple[int, ...]) -> str | None:
    """The same expression for each row of one matrix, where the last axis of all pairs of rows is reduced."""
    result, reduced, axis = chain.maker.result, chain.reduction.result, chain.reduction.arguments.get("axis")
    if not isinstance(result, Tensor) or not isinstance(reduced, Tensor) or result.kind is Kind.ARRAY:
        return None
    if axis != Constant(-1) or axes != (2,) or reduced.dtype != result.dtype or not _edits(program, chain, ""):
        return None  # a row has fewer axes, which another number would count differently
    nodes = [chain.maker.nodes[name] for name, _ in operands(chain.maker)]
    if {factor.axes for factor in factors} != {(0, 2), (1, 2)} or not all(factor.whole for factor in factors):
        return None
    whole = program.source.span(chain.reduction.node)
    text, start = program.source.segment(whole), program.source.offset(whole.line, whole.column)
    rows = ""
    for factor, node in sorted(zip(factors, nodes), key=lambda pair: -program.source.span(pair[1]).column):
        span = program.source.span(node)
        first, last = (
            program.source.offset(span.line, span.column),
            program.source.offset(span.end_line, span.end_column),
        )
        rows = factor.text if factor.axes == (0, 2) else rows
        text = text[: first - start] + ("row" if factor.axes == (0, 2) else factor.text) + text[last - start :]
    library = program.library("tensorflow", chain.reduction.node) or "tf"
    return None if "\n" in text else f"{library}.map_fn(lambda row: {text}, {rows})"


def _edits(program: Program, chain: Chain, text: str) -> tuple[Edit, ...]:
    """The reduction replaced as a whole, where everything is written inside of it."""
    node = chain.reduction.node
    inside = all(program.tree.contains(node, call.node) for call in (chain.maker, *chain.between))
    if not inside or program.tree.f_string(node) is not None or not isinstance(node, ast.Call):
        return ()
    grouped = isinstance(program.tree.parent(node), (ast.Assign, ast.Return, ast.Call, ast.keyword))
    return (Edit(program.span(node), text if grouped else f"({text})"),)
