# runs: tensorflow 1
"""The noise of a variational autoencoder has as many rows as a training batch, and the test set has more."""
import numpy as np
import tensorflow as tf


class Autoencoder(object):
    def __init__(self, n_input, n_hidden, sample_size):
        self.x = tf.placeholder(tf.float32, [None, n_input])
        self.mean = tf.matmul(self.x, tf.Variable(tf.random_uniform([n_input, n_hidden])))
        self.log_variance = tf.matmul(self.x, tf.Variable(tf.random_uniform([n_input, n_hidden])))
        noise = tf.random_normal((sample_size, n_hidden), 0, 1)
        code = tf.add(self.mean, tf.multiply(tf.exp(0.5 * self.log_variance), noise))  # BUG: TFG204
        restored = tf.matmul(code, tf.Variable(tf.zeros([n_hidden, n_input])))
        self.cost = tf.reduce_mean(tf.square(restored - self.x))
        self.sess = tf.Session()
        self.sess.run(tf.global_variables_initializer())

    def total_cost(self, data):
        return self.sess.run(self.cost, feed_dict={self.x: data})


def random_block(data, size):
    start = np.random.randint(0, len(data) - size)
    return data[start:start + size]


train, test = np.random.rand(300, 36), np.random.rand(100, 36)
model = Autoencoder(36, 9, sample_size=64)
print(model.total_cost(random_block(train, 64)), model.total_cost(test))
