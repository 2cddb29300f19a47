"""Dimensions: integers, symbolic polynomials in normal form, and unknown.

A ``Dim`` is an ``int``, a ``SymbolicDim`` (a polynomial with integer coefficients over symbols and opaque atoms such
as ``floordiv(n, 2)``, after JAX's ``shape_poly``), or ``None``: unknown, and with no identity.  Comparison is
three-valued: ``True``, ``False``, or ``None`` for "cannot be decided".
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Union

MAX_TERMS = 12  # a larger polynomial says nothing a reader can use, and products would blow up
MAX_INTEGER = 1 << 256  # beyond every size that means anything; keeps arithmetic on hostile literals cheap

_identities = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Symbol:
    """A dimension that is not known but is one and the same wherever it stands.

    ``assumed``: an annotation says that it is an integer, which may not be so (a list of them is passed as well).
    ``left_open``: the program says that the size is any, so that Keras has None in its place.
    What it is called is not what it is, so a better name may come later (``rename``).
    """

    name: str = field(compare=False)
    assumed: bool = False
    left_open: bool = field(default=False, compare=False)
    identity: int = field(default_factory=lambda: next(_identities))

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Atom:
    """A function of dimensions that polynomials cannot express, kept whole: floordiv, mod, max, min."""

    function: str
    arguments: tuple["Dim", ...]

    def __str__(self) -> str:
        return f"{self.function}({', '.join(map(str, self.arguments))})"


Factor = Union[Symbol, Atom]
Monomial = tuple[Factor, ...]


@dataclass(frozen=True, slots=True)
class SymbolicDim:
    """A polynomial: pairs of monomial and non-zero coefficient in a canonical order; never a mere constant."""

    terms: tuple[tuple[Monomial, int], ...]

    def __str__(self) -> str:
        pieces = []
        for monomial, coefficient in self.terms:
            text = "*".join(map(str, monomial))
            if not monomial:
                text = str(abs(coefficient))
            elif abs(coefficient) != 1:
                text = f"{abs(coefficient)}*{text}"
            pieces.append(("-" if coefficient < 0 else "+", text))
        head = ("-" if pieces[0][0] == "-" else "") + pieces[0][1]
        return head + "".join(f" {sign} {text}" for sign, text in pieces[1:])

    def __repr__(self) -> str:
        return f"<{self}>"


Dim = Union[int, SymbolicDim, None]
Ternary = Union[bool, None]


def symbol(name: str, assumed: bool = False, left_open: bool = False) -> SymbolicDim:
    """A fresh symbolic dimension shown as ``name``; two calls never give the same one."""
    return SymbolicDim((((Symbol(name, assumed, left_open),), 1),))


def rename(one: Symbol, name: str) -> None:
    """Call a symbol ``name`` from now on, wherever it stands."""
    object.__setattr__(one, "name", name)


def single_symbol(dim: Dim) -> Symbol | None:
    """The symbol that ``dim`` is and nothing else."""
    if not isinstance(dim, SymbolicDim) or len(dim.terms) != 1:
        return None
    monomial, coefficient = dim.terms[0]
    factor = monomial[0] if len(monomial) == 1 and coefficient == 1 else None
    return factor if isinstance(factor, Symbol) else None


def is_assumed(dim: SymbolicDim) -> bool:
    """Whether it is only an annotation that makes this a number."""
    factors = (factor for monomial, _ in dim.terms for factor in monomial)
    return any(isinstance(factor, Symbol) and factor.assumed for factor in factors)


def _sort_key(factor: Factor) -> tuple[Any, ...]:
    """The order in which the program introduced them: by itself, not by what was analysed before it."""
    if isinstance(factor, Symbol):
        return (0, factor.identity, factor.name)
    return (1, factor.function, *map(_dim_key, factor.arguments))


def _dim_key(dim: Dim) -> tuple[Any, ...]:
    if isinstance(dim, SymbolicDim):
        return (2, *((*map(_sort_key, monomial), (3, coefficient)) for monomial, coefficient in dim.terms))
    return (0,) if dim is None else (1, dim)


def _terms(dim: int | SymbolicDim) -> dict[Monomial, int]:
    if isinstance(dim, int):
        return {(): dim} if dim else {}
    return dict(dim.terms)


def _normal(terms: dict[Monomial, int]) -> Dim:
    kept = {monomial: coefficient for monomial, coefficient in terms.items() if coefficient}
    if not kept:
        return 0
    if len(kept) == 1 and () in kept:
        return _bounded(kept[()])
    if len(kept) > MAX_TERMS or any(abs(coefficient) >= MAX_INTEGER for coefficient in kept.values()):
        return None
    # Symbols before the constant, in order of identity: the order in which the program introduced them.
    ordered = sorted(kept.items(), key=lambda item: (not item[0], [_sort_key(factor) for factor in item[0]]))
    return SymbolicDim(tuple(ordered))


def _bounded(number: int) -> Dim:
    return number if abs(number) < MAX_INTEGER else None


def add(left: Dim, right: Dim) -> Dim:
    """``left + right`` in normal form; unknown where either is."""
    if left is None or right is None:
        return None
    if isinstance(left, int) and isinstance(right, int):
        return _bounded(left + right)
    total = _terms(left)
    for monomial, coefficient in _terms(right).items():
        total[monomial] = total.get(monomial, 0) + coefficient
    return _normal(total)


def negate(dim: Dim) -> Dim:
    """``-dim``."""
    return multiply(dim, -1)


def subtract(left: Dim, right: Dim) -> Dim:
    """``left - right``."""
    return add(left, negate(right))


def multiply(left: Dim, right: Dim) -> Dim:
    """``left * right``; 0 times something unknown is 0."""
    if left == 0 or right == 0:
        return 0
    if left is None or right is None:
        return None
    if isinstance(left, int) and isinstance(right, int):
        return _bounded(left * right)
    product: dict[Monomial, int] = {}
    for first, first_coefficient in _terms(left).items():
        for second, second_coefficient in _terms(right).items():
            monomial = tuple(sorted(first + second, key=_sort_key))
            if len(monomial) > MAX_TERMS:
                return None
            product[monomial] = product.get(monomial, 0) + first_coefficient * second_coefficient
    return _normal(product)


def product(dims: tuple[Dim, ...]) -> Dim:
    """The product of all; 0 if one is 0, even where another is unknown."""
    result: Dim = 1
    if any(dim == 0 for dim in dims):
        return 0
    for dim in dims:
        result = multiply(result, dim)
    return result


def divide_exactly(dividend: Dim, divisor: Dim) -> Dim:
    """``dividend / divisor`` where that is a polynomial again (what ``-1`` in a reshape asks for), else unknown."""
    if dividend is None or divisor is None or divisor == 0:
        return None
    if isinstance(dividend, int) and isinstance(divisor, int):
        return dividend // divisor if dividend % divisor == 0 else None
    if dividend == divisor:
        return 1
    divisor_terms = list(_terms(divisor).items())
    if len(divisor_terms) != 1:
        return None
    (monomial, coefficient) = divisor_terms[0]
    quotient: dict[Monomial, int] = {}
    for term, term_coefficient in _terms(dividend).items():
        remaining = list(term)
        for factor in monomial:
            if factor not in remaining:
                return None
            remaining.remove(factor)
        if term_coefficient % coefficient:
            return None
        quotient[tuple(remaining)] = term_coefficient // coefficient
    return _normal(quotient)


def floor_divide(left: Dim, right: Dim) -> Dim:
    """``left // right``; an atom where that cannot be simplified, unknown for a division by 0."""
    if left is None or right is None or right == 0:
        return None
    if isinstance(left, int) and isinstance(right, int):
        return left // right
    exact = divide_exactly(left, right)
    return exact if exact is not None else _atom("floordiv", left, right)


def modulo(left: Dim, right: Dim) -> Dim:
    """``left % right``, as for ``floor_divide``."""
    if left is None or right is None or right == 0:
        return None
    if isinstance(left, int) and isinstance(right, int):
        return left % right
    if divide_exactly(left, right) is not None:
        return 0
    return _atom("mod", left, right)


def maximum(left: Dim, right: Dim) -> Dim:
    """The greater of the two; an atom where that cannot be decided."""
    return _extremum("max", left, right)


def minimum(left: Dim, right: Dim) -> Dim:
    """The smaller of the two, as for ``maximum``."""
    return _extremum("min", left, right)


def _extremum(name: str, left: Dim, right: Dim) -> Dim:
    if left is None or right is None:
        return None
    if isinstance(left, int) and isinstance(right, int):
        return max(left, right) if name == "max" else min(left, right)
    if left == right:
        return left
    return _atom(name, *sorted((left, right), key=_dim_key))


def _atom(function: str, *arguments: Dim) -> Dim:
    if any(isinstance(argument, SymbolicDim) and _depth(argument) >= 3 for argument in arguments):
        return None  # nests of floordiv in floordiv grow without telling anything
    return SymbolicDim((((Atom(function, arguments),), 1),))


def _depth(dim: Dim) -> int:
    if not isinstance(dim, SymbolicDim):
        return 0
    atoms = (factor for monomial, _ in dim.terms for factor in monomial if isinstance(factor, Atom))
    return max((1 + max(map(_depth, atom.arguments)) for atom in atoms), default=0)


def equal(left: Dim, right: Dim) -> Ternary:
    """Whether two dimensions are the same number: True, False, or None when that cannot be decided."""
    if left is None or right is None:
        return None
    if isinstance(left, int) and isinstance(right, int):
        return left == right
    difference = subtract(left, right)
    if isinstance(difference, int):
        return difference == 0
    return None


def count(numbers: range) -> int:
    """``len(numbers)``, also where that is more than ``len`` can tell."""
    step = numbers.step
    return max(0, (numbers.stop - numbers.start + step - (1 if step > 0 else -1)) // step)


def join(left: Dim, right: Dim) -> Dim:
    """The least upper bound: the dimension itself where both agree, else unknown."""
    return left if left == right else None


def merge(left: Dim, right: Dim) -> Dim:
    """What is known once both are known to be the same: the more precise of the two."""
    if isinstance(left, int):
        return left
    if isinstance(right, int):
        return right
    return left if left is not None else right


def substitute(dim: Dim, assignment: dict[Symbol, Dim]) -> Dim:
    """``dim`` with symbols replaced by the dimensions that ``assignment`` gives them."""
    if not isinstance(dim, SymbolicDim):
        return dim
    total: Dim = 0
    for monomial, coefficient in dim.terms:
        term: Dim = coefficient
        for factor in monomial:
            term = multiply(term, _substitute_factor(factor, assignment))
        total = add(total, term)
    return total


def symbols_in(dim: Dim) -> Iterator[Symbol]:
    """The symbols that ``dim`` is made of, as often as they stand there."""
    for monomial, _ in dim.terms if isinstance(dim, SymbolicDim) else ():
        for factor in monomial:
            if isinstance(factor, Symbol):
                yield factor
            else:
                for argument in factor.arguments:
                    yield from symbols_in(argument)


def evaluate(dim: Dim, sizes: Mapping[str, int]) -> Dim:
    """``dim`` with numbers for the symbols whose names are in ``sizes``."""
    assignment: dict[Symbol, Dim] = {one: sizes[one.name] for one in symbols_in(dim) if one.name in sizes}
    return substitute(dim, assignment) if assignment else dim


_FUNCTIONS = {"floordiv": floor_divide, "mod": modulo, "max": maximum, "min": minimum}


def _substitute_factor(factor: Factor, assignment: dict[Symbol, Dim]) -> Dim:
    if isinstance(factor, Symbol):
        return assignment.get(factor, SymbolicDim((((factor,), 1),)))
    left, right = (substitute(argument, assignment) for argument in factor.arguments)
    return _FUNCTIONS[factor.function](left, right)
