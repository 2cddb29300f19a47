# runs: compat.v1
"""The filter of conv2d_transpose is height, width, out, in."""
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()


def deconv2d(input_, output_shape, k_h=5, k_w=5, name="deconv2d"):
    with tf.variable_scope(name):
        w = tf.get_variable("w", [k_h, k_w, output_shape[-1], input_.get_shape()[-1]])
        deconv = tf.nn.conv2d_transpose(input_, w, output_shape=output_shape, strides=[1, 2, 2, 1])
        biases = tf.get_variable("biases", [output_shape[-1]], initializer=tf.constant_initializer(0.0))
        return tf.nn.bias_add(deconv, biases)


h = tf.placeholder(tf.float32, [64, 7, 7, 256])
h1 = deconv2d(h, [64, 14, 14, 128], name="g_h1")
h2 = deconv2d(tf.nn.relu(h1), [64, 28, 28, 1], name="g_h2")
