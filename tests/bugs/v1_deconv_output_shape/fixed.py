# runs: tensorflow 1
"""The output of a transposed convolution that its stride does not lead to."""
import numpy as np
import tensorflow as tf

batch_size = 8


def deconv2d(input_, output_shape, k_h=5, k_w=5, d_h=2, d_w=2, stddev=0.02, name="deconv2d"):
    with tf.variable_scope(name):
        w = tf.get_variable('w', [k_h, k_w, output_shape[-1], input_.get_shape()[-1]],
                            initializer=tf.random_normal_initializer(stddev=stddev))
        deconv = tf.nn.conv2d_transpose(input_, w, output_shape=output_shape, strides=[1, d_h, d_w, 1])
        biases = tf.get_variable('biases', [output_shape[-1]], initializer=tf.constant_initializer(0.0))
        return tf.reshape(tf.nn.bias_add(deconv, biases), deconv.get_shape())


def linear(input_, output_size, scope):
    shape = input_.get_shape().as_list()
    with tf.variable_scope(scope):
        matrix = tf.get_variable("Matrix", [shape[1], output_size], tf.float32)
        bias = tf.get_variable("bias", [output_size], initializer=tf.constant_initializer(0.0))
        return tf.matmul(input_, matrix) + bias


def generator(z, s=28, gf_dim=16):
    s2, s4 = int(s / 2), int(s / 4)
    with tf.variable_scope("generator"):
        h0 = tf.nn.relu(tf.reshape(linear(z, gf_dim * 2 * s4 * s4, 'g_h0_lin'), [-1, s4, s4, gf_dim * 2]))
        h1 = tf.nn.relu(deconv2d(h0, [batch_size, s2, s2, gf_dim], name='g_h1'))
        h2 = deconv2d(h1, [batch_size, s, s, 1], name='g_h2')
        return tf.nn.tanh(h2)


z = tf.placeholder(tf.float32, [batch_size, 100], name='z')
G = generator(z)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    samples = sess.run(G, feed_dict={z: np.random.uniform(-1, 1, size=(batch_size, 100))})
    print(samples.shape)
