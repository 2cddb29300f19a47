"""Bytes to floats to halves, and doubles for the sum."""

import tensorflow as tf

pixels = tf.random.uniform([16, 512, 512, 3], maxval=256, dtype=tf.int32)
compact = tf.cast(pixels, tf.uint8)
del pixels
floats = tf.cast(compact, tf.float32) / 255.0
halves = tf.cast(floats, tf.float16)
precise = tf.cast(halves, tf.float64)
print(float(tf.reduce_sum(precise)))
