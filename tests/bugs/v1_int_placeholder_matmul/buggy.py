# runs: compat.v1
"""The placeholder for features is of integers."""
import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

xs = np.arange(20).reshape(10, 2)
ys = xs.sum(axis=1, keepdims=True)

X = tf.placeholder(tf.int32, shape=[None, 2])
Y = tf.placeholder(tf.float32, shape=[None, 1])
W = tf.Variable(tf.random_normal([2, 1]), name="weight")
b = tf.Variable(tf.random_normal([1]), name="bias")
hypothesis = tf.matmul(X, W) + b  # BUG: TFG101
cost = tf.reduce_mean(tf.square(hypothesis - Y))
train = tf.train.GradientDescentOptimizer(1e-5).minimize(cost)

sess = tf.Session()
sess.run(tf.global_variables_initializer())
for step in range(5):
    sess.run([cost, train], feed_dict={X: xs, Y: ys})
