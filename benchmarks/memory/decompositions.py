"""Singular values and an inverse, with what they take to work in."""

import tensorflow as tf

a = tf.random.normal([1500, 1500])
s, u, v = tf.linalg.svd(a)
inverse = tf.linalg.inv(a @ tf.transpose(a) + 10.0 * tf.eye(1500))
rank = tf.reduce_sum(tf.cast(s > 1e-3, tf.int32))
