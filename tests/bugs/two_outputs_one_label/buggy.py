# runs: tensorflow 2
"""A model of two outputs is given the labels of one."""
import numpy as np
from tensorflow import keras

inputs = keras.Input((10,))
hidden = keras.layers.Dense(8, activation="relu")(inputs)
age = keras.layers.Dense(1, name="age")(hidden)
gender = keras.layers.Dense(1, activation="sigmoid", name="gender")(hidden)
model = keras.Model(inputs, [age, gender])
model.compile(optimizer="adam", loss="mse")

x = np.random.rand(32, 10)
ages, genders = np.random.rand(32, 1), np.random.randint(0, 2, (32, 1))
model.fit(x, ages, epochs=1, verbose=0)  # BUG: TFG209
