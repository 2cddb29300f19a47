# runs: tensorflow 1 with tf_keras
"""dynamic_rnn wants batch, time and features; the rows were never cut into steps."""
import tensorflow as tf

time_steps = 28
num_units = 64


def build_graph(batch_size):
    images = tf.placeholder(tf.float32, [batch_size, 784])
    labels = tf.placeholder(tf.int32, [batch_size])
    inputs = tf.reshape(images, [batch_size, time_steps, 28])
    cell = tf.nn.rnn_cell.GRUCell(num_units)
    outputs, state = tf.nn.dynamic_rnn(cell, inputs, dtype=tf.float32)
    logits = tf.layers.dense(state, 10)
    loss = tf.losses.sparse_softmax_cross_entropy(labels=labels, logits=logits)
    return tf.train.AdamOptimizer().minimize(loss)


build_graph(32)
