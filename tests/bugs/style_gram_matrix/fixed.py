# runs: tensorflow 2
"""A Gram matrix is features by features: one of them must be transposed."""
import tensorflow as tf


def gram_matrix(feature_map):
    _, height, width, channels = feature_map.shape
    matrix = tf.reshape(feature_map, (height * width, channels))
    return tf.matmul(matrix, matrix, transpose_a=True) / (height * width)


def style_loss(style, generated):
    return tf.reduce_mean(tf.square(gram_matrix(style) - gram_matrix(generated)))


loss = style_loss(tf.random.normal((1, 14, 14, 32)), tf.random.normal((1, 14, 14, 32)))
