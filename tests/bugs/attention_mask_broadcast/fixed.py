# runs: tensorflow 2
"""A padding mask of rank 2 against scores of rank 4."""
import tensorflow as tf


def create_padding_mask(seq):
    mask = tf.cast(tf.math.equal(seq, 0), tf.float32)
    return mask[:, tf.newaxis, tf.newaxis, :]


def scaled_dot_product_attention(q, k, v, mask=None):
    logits = tf.matmul(q, k, transpose_b=True)
    logits /= tf.math.sqrt(tf.cast(tf.shape(k)[-1], tf.float32))
    if mask is not None:
        logits += mask * -1e9
    return tf.matmul(tf.nn.softmax(logits, axis=-1), v)


tokens = tf.ones((8, 20), dtype=tf.int32)
q = k = v = tf.random.normal((8, 4, 20, 16))
out = scaled_dot_product_attention(q, k, v, create_padding_mask(tokens))
