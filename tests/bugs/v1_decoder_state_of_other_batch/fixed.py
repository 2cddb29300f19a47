# runs: tensorflow 1 with tf_keras
"""The decoder starts from the encoder's state, but is fed a batch of another size."""
import numpy as np
import tensorflow as tf

hidden = 20
questions = tf.placeholder(tf.float32, [None, None, 8])
answers = tf.placeholder(tf.float32, [None, None, 8])
_, state = tf.nn.dynamic_rnn(tf.nn.rnn_cell.LSTMCell(hidden), questions, dtype=tf.float32)
outputs, _ = tf.nn.dynamic_rnn(tf.nn.rnn_cell.LSTMCell(hidden), answers, initial_state=state, scope="decoder")

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    print(sess.run(outputs, {questions: np.zeros((3, 5, 8)), answers: np.zeros((3, 4, 8))}).shape)
