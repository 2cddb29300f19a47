"""A recurrent cell written by hand: the tape keeps a hundred steps, and a gradient of each weight for each."""

import tensorflow as tf

w = tf.Variable(tf.random.normal([256, 512], stddev=0.05))
u = tf.Variable(tf.random.normal([512, 512], stddev=0.05))
x = tf.random.normal([64, 100, 256])
with tf.GradientTape() as tape:
    state = tf.zeros([64, 512])
    for t in range(100):
        state = tf.tanh(x[:, t] @ w + state @ u)
    loss = tf.reduce_sum(state)
grads = tape.gradient(loss, [w, u])
