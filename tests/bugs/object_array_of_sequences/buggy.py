# runs: tensorflow 2
"""Recordings of different lengths make an array of objects, of which no batch can be made."""
import numpy as np
import tensorflow as tf


def load(count):
    recordings, labels = [], []
    for i in range(count):
        recordings.append(np.random.rand(5 + i % 7, 3).astype("float32"))
        labels.append(i % 2)
    return recordings, np.array(labels)


recordings, labels = load(60)
x = np.array(recordings, dtype=object)
model = tf.keras.Sequential([tf.keras.layers.LSTM(8), tf.keras.layers.Dense(1, activation="sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, labels, batch_size=20, epochs=1, verbose=0)  # BUG: TFG213
