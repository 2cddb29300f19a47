# runs: tensorflow 2
"""A state that is a vector cannot be multiplied as a matrix."""
import numpy as np
import tensorflow as tf

F = tf.constant(np.eye(4), dtype=tf.float32)
H = tf.constant([[1.0, 0, 0, 0], [0, 1.0, 0, 0]])


def predict(state):
    return tf.linalg.matvec(F, state)


state = tf.zeros(4)
for _ in range(3):
    state = predict(state)
