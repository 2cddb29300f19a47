"""Instruments the flagged expression, so that the sandbox sees it begin, get its operands, end or raise.

``f(a, b)`` becomes ``probe.done(probe.begin(2), f(probe.operand(0, False, a), probe.operand(1, True, b)))``: evaluation
order and scopes stay what they are.  A ``try`` of the program shows the probe what it is about to catch.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

NAME = "__tflint_probe__"
_EXCEPTION = "__tflint_error"
_VALUE = "__tflint_value"


def call(method: str, *arguments: ast.expr) -> ast.Call:
    """The expression that calls a method of the probe."""
    return ast.Call(ast.Attribute(ast.Name(NAME, ast.Load()), method, ast.Load()), list(arguments), [])


def statement(method: str, *arguments: ast.expr) -> ast.stmt:
    """The statement that calls a method of the probe."""
    return ast.Expr(call(method, *arguments))


def expression(node: ast.expr) -> ast.expr:
    """``node`` with the probe around it and around its operands; changes ``node``."""
    slots = _operands(node)
    for index, (get, put) in enumerate(slots):
        put(_operand(index, index == len(slots) - 1, get()))
    return call("done", call("begin", ast.Constant(len(slots))), node)


def operands_of(node: ast.AST) -> list[ast.expr]:
    """The expressions that are shown as operands, by their index."""
    if isinstance(node, ast.AugAssign):
        return [node.value]
    return [get() for get, _ in _operands(node)] if isinstance(node, ast.expr) else []


def augmented(node: ast.AugAssign) -> list[ast.stmt]:
    """``x += y`` between a beginning and an end; changes ``node``."""
    node.value = _operand(0, True, node.value)
    return [statement("begin", ast.Constant(1)), node, statement("done", ast.Constant(None), _as_load(node.target))]


def plain(node: ast.stmt) -> list[ast.stmt]:
    """Any other statement between a beginning and an end."""
    return [statement("begin", ast.Constant(0)), node, statement("done", ast.Constant(None))]


def unpacked(node: ast.Assign) -> list[ast.stmt]:
    """An assignment whose value is there, so that its coming apart into names is what runs; changes ``node``."""
    value, node.value = node.value, ast.Name(_VALUE, ast.Load())
    return [ast.Assign([ast.Name(_VALUE, ast.Store())], value), *plain(node)]


def observed(body: list[ast.stmt]) -> list[ast.stmt]:
    """The body of a ``try``, with what it raises shown to the probe before a handler of the program gets it."""
    shown = [statement("raised", ast.Name(_EXCEPTION, ast.Load())), ast.Raise(None, None)]
    handler = ast.ExceptHandler(ast.Name("BaseException", ast.Load()), _EXCEPTION, shown)
    return [ast.Try(body, [handler], [], [])]


def _operand(index: int, last: bool, node: ast.expr) -> ast.expr:
    return call("operand", ast.Constant(index), ast.Constant(last), node)


def _as_load(target: ast.expr) -> ast.expr:
    loaded: ast.expr = ast.parse(ast.unparse(target), mode="eval").body
    return loaded


Slot = tuple[Callable[[], ast.expr], Callable[[ast.expr], None]]


def _attribute(owner: ast.AST, name: str) -> Slot:
    return (lambda: getattr(owner, name)), (lambda value: setattr(owner, name, value))


def _item(items: list[ast.expr], index: int) -> Slot:
    return (lambda: items[index]), (lambda value: items.__setitem__(index, value))


def _operands(node: ast.expr) -> list[Slot]:
    """The operands, in the order in which Python evaluates them."""
    match node:
        case ast.Call():
            receiver = (
                [_attribute(node.func, "value")]
                if isinstance(node.func, ast.Attribute) and _computes(node.func.value)
                else []
            )
            positional = [
                _attribute(argument, "value") if isinstance(argument, ast.Starred) else _item(node.args, index)
                for index, argument in enumerate(node.args)
            ]
            return receiver + positional + [_attribute(keyword, "value") for keyword in node.keywords]
        case ast.BinOp():
            return [_attribute(node, "left"), _attribute(node, "right")]
        case ast.UnaryOp():
            return [_attribute(node, "operand")]
        case ast.Subscript() | ast.Attribute():
            return [_attribute(node, "value")]
        case ast.Compare():
            return [
                _attribute(node, "left"),
                *(_item(node.comparators, index) for index in range(len(node.comparators))),
            ]
    return []


def _computes(node: ast.expr) -> bool:
    """Whether evaluating a receiver can do anything; ``tf.linalg`` and ``super()`` are left as they stand."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super":
        return False
    return any(isinstance(child, (ast.Call, ast.BinOp, ast.Subscript)) for child in ast.walk(node))
