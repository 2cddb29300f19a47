"""The states of a loop of a graph in a TensorArray, stacked."""

import tensorflow as tf


@tf.function
def roll(x):
    outputs = tf.TensorArray(tf.float32, size=50)
    state = x
    for i in tf.range(50):
        state = tf.tanh(state * 1.5)
        outputs = outputs.write(i, state)
    return outputs.stack()


x = tf.random.normal([256, 1024])
path = roll(x)
