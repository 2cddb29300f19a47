# runs: tensorflow 1 with tf_keras
"""A bidirectional network gives twice the hidden size."""
import tensorflow as tf

hidden = 100
num_tags = 9

word_ids = tf.placeholder(tf.int32, shape=[None, None])
lengths = tf.placeholder(tf.int32, shape=[None])
table = tf.get_variable("table", [20000, 300])
embedded = tf.nn.embedding_lookup(table, word_ids)

with tf.variable_scope("bi-lstm"):
    cell_fw = tf.nn.rnn_cell.LSTMCell(hidden)
    cell_bw = tf.nn.rnn_cell.LSTMCell(hidden)
    (out_fw, out_bw), _ = tf.nn.bidirectional_dynamic_rnn(
        cell_fw, cell_bw, embedded, sequence_length=lengths, dtype=tf.float32
    )
    output = tf.concat([out_fw, out_bw], axis=-1)

with tf.variable_scope("proj"):
    W = tf.get_variable("W", [hidden, num_tags])
    b = tf.get_variable("b", [num_tags], initializer=tf.zeros_initializer())
    steps = tf.shape(output)[1]
    flat = tf.reshape(output, [-1, output.shape[-1]])
    pred = tf.matmul(flat, W) + b  # BUG: TFG201
    scores = tf.reshape(pred, [-1, steps, num_tags])
