"""The states of a recurrence by tf.scan."""

import tensorflow as tf

x = tf.random.normal([200, 64, 512])
w = tf.random.normal([512, 512], stddev=0.02)
states = tf.scan(lambda h, t: tf.tanh(h @ w + t), x, initializer=tf.zeros([64, 512]))
