# runs: tensorflow 2
"""A letter stands for two sizes."""
import tensorflow as tf


class Relation(tf.keras.layers.Layer):
    def build(self, input_shape):
        dim = input_shape[-1]
        self.kernel = self.add_weight(name="kernel", shape=(dim, 4, 16))

    def call(self, x):
        return tf.einsum("btd,dhk->bhtk", x, self.kernel)


out = Relation()(tf.random.normal((2, 7, 32)))
