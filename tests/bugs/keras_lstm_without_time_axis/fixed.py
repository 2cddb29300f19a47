# runs: tensorflow 2
"""An LSTM behind a declared input of features only."""
import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import LSTM, Dense
from tensorflow.keras.models import Sequential

n_features = 14
data = np.random.rand(100, n_features)
target = np.random.rand(100, 1)

model = Sequential()
model.add(tf.keras.Input(shape=(n_features, 1)))
model.add(LSTM(50, activation="relu"))
model.add(Dense(1))
model.compile(optimizer="adam", loss="mse")
model.fit(data[..., np.newaxis], target, epochs=1, verbose=0)
