# runs: tensorflow 2
"""Precision counts over all classes and needs one-hot labels, where the loss takes class numbers."""
import numpy as np
import tensorflow as tf

model = tf.keras.Sequential([
    tf.keras.layers.Input((12,)),
    tf.keras.layers.Dense(16, activation="relu"),
    tf.keras.layers.Dense(4, activation="softmax"),
])
model.compile(
    optimizer="adam",
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy", tf.keras.metrics.Precision(), tf.keras.metrics.Recall()],
)
x = np.random.rand(40, 12)
y = np.random.randint(0, 4, 40)
model.fit(x, y, epochs=1, verbose=0)  # BUG: TFG209
