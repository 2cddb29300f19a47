"""Crops, brightness, contrast and a mixture of pairs."""

import tensorflow as tf

images = tf.random.uniform([48, 160, 160, 3])
cropped = tf.image.resize(images[:, 16:144, 16:144, :], [160, 160])
bright = tf.clip_by_value(cropped + 0.2, 0.0, 1.0)
share = tf.random.uniform([48, 1, 1, 1])
mixed = share * bright + (1.0 - share) * tf.reverse(bright, axis=[0])
selected = tf.where(share > 0.5, mixed, images)
print(selected.shape)
