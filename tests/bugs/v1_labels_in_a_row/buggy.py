# runs: tensorflow 1
"""One list of all class numbers where a row for each sample is wanted; the placeholder takes anything."""
import random

import numpy as np
import tensorflow as tf

count, features = 60, 7
data = np.random.normal(size=[count, features])
label = [[random.randint(0, 1) for _ in range(count)]]

x = tf.placeholder("float", [None, features])
y = tf.placeholder("float")


def train(x):
    logits = tf.matmul(x, tf.Variable(tf.zeros([features, 2]))) + tf.Variable(tf.zeros([2]))
    cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=logits, labels=y))  # BUG: TFG209
    step = tf.train.GradientDescentOptimizer(1e-3).minimize(cost)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(30):
            sess.run([step, cost], feed_dict={x: data, y: label})


train(x)
