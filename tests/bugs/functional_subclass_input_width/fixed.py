# runs: tensorflow 2
"""A model class that hands its inputs and outputs on is fed rows of another width."""
import numpy as np
import tensorflow as tf


class Regressor(tf.keras.Model):
    def __init__(self, n_features, n_hidden=16):
        inputs = tf.keras.Input(shape=(n_features,))
        hidden = tf.keras.layers.Dense(n_hidden, activation="relu")(inputs)
        super().__init__(inputs=inputs, outputs=tf.keras.layers.Dense(1)(hidden))


table = np.random.rand(60, 9)
X, y = table[:, :8], table[:, 8]
model = Regressor(n_features=X.shape[1])
model.compile("adam", "mae")
model.fit(X, y, epochs=1, verbose=0)
