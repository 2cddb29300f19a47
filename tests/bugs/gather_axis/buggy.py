# runs: tensorflow 2
"""Reducing over an axis that is not there any more."""
import tensorflow as tf


def pairwise_distance(a, b):
    diff = tf.expand_dims(a, 1) - tf.expand_dims(b, 0)
    squared = tf.reduce_sum(tf.square(a), axis=-1)
    return tf.sqrt(tf.reduce_sum(squared, axis=2))  # BUG: TFG211


embeddings = tf.random.normal((10, 64))
centroids = tf.random.normal((4, 64))
distances = pairwise_distance(embeddings, centroids)
