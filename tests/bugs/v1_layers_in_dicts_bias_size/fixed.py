# runs: tensorflow 1
"""A bias of the wrong number of filters in a loop over layers."""
import tensorflow as tf

filters = [3, 16, 32, 64]
weights = {}
biases = {}
for i in range(len(filters) - 1):
    weights['wc%d' % i] = tf.Variable(tf.random_normal([3, 3, filters[i], filters[i + 1]]))
    biases['bc%d' % i] = tf.Variable(tf.random_normal([filters[i + 1]]))


def conv2d(x, W, b, strides=1):
    x = tf.nn.conv2d(x, W, strides=[1, strides, strides, 1], padding='SAME')
    x = tf.nn.bias_add(x, b)
    return tf.nn.relu(x)


x = tf.placeholder(tf.float32, [None, 64, 64, 3])
net = x
for i in range(len(filters) - 1):
    net = conv2d(net, weights['wc%d' % i], biases['bc%d' % i])
    net = tf.nn.max_pool(net, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding='SAME')
print(net.get_shape())
