# runs: tensorflow 2
"""Losses stand in another order than the outputs of the model."""
import numpy as np
from tensorflow.keras import Input, Model
from tensorflow.keras.layers import Conv2D, Dense, Flatten

image = Input((32, 32, 3))
features = Flatten()(Conv2D(4, 3, strides=4, activation="relu")(image))
box = Dense(4, name="box")(features)
label = Dense(6, activation="softmax", name="label")(features)
model = Model(image, [box, label])
model.compile(optimizer="adam", loss=["mse", "sparse_categorical_crossentropy"])

images = np.random.rand(16, 32, 32, 3)
boxes = np.random.rand(16, 4)
labels = np.random.randint(0, 6, 16)
model.fit(images, [boxes, labels], epochs=1, verbose=0)
