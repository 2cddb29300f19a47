# runs: tensorflow 1
"""The scale of a batch normalisation has the size of the layer before."""
import numpy as np
import tensorflow as tf


def batch_norm(x, n_out, phase_train, scope='bn'):
    with tf.variable_scope(scope):
        beta = tf.Variable(tf.constant(0.0, shape=[n_out]), name='beta', trainable=True)
        gamma = tf.Variable(tf.constant(1.0, shape=[n_out]), name='gamma', trainable=True)
        batch_mean, batch_var = tf.nn.moments(x, [0, 1, 2], name='moments')
        ema = tf.train.ExponentialMovingAverage(decay=0.5)

        def mean_var_with_update():
            ema_apply_op = ema.apply([batch_mean, batch_var])
            with tf.control_dependencies([ema_apply_op]):
                return tf.identity(batch_mean), tf.identity(batch_var)

        mean, var = tf.cond(phase_train, mean_var_with_update,
                            lambda: (ema.average(batch_mean), ema.average(batch_var)))
        normed = tf.nn.batch_normalization(x, mean, var, beta, gamma, 1e-3)
    return normed


images = tf.placeholder(tf.float32, [None, 24, 24, 3])
phase_train = tf.placeholder(tf.bool, name='phase_train')
w1 = tf.Variable(tf.random_normal([3, 3, 3, 16], stddev=0.1))
conv1 = tf.nn.conv2d(images, w1, [1, 1, 1, 1], 'SAME')
relu1 = tf.nn.relu(batch_norm(conv1, 16, phase_train, 'bn1'))
w2 = tf.Variable(tf.random_normal([3, 3, 16, 32], stddev=0.1))
conv2 = tf.nn.conv2d(relu1, w2, [1, 2, 2, 1], 'SAME')
relu2 = tf.nn.relu(batch_norm(conv2, 32, phase_train, 'bn2'))
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    print(sess.run(relu2, {images: np.random.rand(5, 24, 24, 3), phase_train: True}).shape)
