# runs: tensorflow 1 with tf_keras
"""Logits are made of the outputs at all steps, the labels are one per sequence."""
import numpy as np
import tensorflow as tf


class SequenceClassifier:
    def __init__(self, vocab_size, seq_len, embed=50, units=64, classes=5):
        self.tokens = tf.placeholder(tf.int32, [None, seq_len])
        self.labels = tf.placeholder(tf.int64, [None])
        embeddings = tf.get_variable("embeddings", [vocab_size, embed])
        embedded = tf.nn.embedding_lookup(embeddings, self.tokens)
        cell = tf.nn.rnn_cell.LSTMCell(units)
        outputs, _ = tf.nn.dynamic_rnn(cell, embedded, dtype=tf.float32)
        logits = tf.layers.dense(outputs[:, -1], classes)
        xent = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=self.labels, logits=logits)
        self.loss = tf.reduce_mean(xent)


model = SequenceClassifier(vocab_size=5000, seq_len=40)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    feed = {model.tokens: np.random.randint(0, 5000, (8, 40)), model.labels: np.zeros(8)}
    print(sess.run(model.loss, feed))
