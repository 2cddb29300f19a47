# runs: tensorflow 2
"""Frames must have a time axis for a ConvLSTM's front end."""
from tensorflow.keras import Model, layers

FRAMES, SIZE = 10, 32
video = layers.Input((FRAMES, SIZE, SIZE, 3))
x = layers.ConvLSTM2D(8, 3, padding="same")(video)
x = layers.GlobalAveragePooling2D()(x)
model = Model(video, layers.Dense(4)(x))
