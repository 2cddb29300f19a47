# runs: no, it needs a file
"""All nine columns of the file, the class among them, reach a network of eight inputs."""
from numpy import loadtxt
from tensorflow.keras.layers import Dense
from tensorflow.keras.models import Sequential

dataset = loadtxt("pima-indians-diabetes.csv", delimiter=",")
X = dataset[:, 0:9]
y = dataset[:, 8]
model = Sequential()
model.add(Dense(12, input_shape=(8,), activation="relu"))
model.add(Dense(8, activation="relu"))
model.add(Dense(1, activation="sigmoid"))
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(X, y, epochs=150, batch_size=10)  # BUG: TFG208
