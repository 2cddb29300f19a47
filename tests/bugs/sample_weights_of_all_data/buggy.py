# runs: tensorflow 2
"""Weights were computed before the data were split."""
import numpy as np
from tensorflow import keras

x, y = np.random.rand(100, 6), np.random.randint(0, 2, 100)
weights = np.where(y == 1, 3.0, 1.0)
x_train, y_train = x[:80], y[:80]
x_test, y_test = x[80:], y[80:]

model = keras.Sequential([keras.layers.Input((6,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(optimizer="sgd", loss="binary_crossentropy", weighted_metrics=[])
model.fit(x_train, y_train, sample_weight=weights, epochs=1, verbose=0)  # BUG: TFG209
