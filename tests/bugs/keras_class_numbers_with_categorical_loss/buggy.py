# runs: tensorflow 2
"""Class numbers, but the loss for one-hot labels."""
import numpy as np
from tensorflow import keras

x_train = np.random.rand(100, 28, 28)
y_train = np.random.randint(0, 10, 100)

model = keras.Sequential([
    keras.layers.Flatten(input_shape=(28, 28)),
    keras.layers.Dense(128, activation="relu"),
    keras.layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, epochs=1, verbose=0)  # BUG: TFG209
