# runs: tensorflow 1
"""Advantages are fed as a column, the placeholder is a vector."""
import numpy as np
import tensorflow as tf


class PolicyGradient:
    def __init__(self, n_states, n_actions):
        self.states = tf.placeholder(tf.float32, [None, n_states])
        self.actions = tf.placeholder(tf.int32, [None])
        self.advantages = tf.placeholder(tf.float32, [None])
        w = tf.Variable(tf.random_normal([n_states, n_actions]))
        logits = tf.matmul(self.states, w)
        xent = tf.nn.sparse_softmax_cross_entropy_with_logits(logits=logits, labels=self.actions)
        self.loss = tf.reduce_mean(xent * self.advantages)
        self.train = tf.train.AdamOptimizer(0.01).minimize(self.loss)
        self.sess = tf.Session()
        self.sess.run(tf.global_variables_initializer())

    def learn(self, states, actions, rewards):
        advantages = np.vstack(rewards)
        self.sess.run(self.train, {  # BUG: TFG212
            self.states: states, self.actions: actions, self.advantages: advantages,
        })


agent = PolicyGradient(4, 2)
agent.learn(np.random.rand(3, 4), np.array([0, 1, 0]), [1.0, 0.5, 0.2])
