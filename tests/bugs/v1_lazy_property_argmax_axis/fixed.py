# runs: tensorflow 1 with tf_keras
"""All outputs of the network are classified, not the last one."""
import functools

import numpy as np
import tensorflow as tf


def define_once(function):
    name = "_" + function.__name__

    @property
    @functools.wraps(function)
    def wrapper(self):
        if not hasattr(self, name):
            setattr(self, name, function(self))
        return getattr(self, name)

    return wrapper


class Classifier:
    def __init__(self, rows, labels, size=32):
        self.rows = rows
        self.labels = labels
        self.size = size
        self.scores
        self.error
        self.train

    @define_once
    def scores(self):
        outputs, _ = tf.nn.dynamic_rnn(tf.nn.rnn_cell.GRUCell(self.size), self.rows, dtype=tf.float32)
        outputs = tf.transpose(outputs, [1, 0, 2])
        last = tf.gather(outputs, int(outputs.get_shape()[0]) - 1)
        classes = int(self.labels.get_shape()[1])
        weight = tf.Variable(tf.truncated_normal([self.size, classes], stddev=0.01))
        bias = tf.Variable(tf.constant(0.1, shape=[classes]))
        return tf.nn.softmax(tf.matmul(last, weight) + bias)

    @define_once
    def train(self):
        loss = -tf.reduce_sum(self.labels * tf.log(self.scores))
        return tf.train.RMSPropOptimizer(0.003).minimize(loss)

    @define_once
    def error(self):
        wrong = tf.not_equal(tf.argmax(self.labels, 1), tf.argmax(self.scores, 1))
        return tf.reduce_mean(tf.cast(wrong, tf.float32))


rows = tf.placeholder(tf.float32, [20, 28, 28])
labels = tf.placeholder(tf.float32, [20, 10])
model = Classifier(rows, labels)
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    feed = {rows: np.random.rand(20, 28, 28), labels: np.eye(10)[np.random.randint(0, 10, 20)]}
    session.run(model.train, feed)
    print(session.run(model.error, feed))
