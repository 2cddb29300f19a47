# runs: tensorflow 2
"""The generator yields windows of two features, the model was built for three."""
import numpy as np
import tensorflow as tf

WINDOW = 24


def windows():
    series = np.random.rand(100, 3).astype(np.float32)
    for i in range(50):
        yield series[i:i + WINDOW, :2], series[i + WINDOW, 2]


spec = tf.TensorSpec((WINDOW, 2), tf.float32)
ds = tf.data.Dataset.from_generator(
    windows, output_signature=(spec, tf.TensorSpec((), tf.float32))
).batch(10).prefetch(tf.data.AUTOTUNE)

model = tf.keras.Sequential([
    tf.keras.layers.InputLayer((WINDOW, 3)),
    tf.keras.layers.GRU(16),
    tf.keras.layers.Dense(1),
])
model.compile("adam", "mse")
model.fit(ds, epochs=1, verbose=0)  # BUG: TFG208
