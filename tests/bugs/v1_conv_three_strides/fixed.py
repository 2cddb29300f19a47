# runs: tensorflow 1
"""The strides of a convolution count all four dimensions."""
import tensorflow as tf


def conv_layer(x, filters, stride, name):
    with tf.variable_scope(name):
        w = tf.get_variable("w", [3, 3, x.get_shape()[-1], filters])
        return tf.nn.relu(tf.nn.conv2d(x, w, strides=[1, stride, stride, 1], padding="SAME"))


images = tf.placeholder(tf.float32, [None, 32, 32, 3])
net = conv_layer(conv_layer(images, 16, 1, "first"), 32, 2, "second")
