# runs: tensorflow 1
"""A softmax regression is fed images as they were loaded, 28 by 28, where the placeholder wants rows of 784."""
import numpy as np
import tensorflow as tf

learning_rate = 0.5
batch_size = 50

images = np.random.rand(500, 28, 28).astype(np.float32)
labels = np.eye(10)[np.random.randint(0, 10, 500)]

x = tf.placeholder(tf.float32, [None, 784])
y_ = tf.placeholder(tf.float32, [None, 10])
W = tf.Variable(tf.zeros([784, 10]))
b = tf.Variable(tf.zeros([10]))
y = tf.nn.softmax(tf.matmul(x, W) + b)

cross_entropy = tf.reduce_mean(-tf.reduce_sum(y_ * tf.log(y), reduction_indices=[1]))
train_step = tf.train.GradientDescentOptimizer(learning_rate).minimize(cross_entropy)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(10):
        batch_xs = images[i * batch_size:(i + 1) * batch_size].reshape(-1, 784)
        batch_ys = labels[i * batch_size:(i + 1) * batch_size]
        sess.run(train_step, feed_dict={x: batch_xs, y_: batch_ys})
