# runs: tensorflow 2
"""A classifier on the features of a trained network's inner layer, of which there are other many."""
import numpy as np
from tensorflow.keras import Input, Model, Sequential
from tensorflow.keras.layers import Conv2D, Dense, Flatten, MaxPooling2D

inputs = Input((28, 28, 1))
x = Conv2D(8, 3, activation="relu")(inputs)
x = MaxPooling2D(2)(x)
x = Flatten(name="features")(x)
outputs = Dense(10, activation="softmax", name="digits")(x)
trained = Model(inputs, outputs)

extractor = Model(inputs=trained.input, outputs=trained.get_layer("features").output)
features = extractor.predict(np.random.rand(20, 28, 28, 1), verbose=0)

classifier = Sequential([Input((8 * 12 * 12,)), Dense(2, activation="softmax")])
classifier.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
classifier.fit(features, np.random.randint(0, 2, 20), epochs=1, verbose=0)  # BUG: TFG208
