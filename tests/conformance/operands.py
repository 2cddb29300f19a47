"""Tensors as source text: of every dtype, rank and kind, related to the other operands of the call."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")
Sizes = tuple[int, ...]

DTYPES = (
    "float16", "bfloat16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "complex64", "complex128", "bool", "string",
)  # fmt: skip
PRIMES = (2, 3, 5, 7)
KINDS = ("tensor", "array", "variable", "list", "scalar", "numpy scalar")


def weighted(*choices: tuple[int, T]) -> st.SearchStrategy[T]:
    """One of the values, each as often as its weight says; the first is the simplest."""
    return st.sampled_from([value for weight, value in choices for _ in range(weight)])


MAIN_DTYPES = weighted((10, "float32"), (3, "int32"), (2, "float64"), *((1, dtype) for dtype in DTYPES))
RANKS = weighted((5, 2), (3, 1), (3, 3), (2, 0), (3, 4), (1, 5))
RELATIONS = weighted((4, "same"), (4, "product"), (3, "broadcast"), (2, "unrelated"))
TENSOR_KINDS = weighted((12, "tensor"), (5, "array"), (2, "variable"), (2, "list"), (3, "scalar"), (1, "numpy scalar"))
ARRAY_KINDS = weighted((12, "array"), (4, "list"), (3, "scalar"), (2, "numpy scalar"), (2, "tensor"))


@dataclass(frozen=True)
class Traits:
    """What decides most whether a call works; a call that worked is the pattern for others."""

    rank: int
    dtype: str
    relation: str


@dataclass
class Scene:
    """What the operands of one call have in common: a dtype, a shape, and how the operands' shapes are related."""

    draw: Callable[[st.SearchStrategy[Any]], Any]
    numpy: bool
    names: frozenset[str]
    traits: Traits
    base: Sizes
    same_dtype: bool
    options: int  # how many of a hundred optional parameters are given
    shapes: list[Sizes] = field(default_factory=list)  # of the operands so far
    equation: list[tuple[bool, tuple[str, ...]]] = field(default_factory=list)  # terms of an einsum equation drawn so far

    @property
    def first(self) -> Sizes:
        """The shape of the first operand, or what it would have been."""
        return self.shapes[0] if self.shapes else self.base

    def chance(self, percent: int) -> bool:
        """True in so many of a hundred cases; False is the simpler one."""
        return bool(self.draw(st.integers(0, 99)) >= 100 - percent)

    def pick(self, *choices: tuple[int, T]) -> T:
        chosen: T = self.draw(weighted(*choices))
        return chosen

    def number(self, low: int, high: int) -> int:
        return int(self.draw(st.integers(low, high)))


def scene(draw: Callable[[st.SearchStrategy[Any]], Any], numpy: bool, names: frozenset[str], allowed: Sequence[str], learned: Sequence[Traits]) -> Scene:
    """A scene for a call of a function with parameters ``names`` that is said to take the dtypes ``allowed``."""
    rank, dtype, relation = draw(RANKS), draw(MAIN_DTYPES), draw(RELATIONS)
    if allowed and dtype not in allowed and draw(st.integers(0, 9)) < 8:
        dtype = draw(st.sampled_from(list(allowed)))
    if learned and draw(st.integers(0, 9)) < 8:
        pattern = draw(st.sampled_from(list(learned)))
        rank, relation = pattern.rank, pattern.relation
        dtype = pattern.dtype if draw(st.integers(0, 9)) < 8 else dtype
    base = draw_shape(draw, rank)
    return Scene(
        draw, numpy, names, Traits(rank, dtype, relation), base, draw(st.integers(0, 9)) < 7, draw(weighted((3, 0), (3, 15), (2, 45)))
    )


def draw_shape(draw: Callable[[st.SearchStrategy[Any]], Any], rank: int) -> Sizes:
    """Distinct primes, now and then a 1, seldom a 0: equal sizes would hide a mistake."""
    order = draw(st.permutations(PRIMES))
    sizes = [*order, 2][:rank]
    if rank and draw(st.integers(0, 9)) >= 7:
        sizes[draw(st.integers(0, rank - 1))] = draw(weighted((3, 1), (1, 0)))
    return tuple(sizes)


def related_shape(scene: Scene) -> Sizes:
    """A shape for the next operand, which fits the operands before it more often than not."""
    if not scene.shapes:
        return scene.base
    first = scene.shapes[0]
    if scene.traits.relation == "same":
        return first
    if scene.traits.relation == "broadcast":
        start = scene.number(0, len(first))
        kept = [1 if scene.chance(30) else size for size in first[start:]]
        return (*((3,) if scene.chance(10) else ()), *kept)
    if scene.traits.relation == "product" and first:
        wide = scene.pick((3, 3), (1, 5), (1, 1))
        if scene.chance(15):
            return (first[-1],)
        batch = first[:-2] if not scene.chance(20) else first[1:-2]
        return (*batch, first[-1], wide)
    return draw_shape(scene.draw, scene.draw(RANKS))


def next_dtype(scene: Scene) -> str:
    return scene.traits.dtype if scene.same_dtype else str(scene.draw(MAIN_DTYPES))


def operand(scene: Scene, shape: Sizes | None = None, dtype: str | None = None, kinds: Sequence[str] = ()) -> str:
    """Source text of an operand."""
    kind = str(scene.draw(st.sampled_from(list(kinds)) if kinds else ARRAY_KINDS if scene.numpy else TENSOR_KINDS))
    chosen = related_shape(scene) if shape is None else shape
    if kind in ("scalar", "numpy scalar"):
        if shape:  # whoever asks for a shape means it
            kind = "list" if kind == "scalar" else "array"
        else:
            chosen = ()
    scene.shapes.append(chosen)
    return tensor_source(scene, chosen, dtype or next_dtype(scene), kind)


def tensor_source(scene: Scene, shape: Sizes, dtype: str, kind: str) -> str:
    """Source text of a value of this shape, dtype and kind; small ones have elements of several values."""
    if kind in ("list", "scalar"):
        return nested(shape, _python_element(dtype))
    if kind == "numpy scalar":
        return f"{numpy_type(dtype)}({_python_element(dtype)})"
    array = kind == "array"
    if dtype == "string":
        filled = f"np.full({shape}, 'a')" if array else f"tf.fill({list(shape)}, 'a')"
    elif scene.chance(40) and math.prod(shape) <= 8:
        elements = counted(shape, dtype)
        filled = f"np.array({elements}, {numpy_type(dtype)})" if array else f"tf.constant({elements}, tf.{dtype})"
        if 0 in shape:
            filled = f"np.ones({shape}, {numpy_type(dtype)})" if array else f"tf.ones({shape}, tf.{dtype})"
    else:
        filled = f"np.ones({shape}, {numpy_type(dtype)})" if array else f"tf.ones({shape}, tf.{dtype})"
    return f"tf.Variable({filled})" if kind == "variable" else filled


def numpy_type(dtype: str) -> str:
    """How a program names NumPy's type for ``dtype``."""
    return {"bool": "np.bool_", "string": "np.str_", "bfloat16": "tf.bfloat16.as_numpy_dtype"}.get(dtype, f"np.{dtype}")


def _python_element(dtype: str) -> str:
    if dtype.startswith(("float", "bfloat")):
        return "2.5"
    if dtype.startswith("complex"):
        return "1j"
    return {"bool": "True", "string": "'a'"}.get(dtype, "2")


def nested(shape: Sizes, element: str) -> str:
    """A nested list of this shape (a bare scalar for rank 0)."""
    text = element
    for size in reversed(shape):
        text = f"[{', '.join([text] * size)}]"
    return text


def counted(shape: Sizes, dtype: str) -> str:
    """A nested list of 1, 2, 3, ...; of alternating truth values for bool."""
    counter = iter(range(1, math.prod(shape) + 1))

    def level(sizes: Sizes) -> str:
        if not sizes:
            number = next(counter)
            return str(number % 2 == 1) if dtype == "bool" else str(number)
        return f"[{', '.join(level(sizes[1:]) for _ in range(sizes[0]))}]"

    return level(shape)


def integers(scene: Scene, values: Sequence[int], allow_tensor: bool = True) -> str:
    """A list of integers in one of the ways that programs write one."""
    text = str(list(values))
    way = scene.pick((8, "list"), (4, "tuple"), (1 if allow_tensor else 0, "array"), (1 if allow_tensor else 0, "tensor"))
    if way == "tuple":
        return str(tuple(values))
    if way == "array" and values:
        return f"np.array({text})"
    return f"tf.constant({text})" if way == "tensor" and values and not scene.numpy else text
