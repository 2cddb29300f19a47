# runs: tensorflow 1
"""The action mask is of integers, the values are floats."""
import tensorflow as tf


class DQN(object):
    def __init__(self, state_size, action_size, gamma=0.95):
        self.state_size, self.action_size, self.gamma = state_size, action_size, gamma
        self.states = tf.placeholder(tf.float32, [None, state_size])
        self.actions = tf.placeholder(tf.int32, [None])
        self.targets = tf.placeholder(tf.float32, [None])
        self.q = self._network(self.states)
        self.loss = self._loss()
        self.train_op = tf.train.AdamOptimizer(1e-3).minimize(self.loss)

    def _network(self, states):
        w1 = tf.Variable(tf.truncated_normal([self.state_size, 24], stddev=0.01))
        w2 = tf.Variable(tf.truncated_normal([24, self.action_size], stddev=0.01))
        return tf.matmul(tf.nn.relu(tf.matmul(states, w1)), w2)

    def _loss(self):
        mask = tf.one_hot(self.actions, self.action_size)
        q_taken = tf.reduce_sum(self.q * mask, axis=1)
        return tf.reduce_mean(tf.square(self.targets - q_taken))


agent = DQN(4, 2)
