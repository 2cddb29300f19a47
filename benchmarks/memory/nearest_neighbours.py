"""The five nearest neighbours of arrays, and their votes."""

import numpy as np
import tensorflow as tf

train = np.random.rand(6000, 64).astype(np.float32)
test = np.random.rand(1500, 64).astype(np.float32)
labels = np.random.randint(0, 10, 6000)
a, b, y = tf.constant(train), tf.constant(test), tf.constant(labels)
squares = tf.reduce_sum(a * a, 1)[None, :] + tf.reduce_sum(b * b, 1)[:, None]
distances = squares - 2 * tf.matmul(b, a, transpose_b=True)
_, nearest = tf.math.top_k(-distances, k=5)
votes = tf.reduce_sum(tf.one_hot(tf.gather(y, nearest), 10), axis=1)
print(tf.argmax(votes, axis=1).shape)
