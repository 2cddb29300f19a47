"""What the parameters of TensorFlow's, NumPy's and Keras's functions want, by parameter name and by annotation.

One table for all ops: a name means the same nearly everywhere, and where it does not, a part of the cases is invalid.
"""

from __future__ import annotations

from tflint_gemm.ops import parameters

from . import makers, tensors
from .makers import Maker, constant
from .operands import operand


def _table(*rows: tuple[str, Maker]) -> dict[str, Maker]:
    return {name: maker for names, maker in rows for name in names.split()}


BY_NAME = _table(
    # axes
    ("axis axis1 axis2 axisa axisb axisc dim dimension batch_axis seq_axis batch_dim seq_dim", makers.axis),
    ("source destination", makers.axes),
    ("batch_dims", makers.strip_rank),
    ("perm", lambda scene: (tensors.lu_permutation if "lower_upper" in scene.names else makers.permutation)(scene)),
    ("axes", makers.axes_of_any_sort),
    # flags
    (
        "keepdims keep_dims transpose_a transpose_b adjoint_a adjoint_b adjoint exclusive reverse conjugate sorted",
        makers.flag,
    ),
    (
        "full_matrices compute_uv invert copy endpoint trainable replace retstep return_index return_inverse",
        makers.flag,
    ),
    ("return_counts rowvar density transpose_rhs eigvals_only verify_shape hermitian right", makers.flag),
    # shapes
    ("shape newshape new_shape dense_shape batch_shape dimensions", makers.shape),
    ("output_shape", tensors.enlarged),
    ("block_shape", makers.block_shape),
    ("crops", makers.crops),
    ("size", makers.size),
    ("begin", makers.slicing_begin),
    ("paddings", makers.paddings),
    ("pad_width", makers.pad_width),
    ("multiples reps", makers.multiples),
    ("repeats", makers.repeats),
    ("num_or_size_splits indices_or_sections sections", makers.sections),
    ("shape_x shape_y", makers.tensor_shape),
    ("other", tensors.other),
    # numbers
    ("shift offset k num_segments depth num_classes ndmin decimals ndim num_lower num_upper rank kth", makers.small),
    ("target_height target_width crop_height crop_width", makers.dimension),
    ("offset_height offset_width", constant("0", "1")),
    ("crop_size", constant("[3, 5]", "(2, 2)")),
    ("boxes", constant("[[0.0, 0.0, 1.0, 1.0]]", "tf.ones((2, 4))")),
    ("box_indices box_ind", constant("[0]", "[0, 1]")),
    ("central_fraction", constant("0.5")),
    ("num_units N M n num_rows num_columns num_cols num_samples num_partitions nbins count lengths", makers.dimension),
    ("num", constant("None", "2", "3", "5", "7")),
    ("begin_mask end_mask ellipsis_mask new_axis_mask shrink_axis_mask", constant("0", "1", "2", "3")),
    ("minval maxval low high start limit stop a_min a_max clip_value_min clip_value_max", makers.bound),
    ("delta step", makers.step),
    ("stddev loc clip_norm on_value off_value constant_values fill_value scalar", makers.number),
    ("lam sigma df dfnum dfden nonc kappa mu ngood nbad nsample", constant("1", "2.5", "3", "[1.0, 2.0]")),
    ("q", constant("1", "0.5", "[0.1, 0.5]", "[0, 1]")),
    ("p probs pvals", constant("None", "0.5", "[0.5, 0.5]")),
    ("variance_epsilon epsilon", constant("0.001", "1e-6")),
    ("rate", constant("0.5", "0.0")),
    ("negative_slope", constant("0.2", "0.1")),
    ("alpha", constant("0.2", "[1.0, 2.0]")),
    ("seed", constant("1", "None", "(1, 2)", "[1, 2]")),
    ("block_size", constant("2", "3")),
    # dtypes
    ("dtype preferred_dtype", makers.dtype),
    ("out_type output_type out_idx output_idx_type index_dtype index_type output_dtype", makers.integer_dtype),
    # tensors of a certain sort
    ("indices multi_index", tensors.index_tensor),
    ("condition cond", tensors.boolean),
    ("mask", tensors.mask),
    ("segment_ids partitions", tensors.segments),
    ("labels", tensors.class_indices),
    ("targets", tensors.class_ids),
    ("y_true y_pred", tensors.labels_and_predictions),
    ("mean variance scale bias beta", tensors.channels),
    ("filters filter", tensors.filters),
    ("ref var", makers.reference),
    ("value initial_value x y x1 x2 a b array input tensor obj min max append prepend", operand),
    ("values inputs arrays tensors tup t_list choicelist choices", tensors.operand_list),
    ("updates", tensors.updates),
    ("sparse_delta", tensors.sparse_delta),
    ("diagonal", tensors.diagonal),
    ("logits predictions", tensors.predictions),
    ("depthwise_filter", tensors.filters),
    ("pointwise_filter", tensors.pointwise_filters),
    ("image images img1 img2 grads_image", tensors.image),
    ("sp_a sp_b sp_input sparse_tensor", tensors.sparse),
    ("rt_input ragged_tensor rt", tensors.ragged),
    ("condlist", tensors.boolean_list),
    ("seq_lengths", tensors.row_lengths),
    ("row_splits", lambda scene: tensors.partition(scene, "splits")),
    ("row_lengths", lambda scene: tensors.partition(scene, "lengths")),
    ("row_starts", lambda scene: tensors.partition(scene, "starts")),
    ("row_limits", lambda scene: tensors.partition(scene, "limits")),
    ("value_rowids", lambda scene: tensors.partition(scene, "rowids")),
    ("nested_row_splits", lambda scene: f"[{tensors.partition(scene, 'splits')}]"),
    ("nested_row_lengths", lambda scene: f"[{tensors.partition(scene, 'lengths')}]"),
    ("nested_value_rowids", lambda scene: f"[{tensors.partition(scene, 'rowids')}]"),
    ("uniform_row_length", constant("1", "2", "tf.constant(2)")),
    ("flat_values", operand),
    ("pylist", constant("[[1, 2], [3]]", "[[[1], [2, 3]], [], [[4]]]", "[['a'], [], ['b', 'c']]", "[[1.5], []]")),
    # windows
    ("strides stride ksize dilations dilation pool_size window_shape sizes rates", makers.window),
    ("padding", makers.padding),
    ("data_format", makers.data_format),
    # functions
    ("fn func map_func", constant("lambda *items: items[0]")),
    ("true_fn false_fn", constant("lambda: tf.ones((2, 3))", "lambda: 1", "lambda: tf.ones((3,))")),
    ("pred", constant("tf.constant(True)", "True", "tf.constant(False)")),
    ("elems", operand),
    # words
    ("pooling_type", constant("'MAX'", "'AVG'")),
    ("equation subscripts", tensors.equation),
    ("ord", constant("'euclidean'", "2", "1", "np.inf", "'fro'")),
    ("mode", constant("'CONSTANT'", "'REFLECT'", "'SYMMETRIC'", "'constant'", "'edge'", "'reduced'", "'complete'")),
    ("indexing", constant("'xy'", "'ij'")),
    ("direction", constant("'ASCENDING'", "'DESCENDING'")),
    ("side", constant("'left'", "'right'")),
    # datasets
    ("predicate", constant("lambda *items: True")),
    ("batch_size buffer_size num_shards index", constant("1", "2", "3")),
    ("drop_remainder", makers.flag),
    ("dataset input_dataset dataset_or_iterator", tensors.dataset),
    ("element_spec output_signature", tensors.specification),
    ("options", constant("tf.data.Options()", "None")),
    # queues
    ("capacity", constant("32", "100")),
    ("min_after_dequeue", constant("0", "2")),
    ("dtypes", tensors.element_dtypes),
    ("shapes", tensors.element_shapes),
    ("vals", tensors.element),
    ("value_range", constant("[0.0, 5.0]", "[0, 5]")),
)

LAYERS = _table(
    ("inputs query value x sequence sequences layer_inputs", tensors.layer_inputs),
    ("units output_dim input_dim filters n num_heads key_dim value_dim height width", makers.dimension),
    ("groups depth_multiplier", constant("1", "2")),
    ("kernel_size strides pool_size dilation_rate size", makers.layer_window),
    ("padding cropping", lambda scene: makers.margins(scene) if scene.chance(40) else makers.padding(scene).lower()),
    ("axis", makers.layer_axis),
    ("axes", lambda scene: makers.layer_axis(scene)),
    ("dims", makers.sample_permutation),
    ("target_shape", makers.sample_shape),
    ("shape", makers.sample_shape),
    ("activation recurrent_activation", constant("'relu'", "None", "'softmax'", "'tanh'", "tf.nn.relu")),
    (
        "use_bias return_sequences return_state go_backwards center scale keepdims training mask_zero use_scale",
        makers.flag,
    ),
    ("alpha negative_slope max_value threshold", constant("0.2", "1.0")),
    ("thresholds", constant("None", "0.5", "[0.3, 0.6]")),
    ("rate dropout stddev factor height_factor width_factor", constant("0.5", "0.1", "0.0")),
    ("data_format", constant("'channels_last'", "None", "'channels_first'")),
    ("dtype", constant("'float32'", "'float16'", "'float64'", "'mixed_float16'", "'bfloat16'", "tf.float32")),
    ("layer", constant("keras.layers.Dense(3)", "keras.layers.LSTM(3)", "keras.layers.LSTM(3, return_sequences=True)")),
    ("cell", constant("keras.layers.LSTMCell(3)", "keras.layers.GRUCell(5)", "keras.layers.SimpleRNNCell(2)")),
    ("layers", constant("[keras.layers.Dense(3)]", "None", "[keras.layers.Flatten(), keras.layers.Dense(2)]")),
    ("merge_mode", constant("'concat'", "'sum'", "None")),
    ("batch_size", constant("None", "2")),
    ("interpolation", constant("'bilinear'", "'nearest'")),
    ("equation", constant("'ab,bc->ac'", "'abc,cd->abd'", "'...x,xy->...y'", "'ab...,bc->ac...'")),
    ("output_shape", constant("3", "(None, 4)", "(None, 3, 2)")),
    ("bias_axes", constant("None", "'c'", "'d'", "'y'")),
    ("output_size", constant("2", "(3, 2)", "(2, 1, 2)")),
    ("head_dim num_query_heads num_key_value_heads", constant("2", "4", "1")),
    ("reverse power_to_db expand_dims", makers.flag),
    ("mode", constant("'log'", "'stft'", "'magnitude'", "'horizontal'")),
    ("frame_length fft_length", constant("4", "8")),
    ("frame_step sequence_stride num_mel_bins", constant("2", "3")),
    ("num_tokens num_bins", constant("4", "6")),
    ("bin_boundaries", constant("[0.5, 1.5]", "[1.0, 2.0, 3.0]", "None")),
    ("output_mode", constant("'int'", "'one_hot'", "'multi_hot'", "'count'")),
    ("max_tokens", constant("None", "9")),
    ("pad_to_max_tokens", makers.flag),
    ("vocabulary", constant("[12, 36, 1]", "[1, 2]", "['a', 'b', 'c']")),
    ("output_sequence_length", constant("4", "None")),
    ("states", lambda scene: f"[{tensors.one_tensor(scene)}, {tensors.one_tensor(scene)}]"),
)
"""Where a name means something else for the layers of Keras."""

SKIPPED = frozenset({
    "name", "message", "out", "like", "device", "casting", "subok", "signature", "order", "where", "kwargs",
    "dtype_hint", "validate_indices", "use_locking", "a_is_sparse", "b_is_sparse", "grad_a", "grad_b",
    "optimize", "layout", "data", "partition_strategy", "caching_device", "validate_shape", "import_scope",
    "constraint", "aggregation", "method", "variable_def", "synchronization",
    "experimental_enable_variable_lifting", "bad_indices_policy", "read_value", "preserve_cardinality",
    "stable", "summarize", "reduction_indices",
})  # fmt: skip
"""Parameters that are left at their defaults: they do not change a dtype or a shape, or only debuggers set them."""

NEEDED = frozenset({"layers", "rate", "shapes"})
"""Parameters without which a call makes little sense, whatever their defaults."""

NOT_FOR_TENSORS = (
    makers.axis, makers.flag, makers.small, makers.dimension, makers.window, makers.shape, tensors.operand_list,
    makers.number, makers.bound,
)  # fmt: skip
"""What a parameter of that name is not where its model says that it is a tensor."""

BY_ANNOTATION: dict[object, Maker] = {
    parameters.Tensor: operand,
    parameters.Tensors: tensors.operand_list,
    parameters.OptionalTensor: operand,
    parameters.Dims: makers.shape,
    parameters.Dimension: makers.dimension,
    parameters.DTypeArgument: makers.tensorflow_dtype,
    parameters.TensorFlowDType: makers.tensorflow_dtype,
    parameters.NumpyDType: makers.numpy_dtype,
    parameters.Flag: makers.flag,
    parameters.Axis: makers.optional_axis,
    parameters.Axes: makers.axes,
    parameters.Integer: makers.small,
    parameters.Number: makers.number,
    parameters.Text: constant("'a'", "'SAME'"),
    parameters.Value: tensors.value,
}


def by_name(name: str, keras: bool) -> Maker | None:
    """What makes an argument for a parameter of this name, if the name tells."""
    return (LAYERS.get(name) if keras else None) or BY_NAME.get(name)
