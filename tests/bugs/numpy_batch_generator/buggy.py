# runs: tensorflow 2
"""A generator gives images without channels to a convolution."""
import numpy as np
import tensorflow as tf

images = np.random.rand(64, 28, 28).astype("float32")
targets = np.random.randint(0, 10, 64)


def batches(x, y, size):
    order = np.random.permutation(len(x))
    for start in range(0, len(x), size):
        index = order[start:start + size]
        yield x[index], y[index]


conv = tf.keras.layers.Conv2D(8, 3)
for bx, by in batches(images, targets, 16):
    features = conv(bx)  # BUG: TFG208
