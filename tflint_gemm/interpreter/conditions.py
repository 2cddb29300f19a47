"""Conditions: ``and``, ``or``, conditional expressions, and whether a test comes out true."""

from __future__ import annotations

import ast

from tflint_gemm.domain.dims import Ternary
from tflint_gemm.domain.join import join_all
from tflint_gemm.domain.values import Value
from tflint_gemm.interpreter import graph_branches, narrowing
from tflint_gemm.interpreter.interpreter import Interpreter, expression
from tflint_gemm.interpreter.truth import truth


def condition(interp: Interpreter, node: ast.expr) -> Ternary:
    """Whether a test is true; None where it is not known.

    Knows more than ``truth`` of the value: ``x and False`` may be anything that is false.
    """
    if isinstance(node, ast.BoolOp):
        interp.step()
        value, known = _short_circuit(interp, node.values, isinstance(node.op, ast.Or))
        if interp.record_facts and interp.at_home:
            interp.record_fact(node, value)
        return known
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        interp.step()
        known = condition(interp, node.operand)
        return None if known is None else not known
    return truth(interp.eval(node))


@expression(ast.BoolOp)
def _boolean_operation(interp: Interpreter, node: ast.BoolOp) -> Value:
    """``and`` and ``or``: operands that are certainly not reached are not evaluated."""
    return _short_circuit(interp, node.values, decisive=isinstance(node.op, ast.Or))[0]


def _short_circuit(interp: Interpreter, operands: list[ast.expr], decisive: bool, at: int = 0) -> tuple[Value, Ternary]:
    """The value of the operation from the operand ``at`` on, and whether it is true.

    ``decisive`` is the truth of an operand that ends it.
    """
    value = interp.eval(operands[at])
    known = truth(value)
    while known is (not decisive) and at + 1 < len(operands):
        at += 1
        value = interp.eval(operands[at])
        known = truth(value)
    if known is not None or at + 1 == len(operands):
        return value, known
    outcomes: list[Ternary] = []

    def rest() -> Value:
        narrowing.narrow(interp, operands[at], not decisive)
        result, outcome = _short_circuit(interp, operands, decisive, at + 1)
        outcomes.append(outcome)
        return result

    with interp.quiet(narrowing.asks_for_kind(operands[at])):
        joined = join_all(interp.branch([lambda: value, rest]))
    return joined, decisive if outcomes == [decisive] else truth(joined)


@expression(ast.IfExp)
def _conditional(interp: Interpreter, node: ast.IfExp) -> Value:
    known = condition(interp, node.test)
    if known is not None:
        return interp.eval(node.body if known else node.orelse)

    def path(branch: ast.expr, assumed: bool) -> Value:
        narrowing.narrow(interp, node.test, assumed)
        return interp.eval(branch)

    with interp.quiet(narrowing.asks_for_kind(node.test)):
        values = interp.branch([lambda: path(node.body, True), lambda: path(node.orelse, False)])
    if graph_branches.is_decided_by_tensor(interp, node.test):
        graph_branches.check_values(interp, node, values)
    return join_all(values)
