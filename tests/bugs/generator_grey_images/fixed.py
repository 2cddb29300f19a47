# runs: tensorflow 2
"""A generator that never ends loads grey images for a network of colour."""
import numpy as np
import tensorflow as tf


def batch_generator(images, labels, batch_size):
    while True:
        order = np.random.permutation(len(images))
        for start in range(0, len(images), batch_size):
            chosen = order[start:start + batch_size]
            yield images[chosen] / 255.0, labels[chosen]


images = np.random.randint(0, 256, (64, 48, 48, 1))
labels = tf.keras.utils.to_categorical(np.random.randint(0, 7, 64), 7)
model = tf.keras.Sequential([
    tf.keras.layers.Conv2D(8, 3, activation="relu", input_shape=(48, 48, 1)),
    tf.keras.layers.MaxPooling2D(4),
    tf.keras.layers.Flatten(),
    tf.keras.layers.Dense(7, activation="softmax"),
])
model.compile(optimizer="adam", loss="categorical_crossentropy")
model.fit(batch_generator(images, labels, 16), steps_per_epoch=4, epochs=1, verbose=0)
