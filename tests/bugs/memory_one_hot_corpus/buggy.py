# runs: no, it takes more memory than there is
"""A whole corpus made one-hot before it is batched."""
import numpy as np
import tensorflow as tf

vocab_size = 30000
sequences = np.random.randint(0, vocab_size, (20000, 40))

x = tf.one_hot(sequences, vocab_size)  # BUG: TFG301
dataset = tf.data.Dataset.from_tensor_slices(x).batch(32)
