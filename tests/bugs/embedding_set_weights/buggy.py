# runs: tensorflow 2
"""The matrix of pretrained vectors has no row for padding."""
import numpy as np
import tensorflow as tf

vocab_size = 1000
embedding_dim = 50
embedding_matrix = np.random.rand(vocab_size, embedding_dim)

embedding = tf.keras.layers.Embedding(vocab_size + 1, embedding_dim, trainable=False)
embedding.build((None,))
embedding.set_weights([embedding_matrix])  # BUG: TFG212
