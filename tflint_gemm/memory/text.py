"""Sizes as text."""

from __future__ import annotations

from fractions import Fraction

from tflint_gemm.domain.dims import Atom, Dim, Factor, Monomial, SymbolicDim

_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB")


def size_text(nbytes: Dim) -> str:
    """``762.9 MiB``; a size with symbols as ``4·batch·seq²·heads bytes``; ``?`` where it is not known."""
    if nbytes is None:
        return "?"
    if isinstance(nbytes, SymbolicDim):
        return polynomial_text(nbytes)
    value, unit = float(nbytes), 0
    while value >= 1024 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{value:.1f} {_UNITS[unit]}" if unit else f"{nbytes} bytes"


def polynomial_text(dim: SymbolicDim) -> str:
    """A polynomial with powers, its coefficients as sizes: ``3.0 KiB·batch + 16 bytes``."""
    pieces = []
    for monomial, coefficient in dim.terms:
        sign = "-" if coefficient < 0 else "+"
        pieces.append((sign, _term(monomial, abs(coefficient))))
    head = ("-" if pieces[0][0] == "-" else "") + pieces[0][1]
    return head + "".join(f" {sign} {text}" for sign, text in pieces[1:])


def _term(monomial: Monomial, coefficient: int) -> str:
    factors: dict[str, int] = {}
    for factor in monomial:
        name = _factor_text(factor)
        factors[name] = factors.get(name, 0) + 1
    powers = [name + (str(power).translate(_SUPERSCRIPTS) if power > 1 else "") for name, power in factors.items()]
    size = size_text(coefficient) if coefficient >= 1024 or not powers else str(coefficient)
    unit = "" if not powers or coefficient >= 1024 else " bytes"
    return "·".join([size, *powers]) + unit


def _factor_text(factor: Factor) -> str:
    """A symbol by its name, ``⌊dim/heads⌋`` for a quotient that is rounded down."""
    if isinstance(factor, Atom) and factor.function == "floordiv":
        return "⌊" + "/".join(map(str, factor.arguments)) + "⌋"
    return str(factor)


_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def share(part: int, whole: int) -> Fraction:
    """``part`` of ``whole`` between 0 and 1."""
    return Fraction(min(part, whole), whole) if whole else Fraction(0)
