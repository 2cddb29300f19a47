"""A function's temporaries are gone when it returns."""

import tensorflow as tf


def whiten(matrix):
    centered = matrix - tf.reduce_mean(matrix, axis=0)
    covariance = tf.matmul(centered, centered, transpose_a=True)
    scale = tf.linalg.diag_part(covariance)
    return centered / tf.sqrt(scale)


def similarity(left, right):
    return tf.matmul(whiten(left), whiten(right), transpose_b=True)


first = tf.random.uniform([4096, 512])
second = tf.random.uniform([2048, 512])
result = similarity(first, second)
print(result.shape)
