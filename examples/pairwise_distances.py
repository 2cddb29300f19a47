"""All pairwise distances by broadcasting: short to write, and a gigabyte between two small matrices and their result."""

import tensorflow as tf

QUERIES, POINTS, WIDTH = 1_000, 4_000, 64


def pairwise_distances(queries, points):
    differences = queries[:, tf.newaxis, :] - points[tf.newaxis, :, :]
    return tf.reduce_sum(tf.square(differences), axis=-1)


def pairwise_distances_by_product(queries, points):
    """The same by one matrix product, in the memory of the result."""
    squared = tf.reduce_sum(tf.square(queries), axis=1, keepdims=True) + tf.reduce_sum(tf.square(points), axis=1)
    return squared - 2.0 * tf.matmul(queries, points, transpose_b=True)


if __name__ == "__main__":
    queries = tf.random.normal([QUERIES, WIDTH])
    points = tf.random.normal([POINTS, WIDTH])
    nearest = tf.argmin(pairwise_distances(queries, points), axis=1)
    print(nearest.shape)
