"""A dense classifier under Adam, by fit."""

import numpy as np
import tensorflow as tf

x = np.random.rand(2048, 784).astype(np.float32)
y = np.random.randint(0, 10, size=2048)
model = tf.keras.Sequential(
    [
        tf.keras.layers.Input([784]),
        tf.keras.layers.Dense(1024, activation="relu"),
        tf.keras.layers.Dense(1024, activation="relu"),
        tf.keras.layers.Dense(10),
    ]
)
loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(optimizer=tf.keras.optimizers.Adam(1e-3), loss=loss, metrics=["accuracy"])
model.fit(x, y, batch_size=128, epochs=1, verbose=0)
