# runs: tensorflow 1 with tf_keras
"""The output weights are as high as the input is wide; they multiply what the LSTM gives."""
import tensorflow as tf

n_input = 28
n_steps = 28
n_hidden = 128
n_classes = 10

x = tf.placeholder("float", [None, n_steps, n_input])
y = tf.placeholder("float", [None, n_classes])
weights = {"out": tf.Variable(tf.random_normal([n_input, n_classes]))}
biases = {"out": tf.Variable(tf.random_normal([n_classes]))}


def RNN(x, weights, biases):
    x = tf.transpose(x, [1, 0, 2])
    x = tf.reshape(x, [-1, n_input])
    x = tf.split(x, n_steps, 0)
    lstm_cell = tf.nn.rnn_cell.BasicLSTMCell(n_hidden, forget_bias=1.0)
    outputs, states = tf.nn.static_rnn(lstm_cell, x, dtype=tf.float32)
    return tf.matmul(outputs[-1], weights["out"]) + biases["out"]  # BUG: TFG201


pred = RNN(x, weights, biases)
