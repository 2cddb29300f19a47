# runs: tensorflow 1
"""The branches of cond give different dtypes."""
import tensorflow as tf

global_step = tf.train.get_or_create_global_step()
learning_rate = tf.placeholder(tf.float32, [])
warmup = 100

rate = tf.cond(global_step < warmup,
               lambda: tf.cast(global_step, tf.float32) / warmup * learning_rate,
               lambda: tf.constant(1.0))
x = tf.get_variable("x", [3])
loss = tf.reduce_sum(tf.square(x))
train = tf.train.GradientDescentOptimizer(rate).minimize(loss, global_step=global_step)
