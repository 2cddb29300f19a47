# runs: tensorflow 2
"""tf.eye makes float32, the data are float64."""
import numpy as np
import tensorflow as tf


class RidgeRegression:
    def __init__(self, alpha):
        self.alpha = alpha

    def fit(self, x, y):
        x = tf.convert_to_tensor(x)
        gram = tf.matmul(x, x, transpose_a=True)
        penalty = self.alpha * tf.eye(x.shape[1])
        self.w = tf.linalg.solve(gram + penalty, tf.matmul(x, y, transpose_a=True))  # BUG: TFG102
        return self


RidgeRegression(0.5).fit(np.random.rand(30, 4), np.random.rand(30, 1))
