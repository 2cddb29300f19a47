# runs: tensorflow 2
"""A dense head on a feature map: predictions of rank 4."""
import numpy as np
import tensorflow as tf

base_model = tf.keras.applications.MobileNetV2(input_shape=(96, 96, 3), include_top=False, weights=None)
base_model.trainable = False
model = tf.keras.Sequential([
    base_model,
    tf.keras.layers.Dense(5, activation="softmax"),
])
model.compile(optimizer="adam", loss="categorical_crossentropy")
images = np.random.rand(4, 96, 96, 3).astype("float32")
labels = tf.keras.utils.to_categorical([0, 1, 2, 3], 5)
model.fit(images, labels, epochs=1, verbose=0)  # BUG: TFG209
