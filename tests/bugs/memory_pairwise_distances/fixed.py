# runs: no, it takes more memory than there is
"""All pairs at once: the difference tensor alone takes hundreds of gigabytes."""
import tensorflow as tf

NUM_POINTS = 50000


def nearest(points, queries):
    diff = points[:, tf.newaxis, :] - queries[tf.newaxis, :, :]
    return tf.argmin(tf.reduce_sum(diff ** 2, axis=-1), axis=1)


points = tf.random.normal((NUM_POINTS, 64))
for start in range(0, NUM_POINTS, 20):
    index = nearest(points[start:start + 20], tf.slice(points, [0, 0], [20000, 64]))
