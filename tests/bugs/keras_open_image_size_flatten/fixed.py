# runs: tensorflow 2
"""Dense behind Flatten needs to know the size of the images."""
import tensorflow as tf
from tensorflow.keras import layers

inputs = layers.Input(shape=(64, 64, 3))
x = layers.Conv2D(16, 3, activation="relu")(inputs)
x = layers.MaxPooling2D()(x)
x = layers.Conv2D(32, 3, activation="relu")(x)
x = layers.Flatten()(x)
x = layers.Dense(64, activation="relu")(x)
outputs = layers.Dense(5, activation="softmax")(x)
model = tf.keras.Model(inputs, outputs)
model.summary()
