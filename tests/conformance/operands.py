"""Tensors as source text: of every dtype, rank and kind, related to the other operands of the call."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import TypeVar

T = TypeVar("T")
Sizes = tuple[int, ...]

DTYPES = (
    "float16", "bfloat16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32",
    "uint64", "complex64", "complex128", "bool", "string",
)  # fmt: skip
PRIMES = (2, 3, 5, 7)


Weighted = Sequence[tuple[int, T]]

RANKS: Weighted[int] = ((5, 2), (3, 1), (3, 3), (2, 0), (3, 4), (1, 5))
RELATIONS: Weighted[str] = ((4, "same"), (4, "product"), (3, "broadcast"), (2, "unrelated"))
MAIN_DTYPES: Weighted[str] = ((20, "float32"), (4, "int32"), (3, "float64"), *((1, dtype) for dtype in DTYPES))
TENSOR_KINDS: Weighted[str] = (
    (12, "tensor"), (5, "array"), (2, "variable"), (2, "list"), (3, "scalar"), (1, "numpy scalar"), (1, "packed"),
)  # fmt: skip
ARRAY_KINDS: Weighted[str] = ((12, "array"), (4, "list"), (3, "scalar"), (2, "numpy scalar"), (2, "tensor"))


OPERAND_KINDS = {
    "numpy": ARRAY_KINDS,
    "operator": (*TENSOR_KINDS, (3, "symbolic")),
    "keras.ops": (*TENSOR_KINDS, (4, "symbolic")),
}
"""By library, where it is not TensorFlow itself."""


@dataclass(frozen=True)
class Traits:
    """What decides most whether a call works; a call that worked is the pattern for others."""

    rank: int
    dtype: str
    relation: str
    square: bool  # the last two dimensions are equal


@dataclass
class Scene:
    """What the operands of one call have in common: a dtype, a shape, and how the operands' shapes are related."""

    random: Random
    library: str  # "numpy", "keras", "keras.ops", "operator", or else TensorFlow
    names: frozenset[str]  # of the function's parameters
    traits: Traits
    base: Sizes
    same_dtype: bool
    options: int  # how many of a hundred optional parameters are given
    shapes: list[Sizes] = field(default_factory=list)  # of the operands so far
    indices: Sizes = ()  # the shape of the indices so far
    stride: int = 1  # of a window
    equation: list[tuple[bool, tuple[str, ...]]] = field(
        default_factory=list
    )  # terms of an einsum equation made up so far

    @property
    def numpy(self) -> bool:
        return self.library == "numpy"

    @property
    def keras(self) -> bool:
        return self.library == "keras"

    @property
    def first(self) -> Sizes:
        """The shape of the first operand, or what it would have been."""
        return self.shapes[0] if self.shapes else self.base

    def chance(self, percent: int) -> bool:
        """True in so many of a hundred cases."""
        return self.random.randrange(100) < percent

    def pick(self, *choices: tuple[int, T]) -> T:
        """One of the values, each as often as its weight says."""
        return pick(self.random, choices)

    def number(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    def shuffled(self, values: Iterable[T]) -> list[T]:
        order = list(values)
        self.random.shuffle(order)
        return order


def pick(random: Random, choices: Weighted[T]) -> T:
    return random.choices([value for _, value in choices], [weight for weight, _ in choices])[0]


def scene(
    random: Random,
    library: str,
    names: frozenset[str],
    allowed: Sequence[str],
    ranks: Sequence[int],
    learned: Sequence[Traits],
) -> Scene:
    """A scene for a call of a function with parameters ``names`` that is said to take these dtypes and ranks."""
    dtype = pick(random, MAIN_DTYPES)
    if allowed and dtype not in allowed and random.random() < 0.8:
        dtype = random.choice(allowed)
    rank = random.choice(ranks) if ranks and random.random() < 0.8 else pick(random, RANKS)
    traits = Traits(rank, dtype, pick(random, RELATIONS), random.random() < 0.2)
    if learned and random.random() < 0.8:
        pattern = random.choice(learned)
        traits = pattern if random.random() < 0.8 else replace(pattern, dtype=dtype)
    base = made_up_shape(random, traits.rank)
    if names & {"block_size", "block_shape"}:  # divides sizes and, squared, the channels
        base = tuple(random.choice((4, 8)) for _ in base)
    if traits.square and len(base) >= 2:
        base = (*base[:-1], base[-2])
    options = pick(random, ((3, 0), (3, 15), (2, 45)))
    return Scene(random, library, names, traits, base, random.random() < 0.75, options, stride=random.choice((1, 1, 2)))


def made_up_shape(random: Random, rank: int) -> Sizes:
    """Distinct primes, now and then a 1, seldom a 0: equal sizes would hide a mistake."""
    sizes = [*random.sample(PRIMES, len(PRIMES)), 2][:rank]
    if rank and random.random() < 0.25:
        sizes[random.randrange(rank)] = 1 if random.random() < 0.75 else 0
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
    return made_up_shape(scene.random, scene.pick(*RANKS))


def next_dtype(scene: Scene) -> str:
    return scene.traits.dtype if scene.same_dtype else scene.pick(*MAIN_DTYPES)


def operand(scene: Scene, shape: Sizes | None = None, dtype: str | None = None, kinds: Sequence[str] = ()) -> str:
    """Source text of an operand."""
    kind = scene.random.choice(kinds) if kinds else scene.pick(*OPERAND_KINDS.get(scene.library, TENSOR_KINDS))
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
    if kind == "packed":
        if not shape:
            return tensor_source(scene, shape, dtype, "tensor")
        parts = [
            tensor_source(scene, shape[1:], dtype, scene.pick((4, "tensor"), (1, "list"))) for _ in range(shape[0])
        ]
        return f"[{', '.join(parts)}]"
    if kind == "symbolic":
        return f"keras.KerasTensor({shape}, {('float32' if dtype == 'string' else dtype)!r})"
    if kind == "numpy scalar":
        return f"{numpy_type(dtype)}({_python_element(dtype)})"
    filled = _array_source(scene, shape, dtype) if kind == "array" else _tensor_source(scene, shape, dtype)
    return f"tf.Variable({filled})" if kind == "variable" else filled


def _tensor_source(scene: Scene, shape: Sizes, dtype: str) -> str:
    if dtype == "string":
        return f"tf.fill({list(shape)}, 'a')"
    if _is_square(shape) and dtype.startswith(("float", "bfloat", "complex")):
        return f"tf.eye({shape[-1]}, batch_shape={list(shape[:-2])}, dtype=tf.{dtype})"
    if _shows_elements(scene, shape):
        return f"tf.constant({counted(shape, dtype)}, tf.{dtype})"
    return f"tf.ones({shape}, tf.{dtype})"


def _array_source(scene: Scene, shape: Sizes, dtype: str) -> str:
    if dtype == "string":
        return f"np.full({shape}, 'a')"
    if _is_square(shape) and dtype.startswith(("float", "complex")):
        matrix = f"np.eye({shape[-1]}, dtype={numpy_type(dtype)})"
        return matrix if len(shape) == 2 else f"np.broadcast_to({matrix}, {shape}).copy()"
    if _shows_elements(scene, shape):
        return f"np.array({counted(shape, dtype)}, {numpy_type(dtype)})"
    return f"np.ones({shape}, {numpy_type(dtype)})"


def _is_square(shape: Sizes) -> bool:
    """Whether it is a matrix of which an inverse may be asked; then it had better have one (logm never returns).

    Integers are never 0: TensorFlow's scatter_div dies of it.
    """
    return len(shape) >= 2 and shape[-1] == shape[-2] > 1


def _shows_elements(scene: Scene, shape: Sizes) -> bool:
    return 0 not in shape and math.prod(shape) <= 8 and scene.chance(40)


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
    if _is_square(shape) and element in ("2.5", "1j"):
        rows = [[element if i == j else "0" for j in range(shape[-1])] for i in range(shape[-1])]
        text = f"[{', '.join('[' + ', '.join(row) + ']' for row in rows)}]"
        shape = shape[:-2]
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
    way = scene.pick(
        (8, "list"), (4, "tuple"), (1 if allow_tensor else 0, "array"), (1 if allow_tensor else 0, "tensor")
    )
    if way == "tuple":
        return str(tuple(values))
    if way == "array" and values:
        return f"np.array({text})"
    return f"tf.constant({text})" if way == "tensor" and values and not scene.numpy else text
