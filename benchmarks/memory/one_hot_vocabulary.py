"""Tokens as rows of ones and zeros over a vocabulary, times an embedding."""

import numpy as np
import tensorflow as tf

vocabulary = 20000
tokens = np.random.randint(0, vocabulary, size=(16, 64))
embedding = tf.random.normal([vocabulary, 64])
hot = tf.one_hot(tokens, vocabulary)
vectors = tf.tensordot(hot, embedding, axes=1)
