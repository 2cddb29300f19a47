"""Suggesting a transpose where that makes two matrices fit."""

from __future__ import annotations

import ast

from tflint_gemm.domain import dims
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.findings import Edit, Fix
from tflint_gemm.fixes.casts import name_of
from tflint_gemm.fixes.program import Program
from tflint_gemm.interpreter.records import ViolationRecord
from tflint_gemm.ops.violations import InnerDimMismatch
from tflint_gemm.syntax import edits


def suggestion(program: Program, record: ViolationRecord, violation: InnerDimMismatch) -> Fix | None:
    """A transpose of the second operand, else of the first, whichever fits; never more than a suggestion.

    Only the author knows whether the data lies the other way round.
    """
    call, nodes = record.call, record.operand_nodes
    if len(nodes) != 2 or len(violation.operands) != 2 or program.tree.f_string(call.node) is not None:
        return None
    left, right = (operand.shape for operand in violation.operands)
    flags = {"transpose_a", "transpose_b", "adjoint_a", "adjoint_b"} & call.given
    if flags or left is None or right is None or len(left) < 2 or len(right) < 2:
        return None
    for which, node, fits in (
        ("b", nodes[1], dims.equal(violation.left, _last(right)) is True),
        ("a", nodes[0], dims.equal(violation.right, left[-2]) is True),
    ):
        made = _edits(program, record, which, node) if fits and node is not None else None
        if made is not None:
            name = name_of(program, node) or "the operand"
            return Fix("suggestion", f"transpose {name} if that is what is meant", made)
    return None


def _last(shape: Shape) -> dims.Dim:
    return shape[-1] if shape else None


def _edits(program: Program, record: ViolationRecord, which: str, node: ast.expr) -> tuple[Edit, ...] | None:
    call = record.call
    if call.api == "linalg.matmul" and isinstance(call.node, ast.Call):
        edit = edits.add_keyword(program.source, call.node, f"transpose_{which}", "True")
        return None if edit is None else (edit,)
    library = program.library("tensorflow", node)
    matrix = next((o for o, n in zip(record.violation.operands, record.operand_nodes) if n is node), None)
    if library is None or not isinstance(call.node, ast.BinOp) or matrix is None or not matrix.is_tensorflow:
        return None
    return edits.wrap(program.source, node, f"{library}.linalg.matrix_transpose", "", grouped=True)
