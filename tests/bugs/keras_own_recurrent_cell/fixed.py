# runs: tensorflow 2
"""A recurrent cell written by hand, with a state of the wrong width."""
import tensorflow as tf
from tensorflow import keras


class MinimalRNNCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer="uniform", name="kernel")
        self.recurrent_kernel = self.add_weight(shape=(self.units, self.units), initializer="uniform", name="r")
        self.built = True

    def call(self, inputs, states):
        prev_output = states[0]
        h = tf.matmul(inputs, self.kernel)
        output = h + tf.matmul(prev_output, self.recurrent_kernel)
        return output, [output]


cell = MinimalRNNCell(32)
x = tf.random.normal((4, 10, 5))
layer = keras.layers.RNN(cell)
y = layer(x)
print(y.shape)
