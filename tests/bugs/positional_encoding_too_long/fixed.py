# runs: tensorflow 2
"""The table of positions is added whole, the sequence is shorter."""
import numpy as np
import tensorflow as tf


class PositionalEmbedding(tf.keras.layers.Layer):
    def __init__(self, vocab, d_model, max_len=256):
        super().__init__()
        self.embedding = tf.keras.layers.Embedding(vocab, d_model)
        angles = np.arange(max_len)[:, None] / np.power(10000, np.arange(d_model)[None] / d_model)
        self.positions = tf.cast(np.sin(angles)[np.newaxis], tf.float32)

    def call(self, tokens):
        length = tokens.shape[1]
        x = self.embedding(tokens)
        return x + self.positions[:, :length, :]


layer = PositionalEmbedding(1000, 64)
x = layer(tf.zeros((4, 50), dtype=tf.int32))
