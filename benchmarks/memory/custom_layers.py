"""Layers of the program's own, with weights and a gate."""

import tensorflow as tf


class Gated(tf.keras.layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.units = units

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units), initializer="random_normal")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros")

    def call(self, x):
        h = tf.matmul(x, self.kernel) + self.bias
        return tf.nn.gelu(h) * tf.sigmoid(h)


x = tf.random.normal([4096, 512])
for layer in [Gated(1024), Gated(1024)]:
    x = layer(x)
print(tf.reduce_mean(x, axis=-1).shape)
