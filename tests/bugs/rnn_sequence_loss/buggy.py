# runs: tensorflow 2
"""Characters shifted by one on one side only."""
import numpy as np
import tensorflow as tf

VOCAB, BATCH = 60, 8
text = np.random.randint(0, VOCAB, (BATCH, 101))
inputs = text[:, :-1]
targets = text

model = tf.keras.Sequential([
    tf.keras.layers.Embedding(VOCAB, 16),
    tf.keras.layers.GRU(32, return_sequences=True),
    tf.keras.layers.Dense(VOCAB),
])
logits = model(inputs)
losses = tf.keras.losses.sparse_categorical_crossentropy(targets, logits, from_logits=True)  # BUG: TFG209
print(tf.reduce_mean(losses))
