# runs: tensorflow 1
"""The bias is a column: it is added to rows."""
from __future__ import print_function
import tensorflow as tf

X = tf.placeholder(tf.float32, [None, 3])
print(X)
x_data = [[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12]]

W = tf.Variable(tf.random_normal([3, 2]))
b = tf.Variable(tf.random_normal([3, 1]))

expr = tf.matmul(X, W) + b  # BUG: TFG204
sess = tf.Session()
sess.run(tf.global_variables_initializer())
print("=== x_data ===")
print(x_data)
print("=== W ===")
print(sess.run(W))
print("=== expr ===")
print(sess.run(expr, feed_dict={X: x_data}))
sess.close()
