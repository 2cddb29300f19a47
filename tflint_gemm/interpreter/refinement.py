"""What an operation or an assertion that went well tells about its operands: sizes known from then on.

``tf.matmul(x, tf.ones([784, 10]))`` leaves ``x`` with 784 columns, ``assert x.shape[1] == 784`` does too.  Only
variables of the running function learn, and the names of sizes that they share.  Elementwise operations tell nothing,
since a size of 1 is broadcast; neither do operations that only build a graph, which raise when it is run, if at all.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping

from tflint_gemm.domain import dims, shapes
from tflint_gemm.domain.dims import Dim, Symbol, SymbolicDim
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import (
    FALSE,
    UNKNOWN,
    Constant,
    Kind,
    ShapeValue,
    Symbolic,
    Tensor,
    Unknown,
    Value,
    dim_of,
    from_dim,
)
from tflint_gemm.interpreter.interpreter import Interpreter
from tflint_gemm.ops.conversion import sequence_items, to_shape
from tflint_gemm.ops.rules import merge_shapes
from tflint_gemm.replacing import replace

_NEVER = (Kind.PYTHON, Kind.SPARSE, Kind.RAGGED)
Told = tuple[ast.expr, Shape]
Learner = Callable[[Mapping[str, Value], Mapping[str, ast.expr]], Iterator[Told]]


# ------------------------------------------------------------------------------------------------- variables


def refine(interp: Interpreter, name: str, told: Shape) -> None:
    """From now on the tensor in the variable ``name`` is known to have this shape, where nothing contradicts it."""
    value = interp.scope.slots.get(name)
    if isinstance(value, Unknown):
        value = Tensor(kind=Kind.UNKNOWN)
    if not isinstance(value, Tensor) or value.kind in _NEVER or told is None:
        return
    if shapes.equal(value.shape, told) is False or merge_shapes(value.shape, told) == value.shape:
        return
    interp.heap.write(interp.scope, name, replace(value, shape=merge_shapes(value.shape, told)))
    found = {dims.single_symbol(old): new for old, new in zip(value.shape or (), told) if isinstance(new, int)}
    _substitute(interp, {symbol: size for symbol, size in found.items() if symbol is not None})


def _substitute(interp: Interpreter, meant: dict[Symbol, Dim]) -> None:
    """The named sizes are these numbers, wherever a variable has them."""
    if not meant:
        return
    for name, value in list(interp.scope.slots.items()):
        known: Value = value
        if isinstance(value, Tensor) and value.shape is not None:
            known = replace(value, shape=tuple(dims.substitute(dim, meant) for dim in value.shape))
        elif isinstance(value, Symbolic):
            known = from_dim(dims.substitute(value.dim, meant))
        if known != value:
            interp.heap.write(interp.scope, name, known)


def refine_told(interp: Interpreter, name: str, value: Value, shape: Value) -> None:
    """``x.set_shape(shape)`` was called on the variable ``name``."""
    told = to_shape(shape)
    if not isinstance(value, Tensor) or told is None or interp.scope.slots.get(name) is not value:
        return
    told = tuple(None if dim == -1 else dim for dim in told)
    if value.shape is None and not any(told):
        return  # nothing checks in a graph what is told; without a size it is worth little
    refine(interp, name, told)


def _builds_graph(interp: Interpreter) -> bool:
    return interp.graph_only or interp.frame.mode == "graph"


# ------------------------------------------------------------------------------------------------- conditions


def assume(interp: Interpreter, test: ast.expr, assumed: bool) -> None:
    """What the shapes of variables are where ``test`` came out as ``assumed``."""
    if _builds_graph(interp):
        return
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        assume(interp, test.operand, not assumed)
    elif isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) is assumed:
        for operand in test.values:
            assume(interp, operand, assumed)
    elif isinstance(test, ast.Compare) and _says_equal(test, assumed):
        _equate(interp, test.left, test.comparators[0])
        _equate(interp, test.comparators[0], test.left)


def _says_equal(test: ast.Compare, assumed: bool) -> bool:
    return len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq if assumed else ast.NotEq)


def _equate(interp: Interpreter, asked: ast.expr, other: ast.expr) -> None:
    """``asked``, a shape of a variable, a rank or a size, is what ``other`` is."""
    variable = _variable_of(asked)
    if variable is None:
        return
    with interp.quiet():
        value = interp.eval(other)
    name, told = variable.id, _told(interp, variable.id, asked, value)
    if told is not None:
        refine(interp, name, told)


def _told(interp: Interpreter, name: str, asked: ast.expr, value: Value) -> Shape:
    if _is_shape(asked):
        return to_shape(value) if isinstance(value, ShapeValue) or sequence_items(value) is not None else None
    size = dim_of(value) if isinstance(value, (Constant, Symbolic, Tensor)) else None
    if not isinstance(asked, ast.Subscript):
        return (None,) * size if isinstance(size, int) and 0 <= size <= 16 else None
    known = interp.scope.slots.get(name)
    index = _index(asked.slice)
    rank = known.rank if isinstance(known, Tensor) else None
    if rank is None or index is None or not -rank <= index < rank or size is None:
        return None
    return tuple(size if axis == index % rank else None for axis in range(rank))


def _index(node: ast.expr) -> int | None:
    negative = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
    inner = node.operand if isinstance(node, ast.UnaryOp) else node
    if not isinstance(inner, ast.Constant) or type(inner.value) is not int:
        return None
    return -inner.value if negative else inner.value


def _variable_of(asked: ast.expr) -> ast.Name | None:
    """The variable whose shape, rank or size along one axis ``asked`` is."""
    if isinstance(asked, ast.Subscript):
        return _variable_of(asked.value) if _is_shape(asked.value) else None
    if isinstance(asked, ast.Attribute) and asked.attr in ("rank", "ndims") and _is_shape(asked.value):
        return _variable_of(asked.value)
    if isinstance(asked, ast.Attribute) and asked.attr in ("shape", "ndim"):
        return asked.value if isinstance(asked.value, ast.Name) else None
    if isinstance(asked, ast.Call) and isinstance(asked.func, ast.Name) and asked.func.id == "len":
        return _variable_of(asked.args[0]) if asked.args and _is_shape(asked.args[0]) else None
    return _variable_of(inner) if (inner := _inside(asked)) is not None else None


def whole_shape(node: ast.expr) -> ast.Name | None:
    """The variable of whose shape the items are those of ``node``: ``x.shape``, ``tf.unstack(tf.shape(x))``."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "unstack":
        node = node.args[0] if len(node.args) == 1 and not node.keywords else node
    return _variable_of(node) if _is_shape(node) else None


def _is_shape(node: ast.expr) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "shape"
    return (inner := _inside(node)) is not None and _is_shape(inner)


def _inside(node: ast.expr) -> ast.expr | None:
    """The shape in ``x.get_shape()``, ``x.shape.as_list()``, ``tuple(x.shape)`` and ``tf.shape(x)``."""
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Attribute) and not node.args:
        if node.func.attr == "get_shape":
            return ast.Attribute(value=node.func.value, attr="shape")
        return node.func.value if node.func.attr == "as_list" else None
    if isinstance(node.func, ast.Attribute) and node.func.attr == "shape" and len(node.args) == 1:
        return ast.Attribute(value=node.args[0], attr="shape")
    plain = isinstance(node.func, ast.Name) and node.func.id in ("tuple", "list") and len(node.args) == 1
    return node.args[0] if plain else None


# ------------------------------------------------------------------------------------------------- calls


def learn(interp: Interpreter, api: str, arguments: Mapping[str, Value], nodes: Mapping[str, ast.expr]) -> None:
    """Refine the variables among the operands of a call that has gone well."""
    learner = _LEARNERS.get(api)
    if interp.silenced or _builds_graph(interp):
        return
    if api in _EQUATIONS and {"x", "y"} <= nodes.keys():
        _equate(interp, nodes["x"], nodes["y"])
        _equate(interp, nodes["y"], nodes["x"])
    for node, told in learner(arguments, nodes) if learner is not None else ():
        if isinstance(node, ast.Name):
            refine(interp, node.id, told)


def _placed(shape: tuple[Dim, ...], axis: int, size: Dim) -> Shape:
    """A shape of the rank of ``shape`` of which only the size along ``axis`` is known."""
    return tuple(size if place == axis % len(shape) else None for place in range(len(shape)))


def _product(first: str, second: str) -> Learner:
    def learner(arguments: Mapping[str, Value], nodes: Mapping[str, ast.expr]) -> Iterator[Told]:
        a, b = arguments.get(first, UNKNOWN), arguments.get(second, UNKNOWN)
        if not _is_matrix(a) or not _is_matrix(b) or not isinstance(a, Tensor) or not isinstance(b, Tensor):
            return
        turned = [_turned(arguments, "a"), _turned(arguments, "b")]
        if None in turned or a.shape is None or b.shape is None:
            return
        left, right = -2 if turned[0] else -1, -1 if turned[1] else -2
        for name, shape, axis, size in (
            (first, a.shape, left, b.shape[right]),
            (second, b.shape, right, a.shape[left]),
        ):
            if name in nodes and isinstance(size, int) and not isinstance(shape[axis], int):
                yield nodes[name], _placed(shape, axis, size)

    return learner


def _is_matrix(value: Value) -> bool:
    return isinstance(value, Tensor) and value.kind is not Kind.KERAS and value.rank is not None and value.rank >= 2


def _turned(arguments: Mapping[str, Value], operand: str) -> bool | None:
    """Whether the operand is transposed; None where that is not known."""
    flags = [arguments.get(f"{way}_{operand}", FALSE) for way in ("transpose", "adjoint")]
    known = [flag.value for flag in flags if isinstance(flag, Constant) and isinstance(flag.value, bool)]
    return any(known) if len(known) == len(flags) else None


def _joined(arguments: Mapping[str, Value], nodes: Mapping[str, ast.expr]) -> Iterator[Told]:
    """``tf.concat``: all sizes but the one along the axis agree."""
    items, axis = sequence_items(arguments.get("values", UNKNOWN)) or (), arguments.get("axis", UNKNOWN)
    tensors = [item for item in items if isinstance(item, Tensor) and item.shape and item.kind is not Kind.KERAS]
    ranks = {tensor.rank for tensor in tensors}
    if len(tensors) != len(items) or len(ranks) != 1 or not isinstance(axis, Constant) or type(axis.value) is not int:
        return
    merged: Shape = None
    for tensor in tensors:
        if shapes.equal(_open(tensor.shape, axis.value), merged) is False:
            return
        merged = merge_shapes(merged, _open(tensor.shape, axis.value))
    told = tuple(dim if isinstance(dim, int) else None for dim in merged or ())
    for number, _ in enumerate(items):
        if f"values[{number}]" in nodes:
            yield nodes[f"values[{number}]"], told


def _open(shape: Shape, axis: int) -> Shape:
    assert shape is not None
    return tuple(None if place == axis % len(shape) else dim for place, dim in enumerate(shape))


def _of_rank(arguments: Mapping[str, Value], nodes: Mapping[str, ast.expr]) -> Iterator[Told]:
    rank, node = dim_of(arguments.get("rank", UNKNOWN)), nodes.get("x")
    if isinstance(rank, int) and 0 <= rank <= 16 and node is not None:
        yield node, (None,) * rank


def _described(arguments: Mapping[str, Value], nodes: Mapping[str, ast.expr]) -> Iterator[Told]:
    """``tf.debugging.assert_shapes([(x, ("n", 784))])``: the sizes that are numbers."""
    for number, pair in enumerate(sequence_items(arguments.get("shapes", UNKNOWN)) or ()):
        node, parts = nodes.get(f"shapes[{number}]"), sequence_items(pair)
        sizes = sequence_items(parts[1]) if parts is not None and len(parts) == 2 else None
        if isinstance(node, ast.Tuple) and sizes is not None and len(sizes) > 1 and not set(sizes) & _ANY_NUMBER:
            yield node.elts[0], tuple(dim_of(size) if isinstance(size, Constant) else None for size in sizes)


_ANY_NUMBER: set[Value] = {Constant("*"), Constant("..."), Constant(...)}


def _fits(argument: str) -> Learner:
    def learner(arguments: Mapping[str, Value], nodes: Mapping[str, ast.expr]) -> Iterator[Told]:
        """``x.shape.assert_is_compatible_with(shape)``, ``tf.ensure_shape(x, shape)``."""
        told, node = to_shape(arguments.get(argument, UNKNOWN)), nodes.get("x", nodes.get("self"))
        if told is not None and node is not None:
            variable = _variable_of(node) if _is_shape(node) else node
            if variable is not None:
                yield variable, tuple(None if dim == -1 or isinstance(dim, SymbolicDim) else dim for dim in told)

    return learner


_EQUATIONS = {"debugging.assert_equal", "compat.v1.assert_equal"}
_LEARNERS: dict[str, Learner] = {
    "linalg.matmul": _product("a", "b"),
    "Tensor.__matmul__": _product("x", "y"),
    "numpy.ndarray.__matmul__": _product("x", "y"),
    "concat": _joined,
    "debugging.assert_rank": _of_rank,
    "compat.v1.assert_rank": _of_rank,
    "debugging.assert_shapes": _described,
    "ensure_shape": _fits("shape"),
    "TensorShape.assert_is_compatible_with": _fits("other"),
}
