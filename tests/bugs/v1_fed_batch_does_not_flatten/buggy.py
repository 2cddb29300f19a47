# runs: no, contrib is gone
"""The convolutions keep the size, the flattened size is that of valid padding."""
from tensorflow.examples.tutorials.mnist import input_data
import tensorflow as tf

mnist = input_data.read_data_sets('MNIST_data', one_hot=True)

x = tf.placeholder(tf.float32, shape=[None, 784])
y_ = tf.placeholder(tf.float32, shape=[None, 10])


def weight_variable(shape, name):
    return tf.get_variable(name, shape=shape, initializer=tf.contrib.layers.xavier_initializer())


def bias_variable(shape):
    return tf.Variable(tf.constant(0.1, shape=shape))


def conv2d(x, W):
    return tf.nn.conv2d(x, W, strides=[1, 1, 1, 1], padding='SAME')


def max_pool_2x2(x):
    return tf.nn.max_pool(x, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding='VALID')


x_image = tf.reshape(x, [-1, 28, 28, 1])
W_conv1 = weight_variable([3, 3, 1, 32], 'W_conv1')
h_conv1 = tf.nn.relu(conv2d(x_image, W_conv1) + bias_variable([32]))
W_conv2 = weight_variable([3, 3, 32, 32], 'W_conv2')
h_conv2 = tf.nn.relu(conv2d(h_conv1, W_conv2) + bias_variable([32]))
h_pool2 = max_pool_2x2(h_conv2)
keep_prob = tf.placeholder(tf.float32)
h_drop = tf.nn.dropout(h_pool2, keep_prob)
h_flat = tf.reshape(h_drop, [-1, 12 * 12 * 32])  # BUG: TFG205
W_fc1 = weight_variable([12 * 12 * 32, 128], 'W_fc1')
h_fc1 = tf.nn.relu(tf.matmul(h_flat, W_fc1) + bias_variable([128]))
h_fc1_drop = tf.nn.dropout(h_fc1, keep_prob)
y_conv = tf.nn.softmax(tf.matmul(h_fc1_drop, weight_variable([128, 10], 'W_fc2')) + bias_variable([10]))
cross_entropy = tf.reduce_mean(-tf.reduce_sum(y_ * tf.log(y_conv), reduction_indices=[1]))
train_step = tf.train.AdamOptimizer(1e-4).minimize(cross_entropy)
correct_prediction = tf.equal(tf.argmax(y_conv, 1), tf.argmax(y_, 1))
accuracy = tf.reduce_mean(tf.cast(correct_prediction, tf.float32))

sess = tf.InteractiveSession()
sess.run(tf.global_variables_initializer())
for i in range(2):
    batch = mnist.train.next_batch(100)
    if i % 100 == 0:
        train_accuracy = accuracy.eval(feed_dict={x: batch[0], y_: batch[1], keep_prob: 1.0})
        print("step %d, training accuracy %g" % (i, train_accuracy))
    train_step.run(feed_dict={x: batch[0], y_: batch[1], keep_prob: 0.5})
