# runs: tensorflow 1
"""The fully connected layer still has the size that fits 28 by 28 images, the images are 32 by 32."""
import tensorflow as tf

BATCH_SIZE = 100


def weight_variable(shape):
    return tf.Variable(tf.truncated_normal(shape, stddev=0.1))


def bias_variable(shape):
    return tf.Variable(tf.constant(0.1, shape=shape))


def conv2d(x, W):
    return tf.nn.conv2d(x, W, strides=[1, 1, 1, 1], padding="SAME")


def max_pool_2x2(x):
    return tf.nn.max_pool(x, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME")


images = tf.placeholder(tf.float32, [BATCH_SIZE, 32, 32, 3])
h_conv1 = tf.nn.relu(conv2d(images, weight_variable([5, 5, 3, 32])) + bias_variable([32]))
h_pool1 = max_pool_2x2(h_conv1)
h_conv2 = tf.nn.relu(conv2d(h_pool1, weight_variable([5, 5, 32, 64])) + bias_variable([64]))
h_pool2 = max_pool_2x2(h_conv2)
size = 8 * 8 * 64
h_pool2_flat = tf.reshape(h_pool2, [-1, size])
h_fc1 = tf.nn.relu(tf.matmul(h_pool2_flat, weight_variable([size, 1024])) + bias_variable([1024]))
