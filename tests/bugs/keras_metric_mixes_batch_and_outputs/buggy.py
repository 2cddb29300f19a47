# runs: tensorflow 2
"""The metric weights one number per example by a number per output; tracing leaves the batch open, a run does not."""
import numpy as np
import tensorflow as tf

n_quantiles = 5
quantiles = tf.linspace(0.1, 0.9, n_quantiles)


def weighted_pinball(y_true, y_pred):
    error = y_true - y_pred
    pinball = tf.reduce_mean(tf.maximum(quantiles * error, (quantiles - 1.0) * error), axis=-1)
    return pinball * quantiles  # BUG: TFG204


x_train = np.random.rand(200, 12).astype("float32")
y_train = np.random.rand(200, 1).astype("float32")
model = tf.keras.Sequential([tf.keras.layers.Dense(16, activation="relu"), tf.keras.layers.Dense(n_quantiles)])
model.compile(optimizer="adam", loss="mse", metrics=[weighted_pinball])
model.fit(x_train, np.repeat(y_train, n_quantiles, axis=1), epochs=1, verbose=0)
