# runs: tensorflow 1 with tf_keras
"""split with the arguments of TensorFlow 0.12."""
import numpy as np
import tensorflow as tf


class Config(object):
    def __init__(self, X_train):
        self.train_count = len(X_train)
        self.n_steps = len(X_train[0])
        self.batch_size = 50
        self.n_inputs = len(X_train[0][0])
        self.n_hidden = 32
        self.n_classes = 6
        self.W = {
            'hidden': tf.Variable(tf.random_normal([self.n_inputs, self.n_hidden])),
            'output': tf.Variable(tf.random_normal([self.n_hidden, self.n_classes])),
        }
        self.biases = {
            'hidden': tf.Variable(tf.random_normal([self.n_hidden], mean=1.0)),
            'output': tf.Variable(tf.random_normal([self.n_classes])),
        }


def LSTM_Network(feature_mat, config):
    feature_mat = tf.transpose(feature_mat, [1, 0, 2])
    feature_mat = tf.reshape(feature_mat, [-1, config.n_inputs])
    hidden = tf.nn.relu(tf.matmul(feature_mat, config.W['hidden']) + config.biases['hidden'])
    hidden = tf.split(0, config.n_steps, hidden)  # BUG: TFG213
    lstm_layers = tf.nn.rnn_cell.MultiRNNCell(
        [tf.nn.rnn_cell.BasicLSTMCell(config.n_hidden, forget_bias=1.0) for _ in range(2)])
    outputs, _ = tf.nn.static_rnn(lstm_layers, hidden, dtype=tf.float32)
    return tf.matmul(outputs[-1], config.W['output']) + config.biases['output']


X_train = np.random.randn(200, 128, 9).astype(np.float32)
config = Config(X_train)
X = tf.placeholder(tf.float32, [None, config.n_steps, config.n_inputs])
Y = tf.placeholder(tf.float32, [None, config.n_classes])
pred_Y = LSTM_Network(X, config)
cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=Y, logits=pred_Y))
