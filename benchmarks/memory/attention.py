"""Scaled dot-product attention with a mask."""

import tensorflow as tf


def attend(query, key, value, mask):
    size = tf.cast(tf.shape(key)[-1], tf.float32)
    scores = tf.matmul(query, key, transpose_b=True) / tf.sqrt(size)
    scores += mask * -1e9
    weights = tf.nn.softmax(scores, axis=-1)
    return tf.matmul(weights, value), weights


q = tf.random.normal([4, 8, 384, 64])
k = tf.random.normal([4, 8, 384, 64])
v = tf.random.normal([4, 8, 384, 64])
mask = 1.0 - tf.linalg.band_part(tf.ones([384, 384]), -1, 0)
context, attention = attend(q, k, v, mask)
print(context.shape, attention.shape)
