# runs: tensorflow 2
"""MeanIoU compares class numbers, but is given a probability for each class."""
import numpy as np
import tensorflow as tf

images = np.random.rand(8, 16, 16, 3).astype("float32")
masks = np.random.randint(0, 4, (8, 16, 16, 1))

model = tf.keras.Sequential([
    tf.keras.Input((16, 16, 3)),
    tf.keras.layers.Conv2D(8, 3, padding="same", activation="relu"),
    tf.keras.layers.Conv2D(4, 1, activation="softmax"),
])
model.compile("adam", "sparse_categorical_crossentropy", metrics=[tf.keras.metrics.MeanIoU(num_classes=4)])
model.fit(images, masks, epochs=1, verbose=0)  # BUG: TFG209
