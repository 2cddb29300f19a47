# runs: tensorflow 2
"""tf.shape gives integers, of which there is no square root."""
import tensorflow as tf


def scaled_scores(q, k):
    depth = tf.cast(tf.shape(k)[-1], tf.float32)
    return tf.matmul(q, k, transpose_b=True) / tf.math.sqrt(depth)


print(scaled_scores(tf.random.normal([2, 5, 8]), tf.random.normal([2, 7, 8])))
