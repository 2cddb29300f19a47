"""From the analysis of a file to what the page draws of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from tflint_gemm.domain.values import Tensor
from tflint_gemm.findings import Span
from tflint_gemm.interpreter.records import Analysis
from tflint_gemm.memory import Plan, plans_of
from tflint_gemm.picture import FunctionPicture, Inlay, Picture
from tflint_gemm.report import facts
from tflint_gemm.report.html.flow import FunctionNode, flows
from tflint_gemm.syntax.source import Source
from tflint_gemm.syntax.tree import Tree

MODULE = "<module>"


def of(analysis: Analysis, sizes: Mapping[str, int]) -> Picture:
    """The inlays, and per function the tensor flow and the memory plan with ``sizes`` for its symbols.

    ``analysis`` has its facts and what the plan is made of.
    """
    tree = Tree(analysis.tree)
    plans = [plan.assuming(sizes) for plan in plans_of(analysis)]
    return Picture(tuple(_inlays(analysis, tree)), tuple(_functions(analysis, tree, plans)))


# --- inlays -----------------------------------------------------------------------------------------------------------


def _inlays(analysis: Analysis, tree: Tree) -> Iterator[Inlay]:
    told: dict[tuple[ast.AST, str], Tensor] = {}
    targets = dict(_assigned(analysis.tree))
    # A name is bound after what is assigned to it was computed.
    rows = facts.tensors(analysis)
    rows.sort(key=lambda row: (getattr(tree.statement(row[0]), "lineno", 0), _is_target(row[0]), row[1]))
    for node, span, value in rows:
        if tree.f_string(node) is not None:
            continue
        # What is assigned stands at the name already.
        is_news = analysis.facts.get(targets.get(node, node)) != value or node not in targets
        if isinstance(node, (ast.Name, ast.Attribute)):
            key = (tree.scope(node), ast.unparse(node))
            is_news = is_news and told.get(key) != value
            told[key] = value
        is_news = is_news and (value.dtype is not None or value.shape is not None)
        is_whole = not isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.Subscript))
        yield Inlay(span, facts.KINDS[value.kind], facts.type_text(value), is_news, is_whole)


def _is_target(node: ast.expr) -> bool:
    return isinstance(getattr(node, "ctx", None), ast.Store)


def _assigned(module: ast.Module) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Every expression that is assigned as a whole, and its target."""
    for node in ast.walk(module):
        if isinstance(node, ast.Assign):
            yield from _pairs(node.value, node.targets[0])
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            yield node.value, node.target


def _pairs(value: ast.expr, target: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(value, ast.Tuple) and isinstance(target, ast.Tuple) and len(value.elts) == len(target.elts):
        for part, name in zip(value.elts, target.elts):
            yield from _pairs(part, name)
    else:
        yield value, target


# --- functions --------------------------------------------------------------------------------------------------------


def _functions(analysis: Analysis, tree: Tree, plans: Sequence[Plan]) -> Iterator[FunctionPicture]:
    """The module first, then the functions in the order of their lines."""
    graphs = flows(analysis, tree)
    unmatched = list(plans)
    drawn: list[FunctionPicture] = []
    functions: list[FunctionNode] = [analysis.tree]
    functions += [node for node in ast.walk(analysis.tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    for node in functions:
        span = _span(analysis.source, node)
        plan = next((one for one in unmatched if _is_plan_of(one, node, span)), None)
        if plan is not None:
            unmatched.remove(plan)
        plan = plan if plan is not None and plan.nbytes != 0 else None
        if node in graphs or plan is not None:
            drawn.append(FunctionPicture(_name(tree, node), span, graphs.get(node), plan))
    module = [one for one in drawn if one.name == MODULE]
    return iter(module + sorted((one for one in drawn if one.name != MODULE), key=lambda one: one.span))


def _is_plan_of(plan: Plan, node: FunctionNode, span: Span) -> bool:
    if isinstance(node, ast.Module) or plan.name == MODULE:
        return isinstance(node, ast.Module) and plan.name == MODULE
    inside = span.line <= plan.span.line and plan.span.end_line <= span.end_line
    return inside and plan.name.rpartition(".")[2] == node.name


def _span(source: Source, node: FunctionNode) -> Span:
    if isinstance(node, ast.Module):
        return Span(1, 1, len(source.line_starts), 1)
    return source.span(node)


def _name(tree: Tree, node: FunctionNode) -> str:
    """``Encoder.call``: the name with the classes and functions around it."""
    if isinstance(node, ast.Module):
        return MODULE
    around = [one.name for one in tree.ancestors(node) if isinstance(one, (ast.ClassDef, ast.FunctionDef))]
    return ".".join([*reversed(around), node.name])
