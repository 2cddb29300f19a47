# runs: tensorflow 2
"""Only two of three columns exist."""
import numpy as np
import tensorflow as tf

data = np.random.rand(50, 2)
points = tf.constant(data, dtype=tf.float32)
x, y = tf.unstack(points, axis=1)
print(tf.reduce_sum(x * y))
