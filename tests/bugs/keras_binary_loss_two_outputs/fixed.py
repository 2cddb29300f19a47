# runs: tensorflow 2
"""Two outputs, one label per sample."""
import numpy as np
import tensorflow as tf


def create_model(n_features, n_outputs):
    return tf.keras.models.Sequential([
        tf.keras.layers.Dense(16, activation="relu", input_shape=(n_features,)),
        tf.keras.layers.Dense(n_outputs, activation="sigmoid"),
    ])


features = np.random.rand(80, 30)
labels = np.random.randint(0, 2, (80, 1))
model = create_model(30, 1)
model.compile(optimizer=tf.keras.optimizers.Adam(1e-3), loss=tf.keras.losses.BinaryCrossentropy())
history = model.fit(features, labels, epochs=1, verbose=0)
