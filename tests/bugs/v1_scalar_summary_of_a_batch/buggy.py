# runs: tensorflow 1
"""A loss for each image is written as a scalar."""
import numpy as np
import tensorflow as tf


class Discriminator(object):
    def __init__(self, batch_size=16):
        self.images = tf.placeholder(tf.float32, [batch_size, 64])
        with tf.variable_scope("discriminator"):
            matrix = tf.get_variable("matrix", [64, 1])
            bias = tf.get_variable("bias", [1], initializer=tf.constant_initializer(0.0))
        self.logits = tf.matmul(self.images, matrix) + bias
        losses = tf.nn.sigmoid_cross_entropy_with_logits(logits=self.logits, labels=tf.ones_like(self.logits))
        self.loss = losses
        self.summary = tf.summary.scalar("d_loss_real", self.loss)  # BUG: TFG213


with tf.Session() as sess:
    model = Discriminator()
    sess.run(tf.global_variables_initializer())
    sess.run([model.loss, model.summary], {model.images: np.random.rand(16, 64)})
