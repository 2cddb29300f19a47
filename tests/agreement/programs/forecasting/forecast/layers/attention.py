import numpy as np
import tensorflow as tf


def encoding_table(length, depth):
    positions = np.arange(length)[:, None] / 10000 ** (np.arange(depth // 2)[None, :] / (depth // 2))
    return np.concatenate([np.sin(positions), np.cos(positions)], axis=-1).astype(np.float32)


class PositionalEncoding(tf.keras.layers.Layer):
    def __init__(self, depth, max_length=64, **kwargs):
        super().__init__(**kwargs)
        self.table = tf.constant(encoding_table(max_length, depth))

    def call(self, x):
        return x + self.table[tf.newaxis, : x.shape[1], :]
