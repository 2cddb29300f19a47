"""Names for sizes that nothing in the program tells, so that a memory plan can be a formula.

A plan of ``def mask(n): return tf.ones((n, n))`` is worth something only as ``4·n²``: here a parameter, an attribute
(``config.hidden_size``) or a variable (``batch = tf.shape(x)[0]``) lends its name to the size that it stands for.
That it *is* a size is a guess, so none of this happens where errors are looked for.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from tflint_gemm.domain import dims
from tflint_gemm.domain.counters import Counter
from tflint_gemm.domain.dims import Dim, SymbolicDim
from tflint_gemm.domain.dtypes import FLOAT32, INT32, INT64
from tflint_gemm.domain.shapes import Shape
from tflint_gemm.domain.values import NONE, Constant, Kind, OfType, Storage, Symbolic, Tensor, Unknown, Value, dim_of
from tflint_gemm.interpreter.memory import new_storage
from tflint_gemm.interpreter.records import Call
from tflint_gemm.replacing import replace

FLOATING = FLOAT32
"""What an unknown dtype counts as."""

_IN_MEMORY = (Kind.TENSOR, Kind.VARIABLE, Kind.ARRAY, Kind.UNKNOWN)
_FED = "placeholder"
_NEW_AXES = ("None", "tf.newaxis", "np.newaxis")
_ELEMENTWISE = frozenset(
    [f"__{side}{name}__" for side in ("", "r") for name in ("add", "sub", "mul", "truediv")]
    + ["add", "subtract", "multiply", "divide", "maximum", "minimum", "where"]
)
_OPS, _VARIABLES, _PROGRAM = range(3)
"""Who named a size: an op that makes a tensor of unknown size, the variable that holds it, or the program itself.  A
name gives way to one further on."""


class SizeNames:
    """The names of one analysis, and the numbers that some of them are ``assumed`` to be."""

    def __init__(self, assumed: Mapping[str, int]) -> None:
        self.assumed = assumed
        self._known: dict[tuple[object, str], SymbolicDim] = {}
        self._authority: dict[dims.Symbol, int] = {}

    def _called(self, name: str, place: object = None, authority: int = _PROGRAM) -> SymbolicDim:
        """The size that is called ``name`` at ``place``, one and the same whenever that is asked."""
        if (place, name) not in self._known:
            size = self._known[place, name] = dims.symbol(name)
            self._authorise(size, authority)
        return self._known[place, name]

    def _authorise(self, size: Dim, authority: int) -> None:
        symbol = dims.single_symbol(size)
        if symbol is not None:
            self._authority[symbol] = authority

    def _rename(self, size: Dim, name: str, authority: int) -> None:
        symbol = dims.single_symbol(size)
        if symbol is not None and self._authority.get(symbol, _PROGRAM) < authority:
            dims.rename(symbol, name)
            self._authority[symbol] = authority

    # ------------------------------------------------------------------------------------------- values

    def parameter(self, argument: ast.arg) -> Value:
        """A parameter of which nothing is known, and what it is where it is used as a size."""
        return Unknown(self._called(argument.arg, argument))

    def member(self, name: str, value: Value) -> Value:
        """The value of an attribute, or of what a dict holds under a text; ``self.units`` is one size everywhere."""
        return Unknown(self._called(name)) if _may_be_size(value) else value

    def bound(self, target: ast.Name, value: Value) -> Value:
        """The value of a variable: what has no name gets the variable's."""
        name = target.id
        if _may_be_size(value):
            return Unknown(self._called(name, target))
        if isinstance(value, (Symbolic, Unknown)):
            self._rename(dim_of(value), name, _PROGRAM)
        elif isinstance(value, Tensor) and value.kind in _IN_MEMORY:
            if value.shape == ():
                return self._bound_number(target, value)
            for axis, dim in enumerate(value.shape or ()):
                self._rename(dim, f"{name}.shape[{axis}]", _VARIABLES)
            return self.opened(name, value, target, _VARIABLES)
        return value

    def _bound_number(self, target: ast.Name, value: Tensor) -> Tensor:
        size = dim_of(value)
        if size is None and value.dtype in (INT32, INT64):
            return replace(value, elements=(self._called(target.id, target),))
        self._rename(size, target.id, _PROGRAM)
        return value

    def made(self, call: Call, value: Tensor, operands: Iterable[Tensor]) -> Tensor:
        """What an op made: with the shape of its large operand, a length that is asked for, else with names."""
        name = call.display.removesuffix("(...)").rpartition(".")[2]
        if call.api.rpartition(".")[2] in _ELEMENTWISE and value.kind in _IN_MEMORY:
            value = replace(value, shape=self._broadcast(value.shape, [one.shape for one in operands if one.rank]))
        elif value.shape == (None,) and name in ("range", "arange"):
            value = replace(value, shape=(_length(call),))
        return self.opened(name, value, call.node)

    def _broadcast(self, shape: Shape, given: list[Shape]) -> Shape:
        """The shape of what is computed element by element, with the better named of sizes that must agree."""
        known = [sizes for sizes in given if sizes is not None]
        if shape is None:  # what is not known is a bias or a mask more often than not
            return known[0] if len(set(known)) == 1 and 1 not in known[0] else None
        found = list(shape)
        for axis in range(-1, -len(shape) - 1, -1):
            dims_here = [sizes[axis] for sizes in known if len(sizes) >= -axis and sizes[axis] not in (1, None)]
            if found[axis] is None and dims_here:
                found[axis] = max(dims_here, key=self._rank_of)
        return tuple(found)

    def _rank_of(self, size: Dim) -> int:
        """How much a size says: a number, a name of the program's, what is computed of such, other names."""
        symbol = dims.single_symbol(size)
        if symbol is None:
            return _PROGRAM + 1 if isinstance(size, int) else _VARIABLES
        return self._authority.get(symbol, _PROGRAM)

    def opened(self, name: str, value: Tensor, place: object, authority: int = _OPS) -> Tensor:
        """``value``, which ``place`` makes, with a named size in the place of each that is not known."""
        if value.shape is None or None not in value.shape or value.kind not in _IN_MEMORY:
            return value
        if name == "shape":
            return value  # its length is a rank
        first = self._called("batch", None, _VARIABLES) if name == _FED else None  # one for all that is fed
        shape = tuple(
            dim if dim is not None else self._axis(name, axis, place, authority, first)
            for axis, dim in enumerate(value.shape)
        )
        return replace(value, shape=shape)

    def storage(self, value: Tensor, node: ast.AST | None, symbolic: bool = False) -> Storage:
        """The buffer of a tensor; one of unknown dtype counts as floating, a shape of unknown rank as nothing."""
        made = new_storage(value, node, symbolic, FLOATING)
        return replace(made, nbytes=0) if value.shape == (None,) and made.nbytes is None else made

    def _axis(self, name: str, axis: int, place: object, authority: int, first: SymbolicDim | None) -> SymbolicDim:
        return first if axis == 0 and first else self._called(f"{name}.shape[{axis}]", place, authority)

    def specified(self, name: str, value: Value, place: object) -> Value:
        """A parameter that an ``input_signature`` describes."""
        if not isinstance(value, Tensor) or value.shape is None:
            return value
        first = self._called("batch", place, _VARIABLES)
        sizes = (self._axis(name, axis, place, _VARIABLES, first) for axis in range(len(value.shape)))
        return replace(value, shape=tuple(dim if dim is not None else size for dim, size in zip(value.shape, sizes)))

    def unnamed(self, rank: int, variable: str, place: object) -> tuple[Dim, ...]:
        """The sizes of a variable of which only the rank is known."""
        return tuple(self._called(f"{variable}.shape[{axis}]", place, _VARIABLES) for axis in range(rank))

    def unpacked(self, targets: Iterable[ast.expr], variable: str) -> tuple[Dim, ...]:
        """The sizes that ``b, t, c = x.shape`` names."""
        return tuple(
            self._called(target.id, target)
            if isinstance(target, ast.Name) and target.id.strip("_")
            else self._called(f"{variable}.shape[{axis}]", target, _VARIABLES)
            for axis, target in enumerate(targets)
        )


def indexed_rank(index: ast.expr) -> int | None:
    """The rank that ``x[:, None, :]`` suggests: who adds an axis writes down the others."""
    items = index.elts if isinstance(index, ast.Tuple) else []
    added = [item for item in items if ast.unparse(item) in _NEW_AXES]
    if not added or any(isinstance(item, ast.Constant) and item.value is Ellipsis for item in items):
        return None
    return len(items) - len(added)


def _length(call: Call) -> Dim:
    """The length of a range that counts from 0 by ones."""
    steps = [call.arguments.get(name, NONE) for name in ("delta", "step")]
    bounds = [call.arguments.get(name, NONE) for name in ("start", "limit", "stop")]
    given = [bound for bound in bounds if bound not in (NONE, Constant(0))]
    return dim_of(given[0]) if len(given) == 1 and all(step in (NONE, Constant(1)) for step in steps) else None


def _may_be_size(value: Value) -> bool:
    if isinstance(value, Counter):
        return False  # an index more likely than a size, and its bounds say more than a name
    return value == Unknown() or (isinstance(value, OfType) and value.type_name == "int")
