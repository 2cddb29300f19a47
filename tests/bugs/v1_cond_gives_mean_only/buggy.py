# runs: tensorflow 1
"""Batch normalization by hand: one branch gives mean and variance, the other the mean alone."""
import tensorflow as tf

training = tf.placeholder(tf.bool, [])
x = tf.placeholder(tf.float32, [None, 10])
mean_now, variance_now = tf.nn.moments(x, [0])
mean_kept, variance_kept = tf.Variable(tf.zeros([10])), tf.Variable(tf.ones([10]))
kept = lambda: tf.identity(mean_kept)
mean, variance = tf.cond(training, lambda: (mean_now, variance_now), kept)  # BUG: TFG213
normed = tf.nn.batch_normalization(x, mean, variance, None, None, 1e-3)
