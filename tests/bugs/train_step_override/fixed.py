# runs: tensorflow 2
"""A model with a train step of its own: labels are compared with features."""
import tensorflow as tf


class Contrastive(tf.keras.Model):
    def __init__(self, dim):
        super().__init__()
        self.encoder = tf.keras.Sequential([tf.keras.layers.Dense(64, activation="relu"), tf.keras.layers.Dense(dim)])

    def similarity(self, a, b):
        za, zb = self.encoder(a), self.encoder(b)
        logits = tf.matmul(za, zb, transpose_b=True)
        labels = tf.range(tf.shape(a)[0])
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)


model = Contrastive(32)
loss = model.similarity(tf.random.normal((16, 100)), tf.random.normal((16, 100)))
