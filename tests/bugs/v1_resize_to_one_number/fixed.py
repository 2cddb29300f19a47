# runs: tensorflow 1
"""Height and width are one argument: the second number is the method."""
import tensorflow as tf

picture = tf.placeholder(tf.uint8, [None, 48, 60, 3])
scaled = tf.image.resize_images(tf.cast(picture, tf.float32), [24, 30])
flat = tf.reshape(scaled, [-1, 24 * 30 * 3])
