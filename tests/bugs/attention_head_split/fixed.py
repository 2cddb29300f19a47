# runs: tensorflow 2
"""The model's size is no multiple of the number of heads."""
from dataclasses import dataclass

import tensorflow as tf


@dataclass
class Config:
    hidden_size: int = 96
    num_heads: int = 8
    max_len: int = 20


class Heads(tf.keras.layers.Layer):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.depth = config.hidden_size // config.num_heads
        self.query = tf.keras.layers.Dense(config.hidden_size)

    def call(self, x):
        q = self.query(x)
        shape = (x.shape[0], -1, self.config.num_heads, self.depth)
        return tf.transpose(tf.reshape(q, shape), [0, 2, 1, 3])


config = Config()
heads = Heads(config)
out = heads(tf.zeros((2, config.max_len, config.hidden_size)))
