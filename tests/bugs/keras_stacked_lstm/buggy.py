# runs: tensorflow 2
"""The first LSTM gives its last output only."""
from tensorflow import keras
from tensorflow.keras import layers


def make_model(timesteps, features, units=(64, 32)):
    inputs = keras.Input(shape=(timesteps, features))
    x = inputs
    for i, n in enumerate(units):
        x = layers.LSTM(n)(x)  # BUG: TFG208
        x = layers.Dropout(0.2)(x)
    outputs = layers.Dense(1)(x)
    return keras.Model(inputs, outputs)


model = make_model(30, 5)
model.summary()
