"""Normal equations by Cholesky, and a QR decomposition."""

import tensorflow as tf

x = tf.random.normal([2000, 1200], dtype=tf.float64)
gram = tf.matmul(x, x, transpose_a=True) + tf.eye(1200, dtype=tf.float64)
factor = tf.linalg.cholesky(gram)
b = tf.random.normal([1200, 1200], dtype=tf.float64)
solved = tf.linalg.cholesky_solve(factor, b)
q, r = tf.linalg.qr(x)
