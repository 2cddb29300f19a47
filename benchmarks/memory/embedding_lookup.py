"""Embeddings of tokens, pooled with their mask."""

import tensorflow as tf

table = tf.Variable(tf.random.uniform([20_000, 256], -0.05, 0.05))
tokens = tf.random.uniform([64, 200], maxval=20_000, dtype=tf.int32)
embedded = tf.nn.embedding_lookup(table, tokens)
mask = tf.cast(tf.not_equal(tokens, 0), tf.float32)[:, :, None]
pooled = tf.reduce_sum(embedded * mask, axis=1) / tf.reduce_sum(mask, axis=1)
normalized = tf.math.l2_normalize(pooled, axis=-1)
print(normalized.shape)
