# runs: compat.v1
"""Embedded words are of rank 3; the weights expect them laid out in a row."""
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

SEQ, DIM, BATCH = 12, 64, 32
words = tf.placeholder(tf.int32, [BATCH, SEQ])
table = tf.get_variable("table", [8000, DIM])
embedded = tf.nn.embedding_lookup(table, words)
weights = tf.get_variable("weights", [SEQ * DIM, 5])
logits = tf.matmul(embedded, weights)  # BUG: TFG201
