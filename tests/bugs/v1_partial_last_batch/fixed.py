# runs: compat.v1
"""The placeholder has a fixed batch size, the last batch is smaller."""
import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

batch_size = 64
data = np.random.rand(200, 16).astype(np.float32)

x = tf.placeholder(tf.float32, [None, 16])
w = tf.Variable(tf.random_normal([16, 4]))
out = tf.matmul(x, w)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for start in range(0, len(data), batch_size):
        sess.run(out, feed_dict={x: data[start:start + batch_size]})
