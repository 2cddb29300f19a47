# runs: tensorflow 2
"""Scores are queries by keys: the keys must be transposed."""
import tensorflow as tf


class SelfAttention(tf.keras.layers.Layer):
    def __init__(self, d_model, num_heads):
        super().__init__()
        self.num_heads, self.depth = num_heads, d_model // num_heads
        self.d_model = d_model
        self.wq = tf.keras.layers.Dense(d_model)
        self.wk = tf.keras.layers.Dense(d_model)
        self.wv = tf.keras.layers.Dense(d_model)

    def split_heads(self, x, batch_size):
        x = tf.reshape(x, (batch_size, -1, self.num_heads, self.depth))
        return tf.transpose(x, perm=[0, 2, 1, 3])

    def call(self, x):
        batch_size = tf.shape(x)[0]
        q = self.split_heads(self.wq(x), batch_size)
        k = self.split_heads(self.wk(x), batch_size)
        v = self.split_heads(self.wv(x), batch_size)
        scores = tf.matmul(q, k) / tf.math.sqrt(tf.cast(self.depth, tf.float32))  # BUG: TFG201
        weights = tf.nn.softmax(scores, axis=-1)
        out = tf.transpose(tf.matmul(weights, v), [0, 2, 1, 3])
        return tf.reshape(out, (batch_size, -1, self.d_model))


attention = SelfAttention(d_model=64, num_heads=8)
y = attention(tf.random.uniform((2, 10, 64)))
