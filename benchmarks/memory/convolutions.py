"""Two convolutions and their pooling, without layers."""

import tensorflow as tf

images = tf.random.normal([8, 128, 128, 16])
first = tf.random.normal([3, 3, 16, 32]) * 0.1
second = tf.random.normal([3, 3, 32, 32]) * 0.1
hidden = tf.nn.relu(tf.nn.conv2d(images, first, strides=1, padding="SAME"))
pooled = tf.nn.max_pool2d(hidden, ksize=2, strides=2, padding="VALID")
output = tf.nn.relu(tf.nn.conv2d(pooled, second, strides=1, padding="SAME"))
print(tf.reduce_mean(output))
