"""A product of four matrices, of which only the last matters."""

import tensorflow as tf

a = tf.random.uniform([2048, 1024])
b = tf.random.uniform([1024, 3072])
c = tf.random.uniform([3072, 1024])
d = tf.random.uniform([1024, 2048])
product = tf.matmul(tf.matmul(tf.matmul(a, b), c), d)
print(tf.linalg.trace(product))
