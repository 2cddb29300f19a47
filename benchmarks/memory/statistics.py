"""Standardized columns of a table and their covariance."""

import tensorflow as tf

samples = tf.random.normal([40_000, 256], mean=3.0, stddev=2.0)
mean = tf.reduce_mean(samples, axis=0)
deviation = tf.math.reduce_std(samples, axis=0)
standardized = (samples - mean) / deviation
covariance = tf.matmul(standardized, standardized, transpose_a=True) / 40_000.0
print(covariance.shape, float(tf.reduce_max(standardized)))
