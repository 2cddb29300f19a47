# runs: tensorflow 2
"""padded_batch with shapes for the features only."""
import numpy as np
import tensorflow as tf


def gen():
    for i in range(20):
        n = np.random.randint(3, 12)
        yield np.random.rand(n, 4), np.random.randint(0, 2)


ds = tf.data.Dataset.from_generator(
    gen,
    output_signature=(tf.TensorSpec(shape=(None, 4), dtype=tf.float32), tf.TensorSpec(shape=(), dtype=tf.int32)),
)
ds = ds.padded_batch(4, padded_shapes=([None, 4], []))
for x, y in ds.take(1):
    print(x.shape, y.shape)
