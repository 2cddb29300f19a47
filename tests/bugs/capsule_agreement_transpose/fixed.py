# runs: tensorflow 2
"""Capsules: the prediction vectors are multiplied with a kernel of other sizes."""
import tensorflow as tf
from tensorflow.keras import layers


def squash(v, axis=-1):
    s = tf.reduce_sum(tf.square(v), axis=axis, keepdims=True)
    return s / (1 + s) / tf.sqrt(s + 1e-7) * v


class CapsuleLayer(layers.Layer):
    def __init__(self, num, dim, routings=3):
        super().__init__()
        self.num, self.dim, self.routings = num, dim, routings

    def build(self, input_shape):
        self.in_num, self.in_dim = input_shape[1], input_shape[2]
        self.W = self.add_weight(shape=[self.num, self.in_num, self.dim, self.in_dim], initializer="glorot_uniform", name="W")

    def call(self, inputs):
        expand = tf.expand_dims(inputs, 1)
        tiled = tf.tile(expand, [1, self.num, 1, 1])
        tiled = tf.expand_dims(tiled, -1)
        hat = tf.squeeze(tf.map_fn(lambda x: tf.matmul(self.W, x), elems=tiled), -1)
        b = tf.zeros([tf.shape(inputs)[0], self.num, 1, self.in_num])
        for i in range(self.routings):
            c = tf.nn.softmax(b, axis=1)
            outputs = squash(tf.matmul(c, hat))
            if i < self.routings - 1:
                b += tf.matmul(outputs, hat, transpose_b=True)
        return tf.squeeze(outputs, axis=2)


caps = CapsuleLayer(10, 16)
u = tf.random.normal((2, 72, 8))
print(caps(u).shape)
