"""A batch of small images made larger, and grey."""

import numpy as np
import tensorflow as tf

images = np.random.randint(0, 256, size=(32, 128, 128, 3), dtype=np.uint8)
batch = tf.image.resize(images, [384, 384])
batch = batch / 255.0
flipped = tf.image.flip_left_right(batch)
grey = tf.image.rgb_to_grayscale(flipped)
