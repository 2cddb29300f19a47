"""NumPy arrays, made in double precision, that become tensors."""

import numpy as np
import tensorflow as tf

generator = np.random.default_rng(0)
table = generator.normal(size=(4000, 1200)).astype(np.float32)
labels = generator.integers(0, 10, size=4000)
features = tf.convert_to_tensor(table)
targets = tf.one_hot(tf.constant(labels), 10)
weights = tf.matmul(features, targets, transpose_a=True)
scores = tf.matmul(features, weights)
print(scores.shape)
