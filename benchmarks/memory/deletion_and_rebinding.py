"""Names that are bound anew, and deleted."""

import tensorflow as tf

state = tf.random.uniform([2200, 2200])
keep = state
state = tf.tanh(tf.matmul(state, state) / 2200.0)
state = tf.nn.softmax(state)
del keep
gradient = tf.matmul(state, state, transpose_b=True)
state = state - 0.1 * gradient
del gradient
print(float(tf.reduce_sum(state)))
