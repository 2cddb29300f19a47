# runs: no, it takes more memory than there is
"""A whole corpus made one-hot before it is batched."""
import numpy as np
import tensorflow as tf

vocab_size = 30000
sequences = np.random.randint(0, vocab_size, (20000, 40))

dataset = tf.data.Dataset.from_tensor_slices(sequences).batch(32)
dataset = dataset.map(lambda ids: tf.one_hot(ids, vocab_size))
