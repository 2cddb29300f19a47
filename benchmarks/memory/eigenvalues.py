"""Solving linear systems and decomposing matrices."""

import tensorflow as tf

matrix = tf.random.normal([1200, 1200], dtype=tf.float64)
positive = tf.matmul(matrix, matrix, transpose_b=True) + tf.eye(1200, dtype=tf.float64)
factor = tf.linalg.cholesky(positive)
right = tf.random.normal([1200, 800], dtype=tf.float64)
solution = tf.linalg.cholesky_solve(factor, right)
residual = tf.matmul(positive, solution) - right
print(float(tf.reduce_max(tf.abs(residual))))
