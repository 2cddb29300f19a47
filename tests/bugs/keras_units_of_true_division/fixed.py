# runs: tensorflow 2
"""Half of an even number is a float all the same."""
from tensorflow import keras
from tensorflow.keras import layers

size = 128
model = keras.Sequential([keras.Input((size,))])
while size > 16:
    model.add(layers.Dense(size // 2, activation="relu"))
    size = size // 2
model.add(layers.Dense(1))
