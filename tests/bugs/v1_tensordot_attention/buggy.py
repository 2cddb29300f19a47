# runs: tensorflow 1
"""Attention weights contracted over the wrong axis."""
import tensorflow as tf


def attention(inputs, attention_size):
    hidden_size = inputs.shape[2].value if hasattr(inputs.shape[2], "value") else inputs.shape[2]
    w_omega = tf.Variable(tf.random_normal([hidden_size, attention_size], stddev=0.1))
    b_omega = tf.Variable(tf.random_normal([attention_size], stddev=0.1))
    u_omega = tf.Variable(tf.random_normal([attention_size], stddev=0.1))
    v = tf.tanh(tf.tensordot(inputs, w_omega, axes=[[1], [0]]) + b_omega)  # BUG: TFG201
    vu = tf.tensordot(v, u_omega, axes=1)
    alphas = tf.nn.softmax(vu)
    return tf.reduce_sum(inputs * tf.expand_dims(alphas, -1), 1)


rnn_outputs = tf.placeholder(tf.float32, [32, 20, 150])
context = attention(rnn_outputs, 50)
