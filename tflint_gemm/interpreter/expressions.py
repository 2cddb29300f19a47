"""Expressions: displays, operators, conditions, names, lambdas, f-strings, comprehensions."""

from __future__ import annotations

import ast
from collections.abc import Callable

from tflint_gemm.domain.counters import settled
from tflint_gemm.domain.dims import Dim, Ternary
from tflint_gemm.domain.join import join, join_all
from tflint_gemm.domain.values import (
    UNKNOWN,
    BuiltinFunction,
    Constant,
    DictValue,
    IterableValue,
    Kind,
    ListValue,
    OfType,
    SetValue,
    SliceValue,
    Tensor,
    TupleValue,
    Value,
)
from tflint_gemm.interpreter import arithmetic, side_effects, texts
from tflint_gemm.interpreter.assignment import bind
from tflint_gemm.interpreter.conditions import condition
from tflint_gemm.interpreter.containers import as_key, is_key
from tflint_gemm.interpreter.heap import element_of
from tflint_gemm.interpreter.interpreter import Interpreter, expression
from tflint_gemm.interpreter.iteration import any_in_turn, as_generator, items_of, iterate, length
from tflint_gemm.interpreter.loops import repeat
from tflint_gemm.interpreter.portability import BUILTIN_NAMES
from tflint_gemm.interpreter.program import Scope, UserFunction
from tflint_gemm.interpreter.records import Call
from tflint_gemm.interpreter.tensor_operations import operate
from tflint_gemm.interpreter.truth import is_plain, truth
from tflint_gemm.ops import structures
from tflint_gemm.ops.violations import InvalidArgument

MAX_DISPLAY = 4096  # items of a literal that are looked at one by one
MAX_COMPREHENSION = 256
MAX_PAUSES = 8  # states in which a generator waits that are told apart

_BINARY = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.MatMult: "@", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>",
}  # fmt: skip
_UNARY = {ast.USub: "-", ast.UAdd: "+", ast.Invert: "~"}
_COMPARE = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Is: "is",
    ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip


_RICH = ("==", "!=", "<", "<=", ">", ">=")


def binary_symbol(operator: ast.operator) -> str:
    """The operator as it is written."""
    return _BINARY[type(operator)]


@expression(ast.Constant)
def _constant(_interp: Interpreter, node: ast.Constant) -> Value:
    if isinstance(node.value, int) and not isinstance(node.value, bool) and node.value.bit_length() > 256:
        return OfType("int")
    return Constant(node.value)


@expression(ast.Name)
def _name(interp: Interpreter, node: ast.Name) -> Value:
    value = interp.lookup(node.id)
    if value is not None:
        return value
    return BuiltinFunction(node.id) if node.id in BUILTIN_NAMES else UNKNOWN


@expression(ast.NamedExpr)
def _walrus(interp: Interpreter, node: ast.NamedExpr) -> Value:
    value = interp.eval(node.value)
    inner = interp.scope
    interp.frame.scope = next(scope for scope in inner.chain() if not scope.inline)
    bind(interp, node.target, value)
    interp.frame.scope = inner
    return value


@expression(ast.Tuple)
def _tuple(interp: Interpreter, node: ast.Tuple) -> Value:
    content = _content(interp, node.elts)
    return content if isinstance(content, TupleValue) else OfType("tuple")


@expression(ast.List)
def _list(interp: Interpreter, node: ast.List) -> Value:
    return ListValue(_content(interp, node.elts))


@expression(ast.Set)
def _set(interp: Interpreter, node: ast.Set) -> Value:
    content = _content(interp, node.elts)
    return SetValue(content.items if isinstance(content, TupleValue) else None)


def _content(interp: Interpreter, nodes: list[ast.expr]) -> TupleValue | IterableValue:
    """The items of a display; what cannot be enumerated (``*unknown``, a huge literal) is summed up by one element."""
    if len(nodes) > MAX_DISPLAY:
        samples = [interp.eval(node) for node in nodes[:8]]
        return IterableValue(_widen_constants(samples), len(nodes))
    found: list[Value] = []
    exact = True
    for node in nodes:
        if not isinstance(node, ast.Starred):
            found.append(interp.eval(node))
            continue
        value = interp.eval(node.value)
        items = items_of(value)
        if items is None:
            exact = False
            found.append(iterate(interp, value))
        else:
            found.extend(items)
    if structures.is_overgrown(found):
        return IterableValue(UNKNOWN, len(found) if exact else None)
    return TupleValue(tuple(found)) if exact else IterableValue(join_all(found))


def _widen_constants(samples: list[Value]) -> Value:
    joined = join_all(samples)
    return OfType(joined.type_name) if isinstance(joined, Constant) else joined


@expression(ast.Dict)
def _dict(interp: Interpreter, node: ast.Dict) -> Value:
    result = DictValue()
    for key_node, value_node in zip(node.keys, node.values):
        value = interp.eval(value_node)
        key = UNKNOWN if key_node is None else as_key(_hashable(interp, node, key_node))
        if is_key(key):
            result.slots[key] = value
            continue
        unpacked = value.slots if isinstance(value, DictValue) else {DictValue.REST: UNKNOWN}
        later = unpacked if key_node is None else {DictValue.REST: value}
        rest = later.get(DictValue.REST)
        if rest is not None:  # any key may have come again
            result.slots.update({known: join(held, rest) for known, held in result.slots.items()})
        result.slots.update({known: held for known, held in later.items() if known is not DictValue.REST})
        if rest is not None:
            result.slots.setdefault(DictValue.REST, rest)
    return result


def _hashable(interp: Interpreter, node: ast.Dict, key_node: ast.expr) -> Value:
    """The key of a dictionary; reports an array, which cannot be one."""
    key = interp.eval(key_node)
    if isinstance(key, Tensor) and key.kind is Kind.ARRAY and key.rank:
        call = Call(node, "dict", "a dictionary", {"key": key}, {"key": key_node}, stack=interp.stack())
        interp.report(InvalidArgument([key], "an array as a key, which cannot be hashed"), call, (key_node,))
    return key


@expression(ast.Slice)
def _slice(interp: Interpreter, node: ast.Slice) -> Value:
    def part(bound: ast.expr | None) -> Value:
        return Constant(None) if bound is None else interp.eval(bound)

    return SliceValue(part(node.lower), part(node.upper), part(node.step))


# ------------------------------------------------------------------------------------------------- operators


@expression(ast.BinOp)
def _binary_operation(interp: Interpreter, node: ast.BinOp) -> Value:
    left, right = interp.eval(node.left), interp.eval(node.right)
    return operate(interp, node, binary_symbol(node.op), left, right, (node.left, node.right))


@expression(ast.UnaryOp)
def _unary_operation(interp: Interpreter, node: ast.UnaryOp) -> Value:
    operand = interp.eval(node.operand)
    if isinstance(node.op, ast.Not):
        known = truth(operand)
        return OfType("bool") if known is None else Constant(not known)
    return operate(interp, node, _UNARY[type(node.op)], operand, None, (node.operand,))


@expression(ast.Compare)
def _comparison(interp: Interpreter, node: ast.Compare) -> Value:
    left_node, left = node.left, interp.eval(node.left)
    verdict: Ternary = True
    for operator, right_node in zip(node.ops, node.comparators):
        right = interp.eval(right_node)
        symbol = _COMPARE[type(operator)]
        if symbol not in ("is", "is not", "in", "not in"):
            tensor = operate(interp, node, symbol, left, right, (left_node, right_node), only_tensors=True)
            if tensor is not None:
                return tensor
        known = arithmetic.compare(symbol, left, right)
        if known is False:
            return Constant(False)
        if known is None and symbol in _RICH and not (is_plain(left) and is_plain(right)):
            return UNKNOWN  # an array's or a tensor's comparison is an array or a tensor
        verdict = None if known is None else verdict
        left_node, left = right_node, right
    return OfType("bool") if verdict is None else Constant(True)


# ------------------------------------------------------------------------------------------------- strings


@expression(ast.JoinedStr)
def _formatted(interp: Interpreter, node: ast.JoinedStr) -> Value:
    text = ""
    exact = True
    for piece in node.values:
        if isinstance(piece, ast.Constant):
            text += str(piece.value)
            continue
        value = interp.eval(piece.value) if isinstance(piece, ast.FormattedValue) else UNKNOWN
        specification = _specification(piece)
        known = None if specification is None else texts.interpolated(value, specification)
        exact = exact and known is not None
        text += known or ""
    return Constant(text) if exact else OfType("str")


def _specification(piece: ast.expr) -> str | None:
    """What stands behind the colon of a piece of an f-string; None where it is made of other pieces, or converted."""
    if not isinstance(piece, ast.FormattedValue) or piece.conversion != -1:
        return None
    parts = piece.format_spec.values if isinstance(piece.format_spec, ast.JoinedStr) else []
    plain = [str(part.value) for part in parts if isinstance(part, ast.Constant)]
    return "".join(plain) if len(plain) == len(parts) else None


# ------------------------------------------------------------------------------------------------- functions


@expression(ast.Lambda)
def _lambda(interp: Interpreter, node: ast.Lambda) -> Value:
    defaults = tuple(interp.eval(default) for default in node.args.defaults)
    keywords = tuple(
        (argument.arg, interp.eval(default))
        for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults)
        if default is not None
    )
    interp.scope.capture()
    return UserFunction(node, interp.scope, defaults, keywords)


@expression(ast.Await)
def _await(interp: Interpreter, node: ast.Await) -> Value:
    return interp.eval(node.value)


@expression(ast.Yield)
def _yield(interp: Interpreter, node: ast.Yield) -> Value:
    value = Constant(None) if node.value is None else interp.eval(node.value)
    frame = interp.frame
    interp.call_method(_yielded(interp), "append", (value,), {})
    frame.given.append(value)
    pause = interp.heap.delta_since(frame.mark).without(_yielded(interp))
    if len(frame.pauses) < MAX_PAUSES and any(not target.is_local for target, _, _ in pause.writes.values()):
        frame.pauses.append(pause)
    return UNKNOWN


@expression(ast.YieldFrom)
def _yield_from(interp: Interpreter, node: ast.YieldFrom) -> Value:
    interp.call_method(_yielded(interp), "extend", (interp.eval(node.value),), {})
    return UNKNOWN


def _yielded(interp: Interpreter) -> ListValue:
    """What the running generator has yielded so far; a list, so that branches and loops are joined as for any list."""
    frame = interp.frame
    if frame.yields is None:
        frame.yields = ListValue(TupleValue(()))
    return frame.yields


# ------------------------------------------------------------------------------------------------- comprehensions


@expression(ast.ListComp)
def _list_comprehension(interp: Interpreter, node: ast.ListComp) -> Value:
    since = 0 if interp.trace is None else len(interp.trace.steps)
    made = ListValue(_comprehend(interp, node.generators, lambda: interp.eval(node.elt)))
    if interp.trace is not None:
        interp.trace.comprehended(made, since)
    return made


@expression(ast.SetComp)
def _set_comprehension(interp: Interpreter, node: ast.SetComp) -> Value:
    content = _comprehend(interp, node.generators, lambda: interp.eval(node.elt))
    return SetValue(content.items if isinstance(content, TupleValue) else None)


@expression(ast.GeneratorExp)
def _generator(interp: Interpreter, node: ast.GeneratorExp) -> Value:
    return as_generator(_comprehend(interp, node.generators, lambda: interp.eval(node.elt)))


@expression(ast.DictComp)
def _dict_comprehension(interp: Interpreter, node: ast.DictComp) -> Value:
    content = _comprehend(interp, node.generators, lambda: TupleValue((interp.eval(node.key), interp.eval(node.value))))
    if isinstance(content, TupleValue):
        pairs = [item.items for item in content.items if isinstance(item, TupleValue)]
        if all(is_key(as_key(key)) for key, _ in pairs):
            return DictValue((as_key(key), value) for key, value in pairs)
    pair = element_of(content)
    return DictValue(rest=pair.items[1] if isinstance(pair, TupleValue) else UNKNOWN)


def _comprehend(
    interp: Interpreter, generators: list[ast.comprehension], element: Callable[[], Value]
) -> TupleValue | IterableValue:
    """Run a comprehension in a scope of its own: item by item where the items are known, else once for any item."""
    outer = interp.frame.scope
    scope = interp.frame.scope = Scope("function", outer)
    scope.declared.update(outer.declared)
    scope.inline = True
    found: list[Value] = []
    lengths: list[Dim] = []
    try:
        exact = _comprehend_level(interp, generators, element, found, lengths)
    finally:
        interp.frame.scope = outer
    if scope.is_local:
        interp.heap.forget(scope)
    if exact:
        return TupleValue(tuple(found))
    every = len(generators) == 1 and not generators[0].ifs
    any_of_them = settled(join_all(found))
    if truth(any_of_them) is False:  # an empty container is a place to fill, each of them with something else
        side_effects.forget_contents(interp.heap, any_of_them)
    return IterableValue(any_of_them, lengths[0] if every else None)


def _comprehend_level(
    interp: Interpreter,
    generators: list[ast.comprehension],
    element: Callable[[], Value],
    found: list[Value],
    lengths: list[Dim],
) -> bool:
    """Evaluate the comprehension from its first generator on; returns whether ``found`` holds exactly its items.

    ``lengths`` gets the length of each iterable.
    """
    if not generators:
        found.append(element())
        return True
    generator = generators[0]
    iterable = interp.eval(generator.iter)
    items = items_of(iterable)
    lengths.append(length(iterable))

    def give(item: Value) -> bool:
        bind(interp, generator.target, item)
        verdicts = [condition(interp, test) for test in generator.ifs]
        if False in verdicts:
            return True
        complete = _comprehend_level(interp, generators[1:], element, found, lengths)
        return complete and None not in verdicts

    if items is not None and len(items) + len(found) <= MAX_COMPREHENSION:
        complete = [give(item) for item in items]
        return all(complete)
    any_item = any_in_turn(interp, iterable)
    repeat(interp, lambda: give(any_item), interp.scope)
    return False
