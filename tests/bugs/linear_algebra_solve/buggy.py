# runs: tensorflow 2
"""Normal equations: the right-hand side must be a matrix of as many rows."""
import numpy as np
import tensorflow as tf

X = tf.constant(np.random.rand(50, 3))
y = tf.constant(np.random.rand(50, 1))
gram = tf.matmul(X, X, transpose_a=True) + 0.1 * tf.eye(3, dtype=X.dtype)
weights = tf.matmul(tf.linalg.inv(gram), tf.matmul(X, y, transpose_b=True))  # BUG: TFG201
prediction = tf.matmul(X, weights)
