# runs: tensorflow 2
"""Inputs are given by name, and two names were mixed up."""
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

title = keras.Input(shape=(40,), name="title")
body = keras.Input(shape=(100,), name="body")
tags = keras.Input(shape=(12,), name="tags")
x = layers.concatenate([layers.Dense(16)(title), layers.Dense(16)(body), tags])
model = keras.Model(inputs=[title, body, tags], outputs=layers.Dense(1, name="priority")(x))
model.compile(optimizer="rmsprop", loss={"priority": keras.losses.BinaryCrossentropy(from_logits=True)})

title_data = np.random.rand(64, 40)
body_data = np.random.rand(64, 100)
tags_data = np.random.randint(2, size=(64, 12)).astype("float32")
priority = np.random.randint(2, size=(64, 1))
model.fit({"title": title_data, "body": body_data, "tags": tags_data}, priority, epochs=1, verbose=0)
