# runs: tensorflow 2
"""The kernel of a custom layer has its dimensions the wrong way round."""
import tensorflow as tf


class Linear(tf.keras.layers.Layer):
    def __init__(self, units=32, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight(
            shape=(self.units, input_shape[-1]), initializer="random_normal", trainable=True
        )
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", trainable=True)

    def call(self, inputs):
        return tf.matmul(inputs, self.w) + self.b  # BUG: TFG201


x = tf.random.normal((16, 20))
layer = Linear(8)
y = layer(x)
