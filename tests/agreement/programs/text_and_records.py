"""Strings taken apart, records parsed, images decoded, tables asked: what a data pipeline does before it has numbers."""

import numpy as np
import tensorflow as tf

words = tf.strings.split(tf.constant(["the cat", "sat"]))
letters = tf.strings.bytes_split("hello")
pairs = tf.strings.ngrams(["a", "b", "c", "d"], 2)
line = tf.strings.reduce_join([["a", "b"], ["c", "d"]], axis=1)
points = tf.strings.unicode_decode(tf.constant(["ab", "c"]), "UTF-8")
start = tf.strings.substr(tf.constant(["hello", "world"]), 0, 2)
joined = tf.strings.unsorted_segment_join(["a", "b", "c"], [0, 1, 0], 2)
numbers = tf.io.decode_raw(tf.constant(["1234", "5678"]), tf.int16)
columns = tf.io.decode_csv(["1,2.0", "3,4.0"], [[0], [0.0]])
first_column = columns[0]

example = tf.train.Example(
    features=tf.train.Features(
        feature={
            "label": tf.train.Feature(int64_list=tf.train.Int64List(value=[1, 2])),
            "weights": tf.train.Feature(float_list=tf.train.FloatList(value=[0.5, 0.5, 0.5])),
        }
    )
).SerializeToString()
features = {
    "label": tf.io.FixedLenFeature([2], tf.int64),
    "weight": tf.io.FixedLenFeature([], tf.float32, default_value=0.0),
    "weights": tf.io.VarLenFeature(tf.float32),
}
single = tf.io.parse_single_example(example, features)
label = single["label"]
weight = single["weight"]
serialized = tf.fill([2], tf.constant(example, tf.string))
several = tf.io.parse_example(serialized, features)
labels = several["label"]
weights = tf.sparse.to_dense(several["weights"])

image = np.zeros([6, 5, 3], np.uint8)
png = tf.io.encode_png(image)
decoded = tf.io.decode_png(png, channels=3)
decoded.set_shape([6, 5, 3])
tensor = tf.image.convert_image_dtype(decoded, tf.float32)
compressed = tf.image.adjust_jpeg_quality(tensor, 75)
flipped = tf.image.stateless_random_flip_left_right(tensor, seed=(1, 2))
bright = tf.image.stateless_random_brightness(tensor, 0.2, seed=(1, 2))
cropped = tf.image.central_crop(tensor, 0.5)
fitted = tf.image.resize(tensor, [12, 20], preserve_aspect_ratio=True)
luma = tf.image.rgb_to_yuv(tensor)
glimpse = tf.image.extract_glimpse(tensor[tf.newaxis], [2, 2], [[0.0, 0.0]])
chosen = tf.image.non_max_suppression(tf.ones([3, 4]), tf.ones([3]), 2)
begin, extent, box = tf.image.stateless_sample_distorted_bounding_box(
    tf.shape(tensor), [[[0.0, 0.0, 1.0, 1.0]]], seed=(1, 2)
)

initializer = tf.lookup.KeyValueTensorInitializer(["a", "b"], tf.constant([0, 1], tf.int64))
table = tf.lookup.StaticHashTable(initializer, -1)
indices = table.lookup(tf.constant([["a", "c"]]))
keys, entries = table.export()
vectors = tf.lookup.experimental.MutableHashTable(tf.string, tf.float32, [0.0, 0.0])
found = vectors.lookup(tf.constant(["a", "b", "c"]))

rows = tf.ragged.constant([[1, 2], [3]])
doubled = tf.ragged.map_flat_values(tf.multiply, rows, 2)
merged = rows.merge_dims(0, 1)
counts = tf.ragged.range([3, 5, 2])
masked = tf.ragged.boolean_mask([[1, 2], [3, 4]], [[True, False], [True, True]])
sparse = tf.sparse.from_dense([[1, 0], [0, 2]])
floats = tf.sparse.map_values(tf.cast, sparse, tf.float32)
union = tf.sets.union([[1, 2]], [[2, 3]])
quantized = tf.quantization.fake_quant_with_min_max_vars(tf.ones([2, 3]), 0.0, 1.0)
loss = tf.nn.ctc_loss(
    tf.constant([[1, 2], [1, 1]]), tf.ones([7, 2, 5]), tf.constant([2, 2]), tf.constant([7, 7]), blank_index=0
)
dilated = tf.nn.dilation2d(tf.ones([1, 8, 9, 3]), tf.ones([3, 2, 3]), [1, 2, 2, 1], "SAME", "NHWC", [1, 1, 1, 1])
mean, variance = tf.nn.weighted_moments(tf.ones([2, 3]), [0], tf.ones([2, 3]))
transformed = tf.signal.mdct(tf.ones([1000]), 400)
restored = tf.signal.inverse_mdct(transformed)
kernel = tf.raw_ops.Mul(x=tf.ones([2, 1]), y=tf.ones([3]))
