# runs: tensorflow 2
"""Additive attention: the decoder's state is one vector per sequence, the values one per step."""
import tensorflow as tf


class AdditiveAttention(tf.keras.Model):
    def __init__(self, units):
        super().__init__()
        self.of_query = tf.keras.layers.Dense(units)
        self.of_values = tf.keras.layers.Dense(units)
        self.score = tf.keras.layers.Dense(1)

    def call(self, query, values):
        weights = tf.nn.softmax(self.score(tf.nn.tanh(self.of_query(query) + self.of_values(values))), axis=1)  # BUG: TFG204
        return tf.reduce_sum(weights * values, axis=1), weights


attention = AdditiveAttention(10)
context, weights = attention(tf.zeros((8, 24)), tf.random.normal((8, 16, 24)))
