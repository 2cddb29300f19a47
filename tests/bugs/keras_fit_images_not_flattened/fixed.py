# runs: tensorflow 2
"""The first layer takes rows of 784, fit is given images of 28 by 28."""
import tensorflow as tf
from tensorflow.keras import layers, models

(x_train, y_train), (x_test, y_test) = tf.keras.datasets.mnist.load_data()
x_train = x_train.reshape((60000, 784)).astype("float32") / 255

network = models.Sequential()
network.add(layers.Dense(512, activation="relu", input_shape=(784,)))
network.add(layers.Dense(10, activation="softmax"))
network.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
network.fit(x_train, y_train, epochs=1, batch_size=30000, verbose=0)
