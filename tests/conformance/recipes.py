"""Arguments for ops whose parameters must fit together more closely than their names tell: tables, functions, blocks.

A recipe names arguments of one op; whatever it does not name is made up as for any other op.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import makers, tensors
from .makers import constant
from .operands import Scene, Sizes, operand, tensor_source

Maker = Callable[[Scene], str]
Recipe = Mapping[str, Maker]


def of(shape: Sizes, dtype: str | None = None, *kinds: str) -> Maker:
    """A tensor of this shape, or seldom of another."""

    def make(scene: Scene) -> str:
        chosen = (*shape, 2) if scene.chance(8) else shape
        return operand(scene, chosen, dtype, kinds or ("tensor", "tensor", "array", "variable"))

    return make


def floats(*shape: int) -> Maker:
    """Numbers of one of the two common precisions."""
    return lambda scene: of(shape, scene.pick((4, "float32"), (1, "float64"), (1, "int32")))(scene)


def strings(*texts: str) -> Maker:
    """A string, or a vector or a matrix of strings."""

    def make(scene: Scene) -> str:
        text = scene.pick(*((1, text) for text in texts))
        ways = (
            (2, repr(text)),
            (3, f"[{text!r}, 'b c']"),
            (2, f"tf.constant([{text!r}])"),
            (1, f"[[{text!r}], ['b']]"),
        )
        return scene.pick(*ways, (1, f"np.array([{text!r}])"), (1, "tf.ragged.constant([['a', 'b'], ['c']])"))

    return make


def sparse_matrix(dtype: str = "float32", shape: Sizes = (2, 3)) -> Maker:
    """A sparse tensor with one element."""

    def make(scene: Scene) -> str:
        zeros = ", ".join("0" for _ in shape)
        values = tensor_source(scene, (1,), dtype if not scene.chance(10) else "int32", "tensor")
        return f"tf.SparseTensor([[{zeros}]], {values}, {list(shape)})"

    return make


def pair(scene: Scene) -> str:
    """Real and imaginary parts; two numbers at least, since the inverse transform of one ends the process."""
    shape = scene.base if scene.base and scene.base[-1] > 1 else (4,)
    dtype = scene.pick((4, "float32"), (1, "float64"))
    parts = [tensor_source(scene, shape, dtype, scene.pick((3, "tensor"), (1, "array"))) for _ in range(2)]
    return f"({', '.join(parts)})"


def operators(count: int) -> Maker:
    """Square linear operators, or one that is not."""

    def make(scene: Scene) -> str:
        sizes = [scene.pick((3, 2), (2, 3)) for _ in range(count)]
        made = [f"tf.linalg.LinearOperatorFullMatrix(tf.eye({size}))" for size in sizes]
        if scene.chance(20):
            made[0] = "tf.linalg.LinearOperatorDiag([1.0, 2.0])"
        return made[0] if count == 1 else f"[{', '.join(made)}]"

    return make


_ANY_IMAGES = {"images": of((2, 8, 8, 3), "float32")}
_CORNERS = "np.array([[[0, 0], [0, 7], [7, 0], [7, 7]]] * 2, np.float32)"
_MARGINS = {f"{side}_{kind}": constant("1", "2") for side in ("top", "left") for kind in ("cropping", "padding")}
_SIZES = {"target_height": constant("4", "12"), "target_width": constant("5", "12")}
_SAMPLER: Recipe = {
    "true_classes": of((4, 2), "int64"),
    "num_true": constant("2"),
    "num_sampled": constant("3", "5"),
    "unique": makers.flag,
    "range_max": constant("20"),
}
_SAMPLED: Recipe = {
    "weights": of((9, 5), "float32"),
    "biases": of((9,), "float32"),
    "labels": of((4, 1), "int64"),
    "inputs": of((4, 5), "float32"),
    "num_sampled": constant("2", "3"),
    "num_classes": constant("9"),
}
_LOOKUP: Recipe = {
    "sp_ids": sparse_matrix("int64"),
    "sparse_ids": sparse_matrix("int64"),
    "sp_weights": lambda scene: "None" if scene.chance(60) else sparse_matrix()(scene),
    "params": of((6, 4), "float32"),
    "embedding_weights": of((6, 4), "float32"),
    "combiner": constant("'sum'", "'mean'", "'sqrtn'"),
}
_MORPHOLOGY: Recipe = {
    "input": floats(2, 6, 7, 3),
    "value": floats(2, 6, 7, 3),
    "filters": floats(2, 3, 3),
    "strides": constant("[1, 1, 1, 1]", "[1, 2, 2, 1]"),
    "data_format": constant("'NHWC'"),
    "dilations": constant("[1, 1, 1, 1]", "[1, 2, 1, 1]"),
}
_UNICODE: Recipe = {
    "input": strings("ab", "G\u00f6"),
    "input_encoding": constant("'UTF-8'", "'UTF-16-BE'"),
    "output_encoding": constant("'UTF-8'", "'UTF-32-BE'"),
    "errors": constant("'replace'", "'ignore'"),
}
_SEGMENTS: Recipe = {
    "data": lambda scene: operand(scene, (3, *scene.base[1:])),
    "segment_ids": of((3,), "int32"),
    "num_segments": constant("2", "4", "tf.constant(3)"),
}
_DECODED: Recipe = {"inputs": floats(5, 2, 4), "sequence_length": constant("[5, 5]", "tf.constant([5, 4])")}

_GRADIENTS: Recipe = {"ys": tensors.differentiated, "xs": tensors.sources}

BY_OP: dict[str, Recipe] = {
    "gradients": _GRADIENTS,
    "compat.v1.gradients": _GRADIENTS,
    "hessians": _GRADIENTS,
    "compat.v1.hessians": _GRADIENTS,
    "keras.backend.gradients": {"loss": tensors.differentiated, "variables": tensors.sources},
    # functions
    "keras.ops.associative_scan": {"f": constant("lambda a, b: a + b"), "elems": of((4, 3))},
    "keras.ops.jvp": {
        "fun": constant("lambda x: x * 2"),
        "primals": constant("(tf.ones((2, 3)),)"),
        "tangents": constant("(tf.ones((2, 3)),)"),
    },
    "keras.ops.map": {"f": constant("lambda x: x + x", "lambda x: keras.ops.sum(x)"), "xs": of((4, 3))},
    "keras.ops.scan": {"f": constant("lambda c, x: (c + x, x + x)"), "init": of((3,)), "xs": of((4, 3))},
    "keras.ops.switch": {
        "index": constant("0", "1", "tf.constant(1)"),
        "branches": constant("[lambda x: x, lambda x: x + x]"),
        "operands": of((2, 3)),
    },
    "keras.ops.vectorized_map": {"function": constant("lambda x: x + x"), "elements": of((4, 3))},
    "switch_case": {
        "branch_index": constant("0", "1", "tf.constant(1)"),
        "branch_fns": constant(
            "[lambda: tf.ones(2), lambda: tf.zeros(2)]", "{0: lambda: tf.ones(2), 1: lambda: tf.ones(3)}"
        ),
    },
    "while_loop": {
        "cond": constant("lambda i, x: i < 2"),
        "body": constant("lambda i, x: (i + 1, x + x)", "lambda i, x: [i + 1, x]"),
        "loop_vars": constant("(tf.constant(0), tf.ones((2, 3)))", "[0, tf.ones((4,))]", "(0, [1.0, 2.0])"),
    },
    "py_function": {"func": constant("lambda x: x", "lambda x: x + x"), "inp": lambda scene: f"[{operand(scene)}]"},
    "ragged.map_flat_values": {"op": constant("tf.abs", "lambda x: x * 2"), "args": tensors.ragged},
    "sparse.map_values": {"op": constant("tf.abs", "lambda x: x * 2"), "args": tensors.sparse},
    "numpy.apply_along_axis": {
        "func1d": constant("np.sum", "np.cumsum"),
        "axis": constant("0", "-1"),
        "arr": of((3, 4)),
    },
    "numpy.fromfunction": {
        "function": constant("lambda i, j: i + j"),
        "shape": constant("(2, 3)"),
        "dtype": constant("int"),
    },
    "numpy.mask_indices": {"n": constant("3"), "mask_func": constant("np.triu", "np.tril")},
    "case": {
        "pred_fn_pairs": constant(
            "[(tf.constant(True), lambda: tf.ones(2))]", "[(tf.constant(False), lambda: tf.ones(2))]"
        ),
        "default": constant("lambda: tf.zeros(2)", "lambda: tf.zeros(3)"),
    },
    # images and windows
    **{
        f"keras.layers.ConvLSTM{count}D.__call__": {"sequences": of((2, 4, *(8, 6, 5)[:count], 3), "float32")}
        for count in (1, 2, 3)
    },
    "keras.ops.adaptive_average_pool": {"inputs": of((2, 6, 8, 3)), "output_size": constant("2", "(2, 4)")},
    "keras.ops.adaptive_max_pool": {"inputs": of((2, 6, 8, 3)), "output_size": constant("2", "(2, 4)")},
    "keras.ops.conv": {
        "inputs": of((2, 6, 8, 3), "float32"),
        "kernel": of((2, 3, 3, 4), "float32"),
        "strides": constant("1", "2", "(1, 2)"),
        "padding": constant("'valid'", "'same'"),
        "data_format": constant("None", "'channels_last'"),
    },
    "keras.ops.fold": {
        "x": of((2, 12, 9)),
        "output_size": constant("4", "(4, 4)"),
        "kernel_size": constant("2", "(2, 2)"),
    },
    "keras.ops.unfold": {"x": of((2, 3, 6, 5)), "kernel_size": constant("2", "(2, 3)")},
    "keras.ops.image.crop_images": {**_ANY_IMAGES, **_MARGINS, **_SIZES},
    "keras.ops.image.pad_images": {**_ANY_IMAGES, **_MARGINS, **_SIZES},
    "keras.ops.image.extract_patches_3d": {
        "volumes": of((2, 4, 6, 8, 3)),
        "size": constant("2", "(2, 3, 2)"),
        "padding": constant("'valid'", "'same'"),
    },
    "keras.ops.image.perspective_transform": {
        **_ANY_IMAGES,
        "start_points": constant(_CORNERS),
        "end_points": constant(_CORNERS),
    },
    "nn.atrous_conv2d": {
        "value": floats(2, 8, 8, 3),
        "filters": floats(2, 2, 3, 4),
        "rate": constant("1", "2"),
        "padding": constant("'VALID'", "'SAME'"),
    },
    "nn.dilation2d": _MORPHOLOGY,
    "nn.erosion2d": _MORPHOLOGY,
    "nn.fractional_avg_pool": {"value": floats(2, 8, 8, 3), "pooling_ratio": constant("[1.0, 1.44, 1.73, 1.0]")},
    # signals
    "keras.ops.extract_sequences": {
        "x": of((3, 16)),
        "sequence_length": constant("4"),
        "sequence_stride": constant("2", "3"),
    },
    "keras.ops.fft": {"x": pair},
    "keras.ops.ifft2": {"x": pair},
    "keras.ops.irfft": {"x": pair, "fft_length": constant("4", "5")},
    "keras.ops.stft": {
        "x": of((3, 16), "float32"),
        "sequence_length": constant("4"),
        "sequence_stride": constant("2"),
        "fft_length": constant("4", "8"),
    },
    "signal.mdct": {"signals": floats(2, 16), "frame_length": constant("4", "8")},
    # linear algebra
    "linalg.LinearOperatorAdjoint": {"operator": operators(1)},
    "linalg.LinearOperatorInversion": {"operator": operators(1)},
    "linalg.LinearOperatorBlockDiag": {"operators": operators(2)},
    "linalg.LinearOperatorComposition": {"operators": operators(2)},
    "linalg.LinearOperatorKronecker": {"operators": operators(2)},
    "linalg.LinearOperatorBlockLowerTriangular": {"operators": lambda scene: f"[[{operators(1)(scene)}]]"},
    "linalg.LinearOperatorLowRankUpdate": {
        "base_operator": operators(1),
        "u": constant("tf.ones((2, 1))", "tf.ones((3, 2))"),
    },
    "linalg.tridiagonal_solve": {
        "diagonals": floats(3, 4),
        "rhs": lambda scene: floats(*scene.pick((2, (4,)), (2, (4, 2))))(scene),
        "diagonals_format": constant("'compact'"),
    },
    "math.invert_permutation": {"x": constant("[1, 0, 2]", "tf.constant([2, 0, 1], tf.int64)", "np.array([0, 1])")},
    # sequences and embeddings
    "nn.ctc_loss": {
        "labels": of((2, 3), "int32"),
        "logits": floats(5, 2, 4),
        "label_length": constant("[3, 2]", "tf.constant([3, 3])"),
        "logit_length": constant("[5, 5]", "tf.constant([5, 5])"),
    },
    "nn.ctc_beam_search_decoder": _DECODED,
    "nn.ctc_greedy_decoder": _DECODED,
    "nn.compute_accidental_hits": {
        "true_classes": of((4, 2), "int64"),
        "sampled_candidates": of((3,), "int64"),
        "num_true": constant("2"),
    },
    "nn.embedding_lookup_sparse": _LOOKUP,
    "nn.safe_embedding_lookup_sparse": _LOOKUP,
    "nn.nce_loss": _SAMPLED,
    "nn.sampled_softmax_loss": _SAMPLED,
    "reverse_sequence": {
        "input": of((3, 4, 2)),
        "seq_lengths": constant("[1, 2, 3]", "tf.constant([2, 2, 2], tf.int64)"),
        "seq_axis": constant("1"),
        "batch_axis": constant("0"),
    },
    **{f"raw_ops.Segment{name}V2": _SEGMENTS for name in ("Max", "Min", "Prod", "Sum")},
    # random numbers
    **{f"random.{name}_candidate_sampler": _SAMPLER for name in ("all", "learned_unigram", "log_uniform", "uniform")},
    "random.fixed_unigram_candidate_sampler": {**_SAMPLER, "unigrams": constant("[1.0] * 20")},
    "random.Generator.from_key_counter": {
        "key": constant("0", "1"),
        "counter": constant("[0, 0]"),
        "alg": constant("'philox'"),
    },
    "random.Generator.from_state": {"state": constant("tf.constant([0, 0, 1], tf.int64)"), "alg": constant("'philox'")},
    "random_index_shuffle": {
        "index": constant("1", "tf.constant([1, 2])"),
        "seed": constant("[1, 2, 3]"),
        "max_index": constant("5"),
    },
    "random.experimental.index_shuffle": {
        "index": constant("1", "tf.constant(2)"),
        "seed": constant("[1, 2, 3]", "[1, 2]"),
        "max_index": constant("5"),
    },
    **{
        f"numpy.random.{owner}triangular": {
            "left": constant("0.0", "[0.0, 0.5]"),
            "mode": constant("1"),
            "right": constant("2.0"),
        }
        for owner in ("", "Generator.", "RandomState.")
    },
    "numpy.random.RandomState.multinomial": {"n": constant("3"), "pvals": constant("[0.5, 0.5]", "[0.2, 0.3, 0.5]")},
    # quantization
    "quantization.quantize": {
        "input": floats(2, 3),
        "min_range": constant("-1.0"),
        "max_range": constant("1.0"),
        "T": constant("tf.qint8", "tf.quint8"),
    },
    "quantization.dequantize": {
        "input": constant("tf.quantization.quantize(tf.ones((2, 3)), -1.0, 1.0, tf.quint8).output"),
        "min_range": constant("-1.0"),
        "max_range": constant("1.0"),
        "dtype": constant("tf.float32", "tf.bfloat16"),
    },
    **{
        f"quantization.fake_quant_with_min_max_{name}_gradient": {
            "gradients": of((2, 3), "float32"),
            "inputs": of((2, 3), "float32"),
            "min": constant("-1.0"),
            "max": constant("1.0"),
        }
        for name in ("args", "vars")
    },
    # sets and sparse tensors
    "sets.size": {"a": sparse_matrix("int64")},
    "sparse.SparseTensor": {
        "indices": constant("[[0, 1]]", "tf.constant([[0, 0]], tf.int64)"),
        "values": constant("[1.0]", "tf.ones((1,), tf.float64)", "['a']"),
        "dense_shape": constant("[2, 3]", "(4, 5)"),
    },
    "sparse.SparseTensor.from_value": {
        "sparse_tensor_value": constant("tf.compat.v1.SparseTensorValue([[0, 1]], [1.0], [2, 3])"),
    },
    "RaggedTensor.from_sparse": {"st_input": sparse_matrix()},
    "sparse.add": {
        "a": sparse_matrix(),
        "b": lambda scene: (sparse_matrix() if scene.chance(60) else floats(2, 3))(scene),
    },
    "sparse.concat": {
        "axis": constant("0", "-1"),
        "sp_inputs": lambda scene: f"[{sparse_matrix()(scene)}, {sparse_matrix()(scene)}]",
    },
    "sparse.slice": {"sp_input": sparse_matrix(), "start": constant("[0, 0]"), "size": constant("[1, 2]", "[2, 3]")},
    "sparse.split": {"sp_input": sparse_matrix(), "num_split": constant("1", "2", "3"), "axis": constant("1", "0")},
    # strings
    **{
        f"strings.unicode_{name}": _UNICODE
        for name in ("decode", "decode_with_offsets", "split", "split_with_offsets", "transcode")
    },
    "strings.unicode_encode": {
        **_UNICODE,
        "input": constant("[97, 98]", "tf.ragged.constant([[97], [98, 99]])", "[[97], [98]]"),
    },
    "strings.format": {"template": constant("'{}'", "'x {}'"), "inputs": constant("tf.ones(2)", "[tf.ones(2)]")},
    "strings.ngrams": {
        "data": constant("['a', 'b', 'c']", "[['a', 'b'], ['c', 'd']]"),
        "ngram_width": constant("2", "[1, 2]"),
    },
    "strings.regex_full_match": {"input": strings("a"), "pattern": constant("'a.*'")},
    "strings.regex_replace": {"input": strings("a"), "pattern": constant("'a.*'"), "rewrite": constant("'b'")},
    **{
        name: {"input": strings("abc"), "pos": constant("0", "1"), "len": constant("1", "2")}
        for name in ("strings.substr", "compat.v1.substr")
    },
    "strings.to_hash_bucket": {"input": strings("a"), "num_buckets": constant("5")},
    "strings.to_hash_bucket_fast": {"input": strings("a"), "num_buckets": constant("5")},
    "strings.to_hash_bucket_strong": {"input": strings("a"), "num_buckets": constant("5"), "key": constant("[1, 2]")},
    "strings.unsorted_segment_join": {
        "inputs": constant("['a', 'b', 'c']", "tf.constant([['a'], ['b'], ['c']])"),
        "segment_ids": constant("[0, 1, 0]"),
        "num_segments": constant("2", "3"),
    },
    # NumPy's dtypes and texts
    "numpy.fromstring": {"string": constant("'1 2 3'"), "sep": constant("' '"), "dtype": constant("float", "np.int32")},
    "numpy.histogram2d": {"x": of((5,)), "y": of((5,)), "bins": constant("3", "[2, 4]")},
    "numpy.isdtype": {
        "dtype": makers.plain_numpy_dtype,
        "kind": constant("'integral'", "np.float32", "('bool', 'numeric')"),
    },
    "numpy.issubdtype": {"arg1": makers.plain_numpy_dtype, "arg2": constant("np.integer", "np.float32", "'floating'")},
    "numpy.put_along_axis": {
        "arr": of((3, 4)),
        "indices": of((3, 1), "int64"),
        "values": constant("0", "1"),
        "axis": constant("1", "-1"),
    },
}


ALL_GIVEN = frozenset({
    "keras.ops.image.crop_images", "keras.ops.image.pad_images", "random.fixed_unigram_candidate_sampler",
    "gradients", "compat.v1.gradients", "keras.backend.gradients", "GradientTape.gradient", "GradientTape.jacobian",
})  # fmt: skip
"""Ops whose recipe is of no use in parts."""
