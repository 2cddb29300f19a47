# runs: tensorflow 2
"""The slice of the inputs has one column less than the network takes."""
import numpy
from tensorflow.keras.layers import Dense
from tensorflow.keras.models import Sequential

numpy.random.seed(7)
dataset = numpy.random.rand(100, 9)
X = dataset[:, 0:8]
Y = dataset[:, 8].round()
model = Sequential()
model.add(Dense(12, input_dim=8, activation="relu"))
model.add(Dense(8, activation="relu"))
model.add(Dense(1, activation="sigmoid"))
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(X, Y, epochs=1, batch_size=10, verbose=0)
