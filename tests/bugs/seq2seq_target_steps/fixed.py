# runs: tensorflow 2
"""A target for each step, an output for the last step only."""
import numpy as np
from tensorflow.keras.layers import LSTM, Dense
from tensorflow.keras.models import Sequential

samples, steps, features, classes = 20, 12, 4, 3
X = np.random.rand(samples, steps, features)
Y = np.eye(classes)[np.random.randint(0, classes, (samples, steps))]

model = Sequential()
model.add(LSTM(16, input_shape=(steps, features), return_sequences=True))
model.add(Dense(classes, activation="softmax"))
model.compile(loss="categorical_crossentropy", optimizer="rmsprop")
model.fit(X, Y, batch_size=10, epochs=1, verbose=0)
