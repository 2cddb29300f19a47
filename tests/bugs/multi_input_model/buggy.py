# runs: tensorflow 2
"""A model of two inputs is called with one of another width."""
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

text = keras.Input(shape=(100,), name="text")
meta = keras.Input(shape=(5,), name="meta")
x = layers.concatenate([layers.Dense(32)(text), layers.Dense(8)(meta)])
model = keras.Model(inputs=[text, meta], outputs=layers.Dense(1, activation="sigmoid")(x))
model.compile(optimizer="adam", loss="binary_crossentropy")

text_data = np.random.rand(16, 100)
meta_data = np.random.rand(16, 5)
y = np.random.randint(0, 2, (16, 1))
model.fit([meta_data, text_data], y, epochs=1, verbose=0)  # BUG: TFG208
