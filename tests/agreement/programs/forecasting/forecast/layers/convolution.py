import tensorflow as tf

from .normalization import RMSNorm


class GatedLinearUnit(tf.keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.dense = tf.keras.layers.Dense(2 * units)

    def call(self, x):
        value, gate = tf.split(self.dense(x), 2, axis=-1)
        return value * tf.sigmoid(gate)


class TemporalBlock(tf.keras.layers.Layer):
    """A causal convolution with a gate and a residual."""

    def __init__(self, filters, kernel_size, dilation=1, **kwargs):
        super().__init__(**kwargs)
        self.norm = RMSNorm()
        self.conv = tf.keras.layers.Conv1D(filters, kernel_size, padding="causal", dilation_rate=dilation)
        self.gate = GatedLinearUnit(filters)

    def call(self, x):
        return x + self.gate(tf.nn.relu(self.conv(self.norm(x))))
