# runs: tensorflow 2
"""Valid padding in the decoder shrinks the picture: 28 became 26."""
import numpy as np
from tensorflow.keras import layers, models

x = np.random.rand(32, 28, 28, 1).astype("float32")

inputs = layers.Input(shape=(28, 28, 1))
e = layers.Conv2D(8, (3, 3), activation="relu", padding="same")(inputs)
e = layers.MaxPooling2D((2, 2), padding="same")(e)
d = layers.Conv2D(8, (3, 3), activation="relu", padding="same")(e)
d = layers.UpSampling2D((2, 2))(d)
decoded = layers.Conv2D(1, (3, 3), activation="sigmoid")(d)
autoencoder = models.Model(inputs, decoded)
autoencoder.compile(optimizer="adam", loss="mse")
autoencoder.fit(x, x, epochs=1, batch_size=16, verbose=0)  # BUG: TFG209
