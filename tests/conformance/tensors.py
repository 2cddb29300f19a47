"""Tensors of a certain sort as source text: indices, masks, filters, labels, lists of tensors, a layer's inputs."""

from __future__ import annotations

import math
import string

from .makers import number, shape, tensor_shape
from .operands import Scene, Sizes, integers, made_up_shape, nested, next_dtype, operand, related_shape, tensor_source


def index_tensor(scene: Scene) -> str:
    """Integers that are indices into the first operand, in several ranks."""
    rank = scene.pick((4, 1), (3, 2), (2, 0), (1, 3))
    last = scene.number(0, min(2, len(scene.first))) if rank >= 2 else 3
    sizes = (*made_up_shape(scene.random, rank - 1), last) if rank else ()
    if scene.chance(20):
        sizes = scene.first
    scene.indices = sizes
    dtype = scene.pick((6, "int32"), (3, "int64"), (1, "float32"), (1, "uint8"))
    if scene.chance(50):
        return f"tf.zeros({sizes}, tf.{dtype})" if not scene.numpy else f"np.zeros({sizes}, np.{dtype})"
    return nested(sizes, scene.pick((3, "0"), (2, "1"), (1, "-1"), (1, "9")))


def updates(scene: Scene) -> str:
    """What is scattered: a row of the first operand per index, or what a tuple of indices leaves of it."""
    sizes, target = scene.indices, scene.first if scene.shapes else scene.base
    tuples = (*sizes[:-1], *target[sizes[-1] :]) if sizes else ()
    chosen = scene.pick((5, tuples), (4, (*sizes, *target[1:])), (1, sizes))
    return operand(scene, chosen, kinds=("tensor", "tensor", "array", "list"))


def sparse_delta(scene: Scene) -> str:
    """Slices of a variable."""
    rows = operand(scene, (2, *scene.first[1:]), kinds=("tensor",))
    return f"tf.IndexedSlices({rows}, tf.constant([0, 1]))"


def diagonal(scene: Scene) -> str:
    """A diagonal of the first operand, or one of which a matrix is made."""
    if not scene.shapes or len(scene.first) < 2 or scene.chance(10):
        return operand(scene)
    return operand(scene, (*scene.first[:-2], min(scene.first[-2:])))


def class_indices(scene: Scene) -> str:
    """Sparse labels: integers of the first operand's shape without its last axis; or labels of the same shape."""
    if scene.chance(65):
        return operand(scene, scene.base)
    sizes = scene.base[:-1]
    return f"tf.zeros({sizes}, tf.{scene.pick((3, 'int32'), (2, 'int64'), (1, 'float32'))})"


def boolean(scene: Scene) -> str:
    if scene.chance(12):
        return operand(scene)
    return operand(scene, dtype="bool")


def differentiated(scene: Scene) -> str:
    """A tensor of which gradients are asked, and what they are asked of: there are none of what is independent."""
    made = operand(scene, kinds=("tensor", "variable"), dtype=scene.pick((3, "float32"), (1, "float64")))
    return f"(shared := {made})"


def sources(scene: Scene) -> str:
    """The tensor before it, alone or in a list."""
    return scene.pick((3, "shared"), (3, "[shared]"), (1, "(shared, shared)"))


def mask(scene: Scene) -> str:
    shape = scene.first[: scene.number(0, len(scene.first))] if scene.chance(60) else scene.first
    return operand(scene, shape, "bool", ("tensor", "array", "list"))


def segments(scene: Scene) -> str:
    count = scene.first[0] if scene.first else 2
    ids = sorted(scene.number(0, 3) for _ in range(count))
    return scene.pick((3, f"tf.constant({ids}, tf.int32)"), (2, str(ids)), (1, f"np.array({ids})"))


def channels(scene: Scene) -> str:
    """Mean, variance, bias, scale: one number per channel."""
    last = scene.first[-1:] or (3,)
    if scene.chance(15):
        return operand(scene)
    return operand(scene, last, kinds=("tensor", "tensor", "array", "variable"))


def filters(scene: Scene) -> str:
    """Filters for the first operand: spatial sizes, its channels, new channels."""
    spatial = tuple(scene.pick((4, 2), (2, 1), (2, 3)) for _ in scene.first[1:-1])
    inner = scene.first[-1] if scene.first and not scene.chance(12) else 4
    outer = scene.pick((2, 4), (1, 3), (1, 1))
    ends = (outer, inner) if "output_shape" in scene.names else (inner, outer)  # transposed
    return operand(scene, (*spatial, *ends), kinds=("tensor", "tensor", "tensor", "array", "variable"))


def pointwise_filters(scene: Scene) -> str:
    """Filters of one pixel for what the depthwise filters before them make."""
    channels = math.prod(scene.shapes[1][-2:]) if len(scene.shapes) > 1 else 3
    spatial = (1,) * max(0, len(scene.first) - 2)
    return operand(scene, (*spatial, channels if not scene.chance(12) else 5, scene.number(1, 4)))


def class_ids(scene: Scene) -> str:
    """One class per row of the first operand."""
    return tensor_source(
        scene, scene.first[:1] or (3,), scene.pick((3, "int32"), (2, "int64"), (1, "float32")), "tensor"
    )


def labels_and_predictions(scene: Scene) -> str:
    """Both of the base shape mostly; the labels one class per row now and then."""
    scene.base = tuple(size or 2 for size in scene.base)  # Keras does not reduce what is empty
    if not scene.shapes and scene.chance(30):
        return operand(scene, scene.base[:-1] if scene.chance(70) else (*scene.base[:-1], 1), kinds=("tensor", "array"))
    return operand(scene, scene.base if scene.chance(80) else None)


def row_lengths(scene: Scene) -> str:
    sizes = scene.first[:1] or (2,)
    return scene.pick((3, str([1] * sizes[0])), (2, f"tf.ones({sizes}, tf.int32)"), (1, f"tf.ones({sizes}, tf.int64)"))


def boolean_list(scene: Scene) -> str:
    return f"[{operand(scene, dtype='bool')}, {operand(scene, dtype='bool')}]"


def other(scene: Scene) -> str:
    """The other operand of a method: a tensor, or a shape."""
    return operand(scene) if scene.shapes else tensor_shape(scene)


def enlarged(scene: Scene) -> str:
    """The shape of what a transposed convolution with padding SAME makes of the first operand."""
    if len(scene.first) < 3 or scene.chance(10):
        return shape(scene)
    outer = scene.shapes[1][-2] if len(scene.shapes) > 1 and len(scene.shapes[1]) >= 2 else 3
    return integers(scene, [scene.first[0], *(size * scene.stride for size in scene.first[1:-1]), outer])


def lu_permutation(scene: Scene) -> str:
    """The row permutations of an LU decomposition."""
    rows = list(range(scene.first[-1] if scene.first else 2))
    if len(scene.first) <= 2:
        return f"tf.constant({rows}, tf.int32)"
    return f"tf.constant(np.broadcast_to({rows}, {scene.first[:-1]}), tf.int32)"


def predictions(scene: Scene) -> str:
    """What labels are compared with: of the base shape mostly."""
    return operand(scene, scene.base if scene.chance(85) else None)


def equation(scene: Scene) -> str:
    """An equation over the operands that follow; their shapes are kept in the scene's ``equation``."""
    letters = scene.shuffled("abcdijk")
    left = letters[: scene.number(1, 3)]
    shared = [label for label in left if scene.chance(60)]
    right = scene.shuffled([*shared, *letters[4 : 4 + scene.number(0, 2)]])
    terms = [left, right] if not scene.chance(15) else [left]
    ellipsis = "..." if scene.chance(15) else ""
    inputs = ",".join(ellipsis + "".join(term) for term in terms)
    labels = sorted({label for term in terms for label in term})
    output = "".join(label for label in labels if not scene.chance(35))
    scene.equation = [(bool(ellipsis), tuple(term)) for term in terms]
    return repr(inputs if scene.chance(10) else f"{inputs}->{ellipsis}{output}")


def equation_operands(scene: Scene) -> list[str]:
    """Operands that fit the equation, one of them not quite now and then."""
    order = scene.shuffled((2, 3, 5, 7, 4, 6, 1))
    sizes = dict(zip(string.ascii_lowercase[:4] + "ijk", order, strict=True))
    found = []
    for with_ellipsis, term in scene.equation:
        batch = made_up_shape(scene.random, scene.number(0, 1)) if with_ellipsis else ()
        shape = (*batch, *(sizes[label] for label in term))
        if scene.chance(8):
            shape = (*shape, 2)
        elif shape and scene.chance(8):
            shape = (*shape[:-1], 8)
        found.append(operand(scene, shape, kinds=("tensor", "tensor", "tensor", "array", "variable", "list")))
    return found


def operand_list(scene: Scene) -> str:
    """A list or tuple of tensors that mostly have one shape, as concat and stack want them."""
    count = scene.pick((4, 2), (2, 3), (2, 1), (1, 0))
    how = scene.pick((6, "same"), (2, "one axis"), (1, "related"))
    items = []
    at = scene.number(0, 3)
    for index in range(count):
        shape: Sizes | None = scene.base
        if how == "one axis" and index and scene.base:
            where = at % len(scene.base)
            shape = (*scene.base[:where], scene.base[where] + 1, *scene.base[where + 1 :])
        elif how == "related" and index:
            shape = None
        items.append(operand(scene, shape))
    return f"[{', '.join(items)}]" if scene.chance(80) else f"({''.join(item + ', ' for item in items)})"


def value(scene: Scene) -> str:
    """Anything at all: a tensor, a list of tensors, a number, None, a string."""
    how = scene.pick((8, "tensor"), (2, "list"), (2, "number"), (1, "none"), (1, "text"), (1, "tuple"))
    if (how == "none" and scene.numpy) or scene.library == "keras.ops":
        how = "tensor"  # NumPy makes objects of None, Keras checks nothing of what is symbolic
    if how == "tensor":
        return operand(scene)
    if how in ("list", "tuple"):
        return operand_list(scene)
    return {"number": number(scene), "none": "None", "text": "'a'"}[how]


def one_tensor(scene: Scene) -> str:
    """A tensor that is not a list: the inputs of a layer, the value of a variable."""
    return operand(scene, kinds=("tensor", "tensor", "tensor", "array", "variable"))


def layer_inputs(scene: Scene) -> str:
    """What a Keras layer is called on: mostly one tensor, of the program's or symbolic; several for merging layers."""
    how = scene.pick((5, "tensor"), (2, "symbolic"), (2, "list"), (1, "symbolic list"))
    if how == "tensor":
        return one_tensor(scene) if scene.chance(90) else operand(scene)
    if how == "symbolic":
        return symbolic(scene)
    if how == "list":
        return f"[{one_tensor(scene)}, {one_tensor(scene)}]"
    return f"[{symbolic(scene)}, {symbolic(scene)}]"


def symbolic(scene: Scene) -> str:
    """A Keras tensor, its batch size not known."""
    sizes = related_shape(scene)
    scene.shapes.append(sizes)
    dtype = next_dtype(scene) if scene.chance(40) else "float32"
    return f"keras.Input({sizes[1:]}, dtype={dtype!r})"


def image(scene: Scene) -> str:
    """An image, or a batch of images, of three channels or one."""
    sizes = (4, 6, scene.pick((4, 3), (1, 1)))
    chosen = (2, *sizes) if scene.chance(50) else sizes
    if scene.chance(10):
        return operand(scene)
    return operand(scene, scene.first if scene.shapes else chosen, kinds=("tensor", "tensor", "array", "variable"))


def ragged(scene: Scene) -> str:
    """A ragged tensor of one or two ragged dimensions."""
    rows = scene.pick((3, "[[1, 2], [3]]"), (1, "[[1], [], [2, 3, 4]]"), (1, "[[[1], [2, 3]], [[4]]]"))
    return f"tf.ragged.constant({rows}, dtype=tf.{scene.pick((2, 'float32'), (1, 'int32'), (1, 'int64'))})"


def partition(scene: Scene, what: str) -> str:
    """How the first dimension of the values that are there is cut into two rows, or three of which one is empty."""
    total = scene.first[0] if scene.first else 2
    cut = scene.number(0, total)
    lengths = scene.pick((2, [cut, total - cut]), (1, [cut, 0, total - cut]))
    ends = [sum(lengths[: index + 1]) for index in range(len(lengths))]
    rowids = [row for row, length in enumerate(lengths) for _ in range(length)]
    made = {"splits": [0, *ends], "lengths": lengths, "starts": [0, *ends[:-1]], "limits": ends, "rowids": rowids}
    return scene.pick((2, f"{made[what]}"), (1, f"tf.constant({made[what]})"), (1, f"np.array({made[what]})"))


def sparse(scene: Scene) -> str:
    """A sparse matrix or vector."""
    size = scene.base[-1] if scene.base and scene.base[-1] else 3
    dtype = next_dtype(scene) if scene.chance(40) else "float32"
    values = f"tf.ones((1,), tf.{dtype if dtype != 'string' else 'float32'})"
    if scene.chance(75):
        return f"tf.SparseTensor([[0, 0]], {values}, [{scene.base[0] if scene.base else 2}, {size}])"
    return f"tf.SparseTensor([[0]], {values}, [{size}])"


def element_dtypes(scene: Scene) -> str:
    """The dtypes of the parts of a queue's elements."""
    first = f"tf.{scene.traits.dtype}"
    return scene.pick((4, first), (3, f"[{first}]"), (2, f"[{first}, tf.int32]"))


def element_shapes(scene: Scene) -> str:
    """The shapes of the parts of a queue's elements."""
    return scene.pick((3, f"[{scene.base}]"), (2, str(scene.base)), (2, f"[{scene.base}, ()]"), (1, "None"))


def element(scene: Scene) -> str:
    """An element for a queue, or several."""
    return operand(scene, scene.base if scene.chance(60) else (2, *scene.base))


def dataset(scene: Scene) -> str:
    """A dataset of tensors or of pairs of tensors."""
    how = scene.pick((4, "tensor"), (2, "pair"), (1, "range"))
    if how == "range":
        return f"tf.data.Dataset.range({scene.number(0, 6)})"
    first = one_tensor(scene)
    if how == "tensor":
        return f"tf.data.Dataset.from_tensor_slices({first})"
    second = operand(scene, scene.base[:1] or None, kinds=("tensor", "array"))
    return f"tf.data.Dataset.from_tensor_slices(({first}, {second}))"


def legacy_dataset(scene: Scene) -> str:
    """A dataset with the methods that it had in TensorFlow 1."""
    return dataset(scene).replace("tf.data.", "tf.compat.v1.data.")


def specification(scene: Scene) -> str:
    """What describes tensors, or a pair of them."""
    shapes = scene.pick((3, scene.base), (1, (None, *scene.base)))
    one = f"tf.TensorSpec({shapes}, tf.{next_dtype(scene)})"
    return scene.pick((3, one), (1, f"({one}, tf.TensorSpec((), tf.int64))"))
