"""Images from NHWC to NCHW and back, and their patches."""

import tensorflow as tf

nhwc = tf.random.uniform([16, 224, 224, 3])
nchw = tf.transpose(nhwc, [0, 3, 1, 2])
flat = tf.reshape(nchw, [16, 3, -1])
patches = tf.reshape(nhwc, [16, 14, 16, 14, 16, 3])
patches = tf.transpose(patches, [0, 1, 3, 2, 4, 5])
tokens = tf.reshape(patches, [16, 196, 768])
del nhwc
back = tf.transpose(nchw, [0, 2, 3, 1])
print(flat.shape, tokens.shape, back.shape)
