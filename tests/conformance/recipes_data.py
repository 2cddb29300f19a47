"""Arguments for datasets, and for what draws and distorts images; each recipe is of use only as a whole."""

from __future__ import annotations

from . import tensors
from .makers import constant
from .operands import operand
from .recipes import BY_OP as BY_TENSOR
from .recipes import Recipe, floats, of, sparse_matrix

_TWO = "[tf.data.Dataset.range(3), tf.data.Dataset.range(2)]"
_CHOSEN: Recipe = {"datasets": constant(_TWO), "choice_dataset": constant("tf.data.Dataset.range(2).repeat(2)")}
_NESTED: Recipe = {
    "map_func": constant(
        "lambda *items: tf.data.Dataset.from_tensors(items[0])",
        "lambda *items: tf.data.Dataset.from_tensors(items).repeat(2)",
    )
}
_BOXES: Recipe = {
    "boxes": of((5, 4), "float32"),
    "scores": of((5,), "float32"),
    "overlaps": of((5, 5), "float32"),
    "max_output_size": constant("3", "tf.constant(2)"),
    "iou_threshold": constant("0.5"),
    "overlap_threshold": constant("0.5"),
}
_ONE_IMAGE: Recipe = {
    "image": of((8, 6, 3), "float32"),
    "max_delta": constant("0.2"),
    "lower": constant("0.2", "0.5"),
    "upper": constant("0.8", "1.5"),
    "min_jpeg_quality": constant("20"),
    "max_jpeg_quality": constant("80"),
    "seed": constant("(1, 2)", "[3, 4]", "tf.constant([1, 2])"),
}
_SEEDLESS: Recipe = {**_ONE_IMAGE, "seed": constant("None", "1")}
_DISTORTED: Recipe = {
    "image_size": constant("[8, 6, 3]", "tf.constant([8, 6, 3])"),
    "bounding_boxes": constant("[[[0.0, 0.0, 1.0, 1.0]]]", "tf.constant([[[0.1, 0.2, 0.9, 0.8]]])"),
    "min_object_covered": constant("0.1", "0.5"),
    "seed": constant("(1, 2)"),
}
_PATCHES: Recipe = {
    "images": floats(2, 8, 6, 3),
    "ksizes": constant("[1, 2, 2, 1]", "[1, 3, 2, 1]"),
    "strides": constant("[1, 1, 1, 1]", "[1, 2, 2, 1]"),
    "rates": constant("[1, 1, 1, 1]", "[1, 2, 1, 1]"),
    "padding": constant("'SAME'", "'VALID'"),
}

_PREDICTED: Recipe = {"labels": of((4, 2), "int32"), "predictions": of((4, 2), "float32")}
_SERVICE: Recipe = {
    "processing_mode": constant("'parallel_epochs'"),
    "service": constant("'grpc://localhost:5000'"),
}
_RECURRENT: Recipe = {
    **{name: constant("Cell()") for name in ("cell", "cell_fw", "cell_bw")},
    "inputs": of((2, 5, 3), "float32"),
    "dtype": constant("tf.float32"),
}

BY_OP: dict[str, Recipe] = {
    # specifications
    "RaggedTensorSpec.from_value": {"value": tensors.ragged},
    "SparseTensorSpec.from_value": {"value": tensors.sparse},
    # datasets
    "data.Dataset.apply": {"transformation_func": constant("lambda d: d.batch(2)", "lambda d: d.take(1)")},
    "data.Dataset.bucket_by_sequence_length": {
        "element_length_func": constant("lambda *items: tf.size(items[0])"),
        "bucket_boundaries": constant("[3, 5]"),
        "bucket_batch_sizes": constant("[2, 2, 1]"),
    },
    "data.Dataset.choose_from_datasets": _CHOSEN,
    "data.experimental.choose_from_datasets": _CHOSEN,
    "data.Dataset.flat_map": _NESTED,
    "data.Dataset.interleave": _NESTED,
    "data.Dataset.from_generator": {
        "generator": constant("lambda: iter([1, 2])", "lambda: iter([[1, 2], [3, 4]])"),
        "output_types": constant("tf.int32", "tf.float32"),
        "output_shapes": constant("None", "tf.TensorShape(None)", "()", "(2,)"),
        "output_signature": constant("None"),
    },
    "data.Dataset.group_by_window": {
        "key_func": constant("lambda *items: tf.constant(0, tf.int64)"),
        "reduce_func": constant("lambda key, window: window.batch(2)"),
        "window_size": constant("2", "3"),
    },
    "data.Dataset.list_files": {"file_pattern": constant("written()", "[written(), written()]", "'written*'")},
    "data.Dataset.load": {"path": constant("saved()"), "element_spec": constant("None", "tf.TensorSpec((), tf.int64)")},
    "data.experimental.load": {"path": constant("saved()")},
    "data.experimental.service.distribute": _SERVICE,
    "data.Dataset.reduce": {
        "initial_state": constant("0", "tf.zeros((2,))", "(0, 1.0)"),
        "reduce_func": constant("lambda state, *items: state"),
    },
    "data.Dataset.rejection_resample": {
        "class_func": constant("lambda *items: tf.constant(0)"),
        "target_dist": constant("[0.5, 0.5]"),
        "initial_dist": constant("None", "[0.2, 0.8]"),
    },
    "data.Dataset.scan": {
        "initial_state": constant("0", "tf.zeros((2,))"),
        "scan_func": constant("lambda state, *items: (state, items[0])", "lambda state, *items: (state, (state, 1))"),
    },
    "data.Dataset.with_options": {"options": constant("tf.data.Options()")},
    "data.Dataset.zip": {"args": tensors.dataset, "datasets": constant(f"tuple({_TWO})")},
    "data.experimental.get_next_as_optional": {"iterator": lambda scene: f"iter({tensors.dataset(scene)})"},
    "data.experimental.SqlDataset": {
        "driver_name": constant("'sqlite'"),
        "data_source_name": constant("'numbers.db'"),
        "query": constant("'select a, b from numbers'"),
        "output_types": constant("(tf.int32, tf.string)", "(tf.float64,)"),
    },
    # recurrent networks of TensorFlow 1
    **{
        f"compat.v1.nn.rnn_cell.{name}": {"args": constant("tf.compat.v1.nn.rnn_cell.GRUCell(4)")}
        for name in ("DeviceWrapper", "DropoutWrapper", "ResidualWrapper")
    },
    **{f"compat.v1.nn.{name}": _RECURRENT for name in ("dynamic_rnn", "bidirectional_dynamic_rnn")},
    **{
        f"compat.v1.nn.{name}": {**_RECURRENT, "inputs": constant("[tf.ones((2, 3)), tf.zeros((2, 3))]")}
        for name in ("static_rnn", "static_bidirectional_rnn")
    },
    "compat.v1.nn.ctc_loss": {
        "labels": constant("tf.SparseTensor([[0, 0], [1, 0]], [1, 2], [2, 3])"),
        "inputs": floats(5, 2, 4),
        "sequence_length": constant("[5, 5]", "tf.constant([5, 4])"),
        "time_major": constant("True"),
        "logits": constant("None"),
    },
    "compat.v1.nn.ctc_loss_v2": BY_TENSOR["nn.ctc_loss"],
    "compat.v1.nn.fused_batch_norm": {
        "x": floats(2, 4, 5, 3),
        "scale": of((3,), "float32"),
        "offset": of((3,), "float32"),
        "mean": constant("None"),
        "variance": constant("None"),
    },
    "compat.v1.nn.relu_layer": {"x": floats(2, 3), "weights": floats(3, 4), "biases": floats(4)},
    # TensorFlow 1's own
    **{
        f"compat.v1.metrics.{name}_at_thresholds": {**_PREDICTED, "thresholds": constant("[0.2, 0.7]", "[0.5]")}
        for name in ("false_negatives", "false_positives", "precision", "recall", "true_negatives", "true_positives")
    },
    **{
        f"compat.v1.metrics.{name}_at_top_k": {
            "labels": of((4, 1), "int64"),
            "predictions_idx": of((4, 2), "int64"),
            "k": constant("2", "None"),
        }
        for name in ("precision", "recall")
    },
    "compat.v1.hessians": {
        "ys": constant(
            "tf.reduce_sum((shared := tf.ones((3,))) ** 2)", "tf.reduce_sum((shared := tf.ones((2, 3))) ** 3)"
        ),
        "xs": tensors.sources,
    },
    "hessians": {"ys": constant("tf.reduce_sum((shared := tf.ones((3,))) ** 2)"), "xs": tensors.sources},
    "compat.v1.train.string_input_producer": {
        "string_tensor": constant("['a', 'b']", "tf.constant(['a'])"),
        "num_epochs": constant("None", "1"),
    },
    **{
        f"compat.v1.{name}": {
            "name": constant("'w'"),
            "shape": constant("(2, 3)", "[4]", "()"),
            "dtype": constant("tf.float32", "tf.float64", "None"),
            "initializer": constant("None", "tf.compat.v1.ones_initializer()"),
        }
        for name in ("get_variable", "get_local_variable")
    },
    "compat.v1.assert_rank_in": {"x": floats(2, 3), "ranks": constant("[1, 2]", "(2, 3)")},
    "compat.v1.space_to_batch": {
        "input": floats(2, 4, 6, 3),
        "paddings": constant("[[0, 0], [0, 0]]", "[[0, 2], [2, 0]]"),
        "block_size": constant("2"),
        "block_shape": constant("None"),
    },
    "compat.v1.summary.image": {"name": constant("'x'"), "tensor": of((2, 8, 6, 3), "float32")},
    "compat.v1.summary.merge": {"inputs": constant("[tf.compat.v1.summary.scalar('x', tf.constant(1.0))]")},
    "compat.v1.verify_tensor_all_finite": {"t": floats(2, 3), "msg": constant("'x'")},
    # Keras
    "keras.backend.ctc_batch_cost": {
        "y_true": constant("tf.ones((2, 3), tf.int32)"),
        "y_pred": of((2, 5, 4), "float32"),
        "input_length": constant("[[5], [5]]"),
        "label_length": constant("[[3], [2]]"),
    },
    "keras.backend.repeat_elements": {"x": floats(2, 3), "rep": constant("2", "3"), "axis": constant("0", "1", "-1")},
    "keras.backend.update": {"x": of((2, 3), "float32", "variable"), "new_x": of((2, 3), "float32")},
    "keras.ops.fft2": {
        "x": constant("(tf.ones((2, 4, 3)), tf.zeros((2, 4, 3)))", "(np.ones((4, 5)), np.ones((4, 5)))")
    },
    "keras.ops.rearrange": {"tensor": floats(2, 3), "pattern": constant("'a b -> b a'", "'a b -> (a b)'")},
    "keras.ops.switch": {
        "index": constant("0", "1", "tf.constant(1)"),
        "branches": constant("[lambda *x: x[0], lambda *x: x[0] + x[0]]"),
        "operands": of((2, 3)),
    },
    "keras.utils.text_dataset_from_directory": {"directory": constant("folders('txt')"), "verbose": constant("False")},
    "keras.utils.image_dataset_from_directory": {
        "directory": constant("folders('png')"),
        "image_size": constant("(8, 6)", "(256, 256)"),
        "verbose": constant("False"),
    },
    "nn.log_poisson_loss": {"targets": floats(3, 4), "log_input": floats(3, 4)},
    # NumPy
    "numpy.fromfile": {"file": constant("written()"), "sep": constant("' '"), "dtype": constant("float", "np.int32")},
    "numpy.genfromtxt": {"fname": constant("written()")},
    "numpy.random.Generator": {"args": constant("np.random.PCG64(1)")},
    "numpy.random.set_state": {"state": constant("np.random.get_state()")},
    "numpy.ravel_multi_index": {
        "multi_index": constant("([0, 1], [1, 0])", "(np.array([0, 1, 1]), 0)"),
        "dims": constant("(2, 3)"),
    },
    "numpy.unpackbits": {"a": lambda scene: operand(scene, dtype="uint8", kinds=("array",))},
    "strings.to_number": {"input": constant("'1'", "['1', '2']", "tf.constant([['3']])")},
    # images
    "image.combined_non_max_suppression": {
        "boxes": of((2, 5, 1, 4), "float32"),
        "scores": of((2, 5, 3), "float32"),
        "max_output_size_per_class": constant("2", "tf.constant(3)"),
        "max_total_size": constant("4", "3"),
    },
    "image.non_max_suppression": _BOXES,
    "image.non_max_suppression_overlaps": _BOXES,
    "image.non_max_suppression_with_scores": _BOXES,
    "image.draw_bounding_boxes": {
        "images": of((2, 8, 6, 3), "float32"),
        "boxes": of((2, 5, 4), "float32"),
        "colors": constant("[[1.0, 0.0, 0.0]]", "None"),
    },
    "image.extract_glimpse": {
        "input": of((2, 8, 6, 3), "float32"),
        "size": constant("[4, 3]", "tf.constant([2, 2])"),
        "offsets": of((2, 2), "float32"),
    },
    "image.pad_to_bounding_box": {
        "image": lambda scene: of(scene.pick((1, (2, 4, 6, 3)), (1, (4, 6, 3))))(scene),
        "offset_height": constant("0", "1"),
        "offset_width": constant("0", "2"),
        "target_height": constant("5", "8"),
        "target_width": constant("8", "11"),
    },
    **{f"image.random_{name}": _SEEDLESS for name in ("brightness", "contrast", "hue", "jpeg_quality", "saturation")},
    **{f"image.stateless_random_{name}": _ONE_IMAGE for name in ("jpeg_quality", "saturation")},
    "image.sample_distorted_bounding_box": {**_DISTORTED, "seed": constant("0", "1")},
    "image.stateless_sample_distorted_bounding_box": _DISTORTED,
    "image.ssim": {"img1": of((2, 12, 13, 3)), "img2": of((2, 12, 13, 3)), "max_val": constant("1.0", "255")},
    "image.ssim_multiscale": {
        "img1": of((1, 180, 177, 1), "float32"),
        "img2": of((1, 180, 177, 1), "float32"),
        "max_val": constant("1.0", "255"),
    },
    "compat.v1.extract_image_patches": _PATCHES,
    **{
        f"compat.v1.image.resize_{name}": {
            "images": of((2, 8, 6, 3)),
            "size": constant("[3, 5]", "(12, 6)", "tf.constant([4, 4])"),
        }
        for name in ("area", "bicubic", "bilinear", "nearest_neighbor")
    },
    "audio.decode_wav": {
        "contents": constant("tf.audio.encode_wav(tf.zeros((8, 2)), 16000)"),
        "desired_channels": constant("-1", "1", "2"),
        "desired_samples": constant("-1", "4", "16"),
    },
    "audio.encode_wav": {"audio": of((8, 2), "float32"), "sample_rate": constant("16000")},
    "keras.Variable": {
        "initializer": lambda scene: scene.pick((3, operand(scene)), (1, "'zeros'"), (1, "keras.initializers.Ones()")),
        "shape": constant("None", "(2, 3)", "[4]"),
        "dtype": constant("None", "'float32'", "'int32'", "tf.float16"),
    },
    "keras.ops.separable_conv": {
        "inputs": floats(2, 8, 6, 3),
        "depthwise_kernel": floats(3, 2, 3, 2),
        "pointwise_kernel": floats(1, 1, 6, 5),
        "strides": constant("1", "2"),
        "padding": constant("'valid'", "'same'"),
        "data_format": constant("None", "'channels_last'"),
        "dilation_rate": constant("1"),
    },
    "numpy.random.random_integers": {
        "low": constant("3", "1"),
        "high": constant("None", "5", "[4, 5]"),
        "size": constant("None", "2", "(3, 2)"),
    },
    "compat.v1.data.get_output_types": {"dataset_or_iterator": tensors.dataset},
    "extract_volume_patches": {
        "input": floats(2, 4, 6, 8, 3),
        "ksizes": constant("[1, 2, 2, 2, 1]", "[1, 1, 2, 3, 1]"),
        "strides": constant("[1, 1, 1, 1, 1]", "[1, 2, 1, 2, 1]"),
        "padding": constant("'SAME'", "'VALID'"),
    },
    "compat.v1.image.crop_and_resize": {
        "image": floats(2, 8, 6, 3),
        "boxes": of((3, 4), "float32"),
        "box_ind": constant("[0, 1, 0]", "tf.zeros((3,), tf.int32)"),
        "crop_size": constant("[3, 5]", "(2, 2)"),
    },
    "edit_distance": {
        "hypothesis": sparse_matrix("int64", (2, 3)),
        "truth": sparse_matrix("int64", (2, 3)),
        "normalize": constant("True", "False"),
    },
}
