# runs: tensorflow 2
"""tf.shape gives integers, of which there is no square root."""
import tensorflow as tf


def scaled_scores(q, k):
    depth = tf.shape(k)[-1]
    return tf.matmul(q, k, transpose_b=True) / tf.math.sqrt(depth)  # BUG: TFG105


print(scaled_scores(tf.random.normal([2, 5, 8]), tf.random.normal([2, 7, 8])))
