"""A convolutional model called once."""

import tensorflow as tf

model = tf.keras.Sequential(
    [
        tf.keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
        tf.keras.layers.MaxPooling2D(),
        tf.keras.layers.Conv2D(64, 3, padding="same", activation="relu"),
        tf.keras.layers.GlobalAveragePooling2D(),
        tf.keras.layers.Dense(10, activation="softmax"),
    ]
)
images = tf.random.uniform([64, 64, 64, 3])
probabilities = model(images)
print(probabilities.shape)
