# runs: tensorflow 2
"""A letter stands for two sizes."""
import tensorflow as tf


class Relation(tf.keras.layers.Layer):
    def build(self, input_shape):
        dim = input_shape[-1]
        self.kernel = self.add_weight(name="kernel", shape=(dim, 4, 16))

    def call(self, x):
        return tf.einsum("btd,dhk->bhtd", x, tf.transpose(self.kernel, [1, 0, 2]))  # BUG: TFG210


out = Relation()(tf.random.normal((2, 7, 32)))
