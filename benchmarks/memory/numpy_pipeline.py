"""Preprocessing in NumPy, the model's input in TensorFlow."""

import numpy as np
import tensorflow as tf


def load(count):
    images = np.random.randint(0, 256, size=(count, 96, 96, 3), dtype=np.uint8)
    return images.astype(np.float32) / 255.0


train = load(300)
mean = train.mean(axis=(0, 1, 2))
train -= mean
batch = tf.constant(train[:128])
flipped = tf.image.flip_left_right(batch)
pair = tf.concat([batch, flipped], axis=0)
print(pair.shape)
