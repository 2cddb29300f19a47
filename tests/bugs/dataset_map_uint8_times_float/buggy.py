# runs: tensorflow 2
"""Pixels are uint8: they must be cast before they are scaled."""
import numpy as np
import tensorflow as tf

images = np.random.randint(0, 256, (32, 28, 28), dtype=np.uint8)
labels = np.random.randint(0, 10, 32)
SCALE = tf.constant(1.0 / 255)


def preprocess(image, label):
    image = image * SCALE  # BUG: TFG102
    return tf.expand_dims(image, -1), label


train = tf.data.Dataset.from_tensor_slices((images, labels)).map(preprocess).batch(8)
for x, y in train:
    print(x.shape, y.shape)
