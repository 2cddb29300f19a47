# runs: no, which of its ops fails first is left to chance
"""Contrastive divergence: the outer product wants columns."""
import numpy as np
import tensorflow as tf


class RBM:
    def __init__(self, n_visible=784, n_hidden=64, lr=0.01):
        self.X = tf.placeholder(tf.float32, [None, n_visible])
        self.w = tf.Variable(tf.zeros([n_visible, n_hidden]))
        self.vb = tf.Variable(tf.zeros([n_visible]))
        self.hb = tf.Variable(tf.zeros([n_hidden]))
        h0 = self.sample(tf.nn.sigmoid(tf.matmul(self.X, self.w) + self.hb))
        v1 = self.sample(tf.nn.sigmoid(tf.matmul(h0, tf.transpose(self.w)) + self.vb))
        h1 = tf.nn.sigmoid(tf.matmul(v1, self.w) + self.hb)
        positive = tf.matmul(tf.transpose(self.X), h0)
        negative = tf.matmul(v1, h1)  # BUG: TFG201
        n = tf.to_float(tf.shape(self.X)[0])
        self.update_w = self.w.assign_add(lr * (positive - negative) / n)
        self.update_vb = self.vb.assign_add(lr * tf.reduce_mean(self.X - v1, 0))
        self.update_hb = self.hb.assign_add(lr * tf.reduce_mean(h0 - h1, 0))
        self.err = tf.reduce_mean(tf.square(self.X - v1))

    def sample(self, probs):
        return tf.nn.relu(tf.sign(probs - tf.random_uniform(tf.shape(probs))))


rbm = RBM()
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    data = np.random.rand(100, 784)
    for epoch in range(2):
        sess.run([rbm.update_w, rbm.update_vb, rbm.update_hb], feed_dict={rbm.X: data})
        print(sess.run(rbm.err, feed_dict={rbm.X: data}))
