# runs: tensorflow 2
"""A part of the data is kept back by number, which only arrays allow."""
import numpy as np
import tensorflow as tf

data = tf.data.Dataset.from_tensor_slices((np.random.rand(64, 5), np.random.rand(64, 1))).batch(8)
model = tf.keras.Sequential([tf.keras.layers.Input((5,)), tf.keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mse")
model.fit(data, validation_split=0.25, epochs=1, verbose=0)  # BUG: TFG213
