# runs: tensorflow 2
"""A distance matrix of embeddings with expand_dims on the same axis."""
import tensorflow as tf


def pairwise(emb):
    dot = tf.matmul(emb, emb, transpose_b=True)
    sq = tf.linalg.diag_part(dot)
    return tf.expand_dims(sq, 1) - 2.0 * dot + tf.expand_dims(sq, 0)


def batch_hard(labels, emb, margin=0.5):
    d = pairwise(emb)
    same = tf.equal(tf.expand_dims(labels, 0), tf.expand_dims(labels, 1))
    positive = tf.cast(same, tf.float32) * d
    hardest_pos = tf.reduce_max(positive, axis=1, keepdims=True)
    negative = d + tf.reduce_max(d, axis=1) * same  # BUG: TFG102
    hardest_neg = tf.reduce_min(negative, axis=1, keepdims=True)
    return tf.reduce_mean(tf.maximum(hardest_pos - hardest_neg + margin, 0.0))


print(batch_hard(tf.constant([0, 1, 0, 1]), tf.random.normal((4, 8))))
