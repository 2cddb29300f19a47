"""A formula with a temporary per operation."""

import tensorflow as tf

x = tf.linspace(0.0, 8.0, 3_000_000)
y = tf.sin(x) * tf.exp(-x / 4.0) + 0.5 * tf.square(x)
z = tf.sqrt(tf.abs(y)) / (1.0 + tf.square(y))
print(float(tf.reduce_max(z)))
