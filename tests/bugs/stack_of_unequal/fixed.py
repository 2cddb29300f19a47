# runs: tensorflow 2
"""Sequences of other lengths cannot be stacked."""
import tensorflow as tf

MAX_LEN = 8
sentences = [[4, 8, 15], [16, 23], [42, 7, 7, 7]]


def pad(ids):
    ids = tf.constant(ids)
    return tf.pad(ids, [[0, MAX_LEN - ids.shape[0]]])


batch = tf.stack([pad(s) for s in sentences])
print(batch.shape)
