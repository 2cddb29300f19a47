# runs: tensorflow 2
"""One-hot labels, but the sparse loss."""
import numpy as np
from tensorflow.keras.layers import Dense, Dropout
from tensorflow.keras.models import Sequential
from tensorflow.keras.utils import to_categorical

num_classes = 6
x = np.random.random((120, 20))
y = to_categorical(np.random.randint(num_classes, size=(120, 1)), num_classes=num_classes)

model = Sequential()
model.add(Dense(64, activation="relu", input_dim=20))
model.add(Dropout(0.5))
model.add(Dense(num_classes, activation="softmax"))
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(x, y, epochs=1, batch_size=32, verbose=0)  # BUG: TFG209
