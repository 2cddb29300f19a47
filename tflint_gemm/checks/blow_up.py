"""Intermediates many times larger than what they are made of and what is made of them (TFG303)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tflint_gemm.checks import text
from tflint_gemm.domain import shapes
from tflint_gemm.domain.values import Tensor, Value
from tflint_gemm.findings import Finding
from tflint_gemm.fixes import contraction
from tflint_gemm.fixes.contraction import Chain
from tflint_gemm.fixes.program import Program
from tflint_gemm.interpreter.records import Call

_WORTH_IT = 64 * 2**20  # bytes: what is smaller fits beside anything
_TIMES = 8
_DEPTH = 8
_COPIES = frozenset({"tile", "repeat", "broadcast_to"})


def blow_ups(program: Program) -> Iterator[Finding]:
    """TFG303: broadcasting makes a large value, and all that becomes of it is small again."""
    calls = program.analysis.calls
    large = [call for call in calls if (_nbytes(call.result) or 0) >= _WORTH_IT]
    if not large:
        return
    made = {id(call.result): call for call in calls}
    users: dict[int, list[Call]] = {}
    for call in calls:
        for value in {id(value): value for value in call.arguments.values() if isinstance(value, Tensor)}.values():
            users.setdefault(id(value), []).append(call)
    seen: set[ast.AST] = set()
    for call in large:
        if call.node in seen or not _broadcasts(call):
            continue
        chains = _chains(program, call, users)
        if chains and _is_worth_it(call, chains) and not _is_compiled(program, call):
            seen.add(call.node)
            yield _finding(program, chains[0], made)


def _nbytes(value: Value | None) -> int | None:
    if not isinstance(value, Tensor) or value.dtype is None:
        return None
    count = shapes.num_elements(value.shape)
    return count * value.dtype.size if isinstance(count, int) else None


def _broadcasts(call: Call) -> bool:
    """Whether the result is larger than each operand only because they are repeated."""
    result, found = call.result, contraction.operands(call)
    count = shapes.num_elements(result.shape) if isinstance(result, Tensor) else None
    counts = [shapes.num_elements(value.shape) for _, value in found]
    if not isinstance(result, Tensor) or not isinstance(count, int) or any(not isinstance(one, int) for one in counts):
        return False
    if len(found) == 1 and contraction.last_name(call) in _COPIES:
        return True
    if len(found) != 2 or any(isinstance(one, int) and one >= count for one in counts):
        return False
    shape, fails = shapes.broadcast(found[0][1].shape, found[1][1].shape)
    return not fails and shape == result.shape


def _chains(program: Program, maker: Call, users: dict[int, list[Call]]) -> list[Chain]:
    """The ways from ``maker`` to what is made of it; none where one of them ends in something large or is not known."""
    found: list[Chain] = []
    pending: list[tuple[Call, tuple[Call, ...]]] = [(maker, ())]
    while pending:
        call, between = pending.pop()
        using = users.get(id(call.result), [])
        if not using or len(between) >= _DEPTH or _is_kept(program, call.node, call.stack):
            return []
        for user in using:
            size, whole = _nbytes(user.result), _nbytes(maker.result)
            if size is None or whole is None:
                return []
            if size * _TIMES <= whole:
                found.append(Chain(maker, between, user))
            elif isinstance(user.result, Tensor) and user.result.shape == getattr(maker.result, "shape", None):
                pending.append((user, (*between, user)))
            else:
                return []
    return found


def _is_kept(program: Program, node: ast.AST, stack: tuple[ast.AST, ...]) -> bool:
    """Whether the value of ``node`` goes somewhere else than into ops, by its name or as it is.

    ``stack`` are the calls of the program's functions through which the interpreter got there.
    """
    parent = program.tree.parent(node)
    if isinstance(parent, (ast.Return, ast.Lambda)):
        return not stack or _is_kept(program, stack[-1], stack[:-1])
    if isinstance(parent, (ast.Call, ast.keyword, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.Yield)):
        return node not in program.uses
    if not isinstance(parent, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        return False
    targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]
    if len(targets) != 1 or not isinstance(targets[0], ast.Name):
        return True
    loads = program.tree.loads(program.tree.scope(node), targets[0].id)
    return any(name not in program.uses for name in loads if not _is_shape(program, name))


def _is_shape(program: Program, name: ast.Name) -> bool:
    parent = program.tree.parent(name)
    return isinstance(parent, ast.Attribute) and parent.attr in ("shape", "dtype", "ndim")


def _is_worth_it(maker: Call, chains: list[Chain]) -> bool:
    steps = {id(call.result): call for chain in chains for call in (maker, *chain.between)}
    given = [value for call in steps.values() for _, value in contraction.operands(call) if id(value) not in steps]
    results = [chain.reduction.result for chain in chains if chain.reduction.result is not None]
    around = sum(_nbytes(value) or 0 for value in {id(value): value for value in (*given, *results)}.values())
    return (_nbytes(maker.result) or 0) >= _TIMES * around


def _is_compiled(program: Program, call: Call) -> bool:
    """Whether XLA compiles it, which makes no intermediates of such chains."""
    functions = [one for node in (call.node, *call.stack) for one in program.tree.ancestors(node)]
    return any(
        keyword.arg == "jit_compile" and isinstance(keyword.value, ast.Constant) and keyword.value.value is True
        for function in functions
        if isinstance(function, ast.FunctionDef)
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call)
        for keyword in decorator.keywords
    )


def _finding(program: Program, chain: Chain, made: dict[int, Call]) -> Finding:
    maker, reduced = chain.maker, chain.reduction
    assert isinstance(maker.result, Tensor)
    assert isinstance(reduced.result, Tensor)
    whole = _nbytes(maker.result) or 0
    parts = [text.Part(value, maker.nodes.get(name)) for name, value in contraction.operands(maker)]
    shown = text.listed([text.with_shape(program, part) for part in parts], "with")
    message = f"{text.shown_api(maker.display)} makes {text.bytes_text(whole)} ({maker.result.dtype} "
    message += f"{shapes.show(maker.result.shape)}) of {shown}, of which {text.shown_api(reduced.display)} leaves "
    message += text.bytes_text(_nbytes(reduced.result) or 0)
    advice, fix = contraction.proposal(program, chain, made)
    return text.finding(program, "TFG303", maker, message, text.shape_notes(program, parts), advice, fix)
