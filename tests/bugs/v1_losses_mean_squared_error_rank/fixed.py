# runs: compat.v1
"""tf.losses.mean_squared_error does not broadcast."""
import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

X = tf.placeholder(tf.float32, [None, 6])
Y = tf.placeholder(tf.float32, [None])
w = tf.get_variable("w", shape=[6, 1], initializer=tf.truncated_normal_initializer())
b = tf.get_variable("b", shape=[1], initializer=tf.zeros_initializer())
pred = tf.matmul(X, w) + b
loss = tf.losses.mean_squared_error(Y, tf.squeeze(pred, 1))
opt = tf.train.MomentumOptimizer(0.01, 0.9).minimize(loss)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    sess.run(opt, {X: np.random.rand(32, 6), Y: np.random.rand(32)})
