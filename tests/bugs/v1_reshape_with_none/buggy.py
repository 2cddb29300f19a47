# runs: tensorflow 1
"""None is for placeholders; reshape wants -1."""
import tensorflow as tf

x = tf.placeholder(tf.float32, [None, 28, 28])
keep_prob = tf.placeholder(tf.float32)
flat = tf.reshape(x, [None, 784])  # BUG: TFG213
hidden = tf.nn.dropout(flat, keep_prob)
