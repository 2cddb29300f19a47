"""All pairs by broadcasting, and by the binomial formula."""

import tensorflow as tf

points = tf.random.uniform([600, 32])
others = tf.random.uniform([500, 32])
difference = points[:, None, :] - others[None, :, :]
distances = tf.sqrt(tf.reduce_sum(tf.square(difference), axis=-1))
squares = tf.reduce_sum(points**2, axis=1, keepdims=True) + tf.reduce_sum(others**2, axis=1)
again = tf.sqrt(tf.maximum(squares - 2.0 * tf.matmul(points, others, transpose_b=True), 0.0))
print(float(tf.reduce_max(tf.abs(distances - again))))
