# runs: compat.v1
"""The filter is for three channels, the images are grey."""
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()


class Config(object):
    image_size = 28
    channels = 1
    filters = [(5, 5, 3, 32), (5, 5, 32, 64)]


def inference(images, config):
    net = tf.reshape(images, [-1, config.image_size, config.image_size, config.channels])
    for i, shape in enumerate(config.filters):
        with tf.variable_scope("conv%d" % i):
            kernel = tf.get_variable("weights", shape=shape)
            biases = tf.get_variable("biases", shape=[shape[-1]], initializer=tf.constant_initializer(0.0))
            net = tf.nn.conv2d(net, kernel, [1, 1, 1, 1], padding="SAME")  # BUG: TFG207
            net = tf.nn.relu(tf.nn.bias_add(net, biases))
    return net


features = inference(tf.placeholder(tf.float32, [None, 784]), Config())
