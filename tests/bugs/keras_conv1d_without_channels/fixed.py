# runs: tensorflow 2
"""Conv1D wants steps and channels."""
from tensorflow import keras
from tensorflow.keras import layers

signal_length = 128
inputs = keras.Input(shape=(signal_length, 1))
x = layers.Conv1D(16, kernel_size=5, activation="relu")(inputs)
x = layers.GlobalMaxPooling1D()(x)
outputs = layers.Dense(1, activation="sigmoid")(x)
model = keras.Model(inputs, outputs)
model.compile(loss="binary_crossentropy", optimizer="adam")
