# runs: no, it needs OpenCV
"""A grey picture has no channel, and the convolution wants one."""
import cv2
import numpy as np
from tensorflow import keras

model = keras.Sequential([
    keras.layers.Input(shape=(64, 64, 1)),
    keras.layers.Conv2D(8, 3, activation="relu"),
    keras.layers.Flatten(),
    keras.layers.Dense(10, activation="softmax"),
])
image = cv2.imread("digit.png")
image = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
image = cv2.resize(image, (64, 64)) / 255.0
batch = image.reshape(1, 64, 64, 1)
print(model.predict(batch))
