# runs: tensorflow 1
"""The names of the placeholders are used again for what is fed."""
import numpy as np
import tensorflow as tf

x = tf.placeholder(tf.float32, [None, 4])
y = tf.placeholder(tf.float32, [None, 1])
w = tf.Variable(tf.zeros([4, 1]))
cost = tf.reduce_mean(tf.square(tf.matmul(x, w) - y))
train = tf.train.GradientDescentOptimizer(0.01).minimize(cost)
inputs, targets = np.random.rand(10, 5, 4), np.random.rand(10, 5, 1)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for rows, wanted in zip(inputs, targets):
        sess.run(train, feed_dict={x: rows, y: wanted})
