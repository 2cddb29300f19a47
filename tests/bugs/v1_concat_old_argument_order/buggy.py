# runs: compat.v1
"""Before TensorFlow 1.0 the axis came first."""
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()


def inception_module(inputs, channels):
    size = inputs.get_shape()[-1]
    branches = []
    for i, count in enumerate(channels):
        kernel = tf.get_variable("kernel_%d" % i, [1, 1, size, count])
        branches.append(tf.nn.conv2d(inputs, kernel, [1, 1, 1, 1], "SAME"))
    return tf.concat(3, branches)  # BUG: TFG213


net = inception_module(tf.placeholder(tf.float32, [None, 28, 28, 64]), [16, 32, 8])
