# runs: compat.v1
"""Evaluated on a test set that has one column more."""
import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

train = np.random.rand(80, 9)
test = np.random.rand(20, 9)
train_x, train_y = train[:, :-1], train[:, -1:]
test_x, test_y = test, test[:, -1:]

X = tf.placeholder(tf.float32, [None, 8])
Y = tf.placeholder(tf.float32, [None, 1])
pred = tf.sigmoid(tf.matmul(X, tf.Variable(tf.zeros([8, 1]))) + tf.Variable(tf.zeros([1])))
accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.round(pred), tf.round(Y)), tf.float32))
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    print(accuracy.eval({X: train_x, Y: train_y}))
    print(accuracy.eval({X: test_x, Y: test_y}))  # BUG: TFG212
