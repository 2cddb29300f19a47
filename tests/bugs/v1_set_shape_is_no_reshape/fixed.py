# runs: tensorflow 1
"""set_shape says what a shape is, and changes none."""
import numpy as np
import tensorflow as tf

pixels = tf.placeholder(tf.float32, [None])
pixels.set_shape([30 * 40 * 3])
image = tf.identity(pixels)
image = tf.reshape(image, [30, 40, 3])
with tf.Session() as sess:
    print(sess.run(image, {pixels: np.random.rand(3600)}))
