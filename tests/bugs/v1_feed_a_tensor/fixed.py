# runs: tensorflow 1
"""A tensor is fed instead of its value."""
import numpy as np
import tensorflow as tf

x = tf.placeholder(tf.float32, [None, 784])
y_ = tf.placeholder(tf.float32, [None, 10])
W = tf.Variable(tf.zeros([784, 10]))
b = tf.Variable(tf.zeros([10]))
y = tf.nn.softmax(tf.matmul(x, W) + b)
cross_entropy = -tf.reduce_sum(y_ * tf.log(y + 1e-8))
train_step = tf.train.GradientDescentOptimizer(0.01).minimize(cross_entropy)


def load_batch(n):
    images = np.random.rand(n, 28, 28).astype("float32")
    labels = np.random.randint(0, 10, n)
    return images, labels


sess = tf.Session()
sess.run(tf.global_variables_initializer())
for i in range(3):
    images, labels = load_batch(20)
    batch_xs = images.reshape(-1, 784)
    batch_ys = np.eye(10)[labels]
    sess.run(train_step, feed_dict={x: batch_xs, y_: batch_ys})
print("done")
