# runs: tensorflow 2
"""One label more than there are windows."""
import numpy as np
import tensorflow as tf

series = np.sin(np.arange(1000) / 20).astype(np.float32)
window = 24


def make_windows(series, window):
    xs = np.stack([series[i:i + window] for i in range(len(series) - window)])
    ys = series[window-1:]
    return xs[..., np.newaxis], ys


features, labels = make_windows(series, window)
dataset = tf.data.Dataset.from_tensor_slices((features, labels)).shuffle(500).batch(32)  # BUG: TFG213
model = tf.keras.Sequential([tf.keras.Input((window, 1)), tf.keras.layers.LSTM(16), tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(dataset, epochs=1, verbose=0)
