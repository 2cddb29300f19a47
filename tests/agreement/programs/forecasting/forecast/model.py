import tensorflow as tf

from . import config as config_module
from .layers import GatedLinearUnit, PositionalEncoding, RMSNorm, TemporalBlock
from .utils import last_steps


class Forecaster(tf.keras.Model):
    def __init__(self, config: config_module.Config = config_module.DEFAULT):
        super().__init__()
        self.config = config
        self.project = tf.keras.layers.Dense(config.hidden)
        self.encoding = PositionalEncoding(config.hidden, config.window)
        self.blocks = [TemporalBlock(config.hidden, config.kernel_size, dilation=2**i) for i in range(config.blocks)]
        self.gate = GatedLinearUnit(config.hidden)
        self.norm = RMSNorm()
        self.head = tf.keras.layers.Dense(config.outputs)

    def call(self, inputs, training=False):
        x = self.encoding(self.project(inputs))
        for block in self.blocks:
            x = block(x)
        x = self.norm(self.gate(x))
        x = last_steps(x, self.config.horizon)
        flat = self.head(x)
        quantiles = len(self.config.quantiles)
        return tf.reshape(flat, [-1, self.config.horizon, self.config.features, quantiles])
