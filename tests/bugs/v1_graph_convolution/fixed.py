# runs: tensorflow 1
"""The adjacency matrix has one node less than the features."""
import numpy as np
import tensorflow as tf

N, F_IN, F_OUT = 100, 16, 8


def graph_convolution(adjacency, features, units, name):
    with tf.variable_scope(name):
        w = tf.get_variable("w", [features.shape[-1], units])
        return tf.nn.relu(tf.matmul(adjacency, tf.matmul(features, w)))


adjacency = tf.placeholder(tf.float32, [N, N])
features = tf.placeholder(tf.float32, [N, F_IN])
hidden = graph_convolution(adjacency, features, F_OUT, "gc1")
