# runs: no, it takes more memory than there is
"""All pairs at once: the difference tensor alone takes hundreds of gigabytes."""
import tensorflow as tf

NUM_POINTS = 50000


def nearest(points, queries):
    diff = points[:, tf.newaxis, :] - queries[tf.newaxis, :, :]  # BUG: TFG301
    return tf.argmin(tf.reduce_sum(diff ** 2, axis=-1), axis=1)


points = tf.random.normal((NUM_POINTS, 64))
index = nearest(points, points)
