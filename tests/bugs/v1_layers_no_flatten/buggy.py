# runs: tensorflow 1 with tf_keras
"""tf.layers.dense works on the last axis only: logits of rank 4."""
import tensorflow as tf


def cnn_model(features, labels, training):
    net = tf.layers.conv2d(features, filters=32, kernel_size=5, padding="same", activation=tf.nn.relu)
    net = tf.layers.max_pooling2d(net, pool_size=2, strides=2)
    net = tf.layers.conv2d(net, filters=64, kernel_size=5, padding="same", activation=tf.nn.relu)
    net = tf.layers.max_pooling2d(net, pool_size=2, strides=2)
    net = tf.layers.dense(net, units=128, activation=tf.nn.relu)
    net = tf.layers.dropout(net, rate=0.4, training=training)
    logits = tf.layers.dense(net, units=10)
    return tf.losses.sparse_softmax_cross_entropy(labels=labels, logits=logits)  # BUG: TFG209


x = tf.placeholder(tf.float32, [None, 28, 28, 1])
y = tf.placeholder(tf.int32, [None])
loss = cnn_model(x, y, training=True)
