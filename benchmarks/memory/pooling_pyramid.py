"""An image pyramid: every level is kept."""

import tensorflow as tf

level = tf.random.uniform([3, 512, 512, 8])
pyramid = [level]
for _ in range(4):
    level = tf.nn.avg_pool2d(level, 2, 2, "SAME")
    pyramid.append(level)
restored = [tf.image.resize(small, [512, 512]) for small in pyramid[1:]]
difference = pyramid[0] - restored[0]
print(tf.reduce_mean(tf.abs(difference)))
