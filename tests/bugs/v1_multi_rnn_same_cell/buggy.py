# runs: tensorflow 1 with tf_keras
"""One cell object is used for both layers, whose inputs differ in width."""
import tensorflow as tf

lstm_size, num_layers, batch_size, num_steps, vocab = 128, 2, 16, 10, 83


def lstm_cell(lstm_size, keep_prob):
    lstm = tf.nn.rnn_cell.BasicLSTMCell(lstm_size)
    return tf.nn.rnn_cell.DropoutWrapper(lstm, output_keep_prob=keep_prob)


def build_lstm(lstm_size, num_layers, batch_size, keep_prob):
    drop = lstm_cell(lstm_size, keep_prob)
    cell = tf.nn.rnn_cell.MultiRNNCell([drop] * num_layers)
    return cell, cell.zero_state(batch_size, tf.float32)


inputs = tf.placeholder(tf.int32, [batch_size, num_steps])
keep_prob = tf.placeholder(tf.float32)
cell, initial_state = build_lstm(lstm_size, num_layers, batch_size, keep_prob)
x_one_hot = tf.one_hot(inputs, vocab)
outputs, state = tf.nn.dynamic_rnn(cell, x_one_hot, initial_state=initial_state)  # BUG: TFG208
