# runs: tensorflow 2
"""fit has no labels: an autoencoder's are its inputs."""
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

autoencoder = keras.Sequential([
    layers.Input((30,)),
    layers.Dense(8, activation="relu"),
    layers.Dense(30),
])
autoencoder.compile(optimizer="adam", loss="mean_squared_error")
normal = np.random.rand(50, 30).astype("float32")
autoencoder.fit(normal, epochs=1, batch_size=10, verbose=0)  # BUG: TFG213
