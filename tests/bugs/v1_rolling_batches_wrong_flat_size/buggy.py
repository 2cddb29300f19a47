# runs: tensorflow 1
"""Batches roll over the data by a remainder; pictures of 30 by 30 leave other maps than the flattening counts with."""
import numpy as np
import tensorflow as tf

batch_size = 10
data = np.random.rand(70, 900).astype(np.float32)
target = np.eye(6, dtype=np.float32)[np.random.randint(0, 6, 70)]
x = tf.placeholder(tf.float32, [None, 900])
y = tf.placeholder(tf.float32, [None, 6])
side = 4


def pool(x):
    return tf.nn.max_pool(x, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME")


def variable(shape):
    return tf.Variable(tf.truncated_normal(shape, stddev=0.1))


image = tf.reshape(x, [-1, 30, 30, 1])
first = pool(tf.nn.relu(tf.nn.conv2d(image, variable([5, 5, 1, 8]), [1, 1, 1, 1], "SAME")))
second = pool(tf.nn.relu(tf.nn.conv2d(first, variable([5, 5, 8, 16]), [1, 1, 1, 1], "SAME")))
flat = tf.reshape(second, [-1, side * side * 16])
logits = tf.matmul(flat, variable([side * side * 16, 6]))
loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=y, logits=logits))  # BUG: TFG209
train = tf.train.AdamOptimizer(1e-3).minimize(loss)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(40):
        offset = (i * batch_size) % (target.shape[0] - batch_size)
        rows, wanted = data[offset:(offset + batch_size), :], target[offset:(offset + batch_size), :]
        sess.run(train, feed_dict={x: rows, y: wanted})
