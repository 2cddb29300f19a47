"""Concatenation, stacking, tiling and gathering."""

import tensorflow as tf

left = tf.random.uniform([1024, 2048])
right = tf.random.uniform([1024, 2048])
rows = tf.concat([left, right], axis=0)
columns = tf.concat([left, right], axis=1)
both = tf.stack([left, right], axis=1)
repeated = tf.tile(left, [2, 1])
chosen = tf.gather(rows, tf.range(0, 2048, 2))
print(columns.shape, both.shape, repeated.shape, chosen.shape)
