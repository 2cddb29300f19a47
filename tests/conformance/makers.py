"""Arguments as source text: an axis that the first operand has, a shape to which it can be reshaped, filters for it."""

from __future__ import annotations

import math
from collections.abc import Callable

from .operands import (
    DTYPES,
    Scene,
    Sizes,
    integers,
    made_up_shape,
    numpy_type,
    operand,
)

Maker = Callable[[Scene], str]


def constant(*choices: str) -> Maker:
    """One of these texts."""
    return lambda scene: scene.pick(*((1, choice) for choice in choices))


# ------------------------------------------------------------------------------------------------- axes and shapes


def axis(scene: Scene) -> str:
    """Mostly an axis that the first operand has."""
    rank = len(scene.first)
    if scene.chance(8):
        return str(scene.number(-6, 6))
    return str(scene.number(-rank, rank - 1)) if rank else scene.pick((1, "0"), (1, "-1"))


def optional_axis(scene: Scene) -> str:
    return "None" if scene.chance(15) else axis(scene)


def axes(scene: Scene) -> str:
    """None, one axis or several."""
    how = scene.pick((4, "one"), (4, "several"), (1, "none"))
    if how != "several":
        return axis(scene) if how == "one" else "None"
    count = scene.number(0, min(3, len(scene.first)))
    return integers(scene, [int(axis(scene)) for _ in range(count)], allow_tensor=not scene.numpy)


def flag(scene: Scene) -> str:
    return scene.pick((1, "False"), (1, "True"))


def dimension(scene: Scene) -> str:
    return str(scene.pick((4, 3), (4, 2), (2, 5), (2, 1), (1, 0), (1, 4)))


def shape(scene: Scene) -> str:
    """A shape to create, to reshape or broadcast to, or to cut out."""
    if "updates" in scene.names:
        sizes = scene.base
    elif not scene.shapes or scene.chance(10):
        sizes = made_up_shape(scene.random, scene.number(0, 3))
    else:
        sizes = _shape_from(scene, scene.shapes[0])
    if scene.chance(8) and not scene.numpy:
        return f"tf.TensorShape({list(sizes)})" if all(size >= 0 for size in sizes) else str(list(sizes))
    return str(sizes[0]) if len(sizes) == 1 and scene.chance(30) else integers(scene, sizes)


def _shape_from(scene: Scene, first: Sizes) -> Sizes:
    how = scene.pick((4, "factors"), (3, "broadcast"), (1, "same"), (1, "smaller"))
    if how == "broadcast":
        kept = [3 if size == 1 else size for size in first]
        return (*((2,) if scene.chance(40) else ()), *kept)
    if how == "same":
        return first
    if how == "smaller":
        return tuple(max(0, size - scene.number(0, 1)) for size in first)
    order = scene.shuffled(first)
    if len(order) > 1 and scene.chance(50):
        order = [order[0] * order[1], *order[2:]]
    if scene.chance(30):
        order.insert(scene.number(0, len(order)), 1)
    if order and scene.chance(40):
        order[scene.number(0, len(order) - 1)] = -1
    return tuple(order)


def permutation(scene: Scene) -> str:
    """An order of the first operand's axes."""
    rank = len(scene.first)
    if scene.chance(10):
        return scene.pick((1, "None"), (1, str(list(range(rank + 1)))), (1, str([0] * rank)))
    order = scene.shuffled(range(rank))
    return integers(scene, [at - rank if scene.chance(10) else at for at in order])


def axes_of_any_sort(scene: Scene) -> str:
    """``axes`` is a permutation (np.transpose), a count or two lists of axes (tensordot), a pair (np.rot90)."""
    how = scene.pick((3, "permutation"), (3, "pairs"), (2, "count"), (1, "several"))
    if how == "permutation":
        return permutation(scene)
    if how == "several":
        return axes(scene)
    if how == "count":
        return str(scene.number(0, 3))
    left, right = scene.first, scene.shapes[1] if len(scene.shapes) > 1 else scene.first
    pairs = [(i, j) for i, a in enumerate(left) for j, b in enumerate(right) if a == b]
    if not pairs:
        return "[[0], [0]]"
    chosen = scene.shuffled(pairs)[: scene.number(1, 2)]
    chosen = [pair for index, pair in enumerate(chosen) if not {pair[0]} & {other[0] for other in chosen[:index]}]
    a, b = [i for i, _ in chosen], [j for _, j in chosen]
    return f"({a[0]}, {b[0]})" if len(a) == 1 and scene.chance(30) else f"[{a}, {b}]"


def slicing_begin(scene: Scene) -> str:
    return integers(scene, [scene.number(0, max(0, min(1, size - 1))) for size in scene.first])


def slicing_size(scene: Scene) -> str:
    sizes = [scene.pick((2, -1), (2, 1), (1, max(0, size - 1))) for size in scene.first]
    return integers(scene, sizes if not scene.chance(10) else sizes[:-1])


def size(scene: Scene) -> str:
    if "begin" in scene.names:
        return slicing_size(scene)
    if scene.names & {"image", "images"}:
        return scene.pick((4, "[3, 5]"), (2, "(2, 2)"), (1, "tf.constant([3, 5])"), (1, "[3]"), (1, "4"))
    return scene.pick((2, "None"), (2, "3"), (1, "()")) if scene.chance(40) else shape(scene)


def paddings(scene: Scene) -> str:
    windows = scene.names & {"block_size", "block_shape"}  # two axes between batch and channels
    rank = 2 if windows else len(scene.first) + scene.chance(8)
    pairs = [[scene.number(0, 2), scene.number(0, 2)] for _ in range(rank)]
    text = str(pairs)
    return f"tf.constant({text})" if pairs and scene.chance(25) and not scene.numpy else text


def pad_width(scene: Scene) -> str:
    return scene.pick((1, "1"), (1, "(1, 2)"), (1, "((0, 1),)")) if scene.chance(40) else paddings(scene)


def multiples(scene: Scene) -> str:
    return integers(scene, [scene.pick((3, 1), (3, 2), (1, 3), (1, 0)) for _ in scene.first])


def repeats(scene: Scene) -> str:
    if scene.chance(70) or not scene.first:
        return dimension(scene)
    length = scene.first[scene.number(0, len(scene.first) - 1)]
    return integers(scene, [scene.number(0, 3) for _ in range(length)])


def sections(scene: Scene) -> str:
    """How to split: a count that divides some axis, or sizes that add up to one."""
    sizes = [size for size in scene.first if size] or [4]
    length = sizes[scene.number(0, len(sizes) - 1)]
    if scene.chance(45):
        return str(scene.pick((3, length), (2, 1), (1, 2), (1, 3)))
    first = scene.number(0, length)
    parts = [first, length - first]
    if scene.chance(20):
        parts[scene.number(0, 1)] = -1
    if scene.chance(10):
        parts.append(1)
    return integers(scene, parts)


# ------------------------------------------------------------------------------------------------- dtypes and numbers


def tensorflow_dtype(scene: Scene) -> str:
    dtype = (
        scene.random.choice(DTYPES) if scene.chance(50) else scene.pick((3, "float32"), (2, "int32"), (1, "float64"))
    )
    return scene.pick(
        (8, f"tf.{dtype}"),
        (1, f"'{dtype}'"),
        (2, numpy_type(dtype)),
        (1, "float"),
        (1, "int"),
        (1, "bool"),
        (1, "None"),
    )


def numpy_dtype(scene: Scene) -> str:
    dtype = scene.random.choice([name for name in DTYPES if name not in ("bfloat16", "string")])
    ways = (
        (5, numpy_type(dtype)),
        (2, f"'{dtype}'"),
        (1, f"np.dtype('{dtype}')"),
        (1, "float"),
        (1, "int"),
        (1, "bool"),
    )
    return scene.pick(*ways, (1, "complex"), (1, "None"))


def dtype(scene: Scene) -> str:
    return numpy_dtype(scene) if scene.numpy else tensorflow_dtype(scene)


def plain_dtype(scene: Scene) -> str:
    return f"tf.{scene.random.choice(DTYPES)}"


def plain_numpy_dtype(scene: Scene) -> str:
    return f"np.dtype('{scene.random.choice(DTYPES[2:-1])}')"


def tensor_shape(scene: Scene) -> str:
    """A TensorShape, of unknown rank or with an unknown dimension now and then."""
    sizes = [str(size) for size in scene.base]
    if sizes and scene.chance(40):
        sizes[scene.number(0, len(sizes) - 1)] = "None"
    return f"tf.TensorShape({'None' if scene.chance(8) else '[' + ', '.join(sizes) + ']'})"


def reference(scene: Scene) -> str:
    return operand(scene, kinds=("variable",))


def integer_dtype(scene: Scene) -> str:
    return scene.pick(
        (3, "tf.int64"), (3, "tf.int32"), (1, "tf.int16"), (1, "tf.uint16"), (1, "tf.float32"), (1, "np.int32")
    )


def small(scene: Scene) -> str:
    return str(scene.number(0, 4))


def number(scene: Scene) -> str:
    return scene.pick((3, "1"), (3, "0.5"), (1, "0"), (1, "-1"), (1, "2.0"))


def bound(scene: Scene) -> str:
    """The limits of ranges and of random numbers: Python numbers mostly."""
    if scene.chance(25):
        return operand(scene, () if scene.chance(70) else None)
    return scene.pick((3, "1"), (2, "0"), (2, "5"), (2, "2.5"), (1, "-1"), (1, "10"), (1, "0.5"))


def step(scene: Scene) -> str:
    return scene.pick((3, "1"), (2, "2"), (1, "0.5"), (1, "-1"), (1, "3"))


# ---------------------------------------------------------------------------------------------- windows and layers


def window(scene: Scene) -> str:
    """Strides, window sizes, dilations: a number, one per spatial axis, or one per axis."""
    spatial = max(1, len(scene.first) - 2)
    values = [scene.stride if scene.chance(80) else scene.number(1, 3) for _ in range(spatial)]
    how = scene.pick((2, "number"), (3, "spatial"), (5, "all"))
    if how == "number":
        return str(values[0])
    return str(values if how == "spatial" else [1, *values, 1])


def padding(scene: Scene) -> str:
    return scene.pick((5, "'VALID'"), (5, "'SAME'"), (1, "'same'"), (1, "'WRONG'"))


def data_format(scene: Scene) -> str:
    return scene.pick((6, "None"), (3, "'NHWC'"), (2, "'NCHW'"), (1, "'channels_last'"))


def block_shape(scene: Scene) -> str:
    return scene.pick((4, "[2, 2]"), (1, "[2]"), (1, "tf.constant([2, 2])"), (1, "2"))


def crops(scene: Scene) -> str:
    return scene.pick((3, "[[0, 0], [0, 0]]"), (2, "[[0, 1], [1, 0]]"), (1, "[[0, 0]]"))


def strip_rank(scene: Scene) -> str:
    return str(scene.number(0, max(0, len(scene.first) - 1)))


def count(scene: Scene) -> str:
    return str(math.prod(scene.first) if scene.chance(20) else scene.number(0, 5))


def layer_window(scene: Scene) -> str:
    """Sizes of a window over the spatial axes: a number or one per axis."""
    spatial = max(1, len(scene.base) - 2)
    values = tuple(scene.pick((4, 2), (3, 1), (2, 3)) for _ in range(spatial))
    return str(values[0]) if scene.chance(55) else str(values)


def margins(scene: Scene) -> str:
    """Padding or cropping of the spatial axes: a number, a number per axis, or a pair per axis."""
    spatial = max(1, len(scene.base) - 2)
    how = scene.pick((2, "number"), (2, "each"), (2, "pairs"))
    if how == "number":
        return str(scene.number(0, 2))
    if how == "each":
        return str(tuple(scene.number(0, 2) for _ in range(spatial)))
    return str(tuple((scene.number(0, 2), scene.number(0, 2)) for _ in range(spatial)))


def layer_axis(scene: Scene) -> str:
    rank = max(1, len(scene.base))
    return str(scene.number(-rank, rank - 1)) if scene.chance(85) else str([scene.number(1, rank), -1])


def sample_shape(scene: Scene) -> str:
    """A shape without the batch, to which a sample can be reshaped."""
    sizes = list(_shape_from(scene, scene.base[1:]))
    return str(tuple(sizes))


def sample_permutation(scene: Scene) -> str:
    return str(tuple(scene.shuffled(range(1, max(2, len(scene.base))))))
