# runs: no, contrib is gone
"""fully_connected after a convolution without flattening: logits of rank 4."""
import tensorflow as tf
from tensorflow.contrib import layers


def conv_net(images, num_classes, is_training):
    net = layers.conv2d(images, 32, [5, 5], scope="conv1")
    net = layers.max_pool2d(net, [2, 2], scope="pool1")
    net = layers.conv2d(net, 64, [5, 5], scope="conv2")
    net = layers.max_pool2d(net, [2, 2], scope="pool2")
    net = layers.fully_connected(net, 1024, scope="fc3")
    net = layers.dropout(net, 0.5, is_training=is_training)
    return layers.fully_connected(net, num_classes, activation_fn=None, scope="logits")


images = tf.placeholder(tf.float32, [None, 28, 28, 1])
labels = tf.placeholder(tf.int64, [None])
logits = conv_net(images, 10, True)
loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))  # BUG: TFG209
