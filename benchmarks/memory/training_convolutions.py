"""A small convolutional network on images, by fit."""

import numpy as np
import tensorflow as tf

images = np.random.rand(256, 64, 64, 3).astype("float32")
labels = np.random.rand(256, 1).astype("float32")
model = tf.keras.Sequential(
    [
        tf.keras.Input([64, 64, 3]),
        tf.keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
        tf.keras.layers.MaxPooling2D(),
        tf.keras.layers.Conv2D(64, 3, padding="same", activation="relu"),
        tf.keras.layers.MaxPooling2D(),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(64, activation="relu"),
        tf.keras.layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(optimizer="rmsprop", loss="binary_crossentropy")
model.fit(images, labels, batch_size=64, epochs=1, verbose=0)
