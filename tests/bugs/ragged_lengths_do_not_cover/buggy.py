# runs: tensorflow 2
"""Row lengths that do not add up to the number of values."""
import tensorflow as tf

tokens = tf.constant([3, 1, 4, 1, 5, 9, 2, 6, 5, 3])
lengths = tf.constant([4, 3, 2])


def embed(tokens, lengths):
    table = tf.random.normal((10, 8))
    rows = tf.RaggedTensor.from_row_lengths(tf.gather(table, tokens), lengths)  # BUG: TFG213
    return tf.reduce_mean(rows, axis=1)


print(embed(tokens, lengths).shape)
