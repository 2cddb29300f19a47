# runs: tensorflow 2
"""The pretrained network was made for other images than those that arrive."""
import numpy as np
import tensorflow as tf
from tensorflow.keras.applications import VGG16
from tensorflow.keras.layers import Dense, Flatten
from tensorflow.keras.models import Model

IMAGE_SIZE = [32, 32]
vgg = VGG16(input_shape=IMAGE_SIZE + [3], weights=None, include_top=False)
for layer in vgg.layers:
    layer.trainable = False
prediction = Dense(2, activation="softmax")(Flatten()(vgg.output))
model = Model(inputs=vgg.input, outputs=prediction)
model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])

images = np.random.rand(2, 64, 64, 3)
targets = np.eye(2)
model.fit(images, targets, epochs=1, verbose=0)  # BUG: TFG208
