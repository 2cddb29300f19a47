# runs: tensorflow 2
"""A float32 constant beside the half precision of a layer in a functional model."""
import tensorflow as tf
from tensorflow.keras import layers

tf.keras.mixed_precision.set_global_policy("mixed_float16")
EPS = tf.constant(1e-3)


class L2Norm(layers.Layer):
    def __init__(self, scale=20.0):
        super().__init__()
        self.scale_init = scale

    def build(self, shape):
        self.gamma = self.add_weight(shape=(shape[-1],), initializer=tf.keras.initializers.Constant(self.scale_init))

    def call(self, x):
        norm = tf.sqrt(tf.reduce_sum(tf.square(x), axis=-1, keepdims=True))
        return self.gamma * x / (norm + EPS)  # BUG: TFG102


inputs = layers.Input((38, 38, 64))
features = layers.Conv2D(64, 3, padding="same")(inputs)
outputs = L2Norm()(features)
model = tf.keras.Model(inputs, outputs)
print(model.output_shape)
