# runs: compat.v1
"""Two layers share a scope by mistake, and so a variable of another shape."""
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()


def linear(x, output_size, scope="linear", reuse=None):
    with tf.variable_scope(scope, reuse=reuse):
        w = tf.get_variable("w", [x.get_shape()[1], output_size], tf.float32)
        b = tf.get_variable("b", [output_size], initializer=tf.constant_initializer(0.0))
        return tf.matmul(x, w) + b


z = tf.placeholder(tf.float32, [64, 100])
h0 = tf.nn.relu(linear(z, 256, scope="g_h0"))
h1 = tf.nn.relu(linear(h0, 512, scope="g_h1"))
