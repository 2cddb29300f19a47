# runs: tensorflow 2
"""A matrix of vectors of 100 numbers for an embedding of 128."""
import numpy as np
import tensorflow as tf

MAX_WORDS = 5000
EMBEDDING_DIM = 128
MAX_LEN = 40

embeddings_index = {word: np.random.rand(100) for word in ("the", "of", "and")}
word_index = {"the": 1, "of": 2, "and": 3, "to": 4}

embedding_matrix = np.zeros((MAX_WORDS, 100))
for word, i in word_index.items():
    vector = embeddings_index.get(word)
    if vector is not None:
        embedding_matrix[i] = vector

model = tf.keras.Sequential()
model.add(tf.keras.layers.Input((MAX_LEN,)))
model.add(tf.keras.layers.Embedding(MAX_WORDS, EMBEDDING_DIM,  # BUG: TFG213
                                    embeddings_initializer=tf.keras.initializers.Constant(embedding_matrix),
                                    trainable=False))
model.add(tf.keras.layers.LSTM(32))
model.add(tf.keras.layers.Dense(1, activation="sigmoid"))
model.compile("adam", "binary_crossentropy")
print(model.count_params())
