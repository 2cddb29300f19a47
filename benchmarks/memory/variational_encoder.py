"""An encoder of functions, its sampling and its divergence."""

import tensorflow as tf


def encode(x, hidden, mean, variance):
    h = tf.nn.relu(x @ hidden)
    return h @ mean, h @ variance


def sample(mean, logarithm):
    noise = tf.random.normal(tf.shape(mean))
    return mean + noise * tf.exp(logarithm * 0.5)


x = tf.random.uniform([8192, 784])
hidden = tf.random.normal([784, 512])
mean, logarithm = encode(x, hidden, tf.random.normal([512, 128]), tf.random.normal([512, 128]))
z = sample(mean, logarithm)
divergence = -0.5 * tf.reduce_sum(1 + logarithm - tf.square(mean) - tf.exp(logarithm), axis=1)
print(tf.reduce_mean(divergence), z.shape)
