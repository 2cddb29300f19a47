# runs: tensorflow 1
"""Images of a summary have four dimensions."""
import numpy as np
import tensorflow as tf

images = np.random.rand(10, 784)
x = tf.placeholder(tf.float32, [None, 784], name="x-input")
with tf.name_scope("input_reshape"):
    image_shaped_input = tf.reshape(x, [-1, 28, 28, 1])
    tf.summary.image("input", image_shaped_input, 10)
W = tf.Variable(tf.zeros([784, 10]))
tf.summary.histogram("weights", W)
merged = tf.summary.merge_all()
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    summary = sess.run(merged, feed_dict={x: images})
