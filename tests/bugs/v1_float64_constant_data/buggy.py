# runs: tensorflow 1
"""The data becomes a float64 constant, the weights are float32."""
import numpy as np
import tensorflow as tf


def load_boston():
    data = np.random.randn(506, 13)
    target = np.random.randn(506)
    return data, target


data, target = load_boston()
m, n = data.shape
housing = np.c_[np.ones((m, 1)), data]
X = tf.constant(housing, name="X")
y = tf.constant(target.reshape(-1, 1), dtype=tf.float32, name="y")
theta = tf.Variable(tf.random_uniform([n + 1, 1], -1.0, 1.0), name="theta")
y_pred = tf.matmul(X, theta, name="predictions")  # BUG: TFG101
error = y_pred - y
mse = tf.reduce_mean(tf.square(error), name="mse")
